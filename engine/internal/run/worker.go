package run

import (
	"bytes"
	"context"
	"fmt"
	"runtime/debug"
	"unsafe"

	"onebrc/engine/internal/measure"
	"onebrc/engine/internal/source"
	"onebrc/parse"
)

const (
	// stepBytes is how much a worker reads between two checks whether to stop.
	stepBytes = 1 << 20
	// heldBytes is how much memory the bad rows of a worker may take before the
	// worker waits for its turn to report them. The bad rows of one more tile
	// may exceed it. badRowBytes is what a bad row takes besides its bytes.
	heldBytes   = 1 << 20
	badRowBytes = int(unsafe.Sizeof(BadRow{})) + 16
	// tileRows is the largest number of rows in a tile of any plan.
	tileRows = 8 << 10
)

// worker reads chunks into a table of its own.
type worker struct {
	run      *run
	node     int // index of the node where it runs
	index    int
	table    Table
	reader   Reader
	recorder *measure.Worker // nil if the run is not measured
	buffer   source.Buffer
	source   source.Source // source of the current chunk
	// bad are the bad rows of the chunk that OnBadRow has not been called for,
	// with their lines in the chunk. badBytes is the memory that they take.
	bad      []*BadRow
	badBytes int
}

// chunks reads all chunks that the feed hands out to w.
func (w *worker) chunks(ctx context.Context) {
	// A read of a mapped page that the file no longer has raises SIGBUS. It
	// becomes a panic here and an error in Window.CatchFault.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	for {
		c, ok := w.run.feed.next(ctx, w)
		if !ok {
			return
		}
		if w.recorder != nil {
			w.recorder.Taken(w.source.Ordered())
		}
		err := w.chunk(ctx, &c)
		if err == nil {
			err = w.run.evictOften(w.table)
		}
		c.Rows, c.Lines = w.reader.Counts()
		w.run.dropped.Add(w.reader.Dropped())
		if w.recorder != nil {
			w.recorder.Done(w.run.measured(&c))
		}
		w.run.end(ctx, &c, err)
	}
}

// chunk reads the rows of c.
func (w *worker) chunk(ctx context.Context, c *source.Chunk) error {
	w.bad, w.badBytes = w.bad[:0], 0
	w.reader.Begin(c)
	for offset := c.Offset; offset < c.End(); {
		part, err := w.source.Load(c, offset, &w.buffer)
		if err != nil {
			return err
		}
		last := offset+int64(part.Size) == c.End()
		if !last {
			part.Size = w.reader.Trim(part.Data())
		}
		n, err := w.window(ctx, c, &part, offset, last)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("byte %d: no row ends in the next %d bytes", offset, part.Size)
		}
		offset += int64(n)
	}
	if w.source.Shrunk() {
		return source.ErrTruncated // a mapping has zeros after the new end, which may look like rows
	}
	w.source.Release(c)
	return w.report(ctx, c)
}

// window reads the rows of part, which is a part of c and begins at offset in the
// input. It returns how many bytes it has read.
func (w *worker) window(ctx context.Context, c *source.Chunk, part *source.Window, offset int64, last bool) (pos int, err error) {
	defer part.CatchFault(&err)
	for end := part.Size; pos < end; {
		if ctx.Err() != nil {
			return pos, ctx.Err()
		}
		if !w.run.matters(c.Place()) {
			return pos, errStopped
		}
		for stepEnd := min(pos+stepBytes, end); pos < stepEnd; {
			n, err := w.reader.Tile(part, pos, offset+int64(pos), last, last && c.Final)
			if err != nil || n == 0 {
				return pos, err
			}
			pos += n
			if w.badBytes > heldBytes {
				if err := w.report(ctx, c); err != nil {
					return pos, err
				}
			}
		}
	}
	return pos, nil
}

// report waits for the turn of c and calls OnBadRow for the bad rows that w holds.
func (w *worker) report(ctx context.Context, c *source.Chunk) error {
	if len(w.bad) == 0 {
		return nil
	}
	if w.source.Shrunk() {
		return source.ErrTruncated // the rows may be zeros after the new end of the file
	}
	err := w.run.report(ctx, c, w.bad)
	clear(w.bad) // OnBadRow may keep the rows
	w.bad, w.badBytes = w.bad[:0], 0
	return err
}

// BadRow implements Sink. It holds the row until OnBadRow can be called for it. If
// there is no OnBadRow, it returns the row as an error.
func (w *worker) BadRow(row []byte, why parse.Reason, lines, offset int64) error {
	bad := &BadRow{
		Line: lines + 1, Offset: offset, Reason: why,
		Row: bytes.Clone(row[:min(len(row), source.MaxBadRowBytes)]), Cut: len(row) > source.MaxBadRowBytes,
	}
	if w.run.config.onBadRow == nil {
		return bad
	}
	w.bad = append(w.bad, bad)
	w.badBytes += badRowBytes + len(bad.Row)
	return nil
}
