// Package run runs the engine once: several workers read the inputs into one table.
//
//	run        holds the configuration, the tables and the first error
//	feed       opens inputs and hands out their chunks
//	worker     reads chunks, tile by tile, into its own table
//	progress   records which chunks are done, and so the lines before each chunk
//	tables     makes the tables, and moves them to the reduction or to the store
//	reduction  joins the tables of workers that have ended
//	store      of package partition, joins the groups that did not fit in tables
//
// A worker takes a chunk from the feed, reads it, and reports the outcome to
// run.end, which alone decides what the end of a chunk means.
package run

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"onebrc/engine/internal/measure"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/schedule"
	"onebrc/engine/internal/source"
)

// Outcome is the result of a run.
type Outcome struct {
	// Table has all rows, or, if they did not fit in tables, Store, which is merged.
	// The other one is nil. The caller calls FreeTable, and frees Store.
	Table Table
	Store *partition.Store
	// spare is an empty store for Overflow. It is nil if memory is not limited.
	spare *partition.Store

	Budget  *memory.Budget
	Workers int
	// Rows is the number of rows that readers counted, without bad rows and without
	// DroppedRows, which they left out.
	Rows, BadRows, DroppedRows, Bytes int64
	// InputRows is the number of rows of each input, with bad rows.
	InputRows []int64
}

// run is the state that workers share.
type run struct {
	config   *Config
	plan     Plan
	inputs   []source.Input
	sources  source.Config
	recorder *measure.Recorder // nil if the run is not measured
	budget   *memory.Budget
	tables   []Table
	store    *partition.Store // nil if tables have no overflow
	feed     feed
	joined   *reduction

	// stop is the place of the first chunk that failed: chunks from there on do not
	// matter. It is nil if none has failed. It is written with mu held.
	stop atomic.Pointer[source.Place]
	// halted is closed when none of the chunks not yet taken matters.
	halted chan struct{}
	// badRows counts the bad rows that were given to OnBadRow, by this run or, the
	// first reported ones, by a run before it. It belongs to the worker whose turn
	// it is.
	badRows, reported int64
	dropped           atomic.Int64 // rows that readers left out

	telling sync.Mutex
	read    int64 // bytes of chunks that are done; with telling held

	mu       sync.Mutex
	changed  sync.Cond // signals a change of progress or stop
	over     sync.Cond // signals a change of running, or that halted is closed
	opened   map[int]*opened
	progress progress
	bytes    int64   // of the chunks that are done
	rows     []int64 // of the chunks of each input that are done, bad ones included
	working  int     // workers that still read
	running  int     // workers that have not ended
	// blocked is the index of the worker in a call that may block forever (Open
	// or Read), or -1. left means that the run has ended without that worker.
	blocked int
	left    bool
	// What went wrong: err is the error of the chunk culprit, fatal is an error
	// of no chunk, and panicked is the first panic of a worker.
	culprit  source.Chunk
	err      error
	fatal    error
	panicked any
	closeErr error
}

// goexit is the value of run.panicked after a call of runtime.Goexit.
type goexit struct{}

// errLeft means that the run has ended without the worker.
var errLeft = errors.New("left")

// errStopped means that a chunk no longer matters.
var errStopped = errors.New("stopped")

// refusal is an error that OnBadRow returned. The caller gets it unchanged.
type refusal struct{ error }

// Aggregate reads inputs. A nil recorder measures nothing. If quotes make it
// necessary, it reads them again with another way to cut them.
//
// Aggregate returns when ctx ends, even if a Reader is stuck in a call. One
// goroutine stays in that call and drops its result. If a Reader or OnBadRow
// panics or calls runtime.Goexit, the run ends and Aggregate does the same in the
// caller's goroutine.
func (c *Config) Aggregate(ctx context.Context, plan Plan, inputs []source.Input, recorder *measure.Recorder) (o *Outcome, err error) {
	reported := int64(0)
	for _, cut := range source.Cuts(plan.Syntax(), inputs) {
		r := newRun(c, plan, inputs, recorder)
		r.cut(cut)
		r.reported = reported
		o, err = r.aggregate(ctx)
		if !errors.Is(err, source.ErrMisread) {
			break
		}
		reported = max(reported, r.badRows)
	}
	return o, err
}

func (r *run) aggregate(ctx context.Context) (*Outcome, error) {
	err := r.makeTables()
	if err == nil {
		r.work(ctx)
		r.verify(ctx)
		err = r.close()
	}
	if err == nil { // otherwise a worker may have been left that still uses the feed
		dropped := r.dropped.Load()
		o := &Outcome{
			Budget: r.budget, Workers: len(r.config.placement.places),
			Rows: -r.badRows - dropped, BadRows: r.badRows, DroppedRows: dropped, Bytes: r.bytes, InputRows: r.rows,
		}
		for _, rows := range r.rows {
			o.Rows += rows
		}
		if err = r.join(ctx, o); err == nil {
			return o, nil
		}
	}
	r.free()
	switch r.panicked {
	case nil:
		return nil, err
	case goexit{}:
		runtime.Goexit()
	}
	panic(r.panicked)
}

