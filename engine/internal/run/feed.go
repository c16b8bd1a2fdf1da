package run

import (
	"context"
	"slices"
	"sync/atomic"

	"onebrc/engine/internal/source"
)

// feed opens the inputs in their order and hands out their chunks. A worker takes the
// first chunk that it can have without waiting for another worker, and opens the next
// input if there is none. Several workers thus open files, and decompress files, at the
// same time. An input that may have to wait for a writer is opened when all chunks before
// it are taken, and one worker waits for it.
//
// Unless an input has queues for several nodes, chunks of an input are handed out in its
// order. The first unfinished chunk of all then has a worker, or can be had by the next
// worker that asks, so that other workers may wait for it.
type feed struct {
	run     *run
	taking  *turn // held while a worker chooses an input and takes a chunk
	changed *event
	inOrder bool // all nodes share a queue
	// With taking held:
	input int       // index of the next input to open
	open  []*opened // inputs that may have chunks, in order
	// opening is how many inputs workers are opening. It grows with taking held.
	opening atomic.Int64
}

// next returns the next chunk for w, cut to rows, and sets w.source. It returns
// false if there is no chunk for w.
func (f *feed) next(ctx context.Context, w *worker) (source.Chunk, bool) {
	for {
		c, ok := f.take(ctx, w)
		if !ok {
			return c, false
		}
		err := w.source.Cut(&c, &w.buffer)
		if err == nil && c.Size > 0 {
			return c, true
		}
		f.run.end(ctx, &c, err)
	}
}

// take returns the next chunk, with its nominal borders.
func (f *feed) take(ctx context.Context, w *worker) (c source.Chunk, ok bool) {
	for f.taking.lock(f.run.halted) {
		before := f.changed.count()
		o, wait := f.choose()
		switch {
		case o != nil:
			c, took, err := f.takeFrom(ctx, o, w)
			if took || err != nil {
				return c, took
			}
		case wait:
			f.taking.unlock()
			f.changed.wait(before)
		case !f.hasNext():
			f.taking.unlock()
			return c, false
		case f.run.inputs[f.input].IsSmall(&f.run.sources):
			if c, ok := f.readNext(ctx, w); ok {
				return c, true
			}
		case !f.openNext(ctx, w):
			return c, false
		}
	}
	return c, false
}

// choose returns the first open input that no worker reads and whose chunks matter. If
// there is none, wait means that other workers have to read or open one first; otherwise
// the next input can be opened.
func (f *feed) choose() (o *opened, wait bool) {
	f.open = slices.DeleteFunc(f.open, func(o *opened) bool { return o.state.Load() == stateTaken })
	busy := f.opening.Load() > 0
	for _, o := range f.open {
		if !f.run.matters(source.Place{Input: o.input}) {
			continue
		}
		switch o.state.Load() {
		case stateFree:
			return o, false
		case stateReading:
			busy = true
		}
	}
	return nil, busy && !f.nextIsReady()
}

// hasNext reports whether there is an input to open.
func (f *feed) hasNext() bool {
	return f.input < len(f.run.inputs) && f.run.matters(source.Place{Input: f.input})
}

// nextIsReady reports whether there is an input to open that does not wait for a writer.
func (f *feed) nextIsReady() bool {
	if !f.hasNext() {
		return false
	}
	in := &f.run.inputs[f.input]
	return in.IsSmall(&f.run.sources) || in.IsReady()
}

// readNext reads the next input, which is small, while other workers go on. It unlocks
// taking. ok means that c is the only chunk of the input; otherwise there was an error, or
// the input had to be opened.
func (f *feed) readNext(ctx context.Context, w *worker) (c source.Chunk, ok bool) {
	input := f.begin()
	f.taking.unlock()
	src, c, err := f.run.inputs[input].ReadSmall(&f.run.sources, &w.buffer)
	if src == nil {
		if err == nil {
			src, err = f.run.inputs[input].Open(f.run.sources)
		}
		f.opened(ctx, input, src, err)
		return c, false
	}
	f.opening.Add(-1)
	f.changed.all()
	c.Input, w.source = input, src
	return c, true
}

