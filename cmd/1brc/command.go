package main

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"onebrc/cmd/internal/cli"
	"onebrc/engine"
)

// config is the command line.
type config struct {
	options  engine.Options
	workers  cli.Int
	chunk    cli.Size
	kernel   cli.Choice[engine.Kernel]
	access   cli.Choice[engine.Access]
	numa     cli.Choice[engine.NUMA]
	cpus     cpuList
	memory   cli.Size
	badRows  badRows
	profiles profilePaths
	stats    cli.Choice[statsFormat] // "" means none
	stage    string                  // "" means the engine
	list     bool                    // print the stages instead of a result
}

// newConfig returns the defaults.
func newConfig() *config {
	return &config{
		workers: cli.Int{Max: engine.MaxWorkers},
		chunk:   cli.Size{Bytes: engine.DefaultChunkBytes, Min: engine.MinChunkBytes},
		kernel:  cli.Choice[engine.Kernel]{Value: engine.KernelAuto, All: engine.Kernels(), Kind: "string", Empty: true},
		access:  cli.Choice[engine.Access]{Value: engine.AccessAuto, All: engine.Accesses(), Kind: "string", Empty: true},
		numa:    cli.Choice[engine.NUMA]{Value: engine.NUMAAuto, All: engine.NUMAs(), Kind: "string", Empty: true},
		badRows: badRows{
			onError: cli.Choice[onError]{Value: onErrorFail, All: onErrors, Kind: "fail|skip"},
			limit:   cli.Int{Min: 1, Max: math.MaxInt},
		},
		stats: cli.Choice[statsFormat]{All: statsFormats, Kind: "text|json"},
	}
}

// newCommand returns the command of the program with its flags.
func newCommand() *cobra.Command {
	c := newConfig()
	command := &cobra.Command{
		Use:   "1brc [flags] [FILE...]",
		Short: "Print the minimum, mean and maximum of each name",
		Long: `Print the minimum, mean and maximum of each name in rows "name;value".

All FILEs together give one result. With no FILE, or where FILE is "-", 1brc
reads standard input. Write ./compare for a FILE that is named like a command.
The result is one line, {name=min/mean/max, ...}, sorted by name.

A name has 1 to 100 bytes, which may be any but ';' and a line feed. A value is
from -99.9 to 99.9 with one decimal. Every row is checked. The first bad row ends
the run. There is no result then, but an error on standard error:
"1brc: FILE:LINE: byte OFFSET: REASON: "ROW"".

With --on-error skip, bad rows are left out, and their number is printed to
standard error. --rejects lists them, one a line, with tabs between the fields:
FILE, LINE, OFFSET, REASON and the row, or its first 64 KiB.

All FILEs are checked before any output is created. An output file is written
beside the old one and replaces it when complete. A list of --rejects is complete
when all rows have been read or --max-rejects ends the run, a profile whenever the
run ends. After any other failure the old file is as it was. FIFOs and devices are
written directly; rejected rows are lost if the reader of a FIFO leaves early.

--stats=json prints one line of JSON to standard error, and nothing else. It has
the number of bad rows as "bad_rows", and the message as "error" if the run fails.
Wrong usage is always reported as text.

The exit code is 0 for success, 1 for failure and 2 for wrong usage. A reader of
standard output that stops early is no failure.`,
		Example: "  1brc measurements.txt\n  zcat *.gz | 1brc --stats",
		Args:    cobra.ArbitraryArgs, // otherwise a FILE would be an unknown command
		// Without this, shells would complete commands but no files.
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		PreRunE: func(command *cobra.Command, args []string) error { return c.check(command, args) },
		RunE:    func(_ *cobra.Command, args []string) error { return c.run(args) },
	}
	c.addFlags(command)
	command.AddCommand(newCompareCommand())
	return command
}

