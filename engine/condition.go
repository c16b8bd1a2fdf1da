package engine

import (
	"fmt"
	"slices"

	"onebrc/engine/internal/group"
)

// Condition says which rows of a query count. It is a [Comparison], or an [And], [Or] or
// [Not] of conditions. It is true or false for every row: nothing is unknown.
type Condition interface {
	// check returns what is wrong with the condition whatever the input.
	check(q Query) error
	// columns calls yield with all columns of the condition.
	columns(yield func(Column))
	// resolve finds the columns in the header.
	resolve(q Query, h header) (*group.Filter, error)
}

// And is true if all conditions are.
type And []Condition

// Or is true if one of the conditions is.
type Or []Condition

// Not is true if the Condition is false.
type Not struct{ Condition Condition }

// Comparison compares the content of a column with a value.
//
// If both are numbers, they are compared as exact decimals: 5, +5 and 5.00 are equal. A
// number has the grammar of package onebrc/parse/delimited, with the point that
// [Query.DecimalComma] says, but any number of digits. Otherwise, and always for
// OpContains, the bytes are compared. A column may have both: each row is compared by
// its own content.
//
// A content that equals [Query.Null] is missing, and none of <, <=, > and >= is true for
// it. The others compare it like any other content, so that = and != with [Query.Null]
// tell which rows have a value.
type Comparison struct {
	Column Column
	Op     Op
	Value  string
	// Text means that Value is not a number, even if it looks like one.
	Text bool
}

// Op is an operator.
type Op string

// The operators.
const (
	OpEqual        Op = "="
	OpNotEqual     Op = "!="
	OpLess         Op = "<"
	OpLessEqual    Op = "<="
	OpGreater      Op = ">"
	OpGreaterEqual Op = ">="
	OpContains     Op = "~" // the content contains Value
)

// Ops returns all operators.
func Ops() []Op {
	return []Op{OpEqual, OpNotEqual, OpLess, OpLessEqual, OpGreater, OpGreaterEqual, OpContains}
}

// orders are those for which an operator is true.
var orders = map[Op]group.Order{
	OpEqual: group.Equal, OpNotEqual: group.Less | group.Greater,
	OpLess: group.Less, OpLessEqual: group.Less | group.Equal,
	OpGreater: group.Greater, OpGreaterEqual: group.Greater | group.Equal,
}

func (c Comparison) check(q Query) error {
	if !slices.Contains(Ops(), c.Op) {
		return &QueryError{fmt.Sprintf("unknown operator %q; there are: %s", c.Op, joined(Ops()))}
	}
	return q.checkColumn(c.Column)
}

func (c Comparison) columns(yield func(Column)) { yield(c.Column) }

func (c Comparison) resolve(q Query, h header) (*group.Filter, error) {
	field, err := h.find(c.Column)
	if err != nil {
		return nil, err
	}
	comparison := group.Comparison{Field: field, Value: []byte(c.Value), Contains: c.Op == OpContains, Is: orders[c.Op]}
	return &group.Filter{Comparison: group.NewComparison(comparison, c.Text, []byte(q.Null), q.point())}, nil
}

func (a And) check(q Query) error                              { return checkAll(q, a) }
func (a And) columns(yield func(Column))                       { columnsOf(a, yield) }
func (a And) resolve(q Query, h header) (*group.Filter, error) { return resolveAll(group.All, a, q, h) }

func (o Or) check(q Query) error                              { return checkAll(q, o) }
func (o Or) columns(yield func(Column))                       { columnsOf(o, yield) }
func (o Or) resolve(q Query, h header) (*group.Filter, error) { return resolveAll(group.Any, o, q, h) }

func (n Not) check(q Query) error        { return checkAll(q, n.parts()) }
func (n Not) columns(yield func(Column)) { columnsOf(n.parts(), yield) }
func (n Not) resolve(q Query, h header) (*group.Filter, error) {
	return resolveAll(group.Not, n.parts(), q, h)
}

func (n Not) parts() []Condition { return []Condition{n.Condition} }

func checkAll(q Query, parts []Condition) error {
	for _, part := range parts {
		if part == nil {
			return &QueryError{"a part of a condition is nil"}
		}
		if err := part.check(q); err != nil {
			return err
		}
	}
	return nil
}

func columnsOf(parts []Condition, yield func(Column)) {
	for _, part := range parts {
		part.columns(yield)
	}
}

func resolveAll(kind group.FilterKind, parts []Condition, q Query, h header) (*group.Filter, error) {
	f := &group.Filter{Kind: kind}
	for _, part := range parts {
		resolved, err := part.resolve(q, h)
		if err != nil {
			return nil, err
		}
		f.Parts = append(f.Parts, resolved)
	}
	return f, nil
}
