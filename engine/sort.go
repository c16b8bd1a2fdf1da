package engine

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// sortKey holds the first keyBytes of a name, so that most comparisons need not load
// the name itself.
type sortKey struct {
	prefix uint64 // ranks of the bytes, the first one uppermost; zeros after the name
	index  int
}

const keyBytes = 8

// ranks holds the place of each byte in the order of UTF-16 code units. It is the
// value of the byte, except that the lead bytes F0 to F4 of characters outside the
// basic plane come before EE and EF, the lead bytes of U+E000 to U+FFFF, because
// their surrogates do.
var ranks = func() (ranks [256]byte) {
	for i := range ranks {
		ranks[i] = byte(i)
	}
	for lead := 0xF0; lead <= 0xF4; lead++ {
		ranks[lead] -= 2
	}
	ranks[0xEE] += 5
	ranks[0xEF] += 5
	return ranks
}()

// Compare returns a negative number, zero or a positive number if a sorts before b,
// equals b or sorts after b in the order of UTF-16 code units. That is the order of
// the bytes, except that a character outside the basic plane (lead byte F0 to F4)
// sorts before one from U+E000 to U+FFFF (lead byte EE or EF). Bytes that are not
// UTF-8 otherwise sort by value.
func Compare(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return cmp.Compare(ranks[a[i]], ranks[b[i]])
		}
	}
	return cmp.Compare(len(a), len(b))
}

// prefix returns the prefix of the sort key of name.
func prefix(name string) uint64 {
	var key [keyBytes]byte
	for i := range min(len(name), keyBytes) {
		key[i] = ranks[name[i]]
	}
	return binary.BigEndian.Uint64(key[:])
}

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