func newRun(c *Config, plan Plan, inputs []source.Input, recorder *measure.Recorder) *run {
	r := &run{
		config: c, plan: plan, inputs: inputs, recorder: recorder, budget: memory.NewBudget(c.memory),
		joined: newReduction(c.placement.nodes.Workers), halted: make(chan struct{}),
		opened: map[int]*opened{}, rows: make([]int64, len(inputs)), progress: progress{inputs: map[int]*inputProgress{}}, blocked: -1,
	}
	r.feed = feed{run: r, taking: newTurn(), changed: newEvent()}
	r.cut(source.CutAtLF)
	r.changed.L, r.over.L = &r.mu, &r.mu
	return r
}

// cut sets how inputs are cut.
func (r *run) cut(cut source.Cut) {
	r.sources = r.config.source(r.plan, cut)
	r.sources.Budget = r.budget
	r.feed.inOrder = len(r.sources.Nodes.Workers) == 1
}

// work runs the workers. It returns when all have ended, or when the only one left
// is in a call that may block forever and whose chunk does not matter.
func (r *run) work(ctx context.Context) {
	defer context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.abandon(ctx.Err())
	})()
	r.recorder.Work(len(r.tables))
	r.working, r.running = len(r.tables), len(r.tables)
	for i, t := range r.tables {
		go r.worker(ctx, i, t)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.running > 1 || r.running == 1 && (r.blocked < 0 || !r.isHalted()) {
		r.over.Wait()
	}
	if r.running == 1 {
		r.left = true
		r.tables = slices.Delete(r.tables, r.blocked, r.blocked+1) // the blocked worker frees its table
		r.recorder.Reduce()
	}
}

// worker runs worker i, which reads chunks into t until there are no more, then joins
// t with the tables of the others. It allocates and touches the worker's memory only
// in the worker's place, so that the memory is on its node.
func (r *run) worker(ctx context.Context, i int, t Table) {
	returned := false
	defer func() { r.ended(i, t, recover(), returned) }()
	at := r.config.placement.places[i]
	leave, err := r.config.enter(at)
	if err == nil {
		defer leave()
		w := &worker{run: r, index: i, node: at.node, table: t, recorder: r.recorder.Worker(i)}
		w.reader = r.plan.NewReader(t, w)
		w.chunks(ctx)
	}
	if r.stopReading(i, err) {
		r.hand(at.node, t)
	}
	returned = true
}

// stopReading records that worker i reads no more, because of err or because there
// are no more chunks. It reports whether the worker's table is needed.
func (r *run) stopReading(i int, err error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left {
		return false
	}
	if err != nil {
		r.abandon(err)
	}
	r.recorder.Worker(i).Stop()
	if r.working--; r.working == 0 {
		r.recorder.Reduce()
	}
	return !r.stopped()
}

// ended records that worker i has ended: by return, panic or Goexit.
func (r *run) ended(i int, t Table, panicked any, returned bool) {
	if panicked == nil && !returned {
		panicked = goexit{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left {
		t.Free() // nothing else refers to the table or waits for a panic
		return
	}
	if panicked != nil {
		if r.panicked == nil {
			r.panicked = panicked
		}
		if r.blocked == i {
			r.blocked = -1
		}
		r.abandon(errStopped)
	}
	r.running--
	r.over.Signal()
}

// block announces that w is about to make a call that may block forever. It returns
// false if the call is not needed: if a chunk has failed, it comes before the data
// that the call would return, so that the data does not matter.
func (r *run) block(w *worker) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped() {
		r.halt()
	}
	if r.isHalted() {
		return false
	}
	r.blocked = w.index
	return true
}

// unblock announces that the call has returned. It returns false if the run has
// ended in the meantime. The worker must then not touch the run.
func (r *run) unblock() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left {
		return false
	}
	r.blocked = -1
	return true
}

// halt closes halted. The caller of halt, isHalted, abandon, stopped or fail holds
// mu.
func (r *run) halt() {
	if !r.isHalted() {
		close(r.halted)
		r.over.Signal()
		r.feed.changed.all()
	}
}

func (r *run) isHalted() bool {
	select {
	case <-r.halted:
		return true
	default:
		return false
	}
}

// abandon ends the run with an error that belongs to no chunk.
func (r *run) abandon(err error) {
	if r.fatal == nil {
		r.fatal = err
	}
	r.stop.Store(&source.Place{Input: -1})
	r.halt()
	r.changed.Broadcast()
}

// stopped reports whether the run has failed.
func (r *run) stopped() bool { return r.stop.Load() != nil }

