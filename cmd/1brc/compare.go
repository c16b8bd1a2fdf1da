package main

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/report"
	"onebrc/engine"
	"onebrc/engine/stages"
)

// compareConfig is the command line of 1brc compare.
type compareConfig struct {
	options        compare.Options
	commands       []string // NAME=COMMAND
	commits, notes []string // NAME=TEXT
	pin            cpuList
	json           bool
	report         string // file for the page
}

// newCompareCommand returns the command compare.
func newCompareCommand() *cobra.Command {
	c := &compareConfig{}
	command := &cobra.Command{
		Use:   "compare [--stages A,B,...] [--command 'NAME=PROGRAM ARGUMENT... {}']... [flags] FILE",
		Short: "Measure stages and other programs against each other",
		Long: `Measure stages and other programs against each other, with statistics.

The entries are the stages, then the commands. After a warm-up of one run each,
they run in turns (A B A B ...), every run in a process of its own. Each entry is
compared with the first one: the ratio of the median times (above 1: slower than
the first) with a 95 % confidence interval, and the p value of Welch's t-test. If
the interval includes 1, the two are not shown to differ. Nor are they with fewer
than five runs, or if one prints another output. A stage may be listed twice: any
difference between the two is noise.

The time of a run is the wall time from the start of the process to its exit. On
Linux, 1brc also waits for the processes that it leaves behind: their CPU time and
memory count, and "tree" is the time until the last one has gone.

A command is any program that prints the result, or 1brc with other flags. It is
split into arguments as a shell would do it, but no shell runs; {} stands for
FILE. The output is checked against that of 1brc. A command with another output is
still measured. A command that fails, or that takes longer than --timeout, is not
run again. The report names both. The comparison ends if a stage fails or prints
something else, or if the first command fails.

--expect-first compares commands that do something else, such as 1brc group: the
expected output is what the first command prints, byte by byte.

With --report, a page of HTML shows all samples and the differences; the text or
JSON is printed nevertheless. 1brc report --compare makes the page from JSON.

FILE is read before the first run, and again whenever less than 99.9 % of it is in
the page cache. The system tells this only for files that you own or may write;
for other files Linux always answers 100 %.

To isolate the runs, give them CPUs that nothing else uses. --pin does that for
the runs; the number of workers follows. These restrict 1brc compare as a whole:

  taskset -c 0-3 1brc compare ...                     CPUs
  numactl --cpunodebind=0 --membind=0 1brc compare ...
                                                      CPUs and memory of one node
  systemd-run --scope -p AllowedCPUs=0-3 -p CPUQuota=400% -p MemoryMax=8G 1brc compare ...
                                                      limits of cgroup v2

A memory limit includes the page cache that the runs fill: a file larger than
MemoryMax is read from the disk again and again. A used-up CPUQuota stops all
threads until the next period, which widens the spread.`,
		Example: `  1brc compare --stages naive,tiles measurements.txt
  1brc compare --stages tiles,tiles --runs 30 --pin 0-1 --json measurements.txt
  1brc compare --command 'avx2=1brc --kernel avx2 {}' --command 'peer=../peer/1brc {}' \
      --commit "peer=$(git -C ../peer rev-parse HEAD)" --note 'peer=gcc -O3' measurements.txt
  1brc compare --expect-first --command '1brc=1brc group -g city {}' \
      --command 'mlr=mlr --icsv --ocsv count -g city then sort -f city {}' cities.csv`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usagef("need exactly one FILE, got %d", len(args))
			}
			return nil
		},
		PreRunE: func(command *cobra.Command, args []string) error {
			if err := c.check(args[0]); err != nil {
				return err
			}
			return checkOutputs([]output{{"report", c.report}}, command.Flags().Changed, args)
		},
		RunE: func(*cobra.Command, []string) error { return c.run() },
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&c.options.Stages, "stages", nil, "`NAMES` of stages, as 1brc --list-stages prints them")
	flags.StringArrayVar(&c.commands, "command", nil, "another program as `NAME=COMMAND`, with {} for FILE; may be repeated")
	flags.StringArrayVar(&c.commits, "commit", nil, "commit that an entry was built from, as `NAME=COMMIT`, for the report; may be repeated")
	flags.StringArrayVar(&c.notes, "note", nil, "note about an entry as `NAME=TEXT`, such as how it was built, for the report; may be repeated")
	flags.BoolVar(&c.options.ExpectFirst, "expect-first", false, "check outputs against that of the first command, instead of that of 1brc FILE")
	flags.BoolVar(&c.options.WatchMemory, "own-memory", false, "also measure the peak of each process without the pages of files, which takes a little time")
	flags.StringVar(&c.options.DataNote, "data", "", "`TEXT` about FILE for the report, such as how it was made")
	flags.IntVar(&c.options.Runs, "runs", 10, "number of runs of each entry")
	flags.DurationVar(&c.options.Timeout, "timeout", 10*time.Minute, "kill a run that takes longer, with all processes that it has started; 0 means never")
	flags.Var(&c.pin, "pin", "`CPUS` that the runs may use, such as 0-3,8 (Linux only)")
	flags.IntVar(&c.options.Workers, "workers", 0, "number of workers of a stage; 0 means one for each CPU that a run may use")
	flags.BoolVar(&c.json, "json", false, "print all samples and the environment as JSON")
	flags.StringVar(&c.report, "report", "", "write a page of HTML about the comparison to `FILE`")
	// The error can only be an unknown flag name, which the tests would see.
	_ = command.RegisterFlagCompletionFunc("stages", completeStages)
	_ = command.RegisterFlagCompletionFunc("pin", cobra.NoFileCompletions)
	return command
}

