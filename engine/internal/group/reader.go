package group

import (
	"bytes"
	"unsafe"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/run"
	"onebrc/engine/internal/sketch"
	"onebrc/engine/internal/source"
	"onebrc/parse/delimited"
)

// discardBytes is how much of a row that is too long is skipped at a time, so that a
// run can be stopped.
const discardBytes = 1 << 20

// Reader reads the rows of one worker's chunks into a table. It implements
// run.Reader.
//
// A tile goes through the passes of a kernel column by column. What a pass refuses
// takes a slower way, and only that:
//
//	refused by           read by      what
//	a pass over numbers  careful.go   the column, field by field
//	keys                 keys.go      rows whose key is not in the input as it is
//	index, careful.go    strict.go    the tile, row by row, with package delimited
//
// Nothing is added to the table before all columns of a tile are read, so that no row
// counts twice.
type Reader struct {
	plan   *Plan
	table  *Table
	sink   run.Sink
	header *Header
	syntax delimited.Syntax
	// digitQuote means that the quote is a digit. A quoted number with a doubled quote
	// then is a number with its quotes, too, which the passes do not refuse.
	digitQuote bool

	rows, lines int64
	dropped     int64 // rows for which the filter is false
	atStart     bool  // the next byte is the first one of the input
	headerDue   bool  // the next row is the header
	// inside means that the next bytes are the rest of a row that was too long and
	// is already reported; state is where the automaton is in it.
	inside bool
	state  delimited.State
	// restOnly means that the chunk has nothing but the rest of such a row, cut
	// that it ends inside one.
	restOnly, cut bool

	row delimited.Row // for strict
	key []byte        // for single rows

	base   unsafe.Pointer // of the current tile
	offset int64          // of its first byte in the input
	tile   fields.Tile
	// seps are the separators of the rows that count. Row i begins after
	// seps[i*stride]: they are Tile.Seps, or those of the selection.
	seps   []uint32
	stride int
	at     []uint32 // slots of the rows
	// numbers are Plan.Numbers. values and bounds are what Accumulate takes.
	numbers []numberColumn
	values  []*int64
	bounds  []int64
	// absent marks the missing fields of each Plan.Present. anyAbsent means that a
	// tile has some.
	absent    [][]bool
	anyAbsent []bool
	// entries has, for each of Plan.contents, the Entry of each row's content.
	entries [][]int64
	// offsets are where the rows begin in the input, with this index; only with
	// Plan.places.
	offsets []int64
	input   int

	selection *selection // nil if all rows count
	clocks    []*clock   // of Plan.Times

	quoted   quotedFields
	crlf     bool // rows may end in CR LF: the last column is looked at
	keyRows  keyRows
	column   fields.Column // argument of passes; a local variable would be allocated
	pairs    []uint32      // begins and ends of fields where Tile.Seps cannot be used
	unquoted []byte

	// padded holds a copy of the first or the last rows of a window, because the
	// passes may not read outside the window.
	padded [fields.PadBefore + fields.TileBytes + fields.PadAfter]byte
}

// NewReader returns a reader that reads rows into t, a table of p, and gives bad rows
// to sink. header is nil if inputs have no header.
func NewReader(p *Plan, t *Table, sink run.Sink, header *Header) *Reader {
	s, room := p.Syntax, tileRows(p)+fields.GroupRows
	r := &Reader{
		plan: p, table: t, sink: sink, header: header,
		syntax:    delimited.Syntax{Delimiter: s.Delimiter, Quote: s.Quote, HasQuote: s.HasQuote},
		at:        make([]uint32, room),
		numbers:   make([]numberColumn, len(p.Numbers)),
		values:    make([]*int64, len(p.Numbers)),
		bounds:    make([]int64, len(p.Numbers)),
		absent:    make([][]bool, len(p.Present)),
		anyAbsent: make([]bool, len(p.Present)),
		entries:   make([][]int64, len(p.contents)),
		pairs:     make([]uint32, 2*room),
	}
	r.digitQuote = s.HasQuote && '0' <= s.Quote && s.Quote <= '9'
	_, _, nullIsNumber := delimited.Number(p.Null, p.Point)
	for i, n := range p.Numbers {
		r.numbers[i] = newNumberColumn(&n, room, nullIsNumber)
		r.values[i] = &r.numbers[i].values[0]
	}
	for i := range r.absent {
		r.absent[i] = make([]bool, room)
	}
	for i := range r.entries {
		r.entries[i] = make([]int64, room)
	}
	if len(p.places) > 0 {
		r.offsets = make([]int64, room)
	}
	r.keyRows = newKeyRows(p)
	r.quoted = newQuotedFields(p)
	r.selection = newSelection(p)
	r.clocks = newClocks(p)
	return r
}

