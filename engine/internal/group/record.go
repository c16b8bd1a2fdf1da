package group

import "encoding/binary"

// A record is a group with the key in a form whose bytes have the order of the keys.
// Numbers have 7 bits in each byte, the lowest ones first; all bytes but the last are
// 0x80 or more. Of unsigned ones, package encoding/binary has the form; the last byte
// of signed ones has the sign in bit 6, so that a number of 320 bits has 46 bytes at
// most.
//
//	record = head key { scale value } runs                       of one row
//	       | head key rows [ missing ] { scale statistics } runs of any rows
//
//	head        unsigned: 2 * length of the key, plus 1 if rows follow
//	rows        unsigned: 2 * number of rows, plus 1 if values are missing
//	missing     unsigned: how many values of each of Plan.Numbers and Plan.Present are
//	scale       a byte; all there is of one of Plan.Numbers is left out if all its
//	            values are missing
//	value       signed; it fits a lane. No value is missing.
//	statistics  signed: the minimum, the maximum, the sum and the sum of the squares,
//	            as far as the Number wants them
//	runs        values, only with Plan.Values: see runs.go
//
// A record of a value has
//
//	record = head key rows
//
//	head        unsigned: 2 * length of the key
//	rows        unsigned: how many rows have the value
//
// and a longer key than a record of a group, see Values.
//
// A record has the scales that its table had, so that records of one Plan can differ.

// appendRecord appends the record of the group in slot i, whose ordered key is key.
func (t *Table) appendRecord(b, key []byte, i int) []byte {
	p, lanes, counts := t.plan, t.lanes(i), t.coldOf(i)
	for _, c := range counts {
		if c != 0 {
			return t.appendWhole(b, key, i, counts)
		}
	}
	if lanes[0] != 1 {
		return t.appendWhole(b, key, i, nil)
	}
	start := len(b)
	b = binary.AppendUvarint(b, uint64(len(key))<<1)
	b = append(b, key...)
	for n := range p.lanes {
		v, ok := p.lanes[n].only(lanes)
		if !ok {
			return t.appendWhole(b[:start], key, i, nil)
		}
		b = append(b, byte(t.scales[n]))
		b = appendInt(b, v)
	}
	return b
}

// appendWhole is appendRecord for several rows, or for missing values and wide numbers.
// counts is coldOf the group, or nil if that has only zeros.
func (t *Table) appendWhole(b, key []byte, i int, counts []int64) []byte {
	p, lanes := t.plan, t.lanes(i)
	rows := lanes[0]
	b = binary.AppendUvarint(b, uint64(len(key))<<1|1)
	b = append(b, key...)
	if counts == nil {
		b = binary.AppendUvarint(b, uint64(rows)<<1)
	} else {
		b = binary.AppendUvarint(b, uint64(rows)<<1|1)
		for _, c := range counts[:len(p.Numbers)+len(p.Present)] {
			b = binary.AppendUvarint(b, uint64(c))
		}
	}
	for n, number := range p.Numbers {
		if rows == 0 || counts != nil && counts[n] == rows {
			continue
		}
		b = append(b, byte(t.scales[n]))
		x := t.exact(i, n)
		if number.Min {
			b = appendInteger(b, x.min)
		}
		if number.Max {
			b = appendInteger(b, x.max)
		}
		if number.Sum {
			b = appendInteger(b, x.sum)
		}
		if number.Squares {
			b = appendInteger(b, x.squares)
		}
	}
	return b
}

// appendNoRows appends the start of the record of a group without rows, before its runs.
func appendNoRows(b, key []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(key))<<1|1)
	return append(append(b, key...), 0)
}

// only returns the value of a Number in a slot of one row, and whether it fits a lane.
// A sum can be larger after Table.Raise.
func (l *lanes) only(slot []int64) (v int64, ok bool) {
	switch {
	case l.min != 0:
		return slot[l.min], true
	case l.max != 0:
		return slot[l.max], true
	case l.sum != 0:
		low, high := slot[l.sum], slot[l.sum+1]
		v = low + high<<narrowBits
		return v, high>>(laneBits-narrowBits) == high>>63 && fitsLane(v)
	}
	return 0, true
}

