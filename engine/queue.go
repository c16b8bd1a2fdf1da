package engine

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"

	"onebrc/engine/tail"
)

// queue hands out the chunks of all inputs in order, and keeps what is found
// wrong first. As it hands them out in order, the first chunk that is not done
// always has a worker: others may wait for it.
type queue struct {
	settings settings
	inputs   []Input
	recorder *tail.Recorder // nil if the run is not measured

	// stop is the sequence number from which on chunks are of no use any more,
	// because an earlier one failed.
	stop atomic.Int64

	// badRows counts those that OnBadRow was called for. It belongs to the
	// worker whose turn it is.
	badRows int64

	mu     sync.Mutex
	turned sync.Cond // turn or stop changed, or ctx ended
	turn   int       // sequence number of the first chunk that is not done
	input  int       // index of the input that is being cut
	source source    // of that input, nil before it is opened
	opened []source  // closed by close
	first  int       // sequence number of the first chunk of that input
	rows   []int64   // rows of each chunk, notDone before it is done; before turn, with all rows before the chunk
	bytes  int64     // of all chunks
	failed chunk     // the first chunk that failed
	err    error     // what was wrong with it
}

// notDone stands for the number of rows of a chunk that is not done.
const notDone = -1

func newQueue(s settings, inputs []Input) *queue {
	q := &queue{settings: s, inputs: inputs}
	q.turned.L = &q.mu
	q.stop.Store(math.MaxInt64)
	return q
}

// next returns the next chunk; ok is false if there is none.
func (q *queue) next(to *buffer) (c chunk, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.input < len(q.inputs) && int64(len(q.rows)) < q.stop.Load() {
		c, err := q.cut(to)
		c.seq, c.first, c.input = len(q.rows), q.first, q.input
		if err != nil {
			q.failLocked(&c, err)
			return c, false
		}
		if c.size > 0 {
			c.source = q.source
			q.rows = append(q.rows, notDone)
			q.bytes += c.size
			return c, true
		}
		q.input++
		q.source, q.first = nil, len(q.rows)
	}
	return c, false
}

// cut returns the next chunk of the current input.
func (q *queue) cut(to *buffer) (chunk, error) {
	if q.source == nil {
		src, err := q.inputs[q.input].open(q.settings)
		if err != nil {
			return chunk{}, err
		}
		q.source = src
		q.opened = append(q.opened, src)
	}
	return q.source.next(to)
}

// done says that all rows of c are counted, bad ones included.
func (q *queue) done(c *chunk, rows int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rows[c.seq] = rows
	for q.turn < len(q.rows) && q.rows[q.turn] != notDone {
		q.rows[q.turn] += q.rowsTo(q.turn)
		q.turn++
	}
	q.turned.Broadcast()
}

// rowsTo returns the rows of all chunks before seq, which is at most turn.
func (q *queue) rowsTo(seq int) int64 {
	if seq == 0 {
		return 0
	}
	return q.rows[seq-1]
}

// rowsBefore returns the rows of the input of c before c, when it is its turn.
func (q *queue) rowsBefore(c *chunk) int64 { return q.rowsTo(c.seq) - q.rowsTo(c.first) }

// await blocks until it is the turn of c, which is when all chunks before it
// are done, and returns the rows of its input before it. The error is
// errStopped if an earlier chunk fails, and ctx.Err() if ctx ends.
func (q *queue) await(ctx context.Context, c *chunk) (rows int64, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.turn < c.seq {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if q.stop.Load() < int64(c.seq) {
			return 0, errStopped
		}
		q.turned.Wait()
	}
	return q.rowsBefore(c), nil
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
// the order of the input is kept; chunks before it are still worked on.
func (q *queue) fail(c *chunk, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.failLocked(c, err)
}

func (q *queue) failLocked(c *chunk, err error) {
	if int64(c.seq) < q.stop.Load() {
		if c.source != nil && c.source.shrunk() {
			err = ErrTruncated // what was behind the new end reads as zeros up to the end of a page
		}
		q.stop.Store(int64(c.seq))
		q.failed, q.err = *c, err
		q.turned.Broadcast()
	}
}

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
		err.Input = q.inputs[q.failed.input].name
		err.Line += q.rowsBefore(&q.failed)
		return err
	default:
		return inputError(q.inputs[q.failed.input].name, err)
	}
}

// measured is c with its rows as the recorder knows it.
func (q *queue) measured(c *chunk, rows int64) tail.Chunk {
	return tail.Chunk{
		Input: q.inputs[c.input].name, Offset: c.offset, Bytes: c.size, Rows: rows,
		Stream: c.streamed(), Node: tail.Unknown,
	}
}

func (q *queue) close() error {
	var errs []error
	for _, s := range q.opened {
		errs = append(errs, s.close())
	}
	return errors.Join(errs...)
}