// addFlags adds the flags and how shells complete them.
func (c *config) addFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.SortFlags = false
	flags.Var(&c.workers, "workers", "number of workers; 0 means one for each core that this process may use")
	flags.Var(&c.chunk, "chunk-size", "bytes that a worker takes at a time, such as 64MiB or 1m")
	flags.Var(&c.kernel, "kernel", "implementation of the inner passes: "+list(c.kernel.All))
	flags.Var(&c.access, "access", "how to read regular files: "+list(c.access.All))
	flags.Var(&c.numa, "numa", "where to place workers and memory on a machine of several nodes: "+list(c.numa.All))
	flags.Var(&c.cpus, "cpus", "pin the workers to the CPUs in `LIST`, such as 0-3,8")
	flags.BoolVar(&c.options.SMT, "smt", false, "run a worker on each CPU instead of one on each core")
	flags.Var(&c.memory, "max-memory", "fail if the engine needs more memory of its own than this, such as 2GiB; 0 means the limit of the cgroup, if any")
	flags.Var(&c.badRows.onError, "on-error", "what to do about a bad row: end the run, or skip the row")
	flags.StringVar(&c.badRows.path, "rejects", "", "write the bad rows to `FILE`, in input order")
	flags.Var(&c.badRows.limit, "max-rejects", "fail at the `N`th bad row, after writing it; by default there is no limit")
	flags.StringVar(&c.profiles.cpu, "cpuprofile", "", "write a CPU profile to `FILE`")
	flags.StringVar(&c.profiles.memory, "memprofile", "", "write a profile of allocations to `FILE`")
	flags.StringVar(&c.profiles.trace, "trace", "", "write an execution trace to `FILE`")
	flags.Var(&c.stats, "stats", "after the result, print to standard error what the run took and where its time went")
	flags.Lookup("stats").NoOptDefVal = string(statsText)
	flags.StringVar(&c.stage, "stage", "", "run the stage `NAME` of the journey instead of the engine, on one FILE")
	flags.BoolVar(&c.list, "list-stages", false, "print the names of the stages in order")
	for name, values := range map[string][]string{
		"kernel": cli.Texts(c.kernel.All), "access": cli.Texts(c.access.All), "numa": cli.Texts(c.numa.All),
		"on-error": cli.Texts(c.badRows.onError.All), "stats": cli.Texts(c.stats.All), "cpus": nil,
	} {
		// The error can only be an unknown flag, which the tests would show.
		_ = command.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	_ = command.RegisterFlagCompletionFunc("stage", completeStage)
}

// list writes values for help.
func list[T ~string](values []T) string { return strings.Join(cli.Texts(values), ", ") }

// check reports wrong usage that the types of the flags do not prevent, and
// completes the options of the engine.
func (c *config) check(command *cobra.Command, args []string) error {
	if c.list {
		if len(args) > 0 {
			return cli.Usagef("--list-stages takes no FILE, got %q", args[0])
		}
		return nil
	}
	changed := command.Flags().Changed
	c.options.Workers, c.options.ChunkBytes, c.options.MaxMemory = c.workers.Value, int(c.chunk.Bytes), c.memory.Bytes
	c.options.Kernel, c.options.Access, c.options.NUMA = c.kernel.Value, c.access.Value, c.numa.Value
	c.options.CPUs = c.cpus.set
	if c.badRows.onError.Value == onErrorSkip {
		c.options.OnBadRow = c.badRows.add
	}
	if err := c.checkOptions(); err != nil {
		return cli.UsageError{Err: err}
	}
	if err := c.badRows.check(changed, args); err != nil {
		return err
	}
	if err := checkOutputs(c.outputs(), changed, args); err != nil {
		return err
	}
	if changed("stage") {
		return c.checkStage(changed, args)
	}
	return checkStdin(args)
}

// checkOptions checks the options of the engine, and names the flag that is wrong.
// An error about the environment names its variable.
func (c *config) checkOptions() error {
	err := c.options.Check()
	if err == nil {
		return nil
	}
	var option *engine.OptionError
	if errors.As(err, &option) {
		name := option.Option
		switch name {
		case "Kernel":
			name = "--kernel"
		case "CPUs":
			name = "--cpus"
		}
		return fmt.Errorf("%s %s", name, option.Problem)
	}
	text := strings.TrimPrefix(err.Error(), "engine: ")
	if errors.Is(err, engine.ErrMemory) {
		return fmt.Errorf("--max-memory: %s", text)
	}
	return errors.New(text)
}

// cpuList is a flag of numbers of CPUs.
type cpuList struct{ set engine.CPUSet }

// String returns the list.
func (l *cpuList) String() string { return l.set.String() }

// Type names the value in help.
func (l *cpuList) Type() string { return "list" }

// Set parses text.
func (l *cpuList) Set(text string) error {
	set, err := engine.ParseCPUs(text)
	if err != nil || len(set) == 0 {
		return cli.WantError("must be a list of CPUs such as 0-3,8")
	}
	l.set = set
	return nil
}
