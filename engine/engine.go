package engine

import (
	"context"
	"sync"

	"onebrc/engine/table"
	"onebrc/engine/tail"
)

// Aggregate reads all inputs and returns the statistics of every name in them,
// as if they were one input. A row must not cross from one input to the next:
// the last row of each may lack its LF.
//
// The error is a *RowError for the first row outside the grammar, in the order
// of the inputs, or what Options.OnBadRow returned; ctx.Err() if ctx ends before
// the work; and otherwise says which input could not be read. There is no
// result then.
func Aggregate(ctx context.Context, o Options, inputs ...Input) (*Result, error) {
	var recorder *tail.Recorder
	if o.Measure != nil {
		recorder = tail.New()
		defer func() { *o.Measure = recorder.Run() }()
	}
	s, err := o.settings()
	if err != nil {
		return nil, err
	}
	for _, in := range inputs {
		if err := in.check(); err != nil {
			return nil, err
		}
	}
	q := newQueue(s, inputs)
	q.recorder = recorder
	tables, err := work(ctx, s, q)
	defer func() {
		for _, t := range tables {
			t.Free()
		}
	}()
	for _, err := range []error{err, q.result(), q.close()} {
		if err != nil {
			return nil, err
		}
	}
	result, err := reduce(tables, q.bytes)
	if err != nil {
		return nil, err
	}
	result.BadRows = q.badRows
	return result, nil
}

// work runs the workers and returns their tables.
func work(ctx context.Context, s settings, q *queue) ([]*table.Table, error) {
	tables := make([]*table.Table, s.workers)
	errs := make([]error, s.workers)
	for i := range tables {
		if tables[i], errs[i] = table.New(); errs[i] != nil {
			return tables[:i], errs[i]
		}
	}
	defer context.AfterFunc(ctx, q.wake)()
	q.recorder.Work(s.workers)
	defer q.recorder.Reduce()
	var wg sync.WaitGroup
	for i := range tables {
		wg.Go(func() {
			w := &worker{kernel: s.kernel, queue: q, table: tables[i], recorder: q.recorder.Worker(i)}
			errs[i] = w.run(ctx)
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return tables, err
		}
	}
	return tables, nil
}

// reduce joins all tables in the first one.
func reduce(tables []*table.Table, bytes int64) (*Result, error) {
	for _, t := range tables[1:] {
		if err := tables[0].Merge(t); err != nil {
			return nil, err
		}
	}
	return newResult(tables[0], bytes), nil
}