// ReaderBytes returns the size of a Reader of p, and of what it takes on a goroutine to make
// results: an Estimator for each column of registers, of which the goroutine that delivers
// them has others.
func ReaderBytes(p *Plan) int64 {
	room := int64(tileRows(p) + fields.GroupRows)
	perRow := int64(4 + 2*4 + 4 + len(p.Numbers)*(8+1+1) + len(p.Present) + 8*len(p.contents) + 8) // at, pairs, quoted.slow, …
	sketches := int64(0)
	for _, n := range p.Numbers {
		if n.Buckets != nil {
			sketches += sketch.CacheBytes
		}
	}
	for _, v := range p.Values {
		if v.Number >= 0 && p.Numbers[v.Number].Registers > 0 {
			sketches += 2 * sketch.EstimatorBytes(p.Numbers[v.Number].Registers)
		}
	}
	return sketches + int64(unsafe.Sizeof(Reader{})) + room*perRow + int64(p.Syntax.Columns)*(2+1) + joinedBytes + selectionBytes(p) + clockBytes(p) +
		4*logCounts // of logging, which belongs to the table
}

// tileRows returns the largest number of rows in a tile: each byte of a row of empty
// fields is a separator.
func tileRows(p *Plan) int { return fields.TileBytes / p.Syntax.Columns }

// Begin implements run.Reader.
func (r *Reader) Begin(c *source.Chunk) {
	r.rows, r.lines, r.dropped = 0, 0, 0
	r.atStart = c.Offset == 0
	r.headerDue = r.atStart && r.header != nil
	r.input = c.Input
	r.beginInput(c.Input)
	r.inside, r.state = c.Inside, delimited.Unquoted
	r.restOnly, r.cut = c.Inside && r.syntax.HasQuote, c.Cut
}

// Trim implements run.Reader. Tile finds out itself where rows end.
func (r *Reader) Trim(window []byte) int { return len(window) }

// Counts implements run.Reader. A header is a line, but no row.
func (r *Reader) Counts() (rows, lines int64) { return r.rows, r.lines }

// Dropped implements run.Reader.
func (r *Reader) Dropped() int64 { return r.dropped }

// Tile implements run.Reader. It returns source.ErrMisread if the chunk, but not the
// input, ends inside a row that is not too long.
func (r *Reader) Tile(w *source.Window, pos int, offset int64, last, final bool) (int, error) {
	v := view{data: w.Data()[pos:], offset: offset, last: last, final: final}
	switch {
	case r.restOnly:
		return r.discarded(v, min(len(v.data), discardBytes))
	case r.inside:
		return r.discard(v)
	case r.atStart:
		n, wait := skipMark(v)
		if wait {
			return 0, nil
		}
		if r.atStart = false; n > 0 {
			return n, nil
		}
		fallthrough
	case r.headerDue:
		if r.headerDue {
			return r.readHeader(v)
		}
	}
	if r.plan.Syntax.Columns <= fields.MaxColumns {
		at, n := w.At+pos, min(fields.TileBytes, len(v.data))
		data := unsafe.Pointer(&w.Bytes[at])
		if at < fields.PadBefore || at+n+fields.PadAfter > len(w.Bytes) || n < fields.TileBytes {
			data, n = r.pad(v)
		}
		r.base, r.offset = unsafe.Add(data, -fields.PadBefore), v.offset
		if n, err := r.fast(n, len(v.data)); n > 0 || err != nil {
			return n, err
		}
	}
	return r.strict(v)
}

// view is the part of a window that is not read yet.
type view struct {
	data        []byte
	offset      int64 // of data in the input
	last, final bool  // as for Reader.Tile
}

// skipMark returns the size of the byte order mark at the start of an input, which is
// 0 if there is none. wait means that more bytes are needed to see that.
func skipMark(v view) (n int, wait bool) {
	start := v.data[:min(len(v.data), len(delimited.ByteOrderMark))]
	switch {
	case string(start) == delimited.ByteOrderMark:
		return len(delimited.ByteOrderMark), false
	case !v.last && string(start) == delimited.ByteOrderMark[:len(start)]:
		return 0, true
	}
	return 0, false
}

// pad copies the first bytes of v, at most a tile, into r.padded and adds the LF that
// the last row of an input may lack. It returns the copy and its size.
func (r *Reader) pad(v view) (unsafe.Pointer, int) {
	data := r.padded[fields.PadBefore : fields.PadBefore+fields.TileBytes]
	n := copy(data[:len(data)-1], v.data)
	if v.final && n == len(v.data) && data[n-1] != '\n' {
		data[n] = '\n'
		n++
	}
	return unsafe.Pointer(&data[0]), n
}

// fast reads the rows of the n bytes after r.base with passes, and returns how many
// bytes they have, at most size. It returns 0 if the tile must be read by strict.
func (r *Reader) fast(n, size int) (int, error) {
	columns := r.plan.Syntax.Columns
	seps, ok := r.plan.Kernel.Index(r.base, n, r.plan.Syntax, &r.tile)
	rows := seps / columns
	if !ok || rows == 0 {
		return 0, nil
	}
	end := int(r.tile.Seps[rows*columns]) + 1 - fields.PadBefore
	inner := r.tile.InnerLF
	if inner > 0 { // an LF after the last row is inside quotes
		inner -= bytes.Count(r.span(uint32(fields.PadBefore+end), uint32(fields.PadBefore+n)), []byte{'\n'})
	}
	if ok, err := r.read(rows); !ok || err != nil {
		return 0, err
	}
	r.rows += int64(rows)
	r.lines += int64(rows + inner)
	return min(end, size), nil
}

