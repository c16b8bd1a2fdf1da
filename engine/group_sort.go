package engine

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"onebrc/engine/internal/partition"
)

// sortWords is the number of words that SortBy needs for each group.
const sortWords = 3

// SortBy sorts the groups by an output column: columns of the key and texts by their
// bytes, results that are Exact by their values, the others by Float64.
// Missing results come last, also if descending. Groups that are equal stay in the
// order in which they were: the groups of a new result are in the order of their keys.
func (g *Groups) SortBy(column int, descending bool) {
	if column < g.Keys {
		g.sort(func(i int) uint64 { return partition.BytesPrefix(Group{g, i}.name(column)) }, func(a, b int) int {
			return bytes.Compare(Group{g, a}.name(column), Group{g, b}.name(column))
		}, descending)
		return
	}
	aggregate := column - g.Keys
	cell := func(i int) Cell { return Cell{Group{g, i}, aggregate} }
	if g.outputs[aggregate].function.IsText() {
		g.sortByTexts(cell, descending)
		return
	}
	g.sort(func(i int) uint64 { return floatPrefix(cell(i).Float64(), descending) }, func(a, b int) int {
		if x, y := cell(a), cell(b); x.Exact() && !x.Missing() && !y.Missing() {
			return x.integer().cmp(y.integer())
		}
		return 0
	}, descending)
}

// sortByTexts sorts the groups by the texts of cells.
func (g *Groups) sortByTexts(cell func(i int) Cell, descending bool) {
	last := uint64(math.MaxUint64)
	if descending {
		last = 0
	}
	g.sort(func(i int) uint64 {
		if c := cell(i); !c.Missing() {
			return partition.BytesPrefix(c.text())
		}
		return last
	}, func(a, b int) int {
		x, y := cell(a), cell(b)
		if missing := cmp.Compare(x.missingLast(descending), y.missingLast(descending)); missing != 0 {
			return missing
		}
		return bytes.Compare(x.text(), y.text())
	}, descending)
}

// missingLast returns a number by which missing results come last.
func (c Cell) missingLast(descending bool) int {
	if c.Missing() != descending {
		return 1
	}
	return 0
}

// sortByKeys brings the groups into the order of their keys.
func (g *Groups) sortByKeys() {
	if g.Keys == 0 {
		return
	}
	g.sort(func(i int) uint64 { return partition.BytesPrefix(Group{g, i}.name(0)) }, func(a, b int) int {
		for column := range g.Keys {
			if c := bytes.Compare(Group{g, a}.name(column), Group{g, b}.name(column)); c != 0 {
				return c
			}
		}
		return 0
	}, false)
}

// sort sorts the groups by prefix, those with equal prefixes by compare, and those
// that are equal there by their present place.
func (g *Groups) sort(prefix func(int) uint64, compare func(a, b int) int, descending bool) {
	type entry struct { // see sortWords
		prefix       uint64
		group, place int
	}
	entries := make([]entry, len(g.order))
	for place, group := range g.order {
		entries[place] = entry{prefix(group), group, place}
	}
	sign := 1
	if descending {
		sign = -1
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if a.prefix != b.prefix {
			return sign * cmp.Compare(a.prefix, b.prefix)
		}
		if c := compare(a.group, b.group); c != 0 {
			return sign * c
		}
		return cmp.Compare(a.place, b.place)
	})
	for place, e := range entries {
		g.order[place] = e.group
	}
}

// floatPrefix returns a number whose order is that of v, which is not -0. NaN comes
// last.
func floatPrefix(v float64, descending bool) uint64 {
	switch u := math.Float64bits(v); {
	case v != v && descending:
		return 0
	case v != v:
		return math.MaxUint64
	case v < 0:
		return ^u
	default:
		return u | 1<<63
	}
}
