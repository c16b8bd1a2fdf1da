package group

import (
	"slices"
	"unsafe"

	"onebrc/engine/internal/fields"
)

// keyRows says how the keys of a tile are found.
//
//	keys            where the pass over keys reads them
//	none, input     nowhere: all rows have the same slot
//	a time, a name  the name in the tile; see grid.go
//	one column      in the tile, at its separators, unless it is a part of a time
//	columns a to b  in the tile, at r.pairs
//	others          in joined, at r.pairs
type keyRows struct {
	adjacent bool   // the columns are ascending neighbours
	joined   []byte // PadBefore bytes, the keys of the rows, and PadAfter bytes
	// most is a bound of the bytes of the keys in a tile, in tiles. A column may be
	// in the key several times, and its quotes may be doubled there.
	most  int
	parts []joinPart // memory for joinPlain
	// plain means that no label has a byte that must be quoted in a key.
	plain bool
}

// joinedBytes is the room for joined keys. It grows for keys of many columns.
const joinedBytes = fields.PadBefore + 2*fields.TileBytes + fields.PadAfter

// newKeyRows returns the keyRows for p.
func newKeyRows(p *Plan) keyRows {
	k := keyRows{adjacent: true, most: 1}
	times := map[int]int{}
	for i, field := range p.Keys {
		k.adjacent = k.adjacent && field == p.Keys[0]+i
		times[field]++
		k.most = max(k.most, 2*times[field])
	}
	for _, t := range p.Times {
		k.adjacent = k.adjacent && t == nil
	}
	s := p.keySyntax()
	isLabel := func(c byte) bool {
		return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '-' || c == 'T' || c == ':'
	}
	k.plain = !isLabel(s.Delimiter) && !(s.HasQuote && isLabel(s.Quote))
	if !k.adjacent {
		k.joined = make([]byte, 0, joinedBytes)
	}
	return k
}

// readKeys writes the slots of the rows to r.at and returns their number: rows whose
// keys are not in the input as they are were added one by one, and other rows moved
// into their places.
func (r *Reader) readKeys(rows int) (int, error) {
	if key, ok := r.onlyKey(); ok {
		at, err := r.table.Slot(key)
		if err != nil {
			return 0, err
		}
		for i := range r.at[:rows] {
			r.at[i] = at
		}
		return rows, r.addAbsent(rows)
	}
	if c := r.numbered(); c != nil {
		if ok, err := r.readGrid(c.numbers, rows); err != nil {
			return 0, err
		} else if ok {
			return rows, r.addAbsent(rows)
		}
		c.setLabels(rows) // as before, all are legal
	}
	base := r.base
	if !r.keyRows.adjacent {
		base = r.joinKeys(rows)
	} else {
		var err error
		if rows, err = r.findKeys(rows); err != nil || rows == 0 {
			return 0, err
		}
	}
	if err := r.table.Keys(base, &r.column, rows, r.at); err != nil {
		return 0, err
	}
	return rows, r.addAbsent(rows)
}

// findKeys sets r.column to the places of the keys in the tile and returns the number
// of rows that are left.
func (r *Reader) findKeys(rows int) (int, error) {
	keys, slow := r.plan.Keys, r.quoted.slow
	for i := len(slow) - 1; i >= 0; i-- { // they need the separators as they are
		if err := r.addSlowKey(int(slow[i])); err != nil {
			return 0, err
		}
	}
	if last := keys[len(keys)-1]; last == r.plan.Syntax.Columns-1 && !r.crlf {
		r.crlf = r.hasCR(rows)
	}
	if len(keys) == 1 {
		r.column = r.strip(keys[0], rows)
	} else {
		r.column = r.copyPairs(keys[0], keys[len(keys)-1], rows)
		if r.crlf && keys[len(keys)-1] == r.plan.Syntax.Columns-1 {
			r.crlf = r.stripCR(&r.column, rows)
		}
	}
	for i := len(slow) - 1; i >= 0; i-- {
		rows--
		r.move(int(slow[i]), rows)
		r.moveKey(int(slow[i]), rows)
	}
	return rows, nil
}

// addSlowKey adds one row whose key is not in the input as it is.
func (r *Reader) addSlowKey(row int) error {
	at, err := r.slotOf(row)
	if err != nil {
		return err
	}
	for i := range r.absent {
		if r.absent[i][row] {
			if err := r.table.AddAbsent(at, i); err != nil {
				return err
			}
		}
	}
	return r.addRow(at, row)
}

// slotOf returns the slot of the key of one row.
func (r *Reader) slotOf(row int) (uint32, error) {
	r.key = r.key[:0]
	for i, field := range r.plan.Keys {
		r.key = r.appendKey(r.key, i, r.content(row, field))
	}
	return r.table.Slot(r.key)
}

