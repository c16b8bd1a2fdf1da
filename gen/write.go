package gen

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// blockRows is the number of rows of one block: 32,768 rows of about 14 bytes
// are 450 KiB, which stay in a core's L2 until they are written, and are
// enough to make a ticket's cost vanish.
const blockRows = 1 << 15

// Write generates the rows of o and writes them to w in order, one call of
// w.Write a block, never two at a time. When all rows are handed to w it
// returns nil. Otherwise it returns an error that wraps an *OptionError,
// ctx.Err() or the error of w or o.CorruptList, and w has received a prefix of the data set, cut
// anywhere if w failed and after a row if ctx was cancelled. A call of w.Write
// that blocks is not interrupted.
func Write(ctx context.Context, w io.Writer, o Options) error {
	return run(ctx, o, func(data []byte) (func() error, error) {
		n, err := w.Write(data)
		if err == nil && n != len(data) {
			err = io.ErrShortWrite
		}
		return nil, err
	})
}

// pipeline is one run: tickets out, turns in order.
type pipeline struct {
	options Options
	profile *profile
	fill    blockFunc
	key     uint64
	corrupt *corruption // nil if no row is bad

	blockRows, blocks int64

	place placeFunc

	tickets atomic.Int64 // next block to generate

	mu   sync.Mutex
	cond sync.Cond // turn or err changed
	turn int64     // next block to place
	err  error     // first error; ends the run

	// These belong to the block whose turn it is.
	offset int64  // of the block in the data set
	list   []byte // lines of CorruptList

	progressMu          sync.Mutex
	rowsDone, bytesDone int64
}

// placeFunc takes a block in its turn, and does not keep it. What it returns, if
// not nil, is called after the turn, in parallel with others.
type placeFunc func(data []byte) (after func() error, err error)

// run generates o's blocks into place.
func run(ctx context.Context, o Options, place placeFunc) error {
	prof, err := check(o)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("gen: %w", err)
	}
	p := &pipeline{
		options: o, profile: prof, fill: prof.open(), key: mix64(o.Seed + weyl),
		blockRows: blockRows, place: place,
	}
	rowBytes := prof.maxRowBytes
	if o.Corrupt > 0 {
		p.corrupt = newCorruption(o, prof, p.fill)
		p.blockRows, rowBytes = corruptBlockRows, maxBadRowBytes+1
	}
	p.blocks = o.Rows / p.blockRows
	if o.Rows%p.blockRows != 0 {
		p.blocks++
	}
	p.cond.L = &p.mu
	workers := int(min(int64(cmp.Or(o.Workers, runtime.GOMAXPROCS(0))), p.blocks))
	bufferBytes := int(min(o.Rows, p.blockRows))*rowBytes + slackBytes
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() { p.work(ctx, make([]byte, bufferBytes)) })
	}
	wg.Wait()
	if p.err != nil {
		return fmt.Errorf("gen: %w", p.err)
	}
	return nil
}

// work takes tickets until there are none or the run has failed.
func (p *pipeline) work(ctx context.Context, buffer []byte) {
	var bad []badRow
	for {
		number := p.tickets.Add(1) - 1
		if number >= p.blocks {
			return
		}
		if err := ctx.Err(); err != nil {
			p.fail(err)
			return
		}
		first := number * p.blockRows
		rows := min(p.options.Rows-first, p.blockRows)
		var data []byte
		data, bad = p.generate(buffer, block{p.key, first, int(rows), p.options.Rows}, bad[:0])
		if !p.await(number) {
			return
		}
		after, err := p.take(data, bad)
		if err != nil {
			p.fail(err)
			return
		}
		p.pass()
		if after != nil {
			if err := after(); err != nil {
				p.fail(err)
				return
			}
		}
		p.report(rows, int64(len(data)))
	}
}

// generate makes a block in buffer and appends its bad rows to bad.
func (p *pipeline) generate(buffer []byte, b block, bad []badRow) ([]byte, []badRow) {
	var n int
	if p.corrupt != nil {
		n, bad = p.corrupt.block(buffer, b, bad)
	} else {
		n = p.fill(buffer, b)
	}
	if p.profile.noFinalLF && b.first+int64(b.rows) == b.total {
		n--
	}
	return buffer[:n], bad
}

// take lists the bad rows of a block and places it, in its turn.
func (p *pipeline) take(data []byte, bad []badRow) (after func() error, err error) {
	if p.options.CorruptList != nil && len(bad) > 0 {
		p.list = p.list[:0]
		for _, row := range bad {
			p.list = appendBadRow(p.list, p.options.CorruptName, row, data, p.offset)
		}
		if n, err := p.options.CorruptList.Write(p.list); err != nil || n != len(p.list) {
			return nil, cmp.Or(err, io.ErrShortWrite)
		}
	}
	p.offset += int64(len(data))
	return p.place(data)
}

// await waits for the turn of a block, and reports false if the run failed.
func (p *pipeline) await(number int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.turn != number && p.err == nil {
		p.cond.Wait()
	}
	return p.err == nil
}

// pass ends the turn of the caller's block.
func (p *pipeline) pass() {
	p.mu.Lock()
	p.turn++
	p.mu.Unlock()
	p.cond.Broadcast()
}

// fail ends the run with err, unless it has failed already.
func (p *pipeline) fail(err error) {
	p.mu.Lock()
	if p.err == nil {
		p.err = err
	}
	p.mu.Unlock()
	p.cond.Broadcast()
}

// report adds a written block to the totals and calls Progress.
func (p *pipeline) report(rows, bytes int64) {
	if p.options.Progress == nil {
		return
	}
	p.progressMu.Lock()
	defer p.progressMu.Unlock()
	p.rowsDone += rows
	p.bytesDone += bytes
	p.options.Progress(p.rowsDone, p.bytesDone)
}