// begin begins to open the next input, which does not wait for a writer, and returns its
// index. A call of opened follows, or opening must be decreased.
func (f *feed) begin() (input int) {
	f.opening.Add(1)
	f.input++
	return f.input - 1
}

// opened ends what begin has begun: the input has source src, or cannot be opened because
// of err.
func (f *feed) opened(ctx context.Context, input int, src source.Source, err error) {
	if err == nil {
		_ = f.taking.lock(nil)
		f.add(input, src)
		f.taking.unlock()
	}
	f.opening.Add(-1)
	if err != nil {
		f.run.end(ctx, &source.Chunk{Input: input}, err)
	}
	f.changed.all()
}

// add adds an open input.
func (f *feed) add(input int, src source.Source) {
	at, _ := slices.BinarySearchFunc(f.open, input, func(o *opened, input int) int { return o.input - input })
	f.open = slices.Insert(f.open, at, f.run.open(input, src))
}

// openNext opens the next input: alone, if it may have to wait for a writer, and else
// while other workers go on. It unlocks taking. It returns false if the run ended
// without w, or needs no more chunks.
func (f *feed) openNext(ctx context.Context, w *worker) bool {
	in := f.run.inputs[f.input]
	if in.IsReady() {
		input := f.begin()
		f.taking.unlock()
		src, err := in.Open(f.run.sources)
		f.opened(ctx, input, src, err)
		return true
	}
	if !f.run.block(w) {
		f.taking.unlock()
		return false
	}
	src, err := in.Open(f.run.sources)
	if !f.run.unblock() {
		if err == nil {
			_ = src.Close() // the run has another error
		}
		return false
	}
	input := f.begin()
	if err == nil {
		f.add(input, src)
	}
	f.opening.Add(-1)
	f.taking.unlock()
	if err != nil {
		f.run.end(ctx, &source.Chunk{Input: input}, err)
	}
	f.changed.all()
	return true
}

// takeFrom takes the next chunk of o. It unlocks taking, but keeps it locked while it
// reads what may have to wait for a writer. took means that c is that chunk. There is an
// error if the run ended without w, or needs no more chunks.
func (f *feed) takeFrom(ctx context.Context, o *opened, w *worker) (c source.Chunk, took bool, err error) {
	node := w.node
	if f.inOrder {
		node = 0
	}
	switch {
	case !o.ordered:
		c, err = o.source.Next(node, &w.buffer)
	case o.ready:
		o.state.Store(stateReading)
		f.taking.unlock()
		c, err = o.source.Next(node, &w.buffer)
	default:
		if !f.run.block(w) {
			f.taking.unlock()
			return c, false, errStopped
		}
		c, err = o.source.Next(node, &w.buffer)
		if !f.run.unblock() {
			_ = o.source.Close() // the run has another error
			return c, false, errLeft
		}
	}
	c.Input = o.input
	size := c.Nominal.End - c.Nominal.Begin
	took = err == nil && size > 0 && f.run.matters(c.Place())
	if took || err != nil {
		o.users.Add(1)
	}
	o.size += size
	last := err != nil || size == 0 || !took && o.ordered
	if last {
		o.state.Store(stateTaken)
	} else {
		o.state.Store(stateFree)
	}
	if !o.ready || !o.ordered {
		f.taking.unlock()
	}
	switch {
	case last:
		f.changed.all()
	case o.ordered:
		f.changed.one()
	}
	if took {
		w.source = o.source
		return c, true, nil
	}
	if err != nil {
		f.run.end(ctx, &c, err)
	}
	if last {
		f.run.allTaken(o, &c, size == 0 && err == nil)
	}
	return c, false, nil
}
