package engine

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// sortKey is what most comparisons of names need: the first keyBytes of a name,
// so that most of them need no look at the name itself, somewhere in memory.
type sortKey struct {
	prefix uint64 // ranks of the bytes, first one uppermost, zeros behind the name
	index  int
}

const keyBytes = 8

// ranks has the place of each byte in the order of UTF-16 code units: that of
// its value, but for the lead bytes F0 to F4 of characters outside the basic
// plane, whose surrogates come before U+E000 to U+FFFF, of lead bytes EE and EF.
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

// Compare orders names by their UTF-16 code units. That is the order of their
// bytes, except where a character outside the basic plane (lead byte F0 to F4)
// meets one from U+E000 to U+FFFF (lead byte EE or EF): its surrogates sort
// first. Bytes that are not UTF-8 sort by their value otherwise.
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
	// keys[i].index is where the station comes from that belongs at i: each
	// cycle of these moves is made with room for one station.
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
