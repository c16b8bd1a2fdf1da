package engine

import (
	"context"
	"sync"

	"onebrc/engine/internal/measure"
	"onebrc/engine/internal/table"
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
	var recorder *measure.Recorder
	if o.Measure != nil {
		recorder = measure.New()
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
	if err := s.place(o); err != nil {
		return nil, err
	}
	if err := s.bound(o.MaxMemory); err != nil {
		return nil, err
	}
	q := newQueue(s, inputs)
	q.recorder = recorder
	return q.aggregate(ctx)
}

// aggregate reads all inputs of the queue, and closes it.
func (q *queue) aggregate(ctx context.Context) (*Result, error) {
	tables, err := newTables(q.settings)
	defer func() {
		for _, t := range tables {
			t.Free()
		}
	}()
	var joined *table.Table
	if err == nil {
		joined, err = q.work(ctx, tables)
	}
	if _, refused := q.err.(refusal); refused {
		err = nil // OnBadRow may have ended ctx as well
	}
	for _, err := range []error{err, q.result(), q.close()} {
		if err != nil {
			return nil, err
		}
	}
	result, err := newResult(joined, q.settings.budget, q.bytes)
	if err != nil {
		return nil, err
	}
	result.BadRows = q.badRows
	return result, nil
}

// newTables makes a table for each worker. Their memory is not touched. If there
// is an error, some are made.
func newTables(s settings) (tables []*table.Table, err error) {
	for range s.placement.places {
		t, err := table.New(s.budget)
		if err != nil {
			return tables, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// work runs a worker with each of the tables, and returns the table that they
// are joined in, or nil if there will be no result.
func (q *queue) work(ctx context.Context, tables []*table.Table) (*table.Table, error) {
	defer context.AfterFunc(ctx, q.wake)()
	reduction := newReduction(q.settings.placement.nodes.Workers)
	errs := make([]error, len(tables))
	q.recorder.Work(len(tables))
	q.working.Store(int64(len(tables)))
	var wg sync.WaitGroup
	for i := range tables {
		wg.Go(func() { errs[i] = q.runWorker(ctx, i, tables[i], reduction) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return reduction.joined, nil
}

// runWorker runs worker i in its place, where it touches its memory first.
func (q *queue) runWorker(ctx context.Context, i int, t *table.Table, r *reduction) error {
	at := q.settings.placement.places[i]
	leave, err := q.settings.enter(at)
	if err == nil {
		defer leave()
		w := &worker{kernel: q.settings.kernel, queue: q, node: at.node, table: t, recorder: q.recorder.Worker(i)}
		err = w.run(ctx)
	}
	if q.working.Add(-1) == 0 {
		q.recorder.Reduce()
	}
	if err != nil {
		q.abandon()
		return err
	}
	if q.stopped() {
		return nil // a reduction would be of no use
	}
	return r.add(at.node, t)
}
