package engine

import (
	"encoding/binary"
	"fmt"
	"iter"
	"unsafe"

	"onebrc/parse"
)

// A record of a Partial has the statistics of a name. A name with one row has only its
// value. Values of two bytes are little-endian and count from parse.MinTenths; the sum
// counts from count times the minimum.
//
//	a row   │length│name…│count = 1│value│
//	rows    │length│name…│count│minimum│maximum│sum│
//
// length is a byte, count and sum are varints.
const (
	// pieceBytes is the largest size of a piece of names. It holds any record.
	pieceBytes = 1 << 20
	// maxRows is the largest number of rows of a Partial. Neither a sum nor twice a
	// sum, as in Mean, overflows with it.
	maxRows = 1 << 52
)

// errRows is the error of more rows than a Partial may have.
var errRows = fmt.Errorf("engine: more than %d rows", int64(maxRows))

// names are records in the order of Compare. They are divided into pieces so that they
// can grow without being moved. A piece has as many records as fit, so that the same
// names have the same pieces.
type names struct {
	pieces      [][]byte
	count, rows int64
}

// add adds a record of so many rows, whose name comes after all others.
func (n *names) add(record []byte, rows int64) {
	last := len(n.pieces) - 1
	switch {
	case last < 0:
		n.pieces = append(n.pieces, nil)
		last = 0
	case len(n.pieces[last])+len(record) > pieceBytes:
		n.pieces = append(n.pieces, make([]byte, 0, pieceBytes))
		last++
	}
	n.pieces[last] = append(n.pieces[last], record...)
	n.count++
	n.rows += rows
}

// parts returns the stations, piece by piece. Their names are parts of n.
func (n *names) parts() iter.Seq[iter.Seq[Station]] {
	return func(yield func(iter.Seq[Station]) bool) {
		for _, piece := range n.pieces {
			if !yield(stationsIn(piece)) {
				return
			}
		}
	}
}

// stationsIn returns the stations of a piece. Their names are parts of it.
func stationsIn(piece []byte) iter.Seq[Station] {
	return func(yield func(Station) bool) {
		for rest := piece; len(rest) > 0; {
			var s Station
			s, rest, _ = splitStation(rest)
			if !yield(s) {
				return
			}
		}
	}
}

// appendStation appends the record of s to b.
func appendStation(b []byte, s Station) []byte {
	b = append(append(b, byte(len(s.Name))), s.Name...)
	b = binary.AppendUvarint(b, uint64(s.Count))
	b = binary.LittleEndian.AppendUint16(b, uint16(s.Min-parse.MinTenths))
	if s.Count == 1 {
		return b
	}
	b = binary.LittleEndian.AppendUint16(b, uint16(s.Max-parse.MinTenths))
	return binary.AppendUvarint(b, uint64(int64(s.Sum)-s.Count*int64(s.Min)))
}

// appendStations appends the records of stations to b.
func appendStations(b []byte, stations iter.Seq[Station]) ([]byte, error) {
	for s := range stations {
		b = appendStation(b, s)
	}
	return b, nil
}

// splitStation returns the station of the first record in b and what follows it. The
// name is a part of b. splitStation returns false if the record is not one that
// appendStation writes.
func splitStation(b []byte) (s Station, rest []byte, ok bool) {
	f := recordFields{rest: b}
	name := f.bytes(uint64(f.byte()))
	s.Name = unsafe.String(unsafe.SliceData(name), len(name))
	s.Count = f.integer()
	s.Min = Tenths(f.uint16()) + parse.MinTenths
	s.Max, s.Sum = s.Min, s.Min
	if s.Count != 1 {
		s.Max = Tenths(f.uint16()) + parse.MinTenths
		above := f.integer()
		if s.Count < 1 || s.Count > maxRows || s.Max < s.Min || s.Max > parse.MaxTenths || above > s.Count*int64(s.Max-s.Min) {
			return s, f.rest, false
		}
		s.Sum = Tenths(s.Count*int64(s.Min) + above)
	}
	return s, f.rest, !f.short && s.Min <= parse.MaxTenths && parse.ValidName(name)
}

// nameCursor is a place in names.
type nameCursor struct {
	pieces [][]byte
	rest   []byte // of the current piece
	record []byte // nil at the end
	s      Station
}

// next moves c to the next record.
func (c *nameCursor) next() {
	for len(c.rest) == 0 {
		if len(c.pieces) == 0 {
			c.record = nil
			return
		}
		c.rest, c.pieces = c.pieces[0], c.pieces[1:]
	}
	s, rest, _ := splitStation(c.rest)
	c.s, c.record, c.rest = s, c.rest[:len(c.rest)-len(rest)], rest
}

// joinNames returns the names of a and b with the statistics of both.
func joinNames(a, b names) (joined names, err error) {
	switch {
	case a.count == 0:
		return b, nil
	case b.count == 0:
		return a, nil
	case a.rows > maxRows-b.rows:
		return joined, errRows
	}
	x, y := nameCursor{pieces: a.pieces}, nameCursor{pieces: b.pieces}
	x.next()
	y.next()
	var record []byte
	for x.record != nil && y.record != nil {
		switch order := Compare(x.s.Name, y.s.Name); {
		case order < 0:
			joined.add(x.record, x.s.Count)
			x.next()
		case order > 0:
			joined.add(y.record, y.s.Count)
			y.next()
		default:
			s := joinStations(x.s, y.s)
			record = appendStation(record[:0], s)
			joined.add(record, s.Count)
			x.next()
			y.next()
		}
	}
	for ; x.record != nil; x.next() {
		joined.add(x.record, x.s.Count)
	}
	for ; y.record != nil; y.next() {
		joined.add(y.record, y.s.Count)
	}
	return joined, nil
}

// joinStations returns the statistics of the rows of both a and b, which have the same
// name.
func joinStations(a, b Station) Station {
	a.Min, a.Max = min(a.Min, b.Min), max(a.Max, b.Max)
	a.Sum += b.Sum
	a.Count += b.Count
	return a
}

// recordFields reads the fields of a record.
type recordFields struct {
	rest  []byte
	short bool // a field was not complete or not legal; all others are 0
}

// bytes returns a field of n bytes.
func (f *recordFields) bytes(n uint64) []byte {
	if uint64(len(f.rest)) < n {
		f.rest, f.short = nil, true
		return nil
	}
	field := f.rest[:n]
	f.rest = f.rest[n:]
	return field
}

func (f *recordFields) byte() byte {
	if b := f.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (f *recordFields) uint16() uint16 {
	if b := f.bytes(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

// integer returns a varint that is not negative.
func (f *recordFields) integer() int64 {
	n, size := binary.Uvarint(f.rest)
	if size <= 0 || int64(n) < 0 {
		f.rest, f.short = nil, true
		return 0
	}
	f.rest = f.rest[size:]
	return int64(n)
}

// signed returns a varint that may be negative.
func (f *recordFields) signed() int64 {
	n, size := binary.Varint(f.rest)
	if size <= 0 {
		f.rest, f.short = nil, true
		return 0
	}
	f.rest = f.rest[size:]
	return n
}