// read adds the rows of the tile that count to the table. ok is false, and nothing is
// added, if one of them has a bad value.
func (r *Reader) read(rows int) (ok bool, err error) {
	r.seps, r.stride = r.tile.Seps[:], r.plan.Syntax.Columns
	r.sortQuoted(rows)
	if r.selection == nil {
		return r.readSelected(rows)
	}
	count := r.selectRows(rows)
	if count > 0 {
		if count < rows {
			r.sortQuoted(count)
		}
		if ok, err = r.readSelected(count); !ok || err != nil {
			return ok, err
		}
	}
	r.dropped += int64(rows - count)
	return true, nil
}

// sortQuoted sorts the quoted fields of the rows that count.
func (r *Reader) sortQuoted(rows int) {
	if r.tile.Quotes > 0 {
		r.quoted.sort(&r.tile, rows, r.stride)
	} else {
		r.quoted.clear()
	}
}

// readSelected is read for the rows that count. A bad time is a bad value here.
func (r *Reader) readSelected(rows int) (ok bool, err error) {
	for i := range r.numbers {
		if !r.readNumber(i, rows) {
			return false, nil
		}
	}
	for _, c := range r.clocks {
		if c != nil && !r.readTimes(c, rows) {
			return false, nil
		}
	}
	for i := range r.numbers {
		if c := &r.numbers[i]; c.scale > r.table.Scale(i) {
			if err := r.table.Raise(i, c.scale); err != nil {
				return true, err
			}
		}
	}
	for i := range r.absent {
		r.findAbsent(i, rows)
	}
	if r.logs() {
		return true, r.logRows(rows)
	}
	if err := r.table.Reserve(r.need(rows)); err != nil {
		return true, err
	}
	if err := r.readValues(rows); err != nil {
		return true, err
	}
	if rows, err = r.readKeys(rows); err != nil {
		return true, err
	}
	if rows, err = r.addCareful(rows); err != nil || rows == 0 {
		return true, err
	}
	r.addValues(rows)
	for i := range r.numbers {
		r.bounds[i] = r.numbers[i].bound
	}
	return true, r.table.Accumulate(r.at, rows, r.values, r.bounds)
}

// need returns what the rows of the tile, whose numbers are read, need of the table.
func (r *Reader) need(rows int) Need {
	n := Need{Rows: rows, KeyBytes: r.keyRows.most*fields.TileBytes + rows*len(r.clocks)*labelBytes}
	for i := range r.numbers {
		c := &r.numbers[i]
		if !c.slow {
			continue
		}
		for _, state := range c.states[:rows] {
			n.Missing = n.Missing || state == missing
			if state == unscaled {
				n.Wide++
			}
		}
	}
	for _, any := range r.anyAbsent {
		n.Missing = n.Missing || any
	}
	return n
}

// span returns the bytes from position begin to position end of the tile.
func (r *Reader) span(begin, end uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(r.base, begin)), end-begin)
}

// raw returns the bytes of a field and whether it is quoted.
func (r *Reader) raw(row, field int) (b []byte, quoted bool) {
	seps := r.seps[row*r.stride+field:][:2]
	b = r.span(seps[0]+1, seps[1])
	if field == r.plan.Syntax.Columns-1 && len(b) > 0 && b[len(b)-1] == '\r' {
		b = b[:len(b)-1]
	}
	return b, r.syntax.HasQuote && len(b) > 0 && b[0] == r.syntax.Quote
}

// content returns the content of a field. It is valid until the next call.
func (r *Reader) content(row, field int) []byte {
	b, quoted := r.raw(row, field)
	if !quoted {
		return b
	}
	b = b[1 : len(b)-1]
	quote := bytes.IndexByte(b, r.syntax.Quote)
	if quote < 0 {
		return b
	}
	r.unquoted = r.unquoted[:0]
	for ; quote >= 0; quote = bytes.IndexByte(b, r.syntax.Quote) {
		r.unquoted = append(r.unquoted, b[:quote+1]...)
		b = b[quote+2:] // the quote is doubled
	}
	r.unquoted = append(r.unquoted, b...)
	return r.unquoted
}

// findAbsent marks the missing fields of Plan.Present[i].
func (r *Reader) findAbsent(i, rows int) {
	field, null := r.plan.Present[i], r.plan.Null
	absent := r.absent[i][:rows]
	longest := uint32(2*len(null) + len("\"\"\r")) // of a field with that content
	r.anyAbsent[i] = false
	for row := range absent {
		p := row*r.stride + field
		absent[row] = r.seps[p+1]-r.seps[p]-1 <= longest && bytes.Equal(r.content(row, field), null)
		r.anyAbsent[i] = r.anyAbsent[i] || absent[row]
	}
}
