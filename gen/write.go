package gen

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// blockRows is the number of rows in a block. 32,768 rows of about 14 bytes are
// 450 KiB: few enough to stay in a core's L2 cache until they are written, and
// enough to make the cost of a ticket negligible.
const blockRows = 1 << 15

// Write writes the rows of o to w, in order, with one call of w.Write for the header,
// if the profile has one, and one for each block, and never two at a time. It returns
// nil when w has taken all rows.
//
// Otherwise the error is an *OptionError or wraps ctx.Err() or the error of w or
// o.CorruptList, and w has received a prefix of the data set: whole rows if ctx was
// cancelled, cut anywhere if w failed. A cancelled ctx does not interrupt a call of
// w.Write that blocks.
func Write(ctx context.Context, w io.Writer, o Options) error {
	return run(ctx, o, func(data []byte) (func() error, error) {
		n, err := w.Write(data)
		if err == nil && n != len(data) {
			err = io.ErrShortWrite
		}
		return nil, err
	})
}

// pipeline is the state of one run. Workers take tickets in any order and place
// their blocks in the order of the tickets.
type pipeline struct {
	options Options
	profile *profile
	fill    blockFunc
	key     uint64
	corrupt *corruption // nil if no row is bad

	blockRows, blocks int64

	place placeFunc

	tickets atomic.Int64 // the next block to generate

	mu   sync.Mutex
	cond sync.Cond // signals a change of turn or err
	turn int64     // the next block to place
	err  error     // the first error, which ends the run

	// The worker whose turn it is owns these.
	offset int64  // of its block in the data set
	lines  int64  // the number of LFs before the block, counted only for CorruptList
	list   []byte // a buffer for lines of CorruptList

	progressMu          sync.Mutex
	rowsDone, bytesDone int64
}

// placeFunc receives the blocks in order and must not keep them. If after is not
// nil, it is called after the turn, in parallel with those of other blocks.
type placeFunc func(data []byte) (after func() error, err error)

// run generates the blocks of o and calls place for each.
func run(ctx context.Context, o Options, place placeFunc) error {
	prof, err := check(o)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("gen: %w", err)
	}
	p := &pipeline{
		options: o, profile: prof, fill: prof.blockFunc(o.Names), key: mix64(o.Seed + weyl),
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
	if prof.header != "" {
		// It is shorter than a segment of WriteFile, so nothing is left to do after it.
		if _, err := p.take([]byte(prof.header), nil); err != nil {
			return fmt.Errorf("gen: %w", err)
		}
		p.bytesDone = int64(len(prof.header))
	}
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

// work generates blocks until no ticket is left or the run has failed.
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

// generate writes the rows of b to buffer and appends its bad rows to bad.
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

// take writes the bad rows of a block to CorruptList and places the block. The
// caller must have the turn.
func (p *pipeline) take(data []byte, bad []badRow) (after func() error, err error) {
	if p.options.CorruptList != nil {
		p.list = p.list[:0]
		counted := 0
		for _, row := range bad {
			p.lines += int64(bytes.Count(data[counted:row.start], []byte{'\n'}))
			counted = row.start
			p.list = appendBadRow(p.list, p.options.CorruptName, row, data, p.lines+1, p.offset)
		}
		p.lines += int64(bytes.Count(data[counted:], []byte{'\n'}))
	}
	if len(p.list) > 0 {
		if n, err := p.options.CorruptList.Write(p.list); err != nil || n != len(p.list) {
			return nil, cmp.Or(err, io.ErrShortWrite)
		}
	}
	p.offset += int64(len(data))
	return p.place(data)
}

// await waits for the turn of a block. It returns false if the run has failed.
func (p *pipeline) await(number int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.turn != number && p.err == nil {
		p.cond.Wait()
	}
	return p.err == nil
}

// pass hands the turn to the next block.
func (p *pipeline) pass() {
	p.mu.Lock()
	p.turn++
	p.mu.Unlock()
	p.cond.Broadcast()
}

// fail ends the run with err, unless the run has already failed.
func (p *pipeline) fail(err error) {
	p.mu.Lock()
	if p.err == nil {
		p.err = err
	}
	p.mu.Unlock()
	p.cond.Broadcast()
}

// report adds a written block to the totals and calls Options.Progress.
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
