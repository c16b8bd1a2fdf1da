package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

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
		c.report.stationTable(c.options.Percentiles)
		if c.stage != "" {
			result, err := c.runStage(ctx, args[0])
			return stageResult{result, &c.report}, err
		}
		stream, err := engine.AggregateStream(ctx, c.options, c.inputs...)
		if err == nil && c.report.table != nil {
			stream.Visit = c.report.addStation
		}
		return streamResult{stream}, err
	})
}

// result is what a run computes.
type result interface {
	// stats returns the counts for --stats. They may be incomplete if the run
	// failed.
	stats() compare.Stats
	// write writes the result of a run that did not fail. It is called once at most.
	write(w io.Writer) error
}

// streamResult is the result of the engine.
type streamResult struct{ *engine.Stream } // nil if the run failed

func (s streamResult) stats() compare.Stats {
	if s.Stream == nil {
		return compare.Stats{}
	}
	return compare.Stats{Rows: s.Rows, BadRows: s.BadRows, Bytes: s.Bytes, Names: int(s.Names), Run: s.Measurement}
}

func (s streamResult) write(w io.Writer) error {
	_, err := s.WriteTo(w)
	return err
}

// stageResult is the result of a stage.
type stageResult struct {
	*engine.Result // nil if the run failed
	report         *runReport
}

func (s stageResult) stats() compare.Stats {
	if s.Result == nil {
		return compare.Stats{}
	}
	return compare.Stats{Rows: s.Rows, BadRows: s.BadRows, Bytes: s.Bytes, Names: len(s.Stations), Run: s.Measurement}
}

func (s stageResult) write(w io.Writer) error {
	if s.report.table != nil {
		for _, station := range s.Stations {
			if !s.report.addStation(station) {
				break
			}
		}
	}
	_, err := s.WriteTo(w)
	return err
}

// run prints the result that compute computes of the inputs that args name, and what
// the run took, and writes its report.
func (c *runConfig) run(args []string, compute func(ctx context.Context, args []string) (result, error)) error {
	if len(args) == 0 {
		args = []string{stdinArgument}
	}
	measured := c.measure(args)
	computed, err := c.printResult(args, func(ctx context.Context, args []string) (result, error) {
		c.report.engineStarts()
		return compute(ctx, args)
	})
	if measured == nil {
		return err
	}
	var stats compare.Stats
	if computed != nil {
		stats = computed.stats()
	}
	err = measured.end(&stats, &c.badRows, err)
	err = c.report.close(stats, err)
	return measured.print(os.Stderr, c.stats.Value, stats, c.counted, err)
}

// printResult computes and prints the result, and prints the number of bad rows. The
// result may be nil or incomplete if there is an error.
func (c *runConfig) printResult(args []string, compute func(context.Context, []string) (result, error)) (computed result, err error) {
	ctx, _ := cli.SignalContext() // without a stop after a signal, which may come twice
	if c.inputs, err = checkInputs(args); err != nil {
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
	if err := c.report.open(ctx); err != nil {
		return nil, c.badRows.close(err)
	}
	out, err := c.createResult(ctx)
	if err != nil {
		c.report.discard()
		return nil, c.badRows.close(err)
	}
	computed, err = untilSignal(ctx, func() (result, error) {
		computed, err := compute(ctx, args)
		if err == nil && ctx.Err() != nil {
			closeResult(computed)
		}
		return computed, err
	})
	failed := err != nil
	if err = c.badRows.close(err); err != nil {
		if !failed {
			closeResult(computed)
		}
		out.discard()
		return computed, err
	}
	if err = c.writeResult(ctx, out, computed); err == cli.ErrInterrupted {
		return nil, err // it may still be in use
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

// closeResult frees a result that will not be written.
func closeResult(r result) {
	if c, ok := r.(interface{ Close() }); ok {
		c.Close()
	}
}

// writeResult writes a result to the file of --output, or to standard output if out is
// nil, until ctx ends.
func (c *runConfig) writeResult(ctx context.Context, out *outputFile, computed result) error {
	write := func() (any, error) { return nil, computed.write(out) }
	if out == nil {
		write = func() (any, error) { return nil, toStdout(computed.write) }
	}
	_, err := untilSignal(ctx, write)
	if out == nil {
		return err
	}
	if err != nil {
		out.discard()
		return c.resultError(err)
	}
	if err := out.commit(); err != nil {
		return c.resultError(err)
	}
	return nil
}

// resultError makes err name the flag and the file.
func (c *runConfig) resultError(err error) error { return flagError("output", c.output, err) }

// flagError makes err name a flag and the file that it names.
func flagError(flag, path string, err error) error {
	if err == cli.ErrInterrupted {
		return err
	}
	return fmt.Errorf("--%s: %w", flag, outputError(path, err))
}

// grace is how long after a signal the work may take to end by itself, so that it can
// remove its temporary files where the operating system does not.
const grace = 50 * time.Millisecond

// untilSignal calls f and returns when it is done, or soon after a signal ends ctx. It
// then does not wait longer for f, which may be blocked in a system call.
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
	select {
	case o := <-done:
		if ctx.Err() == nil {
			return o.value, o.err
		}
	case <-ctx.Done():
		select {
		case <-done:
		case <-time.After(grace):
		}
	}
	var none T
	return none, cli.ErrInterrupted
}

// toStdout calls write with standard output. It is success if the reader of
// standard output has closed it.
func toStdout(write func(io.Writer) error) error {
	if err := write(os.Stdout); err != nil && !cli.IsClosedPipe(err) {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}
