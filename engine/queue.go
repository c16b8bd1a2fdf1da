package engine

import (
	"errors"
	"math"
	"sync"
	"sync/atomic"
)

// queue hands out the chunks of all inputs in order, and keeps what is found
// wrong first.
type queue struct {
	settings settings
	inputs   []Input

	// stop is the sequence number from which on chunks are of no use any more,
	// because an earlier one failed.
	stop atomic.Int64

	mu     sync.Mutex
	input  int      // index of the input that is being cut
	source source   // of that input, nil before it is opened
	opened []source // closed by close
	first  int      // sequence number of the first chunk of that input
	rows   []int64  // rows of each chunk, 0 before it is done
	bytes  int64    // of all chunks
	failed chunk    // the first chunk that failed
	err    error    // what was wrong with it
}

func newQueue(s settings, inputs []Input) *queue {
	q := &queue{settings: s, inputs: inputs}
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
			q.rows = append(q.rows, 0)
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

// done says that all rows of c are counted.
func (q *queue) done(c *chunk, rows int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rows[c.seq] = rows
}

// fail says that c can't be counted. Of several chunks that fail the first in
// the order of the input is kept; chunks before it are still worked on.
func (q *queue) fail(c *chunk, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.failLocked(c, err)
}

func (q *queue) failLocked(c *chunk, err error) {
	if int64(c.seq) < q.stop.Load() {
		q.stop.Store(int64(c.seq))
		q.failed, q.err = *c, inputError(q.inputs[c.input].name, err)
	}
}

// result returns what was wrong with the first chunk that failed. It is called
// when all workers have ended: the chunks before that one are counted then,
// and with them the lines before a bad row.
func (q *queue) result() error {
	var row *RowError
	if errors.As(q.err, &row) {
		for _, rows := range q.rows[q.failed.first:q.failed.seq] {
			row.Line += rows
		}
	}
	return q.err
}

func (q *queue) close() error {
	var errs []error
	for _, s := range q.opened {
		errs = append(errs, s.close())
	}
	return errors.Join(errs...)
}
