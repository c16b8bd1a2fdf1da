// Package run is one run of the engine: it reads inputs with several workers into
// one table.
//
//	Run      the configuration, the tables, the first error
//	feed     opens inputs and hands out their chunks
//	worker   reads a chunk, tile by tile, into its own table
//	progress knows which chunks are done, and so the lines before each chunk
//	reduction joins the tables of workers that have ended
//
// A worker asks the feed for a chunk, reads it, and says with Run.end how that
// went. Run.end alone decides what the end of a chunk means.
package run

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"onebrc/engine/internal/measure"
	"onebrc/engine/internal/schedule"
	"onebrc/engine/internal/source"
	"onebrc/engine/internal/table"
)

// Outcome is what a run has found.
type Outcome struct {
	Table          *table.Table // of all names; the caller frees it
	Budget         *table.Budget
	Bytes, BadRows int64
}

// run is the state that workers share.
type run struct {
	config   *Config
	inputs   []source.Input
	recorder *measure.Recorder // nil if the run is not measured
	budget   *table.Budget
	tables   []*table.Table
	feed     feed
	joined   *reduction

	// stop is the position from which on chunks do not matter, because an
	// earlier chunk failed. It is written under mu.
	stop atomic.Int64
	// halted is closed when no chunk that is still to be taken matters.
	halted chan struct{}
	// badRows counts the rows that OnBadRow was called for. It belongs to the
	// worker whose turn it is.
	badRows int64

	mu       sync.Mutex
	changed  sync.Cond // something below has changed
	opened   map[int]*opened
	progress progress
	working  int // workers that read
	running  int // workers that have not ended
	// blocked is the worker in a call that may block for ever (Open or Read),
	// or -1. left says that the run has ended without it.
	blocked int
	left    bool
	// What went wrong. err belongs to the chunk culprit; fatal ended a worker
	// and belongs to no chunk; panicked is the first panic of a worker.
	culprit  source.Chunk
	err      error
	fatal    error
	panicked any
	closeErr error
}

// opened is an input that is not closed yet.
type opened struct {
	source source.Source
	users  int // chunks that are read, and the feed as long as it takes from it
}

// goexit stands in run.panicked for a call of runtime.Goexit.
type goexit struct{}

// errLeft says that the run has ended without the worker.
var errLeft = errors.New("left")

// errStopped says that a chunk does not matter any more.
var errStopped = errors.New("stopped")

// refusal is an error of OnBadRow, which the caller gets as it is.
type refusal struct{ error }

// Aggregate reads inputs. recorder may be nil.
//
// Aggregate returns when ctx ends, even if a Reader is stuck in a call. One
// goroutine stays in that call and drops what comes of it. A panic or a
// runtime.Goexit in a Reader or in OnBadRow ends the run and goes on in the
// goroutine of the caller.
func (c *Config) Aggregate(ctx context.Context, inputs []source.Input, recorder *measure.Recorder) (*Outcome, error) {
	return newRun(c, inputs, recorder).aggregate(ctx)
}

func (r *run) aggregate(ctx context.Context) (*Outcome, error) {
	err := r.makeTables()
	if err == nil {
		r.work(ctx)
		err = r.close()
	}
	if err == nil {
		return &Outcome{Table: r.joined.result, Budget: r.budget, Bytes: r.feed.bytes, BadRows: r.badRows}, nil
	}
	for _, t := range r.tables {
		t.Free()
	}
	switch r.panicked {
	case nil:
		return nil, err
	case goexit{}:
		runtime.Goexit()
	}
	panic(r.panicked)
}

func newRun(c *Config, inputs []source.Input, recorder *measure.Recorder) *run {
	r := &run{
		config: c, inputs: inputs, recorder: recorder, budget: table.NewBudget(c.memory),
		joined: newReduction(c.placement.nodes.Workers), halted: make(chan struct{}),
		opened: map[int]*opened{}, progress: progress{later: map[int64]span{}}, blocked: -1,
	}
	r.feed = feed{run: r, taking: make(chan struct{}, 1), inOrder: len(c.queues().Workers) == 1}
	r.changed.L = &r.mu
	r.stop.Store(math.MaxInt64)
	return r
}

// makeTables makes a table for each worker. It does not touch their memory.
func (r *run) makeTables() error {
	workers := len(r.config.placement.places)
	if err := r.budget.Take(int64(workers) * r.config.workerBytes()); err != nil {
		return err
	}
	for range workers {
		t, err := table.New(r.budget)
		if err != nil {
			return err
		}
		r.tables = append(r.tables, t)
	}
	return nil
}

// work runs the workers. It returns when they have ended, or when the only one
// left is in a call that may block for ever and whose chunk does not matter.
func (r *run) work(ctx context.Context) {
	defer context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.abandon(ctx.Err())
	})()
	r.recorder.Work(len(r.tables))
	r.working, r.running = len(r.tables), len(r.tables)
	for i := range r.tables {
		w := &worker{
			run: r, index: i, at: r.config.placement.places[i], kernel: r.config.kernel,
			table: r.tables[i], recorder: r.recorder.Worker(i),
		}
		go w.work(ctx)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.running > 1 || r.running == 1 && (r.blocked < 0 || !r.isHalted()) {
		r.changed.Wait()
	}
	if r.running == 1 {
		r.left = true
		r.tables = slices.Delete(r.tables, r.blocked, r.blocked+1) // its worker frees it
		r.recorder.Reduce()
	}
}

