package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"onebrc/cmd/internal/cli"
	"onebrc/engine"
)

// stdinArgument is the FILE that means standard input, and stdinName what an
// error calls it.
const (
	stdinArgument = "-"
	stdinName     = "stdin"
)

// config is the command line.
type config struct {
	options  engine.Options
	chunk    byteSize
	cpus     cpuList
	memory   byteSize
	badRows  badRows
	profiles profilePaths
	stats    statsFormat
	stage    string // "" is the engine
	list     bool   // the stages, instead of a run
}

// newCommand builds the command and its flags.
func newCommand() *cobra.Command {
	c := &config{chunk: byteSize(engine.DefaultChunkBytes)}
	c.badRows.onError = onErrorFail
	command := &cobra.Command{
		Use:   "1brc [flags] [FILE...]",
		Short: "Print the minimum, mean and maximum of each name",
		Long: `Print the minimum, mean and maximum of each name in rows "name;value".

Several files make one result. Without a FILE, or with "-", standard input is
read. A FILE with the name of a command is written ./compare. The result is one
line, {name=min/mean/max, ...}, sorted by name.

A name has 1 to 100 bytes, any but ';' and a line feed; a value goes from -99.9
to 99.9 with one decimal. Every row is checked: the first one that is different
ends the run with nothing on standard output and, on standard error,
"1brc: FILE:LINE: byte OFFSET: REASON: "ROW"".

With --on-error skip all good rows count, and the number of bad ones is printed
to standard error. --rejects has a line for each of them: FILE, LINE, OFFSET,
REASON and the row, of which at most 64 KiB, with a tab between them.

The exit code is 0 for success (also when the reader of standard output has
seen enough), 1 for failure and 2 for wrong usage.`,
		Example: "  1brc measurements.txt\n  zcat *.gz | 1brc --stats",
		Args:    cobra.ArbitraryArgs, // else a FILE would be an unknown command
		// Without this, only commands and no files are completed.
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		PreRunE: func(command *cobra.Command, args []string) error { return c.check(command, args) },
		RunE:    func(_ *cobra.Command, args []string) error { return c.run(args) },
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.IntVar(&c.options.Workers, "workers", 0, "number of workers; 0 means one for each core that this process may use")
	flags.Var(&c.chunk, "chunk-size", "bytes that a worker takes at a time, such as 64MiB or 1m")
	flags.StringVar((*string)(&c.options.Kernel), "kernel", string(engine.KernelAuto), "implementation of the inner passes: "+strings.Join(texts(engine.Kernels()), ", "))
	flags.StringVar((*string)(&c.options.Access), "access", string(engine.AccessAuto), "how regular files are read: "+strings.Join(texts(engine.Accesses()), ", "))
	flags.StringVar((*string)(&c.options.NUMA), "numa", string(engine.NUMAAuto), "where workers and memory are on several nodes: "+strings.Join(texts(engine.NUMAs()), ", "))
	flags.Var(&c.cpus, "cpus", "pin the workers to the CPUs of a `LIST` such as 0-3,8")
	flags.BoolVar(&c.options.SMT, "smt", false, "a worker for each CPU, and not only one for each core")
	flags.Var(&c.memory, "max-memory", "fail if the engine's own memory would be more, such as 2GiB; 0 for the limit of the cgroup, if any")
	flags.Var(&c.badRows.onError, "on-error", "what a bad row does: end the run, or be skipped")
	flags.StringVar(&c.badRows.path, "rejects", "", "write the bad rows to `FILE`, in their order")
	flags.IntVar(&c.badRows.limit, "max-rejects", 0, "fail at the `N`th bad row, which is still written")
	flags.StringVar(&c.profiles.cpu, "cpuprofile", "", "write a CPU profile to `FILE`")
	flags.StringVar(&c.profiles.memory, "memprofile", "", "write a profile of allocations to `FILE`")
	flags.StringVar(&c.profiles.trace, "trace", "", "write an execution trace to `FILE`")
	flags.Var(&c.stats, "stats", "after the result, print what it took and where the time went to standard error")
	flags.Lookup("stats").NoOptDefVal = string(statsText)
	flags.StringVar(&c.stage, "stage", "", "run the stage `NAME` of the journey instead of the engine, on one FILE")
	flags.BoolVar(&c.list, "list-stages", false, "print the names of the stages in order")
	// The errors can only be unknown flag names, which the tests would see.
	_ = command.RegisterFlagCompletionFunc("kernel", cobra.FixedCompletions(
		texts(engine.Kernels()), cobra.ShellCompDirectiveNoFileComp))
	_ = command.RegisterFlagCompletionFunc("access", cobra.FixedCompletions(
		texts(engine.Accesses()), cobra.ShellCompDirectiveNoFileComp))
	_ = command.RegisterFlagCompletionFunc("numa", cobra.FixedCompletions(
		texts(engine.NUMAs()), cobra.ShellCompDirectiveNoFileComp))
	_ = command.RegisterFlagCompletionFunc("cpus", cobra.NoFileCompletions)
	_ = command.RegisterFlagCompletionFunc("stats", cobra.FixedCompletions(
		[]cobra.Completion{string(statsText), string(statsJSON)}, cobra.ShellCompDirectiveNoFileComp))
	_ = command.RegisterFlagCompletionFunc("on-error", cobra.FixedCompletions(
		[]cobra.Completion{string(onErrorFail), string(onErrorSkip)}, cobra.ShellCompDirectiveNoFileComp))
	_ = command.RegisterFlagCompletionFunc("stage", completeStage)
	command.AddCommand(newCompareCommand())
	return command
}

// texts returns values as strings.
func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

// check refuses what the flags' types let through.
func (c *config) check(command *cobra.Command, args []string) error {
	c.options.ChunkBytes, c.options.CPUs = int(c.chunk), c.cpus.set
	c.options.MaxMemory = int64(c.memory)
	if c.badRows.onError == onErrorSkip {
		c.options.OnBadRow = c.badRows.add
	}
	if err := c.options.Check(); err != nil {
		return cli.UsageError{Err: err}
	}
	if c.list {
		if len(args) > 0 {
			return cli.Usagef("--list-stages reads no FILE")
		}
		return nil
	}
	if err := c.badRows.check(command.Flags().Changed, args); err != nil {
		return err
	}
	if err := checkOutputs(c.outputs(), args); err != nil {
		return err
	}
	if command.Flags().Changed("stage") {
		return c.checkStage(command, args)
	}
	if len(args) == 0 && term.IsTerminal(int(os.Stdin.Fd())) {
		return cli.Usagef("no FILE, and standard input is a terminal")
	}
	stdins := 0
	for _, arg := range args {
		if arg == stdinArgument {
			stdins++
		}
	}
	if stdins > 1 {
		return cli.Usagef("standard input can be read only once")
	}
	return nil
}

// inputs returns what the arguments name.
func inputs(args []string) []engine.Input {
	if len(args) == 0 {
		args = []string{stdinArgument}
	}
	all := make([]engine.Input, len(args))
	for i, arg := range args {
		all[i] = engine.File(arg)
		if arg == stdinArgument {
			all[i] = engine.Reader(stdinName, os.Stdin)
		}
	}
	return all
}

// run prints the result of the inputs that args name.
func (c *config) run(args []string) (err error) {
	if c.list {
		return printStages()
	}
	measured := c.stats.measure()
	c.options.Measure = measured != nil
	stop, err := c.profiles.start()
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := stop(); err == nil {
			err = stopErr
		}
	}()
	if err := c.badRows.open(); err != nil {
		return err
	}
	result, err := untilSignal(func(ctx context.Context) (*engine.Result, error) {
		if c.stage != "" {
			return c.runStage(ctx, args[0])
		}
		return engine.Aggregate(ctx, c.options, inputs(args)...)
	})
	if closeErr := c.badRows.close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return measured.failed(os.Stderr, result, err)
	}
	err = toStdout(func(w io.Writer) error { _, err := result.WriteTo(w); return err })
	if err != nil {
		return err
	}
	if c.options.OnBadRow != nil {
		fmt.Fprintf(os.Stderr, "1brc: %s\n", c.badRows.summary())
	}
	return measured.print(os.Stderr, result)
}

