package challenge

import (
	"bytes"
	"unsafe"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/run"
	"onebrc/engine/internal/source"
	"onebrc/engine/internal/table"
	"onebrc/parse"
)

// reader implements run.Reader with the three passes of a kernel.
type reader struct {
	// tile is first, because an object of this size begins with a page: vectors in it
	// cross few cache lines.
	tile   kernel.Tile
	kernel *kernel.Kernel
	table  *table.Table
	sink   run.Sink
	// rows counts the rows of the chunk so far, each of which is a line. inside
	// means that the next bytes are the rest of a row that was too long and is
	// already counted.
	rows   int64
	inside bool
	// padded holds a copy of the first or the last rows of a window, because the
	// passes may not read outside the window. It has the padding of a tile and
	// room for one more LF.
	padded [kernel.PadBefore + kernel.TileBytes + kernel.PadAfter]byte

	accumulate kernel.Pass // the accumulate or the count pass of kernel
}

// Begin implements run.Reader.
func (r *reader) Begin(c *source.Chunk) { r.rows, r.inside = 0, c.Inside }

// Trim implements run.Reader.
func (r *reader) Trim(window []byte) int { return source.RowsIn(window) }

// Counts implements run.Reader. The rest of a row is no line of its own: a row of the
// challenge is one line, which the chunk where it begins has counted.
func (r *reader) Counts() (rows, lines int64) { return r.rows, r.rows }

// Dropped implements run.Reader.
func (r *reader) Dropped() int64 { return 0 }

// Tile implements run.Reader. Trim has seen to it that a row ends in the window.
func (r *reader) Tile(w *source.Window, pos int, offset int64, _, final bool) (int, error) {
	at, n := w.At+pos, min(kernel.TileBytes, w.Size-pos)
	if r.inside {
		return r.discard(w.Data()[pos:]), nil
	}
	data := unsafe.Pointer(&w.Bytes[at])
	if at < kernel.PadBefore || at+n+kernel.PadAfter > len(w.Bytes) || n < kernel.TileBytes {
		data, n = r.pad(w.Data()[pos:], final)
	}
	rows := r.kernel.Index(data, n, &r.tile)
	if rows == 0 { // no LF in n bytes, which are more than parse.MaxRowBytes
		return r.longRow(w.Data()[pos:], offset)
	}
	var err error
	done := 0
	if r.kernel.Decode(data, rows, &r.tile) {
		if done, err = r.table.Accumulate(r.accumulate, data, &r.tile, rows); err != nil {
			return 0, err
		}
	}
	if done < rows {
		err = r.strict(data, done, rows, offset)
	}
	r.rows += int64(rows)
	return min(int(r.tile.Starts[rows]), w.Size-pos), err
}

// discard returns how many bytes of b are the rest of a row that was too long. It
// clears r.inside if the row ends in b.
func (r *reader) discard(b []byte) int {
	b = b[:min(len(b), discardBytes)]
	if lf := bytes.IndexByte(b, '\n'); lf >= 0 {
		r.inside = false
		return lf + 1
	}
	return len(b)
}

// discardBytes is how much of a long row is skipped at a time, so that a run can be
// stopped.
const discardBytes = 1 << 20

// pad copies the first bytes of rows, at most a tile, into r.padded and adds the LF
// that the last row of an input may lack. It returns the copy and its size.
func (r *reader) pad(rows []byte, final bool) (unsafe.Pointer, int) {
	data := r.padded[kernel.PadBefore : kernel.PadBefore+kernel.TileBytes]
	n := copy(data[:len(data)-1], rows)
	if final && n == len(rows) && data[n-1] != '\n' {
		data[n] = '\n'
		n++
	}
	return unsafe.Pointer(&data[0]), n
}

// strict parses rows from to to-1 of a tile one by one. The tile begins at offset.
// It need not have a bad row: kernels leave rare kinds of rows to strict.
func (r *reader) strict(data unsafe.Pointer, from, to int, offset int64) error {
	for i := from; i < to; i++ {
		start, end := r.tile.Starts[i], r.tile.Starts[i+1]-1
		row := unsafe.Slice((*byte)(data), end)[start:]
		name, tenths, why := parse.Row(row)
		if why != "" {
			if err := r.sink.BadRow(row, why, r.rows+int64(i), offset+int64(start)); err != nil {
				return err
			}
			continue
		}
		if _, err := r.table.Add(name, tenths); err != nil {
			return err
		}
	}
	return nil
}

// longRow reads the row at the start of b, which has no LF in its first
// parse.MaxRowBytes bytes, and returns how many bytes it has read. The row begins
// at offset. Either it ends in b, or b holds more than source.MaxBadRowBytes of it.
func (r *reader) longRow(b []byte, offset int64) (int, error) {
	b = b[:min(len(b), source.MaxBadRowBytes+1)]
	r.inside = true
	n := r.discard(b)
	err := r.sink.BadRow(bytes.TrimSuffix(b[:n], []byte{'\n'}), parse.RowTooLong, r.rows, offset)
	r.rows++
	return n, err
}
