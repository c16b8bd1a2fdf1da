package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"onebrc/cmd/internal/cli"
	"onebrc/engine/stages"
	"onebrc/engine/stages/compare"
)

// compareConfig is the command line of the command compare.
type compareConfig struct {
	options compare.Options
	pin     string
	json    bool
}

// newCompareCommand builds the command compare.
func newCompareCommand() *cobra.Command {
	c := &compareConfig{}
	command := &cobra.Command{
		Use:   "compare --stages A,B,... [flags] FILE",
		Short: "Measure stages against each other",
		Long: `Measure stages against each other, with statistics.

The stages run in turns (A B A B ...) after a warm-up of one run each, every run
in a process of its own. Wall time is from the start of the process to its exit.
All runs must print the same bytes. The other stages are compared with the first
one: the ratio of the medians with a 95 % confidence interval, and the p value
of Welch's t-test. Where the interval includes 1, no difference is shown. A
stage may be listed twice: what differs then is noise.

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
		Example: "  1brc compare --stages naive,tiles measurements.txt\n  1brc compare --stages tiles,tiles --runs 30 --pin 0-1 --json measurements.txt",
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
	flags.IntVar(&c.options.Runs, "runs", 10, "number of runs of each stage")
	flags.StringVar(&c.pin, "pin", "", "`CPUS` that the runs may use, such as 0-3,8 (on Linux)")
	flags.IntVar(&c.options.Workers, "workers", 0, "number of workers; 0 means the CPUs that a run may use")
	flags.BoolVar(&c.json, "json", false, "print all samples and the environment as JSON")
	// The error can only be an unknown flag name, which the tests would see.
	_ = command.RegisterFlagCompletionFunc("stages", completeStages)
	return command
}

// check refuses what the flags' types let through.
func (c *compareConfig) check(path string) error {
	c.options.File = path
	switch {
	case len(c.options.Stages) == 0:
		return cli.Usagef("compare needs --stages")
	case c.options.Runs < 1:
		return cli.Usagef("--runs %d: at least 1 is needed", c.options.Runs)
	case c.options.Workers < 0:
		return cli.Usagef("negative --workers %d", c.options.Workers)
	}
	for _, name := range c.options.Stages {
		if _, err := stages.ByName(name); err != nil {
			return cli.UsageError{Err: err}
		}
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

// run measures, and prints the report.
func (c *compareConfig) run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if c.options.Program, err = os.Executable(); err != nil {
		return err
	}
	if term.IsTerminal(int(os.Stderr.Fd())) {
		bar := progressbar.NewOptions((c.options.Runs+1)*len(c.options.Stages),
			progressbar.OptionSetWriter(os.Stderr),
			progressbar.OptionSetDescription("compare"),
			progressbar.OptionSetWidth(30),
			progressbar.OptionShowCount(),
			progressbar.OptionClearOnFinish(),
		)
		defer func() { _ = bar.Clear() }()
		// A terminal that can't be written to is no reason to stop.
		c.options.Progress = func(done, _ int) { _ = bar.Set(done) }
	}
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
