package oracle

import (
	"math/big"
	"slices"
	"strings"
)

// isText reports whether a function is about contents of any text.
func isText(function string) bool {
	return slices.Contains([]string{"distinct", "mode", "first", "last", "any"}, function)
}

// textCell computes a function of contents, which are in the order of the rows.
func textCell(function string, contents []string) GroupCell {
	counts := map[string]int{}
	for _, c := range contents {
		counts[c]++
	}
	switch {
	case function == "distinct":
		return wholeCell(int64(len(counts)))
	case len(contents) == 0:
		return GroupCell{Missing: true, IsText: true}
	}
	switch function {
	case "first", "any":
		return GroupCell{Text: contents[0], IsText: true}
	case "last":
		return GroupCell{Text: contents[len(contents)-1], IsText: true}
	}
	best := contents[0]
	for c, count := range counts {
		if count > counts[best] || count == counts[best] && c < best {
			best = c
		}
	}
	return GroupCell{Text: best, IsText: true}
}

// percentileCell computes a percentile by sorting.
func percentileCell(function string, values []*big.Rat, decimals int, interpolate bool) (c GroupCell, ok bool) {
	text, found := strings.CutPrefix(function, "p")
	if function == "median" {
		text, found = "50", true
	}
	part, isNumber := new(big.Rat).SetString(text)
	if !found || !isNumber {
		return c, false
	}
	part.Quo(part, whole(100))
	sorted := slices.SortedFunc(slices.Values(values), (*big.Rat).Cmp)
	n := int64(len(sorted))
	if !interpolate {
		rank := int64(1)
		for whole(rank).Cmp(new(big.Rat).Mul(part, whole(n))) < 0 {
			rank++
		}
		return decimalCell(sorted[rank-1], decimals), true
	}
	place := part.Mul(part, whole(n-1))
	before := int64(0)
	for before+1 <= n-1 && whole(before+1).Cmp(place) <= 0 {
		before++
	}
	after := min(before+1, n-1)
	between := new(big.Rat).Sub(sorted[after], sorted[before])
	between.Mul(between, place.Sub(place, whole(before)))
	return floatCell(between.Add(between, sorted[before]), false), true
}