// matters reports whether no chunk at or before p has failed.
func (r *run) matters(p source.Place) bool {
	stop := r.stop.Load()
	return stop == nil || p.Before(*stop)
}

// end ends the work on c and decides what err means for the run. No other function
// decides that.
func (r *run) end(ctx context.Context, c *source.Chunk, err error) {
	r.mu.Lock()
	_, refused := err.(refusal)
	switch {
	case err == nil: // done
		r.progress.add(c)
		r.bytes += c.Bytes()
		r.rows[c.Input] += c.Rows
	case refused: // by OnBadRow, which may also have ended ctx; all chunks before c are done
		r.fail(c, err)
	case err == errStopped: // an earlier chunk has failed
	case ctx.Err() != nil: // cancelled
		r.abandon(ctx.Err())
	case r.matters(c.Place()): // the first failure so far, in the order of the inputs
		if o := r.opened[c.Input]; o != nil && o.source.Shrunk() {
			err = source.ErrTruncated // the file reads as zeros after its new end
		} else if o != nil && o.ready && c.Unchecked != "" {
			o.users.Add(1) // verify needs it
		}
		r.fail(c, err)
	}
	r.changed.Broadcast()
	unused := r.drop(c.Input)
	r.mu.Unlock()
	if unused != nil {
		r.closeUnused(unused)
	}
	if err == nil && r.config.progress != nil {
		r.tell(c.Read())
	}
}

// allTaken records that there are no more chunks of an input after c, which is empty and
// ends the input if ends is set.
func (r *run) allTaken(o *opened, c *source.Chunk, ends bool) {
	r.mu.Lock()
	if ends {
		r.progress.end(o.input, o.size)
		r.changed.Broadcast()
	}
	unused := r.drop(o.input)
	r.mu.Unlock()
	if unused != nil {
		r.closeUnused(unused)
	}
	if ends && c.Stored > 0 && r.config.progress != nil {
		r.tell(c.Stored) // what follows the last row
	}
}

// tell calls Options.Progress when size more bytes of the inputs are read.
func (r *run) tell(size int64) {
	r.telling.Lock()
	defer r.telling.Unlock()
	r.read += size
	r.config.progress(r.read)
}

// fail ends the run at c. Chunks before c are still read.
func (r *run) fail(c *source.Chunk, err error) {
	if place := c.Place(); r.matters(place) {
		r.stop.Store(&place)
	}
	r.culprit, r.err = *c, err
	if r.blocked >= 0 {
		r.halt()
	}
	r.feed.changed.all()
}

// await waits for the turn of c, that is until all chunks before it are done, and
// returns how many lines precede c in its input. It returns errStopped if an earlier
// chunk fails, and ctx.Err() if ctx ends.
func (r *run) await(ctx context.Context, c *source.Chunk) (lines int64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for !r.progress.isDone(c) {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if !r.matters(c.Place()) {
			return 0, errStopped
		}
		r.changed.Wait()
	}
	return r.progress.linesBefore(c), nil
}

// report waits for the turn of c and calls OnBadRow for its bad rows, whose lines
// are counted from the start of c.
func (r *run) report(ctx context.Context, c *source.Chunk, bad []*BadRow) error {
	before, err := r.await(ctx, c)
	if err != nil {
		return err
	}
	for _, row := range bad {
		row.Line += before
		row.Input = r.inputs[c.Input].Name()
		if r.badRows++; r.badRows <= r.reported {
			continue
		}
		if err := r.config.onBadRow(c.Input, row); err != nil {
			return refusal{err}
		}
	}
	return nil
}

// close closes the inputs that a failure left open and returns the error of the
// run. All chunks before the culprit are done, so that the line of a bad row is
// known.
func (r *run) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range r.opened {
		if !r.left || o.ready { // the blocked worker closes the only one that is not
			r.closeErr = errors.Join(r.closeErr, o.source.Close())
		}
	}
	if r.panicked != nil {
		return errStopped
	}
	var bad *BadRow
	refused, isRefusal := r.err.(refusal)
	switch {
	case isRefusal:
		return refused.error
	case r.fatal != nil:
		return r.fatal
	case errors.As(r.err, &bad):
		bad.Input = r.inputs[r.culprit.Input].Name()
		bad.Line += r.progress.linesBefore(&r.culprit)
		return bad
	case r.err != nil:
		return r.inputs[r.culprit.Input].Error(r.err)
	}
	return r.closeErr
}

// measured returns c in the recorder's form.
func (r *run) measured(c *source.Chunk) measure.Chunk {
	node := measure.Unknown
	if c.Nominal.Node != schedule.AnyNode {
		node = r.config.placement.ids[c.Nominal.Node]
	}
	return measure.Chunk{
		Input: r.inputs[c.Input].Name(), InputNumber: c.Input, Offset: c.Offset, Bytes: c.Size, Rows: c.Rows,
		Stolen: c.Nominal.Stolen, Node: node,
	}
}
