package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/compare"
	"onebrc/engine"
)

// run prints the result of the inputs that args name, or the stages.
func (c *config) run(args []string) error {
	if c.list {
		return printStages()
	}
	return c.runConfig.run(args, func(ctx context.Context, args []string) (result, error) {
		if c.stage != "" {
			staged, err := c.runStage(ctx, args[0])
			return stations{staged}, err
		}
		aggregated, err := engine.Aggregate(ctx, c.options, inputs(args)...)
		return stations{aggregated}, err
	})
}

// result is what a run computes.
type result interface {
	// stats returns the counts for --stats. They may be incomplete if the run
	// failed.
	stats() compare.Stats
	// write writes the result of a run that did not fail.
	write(w io.Writer) error
}

// stations is the result of 1brc.
type stations struct{ *engine.Result } // nil if the run failed

func (s stations) stats() compare.Stats {
	if s.Result == nil {
		return compare.Stats{}
	}
	return compare.Stats{Rows: s.Rows, BadRows: s.BadRows, Bytes: s.Bytes, Names: len(s.Stations), Run: s.Measurement}
}

func (s stations) write(w io.Writer) error {
	_, err := s.WriteTo(w)
	return err
}

// run prints the result that compute computes of the inputs that args name, and what
// the run took.
func (c *runConfig) run(args []string, compute func(ctx context.Context, args []string) (result, error)) error {
	if len(args) == 0 {
		args = []string{stdinArgument}
	}
	measured := c.stats.Value.measure()
	c.options.Measure = measured != nil
	computed, err := c.printResult(args, compute)
	if measured == nil {
		return err
	}
	var stats compare.Stats
	if computed != nil {
		stats = computed.stats()
	}
	return measured.print(os.Stderr, stats, c.counted, &c.badRows, err)
}

// printResult computes and prints the result, and prints the number of bad rows. The
// result may be nil or incomplete if there is an error.
func (c *runConfig) printResult(args []string, compute func(context.Context, []string) (result, error)) (computed result, err error) {
	ctx, stop := cli.SignalContext() // without a stop after a signal, which may come twice
	if err := checkInputs(args); err != nil {
		return nil, err
	}
	json := c.stats.Value == statsJSON
	if c.output == "" && looksClosed(os.Stdout) && !json {
		fmt.Fprintln(os.Stderr, c.program+": warning: the result is lost: standard output is closed, or is "+os.DevNull+" opened for reading, too")
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
	out, err := c.createResult(ctx)
	if err != nil {
		return nil, c.badRows.close(err)
	}
	computed, err = untilSignal(ctx, func() (result, error) { return compute(ctx, args) })
	if err = c.badRows.close(err); err != nil {
		out.discard()
		return computed, err
	}
	if out != nil {
		err = c.writeResult(ctx, out, computed)
	} else {
		stop() // From here on a signal kills the process: a write may block.
		err = toStdout(computed.write)
	}
	if err == nil && c.options.OnBadRow != nil && !json {
		_, err = fmt.Fprintf(os.Stderr, "%s: %s\n", c.program, c.badRows.summary())
	}
	return computed, err
}

// createResult creates the file of --output, or returns nil if there is none.
func (c *runConfig) createResult(ctx context.Context) (*outputFile, error) {
	if c.output == "" {
		return nil, nil
	}
	out, err := createOutput(ctx, c.output)
	if err != nil {
		return nil, c.resultError(err)
	}
	return out, nil
}

// writeResult writes a result to the file of --output, until ctx ends.
func (c *runConfig) writeResult(ctx context.Context, out *outputFile, computed result) error {
	if _, err := untilSignal(ctx, func() (any, error) { return nil, computed.write(out) }); err != nil {
		out.discard()
		return c.resultError(err)
	}
	if err := out.commit(); err != nil {
		return c.resultError(err)
	}
	return nil
}

// resultError makes err name the flag and the file.
func (c *runConfig) resultError(err error) error {
	if err == cli.ErrInterrupted {
		return err
	}
	return fmt.Errorf("--output: %w", outputError(c.output, err))
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