// check reports wrong usage that the types of the flags do not prevent.
func (c *compareConfig) check(path string) error {
	c.options.File = path
	switch {
	case len(c.options.Stages)+len(c.commands) == 0:
		return cli.Usagef("need --stages or --command")
	case c.options.ExpectFirst && len(c.options.Stages) > 0:
		return cli.Usagef("--expect-first needs commands only, got --stages, too")
	case c.options.Runs < 1:
		return cli.Usagef("--runs must be 1 or more, got %d", c.options.Runs)
	case c.options.Workers < 0 || c.options.Workers > engine.MaxWorkers:
		return cli.Usagef("--workers must be from 0 to %d, got %d", engine.MaxWorkers, c.options.Workers)
	case c.options.Timeout < 0:
		return cli.Usagef("--timeout must be 0 or more, got %v", c.options.Timeout)
	}
	for _, name := range c.options.Stages {
		if _, err := stages.ByName(name); err != nil {
			return cli.Usagef("--stages: %w", err)
		}
	}
	if err := c.parseCommands(); err != nil {
		return err
	}
	return c.checkPin()
}

// parseCommands parses the values of --command, --commit and --note.
func (c *compareConfig) parseCommands() error {
	for _, text := range c.commands {
		command, err := compare.ParseCommand(text)
		if err != nil {
			return cli.Usagef("--command: %w", err)
		}
		c.options.Commands = append(c.options.Commands, command)
	}
	var err error
	if c.options.Commits, err = parseNamed("--commit", c.commits); err != nil {
		return err
	}
	if c.options.Notes, err = parseNamed("--note", c.notes); err != nil {
		return err
	}
	if err := c.options.CheckNames(); err != nil {
		return cli.UsageError{Err: err}
	}
	return nil
}

// parseNamed parses the values NAME=TEXT of a flag.
func parseNamed(flag string, pairs []string) (map[string]string, error) {
	texts := map[string]string{}
	for _, pair := range pairs {
		name, text, err := compare.ParseNamed(pair)
		if err != nil {
			return nil, cli.Usagef("%s: %w", flag, err)
		}
		texts[name] = text
	}
	return texts, nil
}

// checkPin reports CPUs of --pin that the runs cannot use.
func (c *compareConfig) checkPin() error {
	if len(c.pin.set) == 0 {
		return nil
	}
	usable, err := compare.UsableCPUs()
	if errors.Is(err, errors.ErrUnsupported) {
		return cli.Usagef("--pin is not possible on %s", runtime.GOOS)
	}
	if err != nil {
		return err
	}
	for _, cpu := range c.pin.set {
		if !slices.Contains(usable, cpu) {
			return cli.Usagef("--pin must be among the usable CPUs %v, got %v", usable, c.pin.set)
		}
	}
	c.options.CPUs = c.pin.set
	return nil
}

// run measures the entries, prints the report and writes its page.
func (c *compareConfig) run() error {
	ctx, stop := cli.SignalContext()
	defer stop()
	var page *outputFile
	if c.report != "" {
		// Created first: the measurements may take hours.
		var err error
		if page, err = createOutput(ctx, c.report); err != nil {
			return flagError("report", c.report, err)
		}
	}
	measured, err := c.measure(ctx)
	if err != nil {
		page.discard()
		return err
	}
	write := measured.WriteText
	if c.json {
		write = measured.WriteJSON
	}
	if err := toStdout(write); err != nil || page == nil {
		page.discard()
		return err
	}
	if err := report.Comparison(page, measured); err != nil {
		page.discard()
		return flagError("report", c.report, err)
	}
	if err := page.commit(); err != nil {
		return flagError("report", c.report, err)
	}
	return nil
}

// measure measures the entries.
func (c *compareConfig) measure(ctx context.Context) (*compare.Report, error) {
	var err error
	if c.options.Program, err = os.Executable(); err != nil {
		return nil, err
	}
	bar := cli.NewBar("compare", "", int64((c.options.Runs+1)*(len(c.options.Stages)+len(c.options.Commands))))
	defer bar.Clear()
	c.options.Progress = func(done, _ int) { bar.Set(int64(done)) }
	measured, err := compare.Run(ctx, c.options)
	if errors.Is(err, context.Canceled) {
		return nil, cli.ErrInterrupted
	}
	return measured, err
}
