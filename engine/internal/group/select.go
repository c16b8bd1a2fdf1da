package group

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"unsafe"

	"onebrc/engine/internal/fields"
	"onebrc/parse/delimited"
)

// rowSet has a bit for each row of a tile.
type rowSet []uint64

const wordRows = 64

// rowSetWords returns the size of a set of rows.
func rowSetWords(rows int) int { return (rows + wordRows - 1) / wordRows }

// fill adds the first rows to an empty set.
func (s rowSet) fill(rows int) {
	for i := range s {
		s[i] = ^uint64(0) >> (wordRows - min(rows-i*wordRows, wordRows))
	}
}

func (s rowSet) isEmpty() bool {
	for _, word := range s {
		if word != 0 {
			return false
		}
	}
	return true
}

// selection is what a Reader with a Filter needs to select rows. A condition looks at
// all rows of a tile before the next one does, and at no others than those for which it
// matters.
type selection struct {
	condition condition
	// sets has the sets of rows that the conditions use: one for the rows of the
	// tile, one for the result, and two for each level of the filter.
	sets []uint64
	used int // words of sets
	// seps are the separators of the selected rows: each row has that before its
	// first field, and those after its fields.
	seps []uint32
}

// condition is a Filter in a Reader.
type condition struct {
	kind  FilterKind
	parts []condition
	leaf  *leaf
}

// leaf is a Comparison in a Reader.
type leaf struct {
	*Comparison
	column numberColumn // with room for values only if the Value is a number

	head, mask uint64 // the first 8 bytes of Value, and ones for those that it has
}

// selectionRooms is the room for sets and separators of p.
func selectionRooms(p *Plan) (sets, seps int) {
	if p.Filter == nil {
		return 0, 0
	}
	rows := tileRows(p)
	return (2 + 2*p.Filter.depth()) * rowSetWords(rows), (rows + fields.GroupRows) * (p.Syntax.Columns + 1)
}

// depth returns the number of levels of f.
func (f *Filter) depth() int {
	below := 0
	for _, part := range f.Parts {
		below = max(below, part.depth())
	}
	return 1 + below
}

// selectionBytes returns the size of a selection for p.
func selectionBytes(p *Plan) int64 {
	if p.Filter == nil {
		return 0
	}
	sets, seps := selectionRooms(p)
	size := int64(sets)*8 + int64(seps)*4
	p.Filter.comparisons(func(c *Comparison) {
		size += int64(unsafe.Sizeof(leaf{}))
		if c.isNumber {
			size += int64(tileRows(p)+fields.GroupRows) * 8
		}
	})
	return size
}

// newSelection returns the selection for p, or nil if all rows count.
func newSelection(p *Plan) *selection {
	if p.Filter == nil {
		return nil
	}
	sets, seps := selectionRooms(p)
	return &selection{condition: newCondition(p, p.Filter), sets: make([]uint64, sets), seps: make([]uint32, seps)}
}

// newCondition returns the condition for a part of p.Filter.
func newCondition(p *Plan, f *Filter) condition {
	c := condition{kind: f.Kind}
	if f.Kind == Compares {
		c.leaf = newLeaf(p, f.Comparison)
	}
	for _, part := range f.Parts {
		c.parts = append(c.parts, newCondition(p, part))
	}
	return c
}

func newLeaf(p *Plan, c *Comparison) *leaf {
	l := &leaf{Comparison: c}
	if c.isNumber {
		_, _, nullIsNumber := delimited.Number(p.Null, p.Point)
		l.column = numberColumn{
			field: c.Field, values: make([]int64, tileRows(p)+fields.GroupRows),
			scale: len(c.number.fraction), nullIsNumber: nullIsNumber && c.ordered(),
		}
	}
	var head [8]byte
	n := copy(head[:], c.Value)
	l.head = binary.LittleEndian.Uint64(head[:])
	l.mask = ^uint64(0) >> (64 - 8*n) // 0 if n is 0
	return l
}

// set returns an empty set of rows.
func (s *selection) set(words int) rowSet {
	s.used += words
	set := s.sets[s.used-words : s.used]
	clear(set)
	return set
}

