package group

import (
	"bytes"

	"onebrc/engine/internal/fields"
)

// readValues makes room for the values of the tile and writes the contents among them to
// r.entries.
func (r *Reader) readValues(rows int) error {
	if len(r.plan.Values) == 0 {
		return nil
	}
	if err := r.table.ReserveValues(rows, fields.TileBytes); err != nil {
		return err
	}
	for i, which := range r.plan.contents {
		if err := r.readContents(i, r.plan.Values[which].Field, rows); err != nil {
			return err
		}
	}
	if r.offsets != nil {
		for row := range rows {
			r.offsets[row] = r.offset + int64(r.seps[row*r.stride]) + 1 - fields.PadBefore
		}
	}
	return nil
}

// readContents writes the contents of a field to r.entries[i].
func (r *Reader) readContents(i, field, rows int) error {
	out := r.entries[i]
	if r.quoted.doubled[r.quoted.use[field]] {
		for row := range rows {
			var err error
			if out[row], err = r.table.Content(r.content(row, field)); err != nil {
				return err
			}
		}
		return nil
	}
	last := field == r.plan.Syntax.Columns-1
	if last && !r.crlf {
		r.crlf = r.hasCR(rows)
	}
	cr := r.crlf
	r.column = r.strip(field, rows)
	err := r.table.Contents(r.base, &r.column, rows, out)
	r.unstrip(field, rows, last && cr)
	return err
}

// addValues counts the values of the first rows, all of whose numbers are scaled.
func (r *Reader) addValues(rows int) {
	contents := 0
	for which, v := range r.plan.Values {
		if v.Number >= 0 {
			r.table.AddValues(which, r.at[:rows], r.numbers[v.Number].values)
			continue
		}
		r.addContents(which, r.at[:rows], r.entries[contents], r.offsets)
		contents++
	}
}

// addContents counts contents, which are given by their Entries, or takes the first or the
// last of them.
func (r *Reader) addContents(which int, at []uint32, entries, offsets []int64) {
	if r.plan.Values[which].Place != Everywhere {
		r.table.AddPlaces(which, at, entries, offsets, r.input)
		return
	}
	r.table.AddValues(which, at, entries)
}

// addRowValues counts the values of one row, whose slot is at.
func (r *Reader) addRowValues(at uint32, row int) error {
	contents := 0
	for which, v := range r.plan.Values {
		if v.Number < 0 {
			r.addContents(which, []uint32{at}, r.entries[contents][row:], r.offsets[min(row, len(r.offsets)):])
			contents++
			continue
		}
		c := &r.numbers[v.Number]
		state := scaled
		if c.slow {
			state = c.states[row]
		}
		switch state {
		case scaled:
			r.table.AddValues(which, []uint32{at}, c.values[row:])
		case unscaled:
			if err := r.table.AddWideValue(which, at, c.values[row], int(c.decimals[row])); err != nil {
				return err
			}
		}
	}
	return nil
}

// addStrictValues counts the values of r.row, which begins at offset and whose slot is at.
func (r *Reader) addStrictValues(at uint32, offset int64) error {
	for which, v := range r.plan.Values {
		content := r.row.Fields[v.Field]
		if bytes.Equal(content, r.plan.Null) {
			continue
		}
		if v.Number < 0 {
			entry, err := r.table.Content(content)
			if err != nil {
				return err
			}
			r.addContents(which, []uint32{at}, []int64{entry}, []int64{offset})
			continue
		}
		coefficient, decimals, _ := r.numbers[v.Number].number(content, r.plan.Point)
		if value, ok := times(coefficient, r.table.Scale(v.Number)-decimals); ok {
			r.table.AddValues(which, []uint32{at}, []int64{value})
		} else if err := r.table.AddWideValue(which, at, coefficient, decimals); err != nil {
			return err
		}
	}
	return nil
}
