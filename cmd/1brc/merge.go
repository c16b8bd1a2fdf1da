package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"onebrc/cmd/internal/cli"
	"onebrc/engine"
)

// mergeConfig is the command line of 1brc merge. It uses of runConfig what is about
// outputs.
type mergeConfig struct{ runConfig }

// newMergeCommand returns the command merge.
func newMergeCommand() *cobra.Command {
	c := &mergeConfig{newRunConfig("1brc merge", countedNames)}
	command := &cobra.Command{
		Use:   "merge [flags] [PARTIAL...]",
		Short: "Print the result of partial results of 1brc partial",
		Long: `Print the result of partial results of 1brc partial.

PARTIALs are files that 1brc partial has written, in any order; each may have several
partial results. With no PARTIAL, or where it is "-", merge reads standard input. The
output is that of 1brc for all the files, byte for byte.

It is an error if the partial results do not have each row of each file exactly once: a
range is missing or there twice, a file had another size or time of modification for
one of them, a partial result is damaged, incomplete, or of another version.

The first bad row of all files is an error, as for 1brc. If the partial results were
made with --on-error skip or keep, the number of bad rows goes to standard error; if
with keep, --rejects lists them, as for 1brc.

An output file is written beside the old one and replaces it when complete. The exit
code is 0 for success, 1 for failure and 2 for wrong usage. A reader of standard output
that stops early is no failure.`,
		Example:           "  1brc merge parts/*\n  1brc ranges measurements.txt | parallel 1brc partial | 1brc merge",
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeFiles,
		PreRunE: func(command *cobra.Command, args []string) error {
			if err := checkOutputs(c.outputs(), command.Flags().Changed, args); err != nil {
				return err
			}
			return checkStdin(args)
		},
		RunE: func(_ *cobra.Command, args []string) error { return c.run(args) },
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.StringVarP(&c.output, "output", "o", "", "write the result to `FILE` instead of standard output")
	flags.StringVar(&c.badRows.path, "rejects", "", "write the bad rows to `FILE`, in input order; needs partial --on-error keep")
	return command
}

// run prints the result of the partial results in the files that args name.
func (c *mergeConfig) run(args []string) error {
	if len(args) == 0 {
		args = []string{stdinArgument}
	}
	ctx, _ := cli.SignalContext() // without a stop after a signal, which may come twice
	if _, err := checkInputs(args); err != nil {
		return err
	}
	var stream *engine.Stream
	merged, err := untilSignal(ctx, func() (p *engine.Partial, err error) {
		if p, err = engine.MergePartials(readPartials(args)); err == nil {
			stream, err = p.Stream(ctx)
		}
		return p, err
	})
	if err != nil {
		return withoutPackage(err)
	}
	if c.badRows.path != "" && merged.BadRowMode() != engine.BadRowsKeep {
		return errors.New("--rejects: the partial results have no bad rows; make them with --on-error keep")
	}
	if err := c.writeRejects(ctx, merged); err != nil {
		return err
	}
	out, err := c.createResult(ctx)
	if err != nil {
		return c.badRows.close(err)
	}
	if err := c.badRows.close(nil); err != nil {
		out.discard()
		return err
	}
	if err := c.writeResult(ctx, out, streamResult{stream}); err != nil {
		return err
	}
	if merged.BadRowMode() == engine.BadRowsFail {
		return nil
	}
	c.badRows.count = int(stream.BadRows)
	_, err = fmt.Fprintf(os.Stderr, "%s: %s\n", c.program, c.badRows.summary())
	return err
}

// writeRejects writes the file of --rejects up to its commit, if there is one.
func (c *mergeConfig) writeRejects(ctx context.Context, merged *engine.Partial) error {
	if c.badRows.path == "" {
		return nil
	}
	if err := c.badRows.open(ctx); err != nil {
		return err
	}
	_, err := untilSignal(ctx, func() (any, error) {
		for row := range merged.BadRows() {
			if strings.ContainsAny(row.Input, "\t\n") {
				return nil, c.badRows.error(fmt.Errorf("a file with a tab or a line feed in its name cannot be listed: %q", row.Input))
			}
			if err := c.badRows.add(row); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	if err != nil {
		return c.badRows.close(err)
	}
	return nil
}

// readPartials returns the partial results in the files that args name. Errors name the
// file.
func readPartials(args []string) iter.Seq2[*engine.Partial, error] {
	return func(yield func(*engine.Partial, error) bool) {
		for _, arg := range args {
			if err := readPartialsOf(arg, yield); err != nil {
				if err != errBroken {
					yield(nil, err)
				}
				return
			}
		}
	}
}

// errBroken means that a loop over partial results ends.
var errBroken = errors.New("broken")

// readPartialsOf yields the partial results in a file.
func readPartialsOf(arg string, yield func(*engine.Partial, error) bool) error {
	name, from := stdinName, io.Reader(os.Stdin)
	if arg != stdinArgument {
		file, err := os.Open(arg)
		if err != nil {
			return err
		}
		defer file.Close()
		name, from = arg, file
	}
	count := 0
	for p, err := range engine.ReadPartials(bufio.NewReaderSize(from, 64<<10)) {
		if err != nil {
			return fmt.Errorf("%s: %w", name, withoutPackage(err))
		}
		if !yield(p, nil) {
			return errBroken
		}
		count++
	}
	if count == 0 {
		return fmt.Errorf("%s: no partial result in it", name)
	}
	return nil
}