// selectRows makes the rows of the tile for which the filter is true the rows that
// r.seps has, and returns their number.
func (r *Reader) selectRows(rows int) int {
	s := r.selection
	s.used = 0
	words := rowSetWords(rows)
	all, selected := s.set(words), s.set(words)
	all.fill(rows)
	r.selectBy(&s.condition, rows, all, selected)
	count := 0
	for _, word := range selected {
		count += bits.OnesCount64(word)
	}
	if count < rows {
		r.keep(selected, rows)
	}
	return count
}

// selectBy adds the rows of among for which c is true to out, which is empty.
func (r *Reader) selectBy(c *condition, rows int, among, out rowSet) {
	if c.kind == Compares {
		r.selectLeaf(c.leaf, rows, among, out)
		return
	}
	s := r.selection
	used := s.used
	left, found := s.set(len(among)), s.set(len(among))
	copy(left, among)
	for i := range c.parts {
		if left.isEmpty() {
			break
		}
		r.selectBy(&c.parts[i], rows, left, found)
		for i := range left {
			if c.kind != All {
				found[i] = left[i] &^ found[i]
			}
		}
		copy(left, found)
		clear(found)
	}
	for i := range out {
		if out[i] = left[i]; c.kind == Any {
			out[i] = among[i] &^ left[i]
		}
	}
	s.used = used
}

// selectLeaf adds the rows of among for which a comparison is true to out.
func (r *Reader) selectLeaf(l *leaf, rows int, among, out rowSet) {
	columns := r.plan.Syntax.Columns
	use := r.quoted.use[l.Field]
	if l.isNumber {
		c := &l.column
		if !c.careful && !r.digitQuote && r.passNumber(c, rows) {
			l.selectNumbers(rows, among, out)
			return
		}
		c.careful = false
		r.selectCarefully(l, among, out)
		return
	}
	if r.quoted.any && r.quoted.doubled[use] {
		r.selectCarefully(l, among, out)
		return
	}
	last := l.Field == columns-1
	if last && !r.crlf {
		r.crlf = r.hasCR(rows)
	}
	cr := r.crlf
	column := r.strip(l.Field, rows)
	switch {
	case l.Contains:
		l.selectContaining(r.base, &column, among, out)
	case l.ordered():
		l.selectOrdered(r.base, &column, among, out)
	default:
		l.selectEqual(r.base, &column, among, out)
	}
	r.unstrip(l.Field, rows, last && cr)
}

// selectCarefully selects rows field by field. It finds out whether the passes over
// numbers may be of use in the next tile, and at which scale.
func (r *Reader) selectCarefully(l *leaf, among, out rowSet) {
	c := &l.column
	longest, scale := 0, c.scale
	for i, word := range among {
		for ; word != 0; word &= word - 1 {
			row := i*wordRows + bits.TrailingZeros64(word)
			content := r.content(row, l.Field)
			if l.holds(content) {
				out[i] |= word & -word
			}
			if !l.isNumber {
				continue
			}
			number, ok := parseDecimal(content, l.point)
			if !ok {
				c.careful = true
				continue
			}
			longest, scale = max(longest, len(content)), max(scale, len(number.fraction))
		}
	}
	if scale <= fields.MaxScale {
		c.scale = scale
	}
	c.careful = c.careful || longest > passBytes(scale)
}

// selectNumbers selects rows by the values of the passes.
func (l *leaf) selectNumbers(rows int, among, out rowSet) {
	low, high := l.bounds()
	width := uint64(high) - uint64(low)
	other := uint64(0) // all ones if the rows outside the bounds are selected
	if l.Is == Less|Greater {
		other = ^uint64(0)
	}
	values := l.column.values[:rows]
	for i := range out {
		var word uint64
		part := values[i*wordRows : min(i*wordRows+wordRows, rows)]
		for bit, v := range part {
			word |= bitOf(uint64(v)-uint64(low) <= width) << bit
		}
		out[i] = (word ^ other) & among[i]
	}
}

// bitOf returns 1 for true.
func bitOf(b bool) uint64 {
	var bit uint64
	if b {
		bit = 1
	}
	return bit
}

// bounds returns the least and the greatest value that l.Is accepts at the scale of the
// column, or that it does not accept if it is Less|Greater.
func (l *leaf) bounds() (low, high int64) {
	const none = math.MaxInt64 - 1 // no pass reads it
	value, ok := l.number.scaled(l.column.scale)
	switch { // the scale is at least that of the number
	case !ok && l.number.negative:
		value = -none
	case !ok:
		value = none
	}
	low, high = value, value
	switch l.Is {
	case Less:
		low, high = math.MinInt64, value-1
	case Less | Equal:
		low = math.MinInt64
	case Greater:
		low, high = value+1, math.MaxInt64
	case Greater | Equal:
		high = math.MaxInt64
	}
	return low, high
}

