package engine

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"

	"onebrc/engine/internal/measure"
	"onebrc/engine/internal/schedule"
)

// queue hands out the chunks of all inputs, one input after the other, and keeps
// what is found wrong first. Unless a source has queues for several nodes, this
// is the order of the inputs, and the first chunk that is not done always has a
// worker: others may wait for it.
type queue struct {
	settings settings
	inputs   []Input
	recorder *measure.Recorder // nil if the run is not measured
	inOrder  bool              // there is one queue for all nodes

	// stop is the position from which on chunks are of no use any more, because
	// an earlier one failed.
	stop atomic.Int64

	// badRows counts those that OnBadRow was called for. It belongs to the
	// worker whose turn it is.
	badRows int64

	working atomic.Int64 // workers that may still take a chunk

	// taking is held while a chunk is taken, which for a stream is while its
	// bytes come.
	taking sync.Mutex
	input  int      // index of the input that is being taken from
	source source   // of that input, nil before it is opened
	opened []source // closed by close
	base   int64    // bytes of all inputs before that
	bytes  int64    // of all chunks that were taken

	mu       sync.Mutex
	turned   sync.Cond // progress or stop changed, or ctx ended
	progress progress
	culprit  chunk // the first chunk that failed
	err      error // what was wrong with it
}

func newQueue(s settings, inputs []Input) *queue {
	q := &queue{settings: s, inputs: inputs, progress: progress{later: map[int64]doneChunk{}}}
	q.inOrder = len(s.queues().Workers) == 1
	q.turned.L = &q.mu
	q.stop.Store(math.MaxInt64)
	return q
}

// next returns the next chunk for a worker of a node; ok is false if there is
// none.
func (q *queue) next(node int, to *buffer) (c chunk, ok bool) {
	for {
		c := q.take(node, to)
		if c.source == nil {
			return c, false
		}
		err := c.source.cut(&c, to)
		switch {
		case err != nil:
			q.fail(&c, err)
		case c.size > 0:
			return c, true
		default:
			q.done(&c, 0)
		}
	}
}

// take returns the next chunk with its nominal borders, without a source if
// there is none.
func (q *queue) take(node int, to *buffer) chunk {
	if q.inOrder {
		node = 0
	}
	q.taking.Lock()
	defer q.taking.Unlock()
	for q.input < len(q.inputs) && q.least() < q.stop.Load() {
		c, err := q.takeFrom(q.input, node, to)
		if err != nil {
			q.fail(&c, err)
			continue
		}
		size := c.nominal.End - c.nominal.Begin
		q.bytes += size
		switch {
		case size == 0:
			q.input++
			q.source, q.base = nil, q.bytes
		case c.position() < q.stop.Load():
			c.source = q.source
			return c
		}
	}
	return chunk{}
}

// takeFrom returns the next chunk of an input, which it opens if it is not yet.
func (q *queue) takeFrom(input, node int, to *buffer) (c chunk, err error) {
	if q.source == nil {
		src, err := q.inputs[input].open(q.settings)
		if err != nil {
			return chunk{input: input, base: q.base}, err
		}
		q.source = src
		q.opened = append(q.opened, src)
	}
	c, err = q.source.next(node, to)
	c.input, c.base = input, q.base
	return c, err
}

// least is a position that no chunk is before that is taken from now on.
func (q *queue) least() int64 {
	_, stream := q.source.(*streamSource)
	if stream || q.inOrder {
		return q.bytes
	}
	return q.base
}

// progress is which chunks are done, and how many rows they have. It takes
// memory for those alone that are done before their turn.
type progress struct {
	position int64 // all chunks before it are done
	input    int   // of the last one of them
	rows     int64 // of that input, before the position
	later    map[int64]doneChunk
}

// doneChunk is a chunk that is done before its turn.
type doneChunk struct {
	input     int
	end, rows int64
}

// add says that c is done.
func (p *progress) add(c *chunk, rows int64) {
	p.later[c.position()] = doneChunk{input: c.input, end: c.base + c.nominal.End, rows: rows}
	for {
		d, ok := p.later[p.position]
		if !ok {
			return
		}
		delete(p.later, p.position)
		if d.input != p.input {
			p.input, p.rows = d.input, 0
		}
		p.position = d.end
		p.rows += d.rows
	}
}

// rowsBefore returns the rows of the input of c before c, when all chunks before
// it are done.
func (p *progress) rowsBefore(c *chunk) int64 {
	if p.input != c.input {
		return 0
	}
	return p.rows
}

// done says that all rows of c are counted, bad ones included.
func (q *queue) done(c *chunk, rows int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.progress.add(c, rows)
	q.turned.Broadcast()
}

// await blocks until it is the turn of c, which is when all chunks before it
// are done, and returns the rows of its input before it. The error is
// errStopped if an earlier chunk fails, and ctx.Err() if ctx ends.
func (q *queue) await(ctx context.Context, c *chunk) (rows int64, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.progress.position < c.position() {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if q.stop.Load() < c.position() {
			return 0, errStopped
		}
		q.turned.Wait()
	}
	return q.progress.rowsBefore(c), nil
}

// wake makes those that wait look whether they should stop.
func (q *queue) wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.turned.Broadcast()
}

// report calls OnBadRow for the bad rows of c, whose lines count from its start.
func (q *queue) report(ctx context.Context, c *chunk, bad []*RowError) error {
	before, err := q.await(ctx, c)
	if err != nil {
		return err
	}
	for _, row := range bad {
		row.Line += before
		row.Input = q.inputs[c.input].name
		q.badRows++
		if err := q.settings.onBadRow(row); err != nil {
			return refusal{err}
		}
	}
	return nil
}

// refusal is an error of OnBadRow, which goes to the caller as it is.
type refusal struct{ error }

// fail says that c can't be counted. Of several chunks that fail the first in
// the order of the inputs is kept; chunks before it are still worked on.
func (q *queue) fail(c *chunk, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if c.position() < q.stop.Load() {
		if c.source != nil && c.source.shrunk() {
			err = ErrTruncated // what was behind the new end reads as zeros up to the end of a page
		}
		q.stop.Store(c.position())
		q.culprit, q.err = *c, err
		q.turned.Broadcast()
	}
}

// abandon has all workers stop, because one of them can't work.
func (q *queue) abandon() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stop.Store(math.MinInt64)
	q.turned.Broadcast()
}

// stopped says that there will be no result.
func (q *queue) stopped() bool { return q.stop.Load() != math.MaxInt64 }

// result returns what was wrong with the first chunk that failed. It is called
// when all workers have ended: the chunks before that one are counted then,
// and with them the lines before a bad row.
func (q *queue) result() error {
	switch err := q.err.(type) {
	case nil:
		return nil
	case refusal:
		return err.error
	case *RowError:
		err.Input = q.inputs[q.culprit.input].name
		err.Line += q.progress.rowsBefore(&q.culprit)
		return err
	default:
		return inputError(q.inputs[q.culprit.input].name, err)
	}
}

// measured is c with its rows as the recorder knows it.
func (q *queue) measured(c *chunk, rows int64) measure.Chunk {
	node := measure.Unknown
	if c.nominal.Node != schedule.AnyNode {
		node = q.settings.placement.ids[c.nominal.Node]
	}
	return measure.Chunk{
		Input: q.inputs[c.input].name, Offset: c.offset, Bytes: c.size, Rows: rows,
		Stolen: c.nominal.Stolen, Node: node,
	}
}

func (q *queue) close() error {
	var errs []error
	for _, s := range q.opened {
		errs = append(errs, s.close())
	}
	return errors.Join(errs...)
}
