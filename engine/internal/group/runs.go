package group

import (
	"encoding/binary"
	"slices"
)

// A run has the values of one of Plan.Values in a group. The record of a group ends in
// runs, in ascending order of which, each with at least one value:
//
//	run  = which size body
//	body = scale { step [ rows ] }    of numbers, in ascending order
//	     | { head content [ rows ] }  of contents
//	     | count                      of contents, see Format.counts
//
//	which  a byte: the index in Plan.Values
//	size   unsigned: of the body
//	step   unsigned: 2 * the difference to the number before, plus 1 if rows follow.
//	       Before the first one is 0; its difference is 2 * its absolute value, and 1
//	       less if it is negative.
//	head   unsigned: 2 * length of the content, plus 1 if rows follow
//	rows   unsigned: how many rows have the value; 1 if it is left out
//	count  unsigned: how many different contents there are
//
// Contents are in order if Format.sorts, otherwise in any. Of a Place there is one
// content, with its place before it.

// beginRun appends the start of a run to b. It returns the offset of its body, for endRun.
func beginRun(b []byte, which int) ([]byte, int) {
	b = append(b, byte(which), 0)
	return b, len(b)
}

// endRun writes the size of the run whose body begins at an offset.
func endRun(b []byte, body int) []byte {
	size := len(b) - body
	if size < 0x80 {
		b[body-1] = byte(size)
		return b
	}
	var encoded [binary.MaxVarintLen64]byte
	return slices.Replace(b, body-1, body, encoded[:binary.PutUvarint(encoded[:], uint64(size))]...)
}

// cutRun returns the first of some runs, and the rest.
func cutRun(b []byte) (which int, body, rest []byte) {
	size, n := binary.Uvarint(b[1:])
	body = b[1+n:][:size]
	return int(b[0]), body, b[1+n+int(size):]
}

// appendStep appends a number that follows last in a run.
func appendStep(b []byte, value, last int64, first bool, rows int64) []byte {
	step := uint64(value-last) << 1
	if first {
		step = (uint64(value)<<1 ^ uint64(value>>63)) << 1
	}
	return appendHead(b, step, rows)
}

// appendRunContent appends a content to a run.
func appendRunContent(b, content []byte, rows int64) []byte {
	head := uint64(len(content)) << 1
	if rows == 1 {
		return append(binary.AppendUvarint(b, head), content...)
	}
	b = append(binary.AppendUvarint(b, head|1), content...)
	return binary.AppendUvarint(b, uint64(rows))
}

// appendHead appends an even number and says with its lowest bit whether rows follow.
func appendHead(b []byte, head uint64, rows int64) []byte {
	if rows == 1 {
		return binary.AppendUvarint(b, head)
	}
	return binary.AppendUvarint(binary.AppendUvarint(b, head|1), uint64(rows))
}

// Runs reads the values in the record of a group, one by one.
type Runs struct {
	format *Format
	rest   []byte // runs after the present one

	which int
	body  []byte // what is left of the present run
	scale int    // of its numbers
	last  int64
	first bool
}

// Next returns the next value. ok is false if there are no more.
func (r *Runs) Next() (v Value, ok bool) {
	if len(r.body) == 0 {
		if len(r.rest) == 0 {
			return v, false
		}
		r.which, r.body, r.rest = cutRun(r.rest)
		r.begin()
	}
	values := &r.format.plan.Values[r.which]
	v.Which = r.which
	switch {
	case values.Number >= 0:
		v.number, v.Count = r.number()
		v.decimals = r.scale
	case values.Distinct && r.format.counts():
		v.Count = int64(r.unsigned())
	default:
		v.Bytes, v.Count = r.content()
		if values.Place != Everywhere {
			v.Bytes = v.Bytes[placeBytes:]
		}
		if values.Distinct {
			v.Count = 1
		}
	}
	return v, true
}

// begin begins the run whose body is r.body.
func (r *Runs) begin() {
	if r.format.plan.Values[r.which].Number >= 0 {
		r.scale, r.body, r.last, r.first = int(r.body[0]), r.body[1:], 0, true
	}
}

func (r *Runs) unsigned() uint64 {
	if c := r.body[0]; c < 0x80 {
		r.body = r.body[1:]
		return uint64(c)
	}
	v, n := binary.Uvarint(r.body)
	r.body = r.body[n:]
	return v
}

// number reads a number.
func (r *Runs) number() (value, rows int64) {
	head := r.unsigned()
	step := head >> 1
	if r.first {
		value, r.first = int64(step>>1)^-int64(step&1), false
	} else {
		value = r.last + int64(step)
	}
	r.last, rows = value, 1
	if head&1 != 0 {
		rows = int64(r.unsigned())
	}
	return value, rows
}

// content reads a content.
func (r *Runs) content() (content []byte, rows int64) {
	head := r.unsigned()
	content, r.body = r.body[:head>>1], r.body[head>>1:]
	rows = 1
	if head&1 != 0 {
		rows = int64(r.unsigned())
	}
	return content, rows
}
