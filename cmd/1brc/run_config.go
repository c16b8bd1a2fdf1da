package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"onebrc/cmd/internal/cli"
	"onebrc/engine"
)

// runConfig is the part of the command line that all commands which run the engine
// have. newRunConfig makes one.
type runConfig struct {
	program  string // what messages on standard error begin with
	counted  string // what the statistics of a run call the names of its result
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
	report   runReport
	lists    fileLists
	files    []string       // the FILEs of the command line and of lists
	inputs   []engine.Input // of FILEs, once they are checked
	output   string         // file for the result, "" for standard output
}

// newRunConfig returns the defaults.
func newRunConfig(program, counted string) runConfig {
	return runConfig{
		program: program,
		counted: counted,
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

// addFlags adds the flags and how shells complete them.
func (c *runConfig) addFlags(command *cobra.Command) {
	c.addEngineFlags(command)
	flags := command.Flags()
	flags.StringVar(&c.lists.lines, "files-from", "", "also read the FILEs that `LIST` names, one a line; - means standard input")
	flags.StringVar(&c.lists.nul, "files0-from", "", "like --files-from, but a NUL ends each name in `LIST`, as find -print0 writes it")
	flags.Var(&c.badRows.onError, "on-error", "what to do about a bad row: end the run, or skip the row")
	flags.StringVar(&c.badRows.path, "rejects", "", "write the bad rows to `FILE`, in input order")
	flags.Var(&c.badRows.limit, "max-rejects", "fail at the `N`th bad row, after writing it; by default there is no limit")
	flags.StringVar(&c.profiles.cpu, "cpuprofile", "", "write a CPU profile to `FILE`")
	flags.StringVar(&c.profiles.memory, "memprofile", "", "write a profile of allocations to `FILE`")
	flags.StringVar(&c.profiles.trace, "trace", "", "write an execution trace to `FILE`")
	flags.Var(&c.stats, "stats", "after the result, print to standard error what the run took and where its time went")
	flags.Lookup("stats").NoOptDefVal = string(statsText)
	flags.StringVar(&c.report.path, "report", "", "write a report about the run to `FILE`: a page for a browser, or JSON for 1brc report --run if FILE ends in .json")
	completeValues(command, map[string][]string{"on-error": cli.Texts(c.badRows.onError.All), "stats": cli.Texts(c.stats.All)})
}

// addEngineFlags adds the flags that do not change the result.
func (c *runConfig) addEngineFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.Var(&c.workers, "workers", "number of workers; 0 means one for each core that this process may use")
	flags.Var(&c.chunk, "chunk-size", "bytes that a worker takes at a time, such as 64MiB or 1m")
	flags.Var(&c.kernel, "kernel", kernelUsage(c.kernel.All))
	flags.Var(&c.access, "access", "how to read regular files that are not compressed: "+list(c.access.All))
	flags.Var(&c.numa, "numa", "where to place workers and memory on a machine of several nodes: "+list(c.numa.All))
	flags.Var(&c.cpus, "cpus", "pin the workers to the CPUs in `LIST`, such as 0-3,8")
	flags.BoolVar(&c.options.SMT, "smt", false, "run a worker on each CPU instead of one on each core")
	flags.Var(&c.memory, "max-memory", "write to temporary files what does not fit in this much memory, such as 2GiB; 0 means the limit of the cgroup, if any")
	flags.StringVar(&c.options.TempDir, "temp-dir", "", "write temporary files in `DIR` instead of the system's folder for them")
	flags.BoolVar(&c.options.NoSpill, "no-spill", false, "fail if --max-memory is not enough, instead of writing temporary files")
	completeValues(command, map[string][]string{
		"kernel": cli.Texts(c.kernel.All), "access": cli.Texts(c.access.All), "numa": cli.Texts(c.numa.All), "cpus": nil,
	})
	// The error can only be an unknown flag, which the tests would show.
	_ = command.MarkFlagDirname("temp-dir")
}

// kernelUsage describes --kernel.
func kernelUsage(kernels []engine.Kernel) string {
	usage := "implementation of the inner passes: " + list(kernels)
	if slices.Contains(kernels, "neon") {
		usage += "; neon is tested in emulation only, and generic in group by"
	}
	return usage
}

// completeValues makes shells complete flags by the given values and no file names.
func completeValues(command *cobra.Command, flags map[string][]string) {
	for name, values := range flags {
		// The error can only be an unknown flag, which the tests would show.
		_ = command.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
}

// list writes values for help.
func list[T ~string](values []T) string { return strings.Join(cli.Texts(values), ", ") }

// check reports wrong usage that the types of the flags do not prevent, and
// completes the options of the engine. changed reports whether a flag is given.
func (c *runConfig) check(changed func(flag string) bool, args []string) error {
	c.options.Workers, c.options.ChunkBytes, c.options.MaxMemory = c.workers.Value, int(c.chunk.Bytes), c.memory.Bytes
	c.options.Kernel, c.options.Access, c.options.NUMA = c.kernel.Value, c.access.Value, c.numa.Value
	c.options.CPUs = c.cpus.set
	if c.badRows.onError.Value == onErrorSkip {
		c.options.OnBadRow = c.badRows.add
	}
	if err := c.checkOptions(); err != nil {
		return cli.UsageError{Err: err}
	}
	if err := c.checkTempDir(changed); err != nil {
		return err
	}
	if err := c.badRows.check(changed, args); err != nil {
		return err
	}
	return checkOutputs(c.outputs(), changed, args)
}

// checkOptions checks the options of the engine, and names the flag that is wrong.
// An error about the environment names its variable.
func (c *runConfig) checkOptions() error {
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
		case "Percentiles":
			name = "--percentiles"
		}
		return fmt.Errorf("%s %s", name, option.Problem)
	}
	text := strings.TrimPrefix(err.Error(), "engine: ")
	if errors.Is(err, engine.ErrMemory) {
		return fmt.Errorf("--max-memory: %s", text)
	}
	return errors.New(text)
}

// checkTempDir checks that --temp-dir names a folder. Whether files can be written there
// is known when one is needed.
func (c *runConfig) checkTempDir(changed func(flag string) bool) error {
	if !changed("temp-dir") {
		return nil
	}
	if c.options.NoSpill {
		return cli.Usagef("--temp-dir cannot be used with --no-spill: there are no temporary files")
	}
	info, err := os.Stat(c.options.TempDir)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "stat", Path: c.options.TempDir, Err: syscall.ENOTDIR}
	}
	if err != nil {
		return cli.Usagef("--temp-dir: %w", err)
	}
	return nil
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
