package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/compare"
	"onebrc/engine"
	"onebrc/engine/stages"
)

// compareConfig is the command line of the command compare.
type compareConfig struct {
	options  compare.Options
	commands []string // NAME=COMMAND
	notes    []string // NAME=TEXT
	pin      string
	json     bool
}

// newCompareCommand builds the command compare.
func newCompareCommand() *cobra.Command {
	c := &compareConfig{}
	command := &cobra.Command{
		Use:   "compare [--stages A,B,...] [--command 'NAME=PROGRAM ARGUMENT... {}']... [flags] FILE",
		Short: "Measure stages and other programs against each other",
		Long: `Measure stages and other programs against each other, with statistics.

The stages, and then the commands, run in turns (A B A B ...) after a warm-up of
one run each, every run in a process of its own. Wall time is from the start of
the process to its exit. The others are compared with the first one: the ratio of
the medians with a 95 % confidence interval, and the p value of Welch's t-test.
Where the interval includes 1, no difference is shown. A stage may be listed
twice: what differs then is noise.

A command is split into arguments as a shell does it, but there is no shell; {}
stands for FILE. It may be any program that prints the result, or 1brc with other
flags. What it prints is held to what 1brc prints: a command with a different
result is timed as well, one that fails or takes longer than --timeout is run no
more, and the report says so. A stage that is wrong or fails ends the comparison,
and so does the first command if it fails.

FILE is read before the first run, and again whenever less than 99.9 % of it is
in the page cache.

To isolate the runs, leave them CPUs that nothing else uses: --pin does that for
the runs alone, and the workers become as many. These do so for all of it:

  taskset -c 0-3 1brc compare ...                     CPUs
  numactl --cpunodebind=0 --membind=0 1brc compare ...
                                                      CPUs and memory of one node
  systemd-run --scope -p AllowedCPUs=0-3 -p CPUQuota=400% -p MemoryMax=8G 1brc compare ...
                                                      limits of cgroup v2

A limit of memory counts the page cache that the runs fill: a file larger than
MemoryMax is read from the disk again and again. A CPUQuota stops all threads
for the rest of a period when it is used up, which widens the spread.

The page cache is known of files that you own or may write only; Linux says of
others that all of them is there.`,
		Example: `  1brc compare --stages naive,tiles measurements.txt
  1brc compare --stages tiles,tiles --runs 30 --pin 0-1 --json measurements.txt
  1brc compare --command 'avx2=1brc --kernel avx2 {}' --command 'awk=awk -f 1brc.awk {}' \
      --note "awk=$(awk -W version 2>&1 | head -1)" measurements.txt`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usagef("compare needs exactly one FILE")
			}
			return nil
		},
		PreRunE: func(_ *cobra.Command, args []string) error { return c.check(args[0]) },
		RunE:    func(*cobra.Command, []string) error { return c.run() },
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&c.options.Stages, "stages", nil, "`NAMES` of the stages, see 1brc --list-stages")
	flags.StringArrayVar(&c.commands, "command", nil, "another program, `NAME=COMMAND`, with {} for FILE; may be repeated")
	flags.StringArrayVar(&c.notes, "note", nil, "`NAME=TEXT` about a stage or command for the report: its version, how it was built; may be repeated")
	flags.StringVar(&c.options.DataNote, "data", "", "`TEXT` about FILE for the report: how it was made")
	flags.IntVar(&c.options.Runs, "runs", 10, "number of runs of each stage or command")
	flags.DurationVar(&c.options.Timeout, "timeout", 10*time.Minute, "how long a run may take; 0 means for ever")
	flags.StringVar(&c.pin, "pin", "", "`CPUS` that the runs may use, such as 0-3,8 (on Linux)")
	flags.IntVar(&c.options.Workers, "workers", 0, "number of workers of a stage; 0 means the CPUs that a run may use")
	flags.BoolVar(&c.json, "json", false, "print all samples and the environment as JSON")
	// The error can only be an unknown flag name, which the tests would see.
	_ = command.RegisterFlagCompletionFunc("stages", completeStages)
	return command
}

// check refuses what the flags' types let through.
func (c *compareConfig) check(path string) error {
	c.options.File = path
	switch {
	case len(c.options.Stages)+len(c.commands) == 0:
		return cli.Usagef("compare needs --stages or --command")
	case c.options.Runs < 1:
		return cli.Usagef("--runs %d: at least 1 is needed", c.options.Runs)
	case c.options.Workers < 0:
		return cli.Usagef("negative --workers %d", c.options.Workers)
	case c.options.Workers > engine.MaxWorkers:
		return cli.Usagef("--workers %d: at most %d are possible", c.options.Workers, engine.MaxWorkers)
	case c.options.Timeout < 0:
		return cli.Usagef("negative --timeout %v", c.options.Timeout)
	}
	for _, name := range c.options.Stages {
		if _, err := stages.ByName(name); err != nil {
			return cli.UsageError{Err: err}
		}
	}
	if err := c.parseCommands(); err != nil {
		return cli.UsageError{Err: err}
	}
	if c.pin == "" {
		return nil
	}
	var err error
	if c.options.CPUs, err = compare.ParseCPUs(c.pin); err != nil {
		return cli.UsageError{Err: err}
	}
	return nil
}

// parseCommands reads --command and --note.
func (c *compareConfig) parseCommands() error {
	for _, text := range c.commands {
		command, err := compare.ParseCommand(text)
		if err != nil {
			return err
		}
		c.options.Commands = append(c.options.Commands, command)
	}
	c.options.Notes = map[string]string{}
	for _, text := range c.notes {
		name, note, err := compare.ParseNamed(text)
		if err != nil {
			return err
		}
		c.options.Notes[name] = note
	}
	return c.options.CheckNames()
}

// run measures, and prints the report.
func (c *compareConfig) run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if c.options.Program, err = os.Executable(); err != nil {
		return err
	}
	bar := cli.NewBar("compare", "", int64((c.options.Runs+1)*(len(c.options.Stages)+len(c.options.Commands))))
	defer bar.Clear()
	c.options.Progress = func(done, _ int) { bar.Set(int64(done)) }
	report, err := compare.Run(ctx, c.options)
	if errors.Is(err, context.Canceled) {
		return cli.ErrInterrupted
	}
	if err != nil {
		return err
	}
	write := report.WriteText
	if c.json {
		write = report.WriteJSON
	}
	return toStdout(write)
}
