package engine

import (
	"bytes"
	"context"
	"errors"
	"runtime/debug"
	"unsafe"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/measure"
	"onebrc/engine/internal/table"
	"onebrc/parse"
)

const (
	// stepBytes is how much a worker does between two looks at whether it
	// should stop.
	stepBytes = 1 << 20
	// heldBytes is how much memory the bad rows that a worker holds may take
	// before it waits until it can report them, but for those of a last tile.
	// badRowBytes is what one takes beside its bytes.
	heldBytes   = 1 << 20
	badRowBytes = int(unsafe.Sizeof(RowError{})) + 16
)

// worker reads chunks into a table of its own.
type worker struct {
	kernel   *kernel.Kernel
	queue    *queue
	node     int // index of its node
	table    *table.Table
	buffer   buffer
	tile     kernel.Tile
	recorder *measure.Worker // nil if the run is not measured
	// lines counts the rows of the chunk so far. If inside, what comes next is
	// the rest of a row that is counted and was too long.
	lines  int64
	inside bool
	// bad are rows of the chunk that OnBadRow is still to be called for, with
	// their lines in the chunk, and badBytes the memory that they take.
	bad      []*RowError
	badBytes int
	// padded is a tile with its padding, for the first and the last rows of a
	// window, around which the passes may not read; it has room for one LF
	// more.
	padded [kernel.PadBefore + kernel.TileBytes + kernel.PadAfter]byte
}

// run works until there are no more chunks, and returns an error that concerns
// no chunk; what is wrong with a chunk goes to the queue.
func (w *worker) run(ctx context.Context) error {
	// A page of a mapping that the file no longer has raises SIGBUS, which
	// becomes a panic, and that an error in catchFault.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer w.recorder.Stop()
	for {
		c, ok := w.queue.next(w.node, &w.buffer)
		if !ok {
			return nil
		}
		w.recorder.Taken(c.streamed())
		err := w.chunk(ctx, &c)
		w.recorder.Done(w.queue.measured(&c, w.lines))
		if err == errStopped {
			continue
		}
		if _, refused := err.(refusal); ctx.Err() != nil && !refused {
			return ctx.Err()
		}
		if err != nil {
			w.queue.fail(&c, err)
			continue
		}
		w.queue.done(&c, w.lines)
	}
}

// errStopped says that a chunk is of no use any more.
var errStopped = errors.New("engine: stopped")

// chunk reads the rows of c and counts their lines.
func (w *worker) chunk(ctx context.Context, c *chunk) error {
	w.lines, w.inside = 0, c.inside
	w.bad, w.badBytes = w.bad[:0], 0
	for offset := c.offset; offset < c.end(); {
		part, err := c.source.load(c, offset, &w.buffer)
		if err != nil {
			return err
		}
		if offset+int64(part.size) < c.end() {
			part.size = rowsIn(part.bytes[part.at:][:part.size])
		}
		if err := w.window(ctx, c, part, offset); err != nil {
			return err
		}
		offset += int64(part.size)
	}
	return w.report(ctx, c)
}

// window reads the rows of a part of c that begins at offset of the input.
func (w *worker) window(ctx context.Context, c *chunk, part window, offset int64) (err error) {
	defer catchFault(part.bytes, part.file, &err)
	for pos, end := 0, part.size; pos < end; {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if w.queue.stop.Load() < c.position() {
			return errStopped
		}
		stepEnd := min(pos+stepBytes, end)
		if w.inside {
			pos += w.discard(part.bytes[part.at:][pos:stepEnd])
		}
		for pos < stepEnd && !w.inside {
			tileBytes, err := w.nextTile(part, pos, offset+int64(pos), c.final)
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

// discard returns how many bytes of b are the rest of a row that was too long.
func (w *worker) discard(b []byte) int {
	if lf := bytes.IndexByte(b, '\n'); lf >= 0 {
		w.inside = false
		return lf + 1
	}
	return len(b)
}

// report has OnBadRow called for the bad rows that w holds, once it is the turn
// of c.
func (w *worker) report(ctx context.Context, c *chunk) error {
	if len(w.bad) == 0 {
		return nil
	}
	if c.source.shrunk() {
		return ErrTruncated // the rows may be zeros behind the new end of the file
	}
	err := w.queue.report(ctx, c, w.bad)
	clear(w.bad) // they are the callee's
	w.bad, w.badBytes = w.bad[:0], 0
	return err
}

// nextTile reads the rows that fit a tile from pos of part on, which is offset
// of the input, and returns how many bytes they are. If final, the part ends
// where the input ends, or a later part does.
func (w *worker) nextTile(part window, pos int, offset int64, final bool) (tileBytes int, err error) {
	at, n := part.at+pos, min(kernel.TileBytes, part.size-pos)
	data := unsafe.Pointer(&part.bytes[at])
	if at < kernel.PadBefore || at+n+kernel.PadAfter > len(part.bytes) || n < kernel.TileBytes {
		data, n = w.pad(part.bytes[at:][:part.size-pos], final)
	}
	rows := w.kernel.Index(data, n, &w.tile)
	if rows == 0 { // n bytes without a LF are more than parse.MaxRowBytes
		return w.longRow(part.bytes[at:][:part.size-pos], offset)
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
	return min(int(w.tile.Starts[rows]), part.size-pos), err
}

// pad copies the bytes of a tile from the start of rows, and completes the last
// row of an input that lacks its LF. It returns where and how many they are.
func (w *worker) pad(rows []byte, final bool) (unsafe.Pointer, int) {
	data := w.padded[kernel.PadBefore : kernel.PadBefore+kernel.TileBytes]
	n := copy(data[:len(data)-1], rows)
	if final && n == len(rows) && data[n-1] != '\n' {
		data[n] = '\n'
		n++
	}
	return unsafe.Pointer(&data[0]), n
}

// strict reads the rows from to to-1 of a tile at offset one by one. A tile can
// be here without a bad row if its kernel leaves a rare kind of row to it.
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

// longRow reads the row at the start of b, which is offset of the input and has
// no LF in its first parse.MaxRowBytes, and returns how many of its bytes it
// has read. The row ends in b, or b has more than MaxBadRowBytes of it.
func (w *worker) longRow(b []byte, offset int64) (int, error) {
	b = b[:min(len(b), MaxBadRowBytes+1)]
	w.inside = true
	n := w.discard(b)
	err := w.badRow(bytes.TrimSuffix(b[:n], []byte{'\n'}), parse.RowTooLong, 0, offset)
	w.lines++
	return n, err
}

// badRow keeps a bad row until OnBadRow can be called for it, or returns its
// error if there is no OnBadRow. lines are the rows of the tile before it.
func (w *worker) badRow(row []byte, why parse.Reason, lines int, offset int64) error {
	bad := &RowError{
		Line: w.lines + int64(lines) + 1, Offset: offset, Reason: why,
		Row: bytes.Clone(row[:min(len(row), MaxBadRowBytes)]), Cut: len(row) > MaxBadRowBytes,
	}
	if w.queue.settings.onBadRow == nil {
		return bad
	}
	w.bad = append(w.bad, bad)
	w.badBytes += badRowBytes + len(bad.Row)
	return nil
}
