package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"onebrc/cmd/internal/cli"
	"onebrc/gen"
)

// generate writes the data set that c describes.
func generate(c *config) error {
	ctx, stop := cli.SignalContext()
	defer stop()
	o := c.options()
	if !c.quiet && term.IsTerminal(int(os.Stderr.Fd())) {
		bar := newBar(o.Rows)
		defer func() { _ = bar.Clear() }()
		// A terminal that cannot be written to is no reason to stop.
		o.Progress = func(rows, _ int64) { _ = bar.Set64(rows) }
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
		o.CorruptName = "stdin" // as its reader calls it
		return writeStdout(ctx, o)
	}
	o.CorruptName = output
	return gen.WriteFile(ctx, output, o)
}

// writeStdout writes to standard output. That the reader has closed it is
// success. On a signal it returns at once, as a write to a reader that does
// not read cannot be interrupted; what it would still add to a list of bad rows
// is lost with that.
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

// newBar returns a progress bar on standard error that counts rows.
func newBar(rows int64) *progressbar.ProgressBar {
	return progressbar.NewOptions64(rows,
		progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionSetDescription("gen"),
		progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("rows"),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish(),
	)
}
