package group

import (
	"bytes"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/source"
	"onebrc/parse"
	"onebrc/parse/delimited"
)

// strict reads the rows that end in the first bytes of v, as many as a tile has, one
// by one. They need not have a bad row: the passes leave rare kinds of rows to strict.
// A first row that does not end there is read all the same.
func (r *Reader) strict(v view) (int, error) {
	b := v.data[:min(len(v.data), fields.TileBytes)]
	at := 0
	for at < len(b) {
		end, _ := r.syntax.RowEnd(b[at:], delimited.FieldStart)
		if end < 0 {
			break
		}
		if err := r.strictRow(b[at:at+end], b[at:at+end+1], v.offset+int64(at)); err != nil {
			return at, err
		}
		at += end + 1
	}
	if at > 0 {
		return at, nil
	}
	return r.longRow(v)
}

// longRow reads the row at the start of v, which is longer than a tile or the last one
// of the input. It reads nothing if more bytes are needed.
func (r *Reader) longRow(v view) (int, error) {
	row, n, state, whole, err := r.nextRow(v)
	switch {
	case err != nil || n == 0:
		return 0, err
	case whole:
		return n, r.strictRow(row, v.data[:n], v.offset)
	}
	if err := r.sink.BadRow(row, parse.RowTooLong, r.lines, v.offset); err != nil {
		return 0, err
	}
	r.rows++
	r.inside, r.state = true, state
	return r.discarded(v, n)
}

// nextRow looks for the end of the row at the start of v. It returns the row without
// its LF and the number of bytes to read, which is 0 if more are needed. If the row is
// longer than delimited.MaxRowBytes and does not end in v, it is not whole, and state
// is that after n bytes.
func (r *Reader) nextRow(v view) (row []byte, n int, state delimited.State, whole bool, err error) {
	b := v.data[:min(len(v.data), discardBytes)]
	end, state := r.syntax.RowEnd(b, delimited.FieldStart)
	switch {
	case end >= 0:
		return b[:end], end + 1, state, true, nil
	case len(b) > delimited.MaxRowBytes:
		return b[:delimited.MaxRowBytes+1], len(b), state, false, nil
	case v.final:
		return b, len(b), state, true, nil
	case v.last:
		return nil, 0, state, false, source.ErrMisread
	}
	return nil, 0, state, false, nil
}

// discard skips the rest of a row that was too long.
func (r *Reader) discard(v view) (int, error) {
	b := v.data[:min(len(v.data), discardBytes)]
	end, state := r.syntax.RowEnd(b, r.state)
	if end >= 0 {
		r.inside = false
		r.lines += countLF(b[:end+1])
		return end + 1, nil
	}
	r.state = state
	return r.discarded(v, len(b))
}

// discarded counts the lines in the first n bytes of v, which are a part of a row that
// was too long, and returns n.
func (r *Reader) discarded(v view, n int) (int, error) {
	end := n == len(v.data) && v.last
	if end && !v.final && !r.cut && !r.restOnly {
		return 0, source.ErrMisread
	}
	if end && v.final {
		r.lines += linesIn(v.data[:n])
	} else {
		r.lines += countLF(v.data[:n])
	}
	return n, nil
}

// strictRow reads one row, which begins at offset. It is given without and with its LF,
// which the last row of an input may lack.
func (r *Reader) strictRow(row, withLF []byte, offset int64) error {
	why := r.row.Read(r.syntax, row, r.plan.Syntax.Columns)
	counts := why != "" || r.plan.Filter == nil || r.plan.Filter.holds(r.row.Fields)
	if why == "" && counts {
		why = r.checkValues()
	}
	var err error
	switch {
	case !counts:
		r.dropped++
	case why != "":
		err = r.sink.BadRow(row, why, r.lines, offset)
	default:
		err = r.addStrict(offset)
	}
	r.rows++
	r.lines += linesIn(withLF)
	return err
}

// checkValues checks the numbers and the times in r.row.
func (r *Reader) checkValues() parse.Reason {
	for i := range r.numbers {
		c := &r.numbers[i]
		content := r.row.Fields[c.field]
		if _, _, ok := c.number(content, r.plan.Point); !ok && !bytes.Equal(content, r.plan.Null) {
			return parse.BadValue
		}
	}
	for _, c := range r.clocks {
		if c == nil {
			continue
		}
		content := r.row.Fields[c.field]
		if _, ok := c.label(content, r.plan.Point); !ok && !bytes.Equal(content, r.plan.Null) {
			return delimited.BadTime
		}
	}
	return ""
}

// addStrict adds r.row, which begins at offset, to the table.
func (r *Reader) addStrict(offset int64) error {
	r.key = r.key[:0]
	for i, field := range r.plan.Keys {
		r.key = r.appendKey(r.key, i, r.row.Fields[field])
	}
	if err := r.prepareStrict(); err != nil {
		return err
	}
	at, err := r.table.Slot(r.key)
	if err != nil {
		return err
	}
	if err := r.table.AddRow(at); err != nil {
		return err
	}
	for i := range r.numbers {
		c := &r.numbers[i]
		content := r.row.Fields[c.field]
		if bytes.Equal(content, r.plan.Null) {
			if err := r.table.AddMissing(at, i); err != nil {
				return err
			}
			continue
		}
		coefficient, decimals, _ := c.number(content, r.plan.Point)
		if err := r.table.AddNumber(at, i, coefficient, decimals); err != nil {
			return err
		}
	}
	for i, field := range r.plan.Present {
		if bytes.Equal(r.row.Fields[field], r.plan.Null) {
			if err := r.table.AddAbsent(at, i); err != nil {
				return err
			}
		}
	}
	return r.addStrictValues(at, offset)
}

// prepareStrict makes the table ready for r.row and r.key: its scales, and its memory.
func (r *Reader) prepareStrict() error {
	n := Need{Rows: 1, KeyBytes: len(r.key)}
	for i := range r.numbers {
		c := &r.numbers[i]
		content := r.row.Fields[c.field]
		if bytes.Equal(content, r.plan.Null) {
			n.Missing = true
			continue
		}
		coefficient, decimals, _ := c.number(content, r.plan.Point)
		if err := r.table.Raise(i, decimals); err != nil {
			return err
		}
		if _, ok := times(coefficient, r.table.Scale(i)-decimals); !ok {
			n.Wide++
		}
	}
	for _, field := range r.plan.Present {
		n.Missing = n.Missing || bytes.Equal(r.row.Fields[field], r.plan.Null)
	}
	if err := r.table.Reserve(n); err != nil || len(r.plan.Values) == 0 {
		return err
	}
	contents := 0
	for _, which := range r.plan.contents {
		contents += len(r.row.Fields[r.plan.Values[which].Field])
	}
	return r.table.ReserveValues(1, contents)
}

// linesIn returns the number of lines in b, of which the last one may lack its LF.
func linesIn(b []byte) int64 {
	n := countLF(b)
	if b[len(b)-1] != '\n' {
		n++
	}
	return n
}

// countLF returns the number of LFs in b.
func countLF(b []byte) int64 { return int64(bytes.Count(b, []byte{'\n'})) }
