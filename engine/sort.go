package engine

import (
	"cmp"
	"slices"
	"unsafe"

	"onebrc/engine/internal/table"
)

// sortKey holds the first bytes of a name, so that most comparisons need not load
// the name itself.
type sortKey struct {
	prefix uint64 // see table.Prefix
	index  int
}

// Compare returns a negative number, zero or a positive number if a sorts before b,
// equals b or sorts after b in the order of UTF-16 code units. That is the order of
// the bytes, except that a character outside the basic plane (lead byte F0 to F4)
// sorts before one from U+E000 to U+FFFF (lead byte EE or EF). Bytes that are not
// UTF-8 otherwise sort by value.
func Compare(a, b string) int { return table.Compare(bytesOf(a), bytesOf(b)) }

// prefix returns the prefix of the sort key of name.
func prefix(name string) uint64 { return table.Prefix(bytesOf(name)) }

// bytesOf returns the bytes of s, which must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// stringOf returns b, which must not be changed, as a string.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// sortStations sorts stations by name.
func sortStations(stations []Station) {
	keys := make([]sortKey, len(stations))
	for i := range stations {
		keys[i] = sortKey{prefix(stations[i].Name), i}
	}
	slices.SortFunc(keys, func(a, b sortKey) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		return Compare(stations[a.index].Name, stations[b.index].Name)
	})
	// keys[i].index is the index of the station that belongs at i. Each cycle of
	// moves needs room for one more station.
	for i := range keys {
		first, to := stations[i], i
		for keys[to].index != i {
			from := keys[to].index
			stations[to] = stations[from]
			keys[to].index, to = to, from
		}
		stations[to] = first
		keys[to].index = to
	}
}
