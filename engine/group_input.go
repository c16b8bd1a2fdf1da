package engine

import (
	"slices"

	"onebrc/engine/internal/group"
)

// inputNames are the names of the inputs of a query with a key that is the input.
type inputNames struct {
	sorted []string // distinct
	isKey  []bool   // which columns of the key are the input
	ranks  []int    // where the name of each input is in sorted
}

// inputNames returns the names of inputs, or nil if no key is the input.
func (q Query) inputNames(inputs []Input) *inputNames {
	n := &inputNames{}
	for _, c := range q.By {
		n.isKey = append(n.isKey, c.Input)
	}
	if !slices.Contains(n.isKey, true) {
		return nil
	}
	for _, in := range inputs {
		n.sorted = append(n.sorted, in.source.Name())
	}
	slices.Sort(n.sorted)
	n.sorted = slices.Compact(n.sorted)
	for _, in := range inputs {
		rank, _ := slices.BinarySearch(n.sorted, in.source.Name())
		n.ranks = append(n.ranks, rank)
	}
	return n
}

// content returns the content of column i of the key, of which a table has content.
func (n *inputNames) content(i int, content []byte) []byte {
	if n == nil || !n.isKey[i] {
		return content
	}
	return []byte(n.sorted[group.InputRank(content)])
}
