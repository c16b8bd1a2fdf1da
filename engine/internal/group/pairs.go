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
	// doubled marks the numbers of the columns that have doubled quotes.
	doubled []bool
}

// reciprocalOf returns 2^32 divided by a row's number of separators, rounded up. The
// quotient by that number, for dividends up to 2*TileBytes, then needs no division: the
// error of at most dividend/2^32 is less than 1/(MaxColumns+1).
func reciprocalOf(stride int) uint64 { return (1<<32 + uint64(stride) - 1) / uint64(stride) }

// newQuotedFields returns the quotedFields for the columns that p uses.
func newQuotedFields(p *Plan) quotedFields {
	columns := p.Syntax.Columns
	q := quotedFields{
		use: make([]uint16, columns), keys: make([]bool, columns), wide: len(p.Keys) > 1,
		slow: make([]uint32, 0, tileRows(p)+fields.GroupRows),
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
	for _, v := range p.Values {
		add(v.Field)
	}
	if p.Filter != nil {
		p.Filter.comparisons(func(c *Comparison) { add(c.Field) })
	}
	q.first, q.doubled = make([]uint32, used+1), make([]bool, used+1)
	return q
}

// clear makes q that of a tile without quotes.
func (q *quotedFields) clear() {
	if q.any {
		clear(q.first)
		clear(q.doubled)
		q.slow, q.any = q.slow[:0], false
	}
}

// sort sorts the quoted fields of the first rows of t, which have stride separators
// each.
func (q *quotedFields) sort(t *fields.Tile, rows, stride int) {
	q.clear()
	q.any = true
	end, reciprocal := uint32(rows*stride), reciprocalOf(stride)
	for i, entry := range t.Quoted[:t.Quotes] {
		field := entry &^ fields.DoubledQuote
		if field >= end {
			return
		}
		row := uint32(uint64(field) * reciprocal >> 32)
		column := field - row*uint32(stride)
		use := q.use[column]
		if use == 0 {
			continue
		}
		doubled := entry != field
		if doubled {
			q.doubled[use] = true
		} else {
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
// Until unstrip, this changes r.seps, or r.pairs if a field shares its separators with
// the rows before and after it.
func (r *Reader) strip(field, rows int) fields.Column {
	c := fields.Column{First: unsafe.Pointer(&r.seps[field]), Stride: uintptr(r.stride) * 4}
	cr := field == r.plan.Syntax.Columns-1 && r.crlf
	quoted := r.quoted.first[r.quoted.use[field]]
	seps, factor := r.seps, uint32(1)
	if r.stride == 1 && (cr || quoted != 0 || len(r.quoted.slow) > 0) {
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

// unstrip undoes strip, so that the separators are as index found them.
func (r *Reader) unstrip(field, rows int, cr bool) {
	if r.stride == 1 {
		return // strip did not change them
	}
	for quoted := r.quoted.first[r.quoted.use[field]]; quoted != 0; quoted = r.quoted.link[quoted-1] {
		p := r.tile.Quoted[quoted-1]
		r.seps[p]--
		r.seps[p+1]++
	}
	if cr {
		for i := r.plan.Syntax.Columns; i < rows*r.stride+1; i += r.stride {
			if p := &r.seps[i]; r.byteAt(*p) == '\r' {
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
	for i := r.plan.Syntax.Columns; i < rows*r.stride+1; i += r.stride {
		if r.seps[i] > r.seps[i-1]+1 && r.byteAt(r.seps[i]-1) == '\r' {
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
	seps := r.seps[from:]
	to += 1 - from
	for i := range rows {
		r.pairs[2*i], r.pairs[2*i+1] = seps[0], seps[to]
		seps = seps[r.stride:]
	}
	return pairsColumn(r.pairs)
}

// pairsColumn returns the column of fields whose begins, minus 1, and ends are pairs.
func pairsColumn(pairs []uint32) fields.Column {
	return fields.Column{First: unsafe.Pointer(&pairs[0]), Stride: 8}
}