// selectEqual selects rows whose contents are Value, or are not.
func (l *leaf) selectEqual(base unsafe.Pointer, c *fields.Column, among, out rowSet) {
	n := uint32(len(l.Value))
	other := bitOf(l.Is != Equal)
	for i, word := range among {
		var equal uint64
		for ; word != 0; word &= word - 1 {
			bit := bits.TrailingZeros64(word)
			begin, end := columnField(c, i*wordRows+bit)
			at := unsafe.Add(base, begin)
			head := binary.LittleEndian.Uint64((*[8]byte)(at)[:])
			differ := (head^l.head)&l.mask | uint64(end-begin^n)
			if n > 8 && differ == 0 && !bytes.Equal(unsafe.Slice((*byte)(at), n), l.Value) {
				differ = 1
			}
			equal |= (bitOf(differ == 0) ^ other) << bit
		}
		out[i] = equal
	}
}

// columnField returns the position of the first byte of a field and that after the last
// one.
func columnField(c *fields.Column, row int) (begin, end uint32) {
	p := (*[2]uint32)(unsafe.Add(c.First, uintptr(row)*c.Stride))
	return p[0] + 1, p[1]
}

// contentOf returns the bytes of a field.
func contentOf(base unsafe.Pointer, c *fields.Column, row int) []byte {
	begin, end := columnField(c, row)
	return unsafe.Slice((*byte)(unsafe.Add(base, begin)), end-begin)
}

// selectContaining selects rows whose contents contain Value.
func (l *leaf) selectContaining(base unsafe.Pointer, c *fields.Column, among, out rowSet) {
	for i, word := range among {
		for ; word != 0; word &= word - 1 {
			if bytes.Contains(contentOf(base, c, i*wordRows+bits.TrailingZeros64(word)), l.Value) {
				out[i] |= word & -word
			}
		}
	}
}

// selectOrdered selects rows whose contents, as bytes, have one of the orders of l.Is.
func (l *leaf) selectOrdered(base unsafe.Pointer, c *fields.Column, among, out rowSet) {
	for i, word := range among {
		for ; word != 0; word &= word - 1 {
			content := contentOf(base, c, i*wordRows+bits.TrailingZeros64(word))
			if l.Is.isOf(bytes.Compare(content, l.Value)) && !bytes.Equal(content, l.null) {
				out[i] |= word & -word
			}
		}
	}
}

// keep makes r.seps, r.stride and the quoted fields those of the selected rows.
func (r *Reader) keep(selected rowSet, rows int) {
	columns := r.plan.Syntax.Columns
	stride := columns + 1
	to := r.selection.seps
	for i, word := range selected {
		for ; word != 0; word &= word - 1 {
			row := i*wordRows + bits.TrailingZeros64(word)
			copy(to[:stride], r.tile.Seps[row*columns:])
			to = to[stride:]
		}
	}
	if r.quoted.any {
		r.keepQuoted(selected, rows)
	}
	r.seps, r.stride = r.selection.seps, stride
}

// keepQuoted moves the entries of r.tile.Quoted for the selected rows to the front.
func (r *Reader) keepQuoted(selected rowSet, rows int) {
	columns := uint32(r.plan.Syntax.Columns)
	reciprocal := reciprocalOf(int(columns))
	kept := 0
	words, before := 0, uint32(0) // selected rows in the first words
	for _, entry := range r.tile.Quoted[:r.tile.Quotes] {
		field := entry &^ fields.DoubledQuote
		row := uint32(uint64(field) * reciprocal >> 32)
		if int(row) >= rows {
			break
		}
		for ; words < int(row)/wordRows; words++ {
			before += uint32(bits.OnesCount64(selected[words]))
		}
		bit := uint64(1) << (row % wordRows)
		if selected[words]&bit == 0 {
			continue
		}
		to := before + uint32(bits.OnesCount64(selected[words]&(bit-1)))
		r.tile.Quoted[kept] = to*(columns+1) + field - row*columns | entry&fields.DoubledQuote
		kept++
	}
	r.tile.Quotes = kept
}
