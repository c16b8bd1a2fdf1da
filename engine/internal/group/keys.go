package group

import (
	"unsafe"

	"onebrc/engine/internal/fields"
)

// keyRows says how the keys of a tile are found.
//
//	keys            where the pass over keys reads them
//	none            nowhere: all rows have the slot of the empty key
//	one column      in the tile, at its separators
//	columns a to b  in the tile, at r.pairs
//	others          in joined, at r.pairs
type keyRows struct {
	adjacent bool   // the columns are ascending neighbours
	joined   []byte // PadBefore bytes, the keys of the rows, and PadAfter bytes
	// most is a bound of the bytes of the keys in a tile, in tiles. A column may be
	// in the key several times, and its quotes may be doubled there.
	most int
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
	if !k.adjacent {
		k.joined = make([]byte, 0, joinedBytes)
	}
	return k
}

// readKeys writes the slots of the rows to r.at and returns their number: rows whose
// keys are not in the input as they are were added one by one, and other rows moved
// into their places.
func (r *Reader) readKeys(rows int) (int, error) {
	keys := r.plan.Keys
	if len(keys) == 0 {
		at, err := r.table.Slot(nil)
		if err != nil {
			return 0, err
		}
		for i := range r.at[:rows] {
			r.at[i] = at
		}
		return rows, r.addAbsent(rows)
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
	r.key = r.key[:0]
	for i, field := range r.plan.Keys {
		r.key = r.plan.AppendKey(r.key, i, r.content(row, field))
	}
	at, err := r.table.Slot(r.key)
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

// joinKeys writes the keys of all rows to r.keyRows.joined and sets r.column to their
// places there. It returns the base of these.
func (r *Reader) joinKeys(rows int) unsafe.Pointer {
	b := r.keyRows.joined[:fields.PadBefore]
	for row := range rows {
		r.pairs[2*row] = uint32(len(b)) - 1
		for i, field := range r.plan.Keys {
			content, quoted := r.raw(row, field)
			if quoted {
				b = r.plan.AppendKey(b, i, r.content(row, field))
				continue
			}
			if i > 0 {
				b = append(b, r.syntax.Delimiter)
			}
			b = append(b, content...) // an unquoted field has nothing that must be quoted
		}
		r.pairs[2*row+1] = uint32(len(b))
	}
	b = append(b, make([]byte, fields.PadAfter)...)
	r.keyRows.joined = b
	r.column = pairsColumn(r.pairs)
	return unsafe.Pointer(&b[0])
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
