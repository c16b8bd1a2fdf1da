package run

import (
	"context"

	"onebrc/engine/internal/source"
)

// feed opens the inputs one after the other and hands out their chunks. Unless an
// input has queues for several nodes, chunks are handed out in the order of the
// input. The first unfinished chunk then always has a worker, so that other
// workers may wait for it.
type feed struct {
	run     *run
	taking  *turn   // held while a worker takes a chunk
	inOrder bool    // all nodes share a queue
	input   int     // index of the input that chunks are taken from
	from    *opened // that input; nil until it is opened
	base    int64   // bytes of all inputs before that one
	bytes   int64   // bytes of all chunks taken so far
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
	if !f.taking.lock(f.run.halted) {
		return c, false
	}
	defer f.taking.unlock()
	for f.input < len(f.run.inputs) && f.least() < f.run.stop.Load() {
		c, err := f.takeFrom(w)
		c.Input, c.Base = f.input, f.base
		size := c.Nominal.End - c.Nominal.Begin
		f.bytes += size
		switch {
		case err == errLeft, err == errStopped:
			return c, false
		case err != nil:
			if f.from != nil {
				f.from.users.Add(1)
			}
			f.run.end(ctx, &c, err)
		case size == 0:
			f.run.release(f.input)
			f.input++
			f.from, f.base = nil, f.bytes
		case c.Position() < f.run.stop.Load():
			f.from.users.Add(1)
			w.source = f.from.source
			return c, true
		}
	}
	return c, false
}

// takeFrom returns the next chunk of the current input and opens the input if
// necessary. It returns errStopped if no more chunks are needed, and errLeft if
// the run ended without w.
func (f *feed) takeFrom(w *worker) (source.Chunk, error) {
	if f.from == nil {
		if !f.run.block(w) {
			return source.Chunk{}, errStopped
		}
		src, err := f.run.inputs[f.input].Open(f.run.sources)
		if !f.run.unblock() {
			if err == nil {
				_ = src.Close() // the run has another error
			}
			return source.Chunk{}, errLeft
		}
		if err != nil {
			return source.Chunk{}, err
		}
		f.from = f.run.open(f.input, src)
	}
	node := w.node
	if f.inOrder {
		node = 0
	}
	src := f.from.source
	if !f.from.ordered {
		return src.Next(node, &w.buffer)
	}
	if !f.run.block(w) {
		return source.Chunk{}, errStopped
	}
	c, err := src.Next(node, &w.buffer)
	if !f.run.unblock() {
		_ = src.Close() // the run has another error
		return source.Chunk{}, errLeft
	}
	return c, err
}

// least returns a lower bound on the positions of the chunks not yet taken.
func (f *feed) least() int64 {
	if f.inOrder || f.from != nil && f.from.ordered {
		return f.bytes
	}
	return f.base
}
