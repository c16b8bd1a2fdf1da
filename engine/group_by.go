package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/group"
	"onebrc/engine/internal/measure"
	"onebrc/engine/internal/run"
	"onebrc/engine/internal/source"
)

// ErrNoHeader means that all inputs of a query are empty, so that its columns cannot be
// found. Without a header, there are just no rows.
var ErrNoHeader = errors.New("no input has a header: all are empty")

// GroupBy groups the rows of delimited text and computes aggregates of each group. It
// reads all inputs as if they were one; each begins with the same header, unless
// [Query.NoHeader] is set. An empty input has no header and no rows.
//
// The error is a *[RowError] for the first row outside the grammar of package
// onebrc/parse/delimited, in the order of the inputs; or a *[QueryError], an
// *[UnknownColumnError] or an *[AmbiguousColumnError] for the query; or it is as for
// [Aggregate], which says more about inputs, ctx and panics. The Groups are then nil,
// unless [Options.Measure] is set: then they hold only the Measurement.
func GroupBy(ctx context.Context, q Query, o Options, inputs ...Input) (*Groups, error) {
	s, err := GroupByStream(ctx, q, o, inputs...)
	var groups *Groups
	if err == nil {
		defer s.Close()
		groups, err = s.Collect()
	}
	if err != nil && s != nil && s.Measurement != nil {
		groups = &Groups{Measurement: s.Measurement}
	}
	return groups, err
}

func (o Options) groupBy(ctx context.Context, q Query, inputs []Input, recorder *measure.Recorder) (*GroupStream, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	if err := o.refusePercentiles("GroupBy"); err != nil {
		return nil, err
	}
	k, err := fields.Select(string(o.Kernel))
	if err != nil {
		return nil, fmt.Errorf("engine: %w", kernelError(err))
	}
	if err := run.Check(o.internal(), nil); err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	sources := sourcesOf(inputs)
	if err := source.Check(sources); err != nil {
		return nil, err
	}
	begun, err := q.beginUntil(ctx, sources)
	if err != nil {
		return nil, err
	}
	defer begun.discard()
	s, err := q.resolve(begun.header)
	if err != nil {
		return nil, err
	}
	s.inputs = q.inputNames(inputs)
	plan := q.plan(s, begun.header.columns, k)
	work := plan.Run(begun.expected)
	config, err := run.Configure(o.internalFor(inputs), work)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	outcome, err := config.Aggregate(ctx, work, begun.inputs, recorder)
	if err != nil {
		if bad, ok := err.(*run.BadRow); ok {
			err = (*RowError)(bad)
		}
		return nil, err
	}
	recorder.Sort()
	return newGroupStream(ctx, s, plan, work, outcome)
}

// begun is a query's inputs after a look at the header.
type begun struct {
	inputs   []source.Input
	header   header
	expected *group.Header // nil if the query has NoHeader
}

// discard closes what no run has opened.
func (b *begun) discard() {
	for _, in := range b.inputs {
		in.Discard()
	}
}

// beginUntil calls begin. It returns when ctx ends, even if begin is stuck in a Read,
// and panics or exits if begin does.
func (q Query) beginUntil(ctx context.Context, inputs []source.Input) (*begun, error) {
	var b *begun
	var err error
	var panicked any
	returned, done := false, make(chan struct{})
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		b, err = q.begin(inputs)
		returned = true
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-done:
	}
	switch {
	case returned:
		return b, err
	case panicked == nil:
		runtime.Goexit()
	}
	panic(panicked)
}

// begin looks for the first row of all inputs. It owns the slice.
func (q Query) begin(inputs []source.Input) (*begun, error) {
	b := &begun{inputs: inputs}
	for i, in := range b.inputs {
		first, err := q.firstRowOf(&b.inputs[i])
		if err != nil {
			b.discard()
			return nil, err
		}
		if first.fields == nil {
			continue
		}
		b.header = header{columns: len(first.fields)}
		if !q.NoHeader {
			b.header.names = first.fields
			b.expected = &group.Header{Fields: first.fields, Input: in.Name()}
		}
		return b, nil
	}
	if !q.NoHeader {
		b.discard()
		return nil, ErrNoHeader
	}
	b.header.columns = q.lastPosition()
	return b, nil
}

// firstRowOf reads the first row of in, which it replaces if that can be read only
// once.
func (q Query) firstRowOf(in *source.Input) (firstRow, error) {
	p, err := source.NewPeek(*in)
	if err != nil {
		return firstRow{}, in.Error(err)
	}
	first, err := readFirstRow(in.Name(), q.syntax(), p.First)
	var row *RowError
	if err != nil && !errors.As(err, &row) {
		err = in.Error(err)
	}
	*in = p.Input()
	if closeErr := p.Close(); err == nil && closeErr != nil {
		err = in.Error(closeErr)
	}
	return first, err
}

// lastPosition returns the highest position of a column in the query, at least 1.
func (q Query) lastPosition() int {
	last := 1
	for _, c := range q.By {
		last = max(last, c.Position)
	}
	if q.Where != nil {
		q.Where.columns(func(c Column) { last = max(last, c.Position) })
	}
	for _, a := range q.Aggregates {
		if a.Of != nil {
			last = max(last, a.Of.Position)
		}
	}
	return last
}