// joinKeys writes the keys of all rows to r.keyRows.joined and sets r.column to their
// places there. It returns the base of these.
func (r *Reader) joinKeys(rows int) unsafe.Pointer {
	b := r.keyRows.joined[:fields.PadBefore]
	if r.isPlain() {
		b = r.joinPlain(b, rows)
	} else {
		b = r.joinAny(b, rows)
	}
	b = append(b, make([]byte, fields.PadAfter)...)
	r.keyRows.joined = b
	r.column = pairsColumn(r.pairs)
	return unsafe.Pointer(&b[0])
}

// isPlain reports whether the keys of the tile are what is in the tile and labels, with
// delimiters between them.
func (r *Reader) isPlain() bool {
	plain := !r.quoted.any && (r.keyRows.plain || len(r.clocks) == 0)
	for _, c := range r.clocks {
		plain = plain && (c == nil || !c.anyMissing)
	}
	return plain
}

// joinAny appends the keys of all rows to b.
func (r *Reader) joinAny(b []byte, rows int) []byte {
	delimiter := r.plan.keySyntax().Delimiter
	for row := range rows {
		r.pairs[2*row] = uint32(len(b)) - 1
		for i, field := range r.plan.Keys {
			content, quoted := r.raw(row, field)
			if c := r.clockOf(i); c != nil && !(c.anyMissing && c.missing[row]) {
				b = r.plan.AppendKey(b, i, c.labels[row][:c.Part.width()])
				continue
			}
			if quoted {
				b = r.plan.AppendKey(b, i, r.content(row, field))
				continue
			}
			if i > 0 {
				b = append(b, delimiter)
			}
			b = append(b, content...) // an unquoted field has nothing that must be quoted
		}
		r.pairs[2*row+1] = uint32(len(b))
	}
	return b
}

// joinPart is one of the keys that joinPlain joins.
type joinPart struct {
	labels unsafe.Pointer // those of a clock, or nil
	width  int            // of the labels
	field  uintptr        // bytes from the separator before a row to that before the field
	last   bool           // a CR may be at the end of the field
}

// joinPlain is joinAny if isPlain. It copies more bytes than it needs: a branch on the
// length would often be mispredicted.
func (r *Reader) joinPlain(b []byte, rows int) []byte {
	const step = fields.PadAfter // so many bytes are there after every field
	parts := r.keyRows.parts[:0]
	for i, field := range r.plan.Keys {
		part := joinPart{field: uintptr(field) * 4, last: field == r.plan.Syntax.Columns-1}
		if c := r.clockOf(i); c != nil {
			part.labels, part.width = unsafe.Pointer(&c.labels[0]), c.Part.width()
		}
		parts = append(parts, part)
	}
	r.keyRows.parts = parts
	room := r.keyRows.most*(fields.TileBytes+fields.BlockBytes) + rows*(len(parts)+len(r.clocks)*labelBytes) + step + fields.PadAfter
	b = slices.Grow(b, room)
	start, n, base := unsafe.Pointer(unsafe.SliceData(b)), len(b), r.base
	delimiter := r.plan.keySyntax().Delimiter
	seps, stride := unsafe.Pointer(&r.seps[0]), uintptr(r.stride)*4
	pairs := r.pairs[:2*rows]
	for row := 0; row < 2*rows; row += 2 {
		pairs[row] = uint32(n) - 1
		for i := range parts {
			part := &parts[i]
			to := unsafe.Add(start, n)
			if i > 0 {
				*(*byte)(to) = delimiter
				to = unsafe.Add(to, 1)
				n++
			}
			if part.labels != nil {
				*(*label)(to) = *(*label)(unsafe.Add(part.labels, row*(labelBytes/2)))
				n += part.width
				continue
			}
			begin, end := (*[2]uint32)(unsafe.Add(seps, part.field))[0]+1, (*[2]uint32)(unsafe.Add(seps, part.field))[1]
			if part.last && end > begin && *(*byte)(unsafe.Add(base, end-1)) == '\r' {
				end--
			}
			content, size := unsafe.Add(base, begin), int(end-begin)
			*(*[step]byte)(to) = *(*[step]byte)(content)
			if size > step {
				copy(unsafe.Slice((*byte)(to), size), unsafe.Slice((*byte)(content), size))
			}
			n += size
		}
		pairs[row+1] = uint32(n)
		seps = unsafe.Add(seps, stride)
	}
	return b[:n]
}

// addAbsent adds the missing fields of Plan.Present.
func (r *Reader) addAbsent(rows int) error {
	for i, absent := range r.absent {
		if !r.anyAbsent[i] {
			continue
		}
		for row, is := range absent[:rows] {
			if is {
				if err := r.table.AddAbsent(r.at[row], i); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