// untilSignal aggregates until that is done or a signal comes. On a signal it
// doesn't wait for the end, as aggregate may be waiting for standard input:
// there is nothing to clean up.
func untilSignal(aggregate func(context.Context) (*engine.Result, error)) (*engine.Result, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	type outcome struct {
		result *engine.Result
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		result, err := aggregate(ctx)
		done <- outcome{result, err}
	}()
	select {
	case o := <-done:
		if ctx.Err() != nil {
			return nil, cli.ErrInterrupted
		}
		return o.result, o.err
	case <-ctx.Done():
		return nil, cli.ErrInterrupted
	}
}

// toStdout has write write to standard output. That the reader has closed it is
// success.
func toStdout(write func(io.Writer) error) error {
	if err := write(os.Stdout); err != nil && !cli.IsClosedPipe(err) {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}

// byteSize is a flag of a number of bytes, with the suffixes of
// units.RAMInBytes: 1k, 64KiB and 1MB are powers of 1024.
type byteSize int64

// String returns the size with its unit.
func (b *byteSize) String() string {
	if *b == 0 {
		return "0" // which help leaves out
	}
	return units.CustomSize("%g%s", float64(*b), 1024, []string{"B", "KiB", "MiB", "GiB", "TiB"})
}

// Type names the value in help.
func (b *byteSize) Type() string { return "size" }

// Set parses text.
func (b *byteSize) Set(text string) error {
	n, err := units.RAMInBytes(text)
	switch {
	case err != nil:
		return err
	case n == math.MinInt64: // what a float above all of int64 becomes
		return errors.New("too large")
	}
	*b = byteSize(n)
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
	if err == nil && len(set) == 0 {
		err = errors.New("no CPUs")
	}
	l.set = set
	return err
}
