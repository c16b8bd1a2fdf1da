package group

import (
	"unsafe"

	"onebrc/engine/internal/fields"
)

// quotedFields sorts the quoted fields of a tile by columns. Only columns that the
// plan uses count: a column has a number from 1, 0 means that it is not used.
type quotedFields struct {
	use  []uint16 // number of each column
	keys []bool   // columns of the key
	wide bool     // a key has several columns

	// first has, for each number, 1 plus the index in link of the column's last
	// quoted field; link continues this list; 0 ends it. link[i] belongs to
	// Tile.Quoted[i].
	first []uint32
	link  [fields.TileBytes/2 + fields.BlockBytes]uint32
	any   bool
	// slow lists the rows, in ascending order, whose keys are not in the input as
	// they are.
	slow []uint32
	// reciprocal is 2^32 divided by the number of columns, rounded up. The quotient
	// by the number of columns, for dividends up to TileBytes, needs no division:
	// the error of at most dividend/2^32 is less than 1/MaxColumns.
	reciprocal uint64
}

// newQuotedFields returns the quotedFields for the columns that p uses.
func newQuotedFields(p *Plan) quotedFields {
	columns := p.Syntax.Columns
	q := quotedFields{
		use: make([]uint16, columns), keys: make([]bool, columns), wide: len(p.Keys) > 1,
		reciprocal: (1<<32 + uint64(columns) - 1) / uint64(columns),
		slow:       make([]uint32, 0, tileRows(p)+fields.GroupRows),
	}
	used := 0
	add := func(field int) {
		if q.use[field] == 0 {
			used++
			q.use[field] = uint16(used)
		}
	}
	for _, n := range p.Numbers {
		add(n.Field)
	}
	for _, k := range p.Keys {
		add(k)
		q.keys[k] = true
	}
	q.first = make([]uint32, used+1)
	return q
}

// clear makes q that of a tile without quotes.
func (q *quotedFields) clear() {
	if q.any {
		clear(q.first)
		q.slow, q.any = q.slow[:0], false
	}
}

// sort sorts the quoted fields of the first rows of t.
func (q *quotedFields) sort(t *fields.Tile, rows, columns int) {
	q.clear()
	q.any = true
	end := uint32(rows * columns)
	for i, entry := range t.Quoted[:t.Quotes] {
		field := entry &^ fields.DoubledQuote
		if field >= end {
			return
		}
		row := uint32(uint64(field) * q.reciprocal >> 32)
		column := field - row*uint32(columns)
		use := q.use[column]
		if use == 0 {
			continue
		}
		doubled := entry != field
		if !doubled {
			q.link[i] = q.first[use]
			q.first[use] = uint32(i) + 1
		}
		if q.keys[column] && (doubled || q.wide) && (len(q.slow) == 0 || q.slow[len(q.slow)-1] != row) {
			q.slow = append(q.slow, row)
		}
	}
}

// strip returns where the contents of a column are, without the quotes around them
// and without the CRs before LFs, if the column is the last one and r.crlf is set.
// Until unstrip, this changes the separators of the tile, or r.pairs if a row has
// only one field: it shares its separators with the rows before and after it.
func (r *Reader) strip(field, rows int) fields.Column {
	columns := r.plan.Syntax.Columns
	c := r.tile.Column(field, columns)
	cr := field == columns-1 && r.crlf
	quoted := r.quoted.first[r.quoted.use[field]]
	seps, factor := r.tile.Seps[:], uint32(1)
	if columns == 1 && (cr || quoted != 0 || len(r.quoted.slow) > 0) {
		c = r.copyPairs(field, field, rows)
		seps, factor = r.pairs, 2
	}
	if cr {
		r.crlf = r.stripCR(&c, rows)
	}
	for ; quoted != 0; quoted = r.quoted.link[quoted-1] {
		p := r.tile.Quoted[quoted-1] * factor
		seps[p]++
		seps[p+1]--
	}
	return c
}

// unstrip undoes strip, so that the separators of the tile are as index found them.
func (r *Reader) unstrip(field, rows int, cr bool) {
	columns := r.plan.Syntax.Columns
	if columns == 1 {
		return // strip did not change them
	}
	for quoted := r.quoted.first[r.quoted.use[field]]; quoted != 0; quoted = r.quoted.link[quoted-1] {
		p := r.tile.Quoted[quoted-1]
		r.tile.Seps[p]--
		r.tile.Seps[p+1]++
	}
	if cr {
		for i := columns; i <= rows*columns; i += columns {
			if p := &r.tile.Seps[i]; r.byteAt(*p) == '\r' {
				*p++
			}
		}
	}
}

// stripCR ends the fields of the last column before the CR of CR LF, and reports
// whether there is any.
func (r *Reader) stripCR(c *fields.Column, rows int) (found bool) {
	for i := range rows {
		p := (*[2]uint32)(unsafe.Add(c.First, uintptr(i)*c.Stride))
		if p[1] > p[0]+1 && r.byteAt(p[1]-1) == '\r' {
			p[1]--
			found = true
		}
	}
	return found
}

// hasCR reports whether a row of the tile ends in CR LF.
func (r *Reader) hasCR(rows int) bool {
	columns := r.plan.Syntax.Columns
	for i := columns; i <= rows*columns; i += columns {
		if r.tile.Seps[i] > r.tile.Seps[i-1]+1 && r.byteAt(r.tile.Seps[i]-1) == '\r' {
			return true
		}
	}
	return false
}

// byteAt returns a byte of the tile.
func (r *Reader) byteAt(position uint32) byte { return *(*byte)(unsafe.Add(r.base, position)) }

// copyPairs copies the positions before field from and after field to of each row to
// r.pairs.
func (r *Reader) copyPairs(from, to, rows int) fields.Column {
	columns := r.plan.Syntax.Columns
	seps := r.tile.Seps[from:]
	to += 1 - from
	for i := range rows {
		r.pairs[2*i], r.pairs[2*i+1] = seps[0], seps[to]
		seps = seps[columns:]
	}
	return pairsColumn(r.pairs)
}

// pairsColumn returns the column of fields whose begins, minus 1, and ends are pairs.
func pairsColumn(pairs []uint32) fields.Column {
	return fields.Column{First: unsafe.Pointer(&pairs[0]), Stride: 8}
}
