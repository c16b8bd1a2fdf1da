package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"onebrc/cmd/internal/cli"
	"onebrc/engine"
)

// run prints the result of the inputs that args name, or the stages.
func (c *config) run(args []string) error {
	if c.list {
		return printStages()
	}
	if len(args) == 0 {
		args = []string{stdinArgument}
	}
	measured := c.stats.Value.measure()
	c.options.Measure = measured != nil
	result, err := c.printResult(args)
	if measured == nil {
		return err
	}
	return measured.print(os.Stderr, result, &c.badRows, err)
}

// printResult aggregates the inputs, and prints the result and the number of bad
// rows. The result may be incomplete if there is an error.
func (c *config) printResult(args []string) (result *engine.Result, err error) {
	ctx, stop := cli.SignalContext() // without a stop after a signal, which may come twice
	if err := checkInputs(args); err != nil {
		return nil, err
	}
	json := c.stats.Value == statsJSON
	if looksClosed(os.Stdout) && !json {
		fmt.Fprintln(os.Stderr, "1brc: warning: the result is lost: standard output is closed, or is "+os.DevNull+" opened for reading, too")
	}
	stopProfiles, err := c.profiles.start(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		if stopErr := stopProfiles(); err == nil {
			err = stopErr
		}
	}()
	if err := c.badRows.open(ctx); err != nil {
		return nil, err
	}
	result, err = untilSignal(ctx, func() (*engine.Result, error) {
		if c.stage != "" {
			return c.runStage(ctx, args[0])
		}
		return engine.Aggregate(ctx, c.options, inputs(args)...)
	})
	if err = c.badRows.close(err); err != nil {
		return result, err
	}
	stop() // From here on a signal kills the process: a write may block.
	err = toStdout(func(w io.Writer) error { _, err := result.WriteTo(w); return err })
	if err == nil && c.options.OnBadRow != nil && !json {
		_, err = fmt.Fprintf(os.Stderr, "1brc: %s\n", c.badRows.summary())
	}
	return result, err
}

// untilSignal calls f and returns when it is done or a signal ends ctx. It then does
// not wait for f, which may be blocked in a system call.
func untilSignal[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := f()
		done <- outcome{value, err}
	}()
	var none T
	select {
	case o := <-done:
		if ctx.Err() != nil {
			return none, cli.ErrInterrupted
		}
		return o.value, o.err
	case <-ctx.Done():
		return none, cli.ErrInterrupted
	}
}

// toStdout calls write with standard output. It is success if the reader of
// standard output has closed it.
func toStdout(write func(io.Writer) error) error {
	if err := write(os.Stdout); err != nil && !cli.IsClosedPipe(err) {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}
