package run

import (
	"bytes"
	"context"
	"runtime/debug"
	"unsafe"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/measure"
	"onebrc/engine/internal/source"
	"onebrc/engine/internal/table"
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
)

// worker reads chunks into a table of its own.
type worker struct {
	run      *run
	index    int
	node     int // index of the node where it runs
	kernel   *kernel.Kernel
	table    *table.Table
	recorder *measure.Worker // nil if the run is not measured
	buffer   source.Buffer
	tile     kernel.Tile
	source   source.Source // source of the current chunk
	// lines counts the rows of the chunk so far. inside means that the next
	// bytes are the rest of a row that was too long and is already counted.
	lines  int64
	inside bool
	// bad are the bad rows of the chunk that OnBadRow has not been called for,
	// with their lines in the chunk. badBytes is the memory that they take.
	bad      []*BadRow
	badBytes int
	// padded holds a copy of the first or the last rows of a window, because the
	// passes may not read outside the window. It has the padding of a tile and
	// room for one more LF.
	padded [kernel.PadBefore + kernel.TileBytes + kernel.PadAfter]byte
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
		c.Rows = w.lines
		if w.recorder != nil {
			w.recorder.Done(w.run.measured(&c))
		}
		w.run.end(ctx, &c, err)
	}
}

// chunk reads the rows of c and counts them in w.lines.
func (w *worker) chunk(ctx context.Context, c *source.Chunk) error {
	w.lines, w.inside = 0, c.Inside
	w.bad, w.badBytes = w.bad[:0], 0
	for offset := c.Offset; offset < c.End(); {
		part, err := w.source.Load(c, offset, &w.buffer)
		if err != nil {
			return err
		}
		if offset+int64(part.Size) < c.End() {
			part.Size = source.RowsIn(part.Data())
		}
		if err := w.window(ctx, c, part, offset); err != nil {
			return err
		}
		offset += int64(part.Size)
	}
	return w.report(ctx, c)
}

// window reads the rows of part, which is a part of c and begins at offset in the
// input.
func (w *worker) window(ctx context.Context, c *source.Chunk, part source.Window, offset int64) (err error) {
	defer part.CatchFault(&err)
	for pos, end := 0, part.Size; pos < end; {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if w.run.stop.Load() < c.Position() {
			return errStopped
		}
		stepEnd := min(pos+stepBytes, end)
		if w.inside {
			pos += w.discard(part.Data()[pos:stepEnd])
		}
		for pos < stepEnd && !w.inside {
			tileBytes, err := w.nextTile(part, pos, offset+int64(pos), c.Final)
			if err != nil {
				return err
			}
			pos += tileBytes
			if w.badBytes > heldBytes {
				if err := w.report(ctx, c); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// discard returns how many bytes of b are the rest of a row that was too long. It
// clears w.inside if the row ends in b.
func (w *worker) discard(b []byte) int {
	if lf := bytes.IndexByte(b, '\n'); lf >= 0 {
		w.inside = false
		return lf + 1
	}
	return len(b)
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

// nextTile reads the rows at pos of part that fit in a tile, and returns their size
// in bytes. offset is the offset of pos in the input. final means that this part or
// a later one ends where the input ends.
func (w *worker) nextTile(part source.Window, pos int, offset int64, final bool) (tileBytes int, err error) {
	at, n := part.At+pos, min(kernel.TileBytes, part.Size-pos)
	data := unsafe.Pointer(&part.Bytes[at])
	if at < kernel.PadBefore || at+n+kernel.PadAfter > len(part.Bytes) || n < kernel.TileBytes {
		data, n = w.pad(part.Bytes[at:][:part.Size-pos], final)
	}
	rows := w.kernel.Index(data, n, &w.tile)
	if rows == 0 { // no LF in n bytes, which are more than parse.MaxRowBytes
		return w.longRow(part.Bytes[at:][:part.Size-pos], offset)
	}
	done := 0
	if w.kernel.Decode(data, rows, &w.tile) {
		if done, err = w.table.Accumulate(w.kernel.Accumulate, data, &w.tile, rows); err != nil {
			return 0, err
		}
	}
	if done < rows {
		err = w.strict(data, done, rows, offset)
	}
	w.lines += int64(rows)
	return min(int(w.tile.Starts[rows]), part.Size-pos), err
}

// pad copies the first bytes of rows, at most a tile, into w.padded and adds the LF
// that the last row of an input may lack. It returns the copy and its size.
func (w *worker) pad(rows []byte, final bool) (unsafe.Pointer, int) {
	data := w.padded[kernel.PadBefore : kernel.PadBefore+kernel.TileBytes]
	n := copy(data[:len(data)-1], rows)
	if final && n == len(rows) && data[n-1] != '\n' {
		data[n] = '\n'
		n++
	}
	return unsafe.Pointer(&data[0]), n
}

// strict parses rows from to to-1 of a tile one by one. The tile begins at offset.
// It need not have a bad row: kernels leave rare kinds of rows to strict.
func (w *worker) strict(data unsafe.Pointer, from, to int, offset int64) error {
	for i := from; i < to; i++ {
		start, end := w.tile.Starts[i], w.tile.Starts[i+1]-1
		row := unsafe.Slice((*byte)(data), end)[start:]
		name, tenths, why := parse.Row(row)
		if why != "" {
			if err := w.badRow(row, why, i, offset+int64(start)); err != nil {
				return err
			}
			continue
		}
		if _, err := w.table.Add(name, tenths); err != nil {
			return err
		}
	}
	return nil
}

// longRow reads the row at the start of b, which has no LF in its first
// parse.MaxRowBytes bytes, and returns how many bytes it has read. The row begins
// at offset. Either it ends in b, or b holds more than MaxBadRowBytes of it.
func (w *worker) longRow(b []byte, offset int64) (int, error) {
	b = b[:min(len(b), source.MaxBadRowBytes+1)]
	w.inside = true
	n := w.discard(b)
	err := w.badRow(bytes.TrimSuffix(b[:n], []byte{'\n'}), parse.RowTooLong, 0, offset)
	w.lines++
	return n, err
}

// badRow holds a bad row until OnBadRow can be called for it. If there is no
// OnBadRow, it returns the row as an error. lines is how many rows of the tile
// precede it.
func (w *worker) badRow(row []byte, why parse.Reason, lines int, offset int64) error {
	bad := &BadRow{
		Line: w.lines + int64(lines) + 1, Offset: offset, Reason: why,
		Row: bytes.Clone(row[:min(len(row), source.MaxBadRowBytes)]), Cut: len(row) > source.MaxBadRowBytes,
	}
	if w.run.config.onBadRow == nil {
		return bad
	}
	w.bad = append(w.bad, bad)
	w.badBytes += badRowBytes + len(bad.Row)
	return nil
}
