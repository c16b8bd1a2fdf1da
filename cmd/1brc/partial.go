package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/compare"
	"onebrc/engine"
)

// partialConfig is the command line of 1brc partial.
type partialConfig struct {
	runConfig
	onError cli.Choice[onError]
	ranges  []engine.Range // of the arguments; nil means those on standard input
}

// onErrorKeep skips bad rows and keeps them in the partial result.
const onErrorKeep onError = "keep"

// badRowModes are the values of --on-error.
var badRowModes = map[onError]engine.BadRowMode{
	onErrorFail: engine.BadRowsFail, onErrorSkip: engine.BadRowsCount, onErrorKeep: engine.BadRowsKeep,
}

// newPartialCommand returns the command partial.
func newPartialCommand() *cobra.Command {
	c := &partialConfig{
		runConfig: newRunConfig("1brc partial", countedNames),
		onError:   cli.Choice[onError]{Value: onErrorFail, All: []onError{onErrorFail, onErrorSkip, onErrorKeep}, Kind: "fail|skip|keep"},
	}
	command := &cobra.Command{
		Use:   "partial [flags] [FILE[:LO-HI[:N]]...]",
		Short: "Compute a partial result of ranges of files, for 1brc merge",
		Long: `Compute a partial result of ranges of files, for 1brc merge.

FILE:LO-HI stands for the rows that start in the bytes LO to HI-1 of FILE. Ranges that
meet divide the rows between them, wherever they meet; 1brc ranges prints such ranges.
A FILE alone stands for all its rows. With no argument, or with "-", ranges are read
from standard input, one a line. A FILE whose name ends like a range needs one.

N is the place of FILE among all files, from 1, in which 1brc would read them; by
default it is 1, and files are ordered by their names. It decides which bad row is the
first one, and lets a FILE count twice.

The partial result of all the ranges goes to standard output, in a binary form with
checksums. Partial results may follow each other in a file or a pipe, in any order. The
size and the time of modification of each FILE are part of them: 1brc merge refuses
those that disagree. A FILE that changes while it is read is an error, too.

A bad row is no error here: 1brc merge finds the first one of all ranges, and fails.
With --on-error skip, bad rows are left out and counted; with keep, they also travel
with the partial result, for merge --rejects.

An output file is written beside the old one and replaces it when complete. The exit
code is 0 for success, 1 for failure, also if a reader of standard output stops early,
and 2 for wrong usage.`,
		Example: `  1brc partial measurements.txt:0-67108864 >1.part
  1brc partial measurements.txt:67108864-200000000 >2.part
  1brc merge 1.part 2.part`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeFiles,
		PreRunE:           func(command *cobra.Command, args []string) error { return c.check(command.Flags().Changed, args) },
		RunE:              func(*cobra.Command, []string) error { return c.run() },
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.StringVarP(&c.output, "output", "o", "", "write the partial result to `FILE` instead of standard output")
	flags.Var(&c.onError, "on-error", "what to do about a bad row: let merge fail, skip the row, or keep it for merge --rejects")
	c.addEngineFlags(command)
	completeValues(command, map[string][]string{"on-error": cli.Texts(c.onError.All)})
	return command
}

// check reports wrong usage that the types of the flags do not prevent.
func (c *partialConfig) check(changed func(flag string) bool, args []string) error {
	if c.output == "" && term.IsTerminal(int(os.Stdout.Fd())) {
		return cli.Usagef("a partial result is binary, and standard output is a terminal: name a file with --output")
	}
	fromStdin := len(args) == 0 || len(args) == 1 && args[0] == stdinArgument
	if fromStdin && len(args) == 0 && term.IsTerminal(int(os.Stdin.Fd())) {
		return cli.Usagef("no range, and standard input is a terminal: name a FILE, or - to read ranges from the terminal")
	}
	for _, arg := range args {
		if fromStdin {
			break
		}
		if isStdin(arg) {
			return cli.Usagef("standard input has ranges if it is the only argument, and no rows, got %q", arg)
		}
		r, err := parseRange(arg)
		if err != nil {
			return cli.UsageError{Err: err}
		}
		c.ranges = append(c.ranges, r)
	}
	return c.runConfig.check(changed, c.paths())
}

// paths returns the paths of the files of all ranges, each once.
func (c *partialConfig) paths() (paths []string) {
	seen := map[string]bool{}
	for _, r := range c.ranges {
		if !seen[r.Path] {
			paths = append(paths, r.Path)
		}
		seen[r.Path] = true
	}
	return paths
}

// run writes the partial result.
func (c *partialConfig) run() error {
	ctx, _ := cli.SignalContext() // without a stop after a signal, which may come twice
	if c.output == "" && looksClosed(os.Stdout) {
		return fmt.Errorf("standard output is closed, or is %s opened for reading, too", os.DevNull)
	}
	if c.ranges == nil {
		var err error
		if c.ranges, err = untilSignal(ctx, func() ([]engine.Range, error) { return readRanges(os.Stdin) }); err != nil {
			return stdinError(err)
		}
		if len(c.ranges) == 0 {
			return errors.New("standard input has no ranges")
		}
		given := func(string) bool { return c.output != "" }
		if err := checkOutputs([]output{{"output", c.output}}, given, c.paths()); err != nil {
			return err
		}
	}
	out, err := c.createResult(ctx)
	if err != nil {
		return err
	}
	partial, err := untilSignal(ctx, func() (*engine.Partial, error) {
		return engine.AggregatePartial(ctx, c.options, badRowModes[c.onError.Value], c.ranges...)
	})
	if err != nil {
		out.discard()
		return withoutPackage(err)
	}
	return c.writePartial(ctx, out, partial)
}

// stdinError names standard input in err.
func stdinError(err error) error {
	if err == cli.ErrInterrupted {
		return err
	}
	return fmt.Errorf("%s: %w", stdinName, err)
}

// writePartial writes a partial result to the file of --output, or to standard output if
// out is nil, where a reader that stops early is an error.
func (c *partialConfig) writePartial(ctx context.Context, out *outputFile, partial *engine.Partial) error {
	if out != nil {
		return c.writeResult(ctx, out, partialResult{partial})
	}
	_, err := untilSignal(ctx, func() (int64, error) { return partial.WriteTo(os.Stdout) })
	if err != nil && err != cli.ErrInterrupted {
		return fmt.Errorf("standard output: %w", err)
	}
	return err
}

// partialResult is a partial result as a result.
type partialResult struct{ *engine.Partial }

func (partialResult) stats() compare.Stats { return compare.Stats{} }

func (p partialResult) write(w io.Writer) error {
	_, err := p.WriteTo(w)
	return err
}

// withoutPackage removes the name of the package from an error of the engine or of
// another package, which people need not know.
func withoutPackage(err error) error {
	for _, name := range []string{"engine: ", "journey: ", "compare: ", "report: "} {
		if text, own := strings.CutPrefix(err.Error(), name); own {
			return errors.New(text)
		}
	}
	return err
}
