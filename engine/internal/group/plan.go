package group

import (
	"slices"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/sketch"
)

// Plan says what to compute, by field numbers from 0. It does not change.
type Plan struct {
	Syntax *fields.Syntax
	Kernel *fields.Kernel

	Keys    []int    // fields of the key in the order of the query, neither necessarily ascending nor distinct
	Times   []*Time  // for each of Keys, or nil: the key is a part of a time, unless it is nil
	Numbers []Number // columns of numbers, which are distinct
	Values  []Values // columns whose values are counted, at most MaxValues; see values.go
	Present []int    // fields whose present values are counted without a look at their grammar
	Null    []byte   // content of a missing field
	Point   byte     // before the decimals of a number
	Filter  *Filter  // which rows count; nil means all
	Ranks   []int    // of the names of all inputs, if one of Times is Input

	places     []int // the indexes of Values that have a Place
	contents   []int // the indexes of Values that are contents
	contentsOf int   // of a dictionary: how many contents a row has

	shift uint64  // logarithm of the size of a slot in units
	lanes []lanes // of each Number
}

// keepsEnds reports whether tables of p know the keys of groups by their Entry.
func (p *Plan) keepsEnds() bool { return len(p.Values) > 0 || p.contentsOf > 0 }

// Number is a column of numbers, or of codes that are counted instead of values. Codes have
// no decimals.
type Number struct {
	Field    int
	Min, Max bool
	Sum      bool // needed for sum, mean, var and stddev
	Squares  bool // the sum of squares, needed for var and stddev

	// Buckets, unless it is nil, gives the codes of numbers.
	Buckets *sketch.Buckets
	// Registers, unless it is 0, gives the codes of contents, whatever they are. That of
	// a missing one is 0.
	Registers sketch.Registers
}

// lanes says in which lanes of a slot a Number is. Lane i is the int64 number i
// after the slot's key. Lane 0 counts rows, so that 0 here means that the Plan does
// not ask for this.
type lanes struct {
	min, max int
	sum      int // the first of two lanes, see addTo
	// squares is the first of four lanes: two for the sum of the lower
	// squareBits bits of each square, and two for that of the bits above.
	squares int
}

// NewPlan returns a Plan with the exported fields of p. It lays out the slots.
func NewPlan(p Plan) *Plan {
	next := 1
	take := func(wanted bool, count int) int {
		if !wanted {
			return 0
		}
		next += count
		return next - count
	}
	p.lanes = make([]lanes, len(p.Numbers))
	for i, n := range p.Numbers {
		l := &p.lanes[i]
		l.min, l.max = take(n.Min, 1), take(n.Max, 1)
		l.sum, l.squares = take(n.Sum, 2), take(n.Squares, 4)
	}
	p.Values = slices.Clone(p.Values)
	for i, v := range p.Values {
		if v.Number < 0 {
			p.contents = append(p.contents, i)
		}
		if v.Place != Everywhere {
			p.Values[i].place = len(p.places)
			p.places = append(p.places, i)
		}
	}
	p.shift = 1
	for p.laneCount() < next {
		p.shift++
	}
	return &p
}

// laneCount returns the number of lanes in a slot.
func (p *Plan) laneCount() int { return (1<<p.shift - 1) * fields.Lanes }