// appendInt appends a signed number.
func appendInt(b []byte, v int64) []byte {
	for v != v<<57>>57 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v)&0x7f)
}

// appendInteger appends a signed number.
func appendInteger(b []byte, x Integer) []byte {
	for {
		if v, ok := x.Int64(); ok {
			return appendInt(b, v)
		}
		b = append(b, byte(x[0])|0x80)
		x = x.shiftedRight(7)
	}
}

// readInt reads a signed number of at most 63 bits from the start of b and returns how
// many bytes it has, or 0 if it has more bits.
func readInt(b []byte) (v int64, n int) {
	for ; n < 9; n++ {
		c := b[n]
		v |= int64(c&0x7f) << (7 * n)
		if c < 0x80 {
			unused := 64 - 7*(n+1)
			return v << unused >> unused, n + 1
		}
	}
	return 0, 0
}

// readInteger reads a signed number from the start of b and returns the rest.
func readInteger(b []byte) (Integer, []byte) {
	if v, n := readInt(b); n > 0 {
		return integerOf(v), b[n:]
	}
	last := 0
	for b[last] >= 0x80 {
		last++
	}
	x := integerOf(int64(b[last]) << 57 >> 57)
	for i := last - 1; i >= 0; i-- {
		x = x.shiftedLeft(7)
		x[0] |= uint64(b[i] & 0x7f)
	}
	return x, b[last+1:]
}

// orderedKeyOf returns the ordered key of a record.
func orderedKeyOf(record []byte) []byte {
	if head := record[0]; head < 0x80 {
		return record[1:][:head>>1]
	}
	head, n := binary.Uvarint(record)
	return record[n:][:head>>1]
}

// recordReader reads a record from its start to its end.
type recordReader struct {
	key     []byte // ordered
	rows    int64
	single  bool // of the record of one row without missing values
	missing []int64
	rest    []byte
}

// open begins a record of p.
func (r *recordReader) open(p *Plan, record []byte) {
	head := r.openKey(record)
	r.rows, r.single, r.missing = 1, head&1 == 0, r.missing[:0]
	if r.single {
		return
	}
	rows := r.unsigned()
	r.rows = int64(rows >> 1)
	if rows&1 != 0 {
		for range len(p.Numbers) + len(p.Present) {
			r.missing = append(r.missing, int64(r.unsigned()))
		}
	}
}

// openKey begins a record and returns its head.
func (r *recordReader) openKey(record []byte) (head uint64) {
	head, n := binary.Uvarint(record)
	r.key, r.rest = record[n:][:head>>1], record[n+int(head>>1):]
	return head
}

func (r *recordReader) unsigned() uint64 {
	v, n := binary.Uvarint(r.rest)
	r.rest = r.rest[n:]
	return v
}

func (r *recordReader) integer() (x Integer) {
	x, r.rest = readInteger(r.rest)
	return x
}

// present returns how many values of one of Plan.Numbers, or, after them, Plan.Present
// are not missing.
func (r *recordReader) present(which int) int64 {
	if len(r.missing) == 0 {
		return r.rows
	}
	return r.rows - r.missing[which]
}

// scale reads the scale of a Number that has values.
func (r *recordReader) scale() int {
	scale := r.rest[0]
	r.rest = r.rest[1:]
	return int(scale)
}

// value reads the value of a Number in a single record.
func (r *recordReader) value() int64 {
	v, n := readInt(r.rest)
	r.rest = r.rest[n:]
	return v
}

// statistics reads those of n that has values, after its scale.
func (r *recordReader) statistics(n *Number) exact {
	if r.single {
		return exactOf(r.value(), n.Squares)
	}
	x := exact{any: true}
	if n.Min {
		x.min = r.integer()
	}
	if n.Max {
		x.max = r.integer()
	}
	if n.Sum {
		x.sum = r.integer()
	}
	if n.Squares {
		x.squares = r.integer()
	}
	return x
}
