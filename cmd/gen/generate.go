package main

import (
	"context"
	"errors"
	"os"

	"onebrc/cmd/internal/cli"
	"onebrc/gen"
)

// generate writes the data set that c describes.
func generate(c *config) error {
	ctx, stop := cli.SignalContext()
	defer stop()
	o := c.options()
	if !c.quiet {
		bar := cli.NewBar("gen", "rows", o.Rows)
		defer bar.Clear()
		o.Progress = func(rows, _ int64) { bar.Set(rows) }
	}
	var err error
	if c.list == "" {
		err = write(ctx, c.output, o)
	} else {
		err = gen.ReplaceFile(ctx, c.list, func(list *os.File, _ bool) error {
			o.CorruptList = list
			return write(ctx, c.output, o)
		})
	}
	if errors.Is(err, context.Canceled) {
		return cli.ErrInterrupted
	}
	return err
}

// write writes a data set to output.
func write(ctx context.Context, output string, o gen.Options) error {
	if output == toStdout {
		return writeStdout(ctx, o)
	}
	return gen.WriteFile(ctx, output, o)
}

// writeStdout writes to standard output. If the reader closes that, writeStdout
// succeeds. After a signal it returns at once, because a write to a reader that does
// not read cannot be interrupted. The list of bad rows is then discarded.
func writeStdout(ctx context.Context, o gen.Options) error {
	done := make(chan error, 1)
	go func() { done <- gen.Write(ctx, os.Stdout, o) }()
	select {
	case err := <-done:
		if cli.IsClosedPipe(err) {
			return nil
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
