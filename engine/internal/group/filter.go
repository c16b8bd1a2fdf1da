package group

import "bytes"

// Filter says which rows count: a tree of conditions. It does not change.
type Filter struct {
	Kind FilterKind
	// Parts are those of All and Any, and the one of Not.
	Parts []*Filter
	// Comparison is that of Compares.
	Comparison *Comparison
}

// FilterKind says what a Filter is.
type FilterKind uint8

// The kinds of a Filter.
const (
	Compares FilterKind = iota // a comparison
	All                        // all parts are true, or there are none
	Any                        // a part is true
	Not                        // the part is false
)

// Order is how the content of a field compares with a value, as a set: a comparison is
// true for some orders.
type Order uint8

// The orders.
const (
	Less Order = 1 << iota
	Equal
	Greater
)

// isOf reports whether the result of a function such as bytes.Compare is in the set.
func (o Order) isOf(compared int) bool { return o>>(compared+1)&1 != 0 }

// Comparison compares the contents of a field with a value: as exact numbers if both
// are numbers, and otherwise byte by byte.
type Comparison struct {
	Field int
	Value []byte
	// Contains means that the content contains Value. Otherwise the comparison is
	// true for the orders in Is.
	Contains bool
	Is       Order

	null     []byte // content of a missing field
	point    byte
	isNumber bool
	number   decimal // if isNumber
}

// NewComparison returns a Comparison with the exported fields of c. Unless text is set,
// its Value is a number if it looks like one.
func NewComparison(c Comparison, text bool, null []byte, point byte) *Comparison {
	c.null, c.point = null, point
	if !text && !c.Contains {
		c.number, c.isNumber = parseDecimal(c.Value, point)
	}
	return &c
}

// ordered reports whether c is about an order, which missing fields do not have.
func (c *Comparison) ordered() bool {
	return !c.Contains && c.Is&(Less|Greater) != Less|Greater && c.Is != Equal
}

// holds reports whether c is true for a content.
func (c *Comparison) holds(content []byte) bool {
	switch {
	case c.Contains:
		return bytes.Contains(content, c.Value)
	case c.ordered() && bytes.Equal(content, c.null):
		return false
	case c.isNumber:
		if number, ok := parseDecimal(content, c.point); ok {
			return c.Is.isOf(number.compare(c.number))
		}
	}
	return c.Is.isOf(bytes.Compare(content, c.Value))
}

// holds reports whether f is true for a row with the given contents.
func (f *Filter) holds(contents [][]byte) bool {
	switch f.Kind {
	case All, Any:
		for _, part := range f.Parts {
			if part.holds(contents) != (f.Kind == All) {
				return f.Kind == Any
			}
		}
		return f.Kind == All
	case Not:
		return !f.Parts[0].holds(contents)
	}
	return f.Comparison.holds(contents[f.Comparison.Field])
}

// comparisons calls yield with all comparisons of f.
func (f *Filter) comparisons(yield func(*Comparison)) {
	if f.Kind == Compares {
		yield(f.Comparison)
	}
	for _, part := range f.Parts {
		part.comparisons(yield)
	}
}