// block says that w is about to make a call that may block for ever. It returns
// false if the call need not be made. Each chunk that has failed is before what
// the call would bring, which does not matter then.
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

// unblock says that the call has returned. It returns false if the run has ended
// in the meantime: then nothing of it may be touched.
func (r *run) unblock() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left {
		return false
	}
	r.blocked = -1
	return true
}

// halt closes halted. The caller holds mu, as for all that follow.
func (r *run) halt() {
	if !r.isHalted() {
		close(r.halted)
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

// abandon ends the run with an error that concerns no chunk.
func (r *run) abandon(err error) {
	if r.fatal == nil {
		r.fatal = err
	}
	r.stop.Store(math.MinInt64)
	r.halt()
	r.changed.Broadcast()
}

// stopped reports whether the run has failed.
func (r *run) stopped() bool { return r.stop.Load() != math.MaxInt64 }

// end says how reading c went, rows being its rows up to there, and is the one
// place that decides what that means for the run.
func (r *run) end(ctx context.Context, c *source.Chunk, rows int64, err error) {
	r.mu.Lock()
	_, refused := err.(refusal)
	switch {
	case err == nil: // done
		r.progress.add(c, rows)
	case refused: // by OnBadRow, which may have ended ctx as well; all chunks before c are done
		r.fail(c, err)
	case err == errStopped: // an earlier chunk has failed
	case ctx.Err() != nil: // cancelled
		r.abandon(ctx.Err())
	case c.Position() < r.stop.Load(): // the first failure so far, in the order of the inputs
		if o := r.opened[c.Input]; o != nil && o.source.Shrunk() {
			err = source.ErrTruncated // the file reads as zeros after its new end
		}
		r.fail(c, err)
	}
	r.changed.Broadcast()
	r.mu.Unlock()
	r.release(c.Input)
}

// fail says that c ends the run. Chunks before it are still read.
func (r *run) fail(c *source.Chunk, err error) {
	r.stop.Store(min(r.stop.Load(), c.Position()))
	r.culprit, r.err = *c, err
	if r.blocked >= 0 {
		r.halt()
	}
}

// keep keeps an input open for one more user. The first one opens it with src.
func (r *run) keep(input int, src source.Source) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.opened[input] == nil {
		r.opened[input] = &opened{source: src}
	}
	r.opened[input].users++
}

// release is the counterpart of keep. It closes an input without users.
func (r *run) release(input int) {
	r.mu.Lock()
	o := r.opened[input]
	if o == nil { // it could not be opened
		r.mu.Unlock()
		return
	}
	if o.users--; o.users == 0 {
		delete(r.opened, input)
	}
	unused := o.users == 0
	r.mu.Unlock()
	if unused {
		r.closed(o.source.Close())
	}
}

func (r *run) closed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closeErr = errors.Join(r.closeErr, err)
}

// await blocks until it is the turn of c, when all chunks before it are done,
// and returns the rows of its input before it. The error is errStopped if an
// earlier chunk fails, and ctx.Err() if ctx ends.
func (r *run) await(ctx context.Context, c *source.Chunk) (rows int64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.progress.position < c.Position() {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if r.stop.Load() < c.Position() {
			return 0, errStopped
		}
		r.changed.Wait()
	}
	return r.progress.rowsBefore(c), nil
}

// report calls OnBadRow for bad rows of c, whose lines count from its start.
func (r *run) report(ctx context.Context, c *source.Chunk, bad []*BadRow) error {
	before, err := r.await(ctx, c)
	if err != nil {
		return err
	}
	for _, row := range bad {
		row.Line += before
		row.Input = r.inputs[c.Input].Name()
		r.badRows++
		if err := r.config.onBadRow(row); err != nil {
			return refusal{err}
		}
	}
	return nil
}

// close closes the inputs that a failure left open, and returns the error of the
// run. The chunks before the culprit are done, so that the line of a bad row is
// known.
func (r *run) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range r.opened {
		if !r.left || o.source != r.feed.source { // the worker that was left closes that one
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
		bad.Line += r.progress.rowsBefore(&r.culprit)
		return bad
	case r.err != nil:
		return r.inputs[r.culprit.Input].Error(r.err)
	}
	return r.closeErr
}

// join adds the table of w to those of other workers.
func (r *run) join(w *worker) {
	err := r.joined.add(w.at.node, w.table)
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.abandon(err)
	}
}

// measured returns c with its rows as the recorder wants it.
func (r *run) measured(c *source.Chunk, rows int64) measure.Chunk {
	node := measure.Unknown
	if c.Nominal.Node != schedule.AnyNode {
		node = r.config.placement.ids[c.Nominal.Node]
	}
	return measure.Chunk{
		Input: r.inputs[c.Input].Name(), Offset: c.Offset, Bytes: c.Size, Rows: rows,
		Stolen: c.Nominal.Stolen, Node: node,
	}
}
