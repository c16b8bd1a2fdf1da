package engine

import (
	"bytes"
	"context"
	"errors"
	"runtime/debug"
	"unsafe"

	"onebrc/engine/kernel"
	"onebrc/engine/table"
	"onebrc/parse"
)

// stepBytes is how much a worker does between two looks at whether it should
// stop.
const stepBytes = 1 << 20

// worker reads chunks into a table of its own.
type worker struct {
	kernel *kernel.Kernel
	queue  *queue
	table  *table.Table
	buffer buffer
	tile   parse.Tile
	// padded is a tile with its padding, for the first and the last rows of a
	// window, around which the passes may not read; it has room for one LF
	// more.
	padded [parse.PadBefore + parse.TileBytes + parse.PadAfter]byte
}

// run works until there are no more chunks, and returns an error that concerns
// no chunk; what is wrong with a chunk goes to the queue.
func (w *worker) run(ctx context.Context) error {
	// A page of a mapping that the file no longer has raises SIGBUS, which
	// becomes a panic, and that an error in catchFault.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	for {
		c, ok := w.queue.next(&w.buffer)
		if !ok {
			return nil
		}
		rows, err := w.chunk(ctx, &c)
		if err == errStopped {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			w.queue.fail(&c, err)
			continue
		}
		w.queue.done(&c, rows)
	}
}

// errStopped says that a chunk is of no use any more.
var errStopped = errors.New("engine: stopped")

// chunk reads the rows of c and returns how many there are.
func (w *worker) chunk(ctx context.Context, c *chunk) (rows int64, err error) {
	for offset := c.offset; offset < c.end(); {
		part, err := c.source.load(c, offset, &w.buffer)
		if err != nil {
			return rows, err
		}
		if offset+int64(part.size) < c.end() {
			part.size = rowsIn(part.bytes[part.at:][:part.size])
		}
		n, err := w.window(ctx, c, part)
		if row, ok := err.(*RowError); ok {
			row.Line += rows + 1
			row.Offset += offset
		}
		rows += n
		if err != nil {
			return rows, err
		}
		offset += int64(part.size)
	}
	return rows, nil
}

// window reads the rows of a part of c and returns how many there are. A bad
// row has its line and offset in the part, both from 0.
func (w *worker) window(ctx context.Context, c *chunk, part window) (rows int64, err error) {
	defer catchFault(part.bytes, &err)
	for pos, end := 0, part.size; pos < end; {
		if ctx.Err() != nil {
			return rows, ctx.Err()
		}
		if w.queue.stop.Load() < int64(c.seq) {
			return rows, errStopped
		}
		for stepEnd := min(pos+stepBytes, end); pos < stepEnd; {
			tileBytes, tileRows, err := w.nextTile(part, pos, c.final)
			if row, ok := err.(*RowError); ok {
				row.Line += rows
				row.Offset += int64(pos)
			}
			rows += int64(tileRows)
			if err != nil {
				return rows, err
			}
			pos += tileBytes
		}
	}
	return rows, nil
}

// nextTile reads the rows that fit a tile from pos of part on, and returns
// their bytes and number. If final, the part ends where the input ends, or a
// later part does.
func (w *worker) nextTile(part window, pos int, final bool) (tileBytes, rows int, err error) {
	at, n := part.at+pos, min(parse.TileBytes, part.size-pos)
	data := unsafe.Pointer(&part.bytes[at])
	if at < parse.PadBefore || at+n+parse.PadAfter > len(part.bytes) || n < parse.TileBytes {
		data, n = w.pad(part.bytes[at:][:part.size-pos], final)
	}
	rows = w.kernel.Index(data, n, &w.tile)
	if rows == 0 || !w.kernel.Decode(data, rows, &w.tile) {
		rows, tileBytes, err = w.strict(data, n, rows)
	} else {
		rows, err = w.accumulate(data, rows)
		tileBytes = int(w.tile.Starts[rows])
	}
	return min(tileBytes, part.size-pos), rows, err
}

// pad copies the bytes of a tile from the start of rows, and completes the last
// row of an input that lacks its LF. It returns where and how many they are.
func (w *worker) pad(rows []byte, final bool) (unsafe.Pointer, int) {
	data := w.padded[parse.PadBefore : parse.PadBefore+parse.TileBytes]
	n := copy(data[:len(data)-1], rows)
	if final && n == len(rows) && data[n-1] != '\n' {
		data[n] = '\n'
		n++
	}
	return unsafe.Pointer(&data[0]), n
}

// accumulate adds the rows of the tile to the table.
func (w *worker) accumulate(data unsafe.Pointer, rows int) (int, error) {
	done, err := w.table.Accumulate(w.kernel.Accumulate, data, &w.tile, rows)
	if err != nil || done == rows {
		return done, err
	}
	from, to := w.tile.Starts[done], w.tile.Starts[done+1]-1
	row := unsafe.Slice((*byte)(data), to)[from:]
	_, _, why := parse.Row(row)
	return done, badRow(row, why, done, int(from))
}

// strict reads the rows of a tile one by one: those before the first bad row
// count, and that one is the error. A tile can be here without a bad row if
// its kernel leaves a rare kind of row to it.
func (w *worker) strict(data unsafe.Pointer, n, rows int) (done, tileBytes int, err error) {
	if rows == 0 {
		row := unsafe.Slice((*byte)(data), n)
		_, _, why := parse.Row(row) // too long, as n is above parse.MaxRowBytes
		return 0, 0, badRow(row, why, 0, 0)
	}
	for done := range rows {
		from, to := w.tile.Starts[done], w.tile.Starts[done+1]-1
		row := unsafe.Slice((*byte)(data), to)[from:]
		name, tenths, why := parse.Row(row)
		if why != "" {
			return done, int(from), badRow(row, why, done, int(from))
		}
		if _, err := w.table.Add(name, tenths); err != nil {
			return done, int(from), err
		}
	}
	return rows, int(w.tile.Starts[rows]), nil
}

// badRow makes the error of a row at line and offset of a tile.
func badRow(row []byte, why parse.Reason, line, offset int) *RowError {
	return &RowError{
		Line: int64(line), Offset: int64(offset), Reason: why,
		Row: bytes.Clone(row[:min(len(row), excerptBytes)]),
	}
}
