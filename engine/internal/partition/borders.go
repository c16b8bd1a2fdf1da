package partition

import (
	"bytes"
	"math/bits"
)

// borders divides records into ranges of keys: range i has the keys from border i-1
// on, up to border i. There is one border less than ranges.
type borders struct {
	format Format
	keys   [][]byte
	// prefixes are of what follows common, the bytes that the keys of all borders begin
	// with: prefixes of 8 bytes would often all be equal if they included these.
	prefixes []uint64
	common   []byte
}

// newBorders returns the borders of count ranges that divide the records of a sorted
// sample evenly.
func newBorders(format Format, sample *Batch, count int) borders {
	b := borders{format: format}
	for i := 1; i < count; i++ {
		b.keys = append(b.keys, bytes.Clone(format.Key(sample.Record(i*sample.Len()/count))))
	}
	if len(b.keys) == 0 {
		return b
	}
	first, last := b.keys[0], b.keys[len(b.keys)-1]
	n := 0
	for n < min(len(first), len(last)) && first[n] == last[n] {
		n++
	}
	b.common = first[:n]
	for _, key := range b.keys {
		b.prefixes = append(b.prefixes, format.Prefix(key[n:]))
	}
	return b
}

// find returns the range of key.
func (b *borders) find(key []byte) int {
	skip := len(b.common)
	if len(key) < skip || string(key[:skip]) != string(b.common) { // before all borders, or after them
		return max(0, b.format.Compare(key, b.common)*len(b.keys))
	}
	prefix := b.format.Prefix(key[skip:])
	// The range is in [at, at+n]. There is no branch on data: half of its predictions
	// would be wrong.
	at, n := 0, len(b.prefixes)
	for n > 0 {
		half := (n + 1) >> 1
		_, less := bits.Sub64(b.prefixes[at+half-1], prefix, 0)
		at += half & -int(less)
		n -= half
	}
	if at < len(b.prefixes) && b.prefixes[at] == prefix {
		return b.findEqual(at, prefix, key)
	}
	return at
}

// findEqual returns the range of key, given that at is the first border with its
// prefix.
func (b *borders) findEqual(at int, prefix uint64, key []byte) int {
	end := at
	for end < len(b.prefixes) && b.prefixes[end] == prefix {
		end++
	}
	for at < end {
		middle := (at + end) / 2
		if b.format.Compare(b.keys[middle], key) <= 0 {
			at = middle + 1
		} else {
			end = middle
		}
	}
	return at
}
