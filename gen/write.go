package gen

import (
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

// Options says what to generate. The zero value is no row of DefaultProfile.
type Options struct {
	// Rows is the number of rows, 0 or more.
	Rows int64
	// Seed selects one of 2^64 data sets of the profile.
	Seed uint64
	// Profile is one of Profiles(), or "" for DefaultProfile.
	Profile string
	// Workers is the number of goroutines that generate; 0 is GOMAXPROCS. It
	// does not change the bytes.
	Workers int
	// Progress, if not nil, is called after each written block with the
	// cumulative numbers of rows and bytes. It is called from one goroutine
	// at a time and delays the workers.
	Progress func(rows, bytes int64)
}

// Write generates the rows of o and writes them to w in order, one call of
// w.Write a block, never two at a time. When all rows are handed to w it
// returns nil. Otherwise it returns an error that wraps ErrUnknownProfile,
// ctx.Err() or w's error, and w has received a prefix of the data set, cut
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
	blocks  int64

	place placeFunc

	tickets atomic.Int64 // next block to generate

	mu   sync.Mutex
	cond sync.Cond // turn or err changed
	turn int64     // next block to place
	err  error     // first error; ends the run

	progressMu          sync.Mutex
	rowsDone, bytesDone int64
}

// placeFunc takes a block in its turn, and does not keep it. What it returns, if
// not nil, is called after the turn, in parallel with others.
type placeFunc func(data []byte) (after func() error, err error)

// run generates o's blocks into place.
func run(ctx context.Context, o Options, place placeFunc) error {
	prof, workers, err := check(o)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("gen: %w", err)
	}
	p := &pipeline{
		options: o, profile: prof, fill: prof.open(), key: mix64(o.Seed + weyl),
		blocks: o.Rows / blockRows, place: place,
	}
	if o.Rows%blockRows != 0 {
		p.blocks++
	}
	p.cond.L = &p.mu
	workers = int(min(int64(workers), p.blocks))
	bufferBytes := int(min(o.Rows, blockRows))*prof.maxRowBytes + slackBytes
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

// check validates o and returns its profile and its number of workers.
func check(o Options) (*profile, int, error) {
	prof, err := findProfile(o.Profile)
	switch {
	case err != nil:
		return nil, 0, err
	case o.Rows < 0:
		return nil, 0, fmt.Errorf("gen: negative number of rows %d", o.Rows)
	case prof.pages && o.Rows > 0 && o.Rows < minPageRows:
		return nil, 0, fmt.Errorf("gen: %d rows can't fill a page: profile %s takes 0 or at least %d", o.Rows, prof.name, minPageRows)
	case o.Workers < 0:
		return nil, 0, fmt.Errorf("gen: negative number of workers %d", o.Workers)
	case o.Workers == 0:
		return prof, runtime.GOMAXPROCS(0), nil
	}
	return prof, o.Workers, nil
}

// work takes tickets until there are none or the run has failed.
func (p *pipeline) work(ctx context.Context, buffer []byte) {
	for {
		number := p.tickets.Add(1) - 1
		if number >= p.blocks {
			return
		}
		if err := ctx.Err(); err != nil {
			p.fail(err)
			return
		}
		first := number * blockRows
		rows := min(p.options.Rows-first, blockRows)
		data := buffer[:p.fill(buffer, block{p.key, first, int(rows), p.options.Rows})]
		if p.profile.noFinalLF && first+rows == p.options.Rows {
			data = data[:len(data)-1]
		}
		if !p.await(number) {
			return
		}
		after, err := p.place(data)
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
