package engine

import (
	"context"
	"fmt"

	"onebrc/engine/internal/measure"
	"onebrc/engine/internal/run"
	"onebrc/engine/internal/source"
)

// Aggregate reads all inputs as if they were one and returns the statistics of every
// name in them. A row does not continue in the next input: the last row of each input
// may lack its LF.
//
// The error is a *[RowError] for the first row outside the grammar, in the order of
// the inputs; or the error that [Options.OnBadRow] returned; or ctx.Err() if ctx ended
// before the work; or it names an input that could not be read. The Result is then
// nil, unless [Options.Measure] is set: then it holds only the Measurement.
//
// Each input is opened when its turn comes and closed when it is read. When ctx ends,
// Aggregate returns even if a Reader or a FIFO blocks. One goroutine stays in that
// call and drops its result. The caller must not use the Reader before the call
// returns. If a Reader or OnBadRow panics or calls [runtime.Goexit], so does
// Aggregate.
func Aggregate(ctx context.Context, o Options, inputs ...Input) (*Result, error) {
	s, err := AggregateStream(ctx, o, inputs...)
	var result *Result
	if err == nil {
		result, err = s.result()
	}
	if err != nil && s != nil && s.Measurement != nil {
		result = &Result{Measurement: s.Measurement}
	}
	return result, err
}

// stream returns the result of the inputs. It leaves the Measurement to recorder.
func (o Options) stream(ctx context.Context, inputs []Input, recorder *measure.Recorder) (*Stream, error) {
	outcome, err := o.outcome(ctx, o.internalFor(inputs), sourcesOf(inputs), recorder)
	if err != nil {
		return nil, err
	}
	recorder.Sort()
	return o.newStream(ctx, outcome)
}

// outcome runs the challenge with options that internal has returned.
func (o Options) outcome(ctx context.Context, internal run.Options, inputs []source.Input, recorder *measure.Recorder) (*run.Outcome, error) {
	plan, err := o.challenge()
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	config, err := run.Configure(internal, plan)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	if err := source.Check(inputs); err != nil {
		return nil, err
	}
	outcome, err := config.Aggregate(ctx, plan, inputs, recorder)
	if bad, ok := err.(*run.BadRow); ok {
		err = (*RowError)(bad)
	}
	return outcome, err
}
