package partition

import (
	"bytes"
	"math/bits"
)

// borders divides records into ranges of keys: range i has the keys from border i-1
// on, up to border i. There is one border less than ranges.
type borders struct {
	format   Format
	prefixes []uint64
	records  [][]byte

	// If the keys of all borders begin with the same bytes, prefixes are of what
	// follows: prefixes of 8 bytes would all be equal if they included them.
	keyed  Keyed
	common []byte
}

// newBorders returns the borders of count ranges that divide the records of a sorted
// sample evenly.
func newBorders(format Format, sample *Batch, count int) borders {
	b := borders{format: format}
	for i := 1; i < count; i++ {
		b.records = append(b.records, bytes.Clone(sample.record(i*sample.Len()/count)))
	}
	if keyed, ok := format.(Keyed); ok && len(b.records) > 0 {
		b.common = keyed.Key(b.records[0])
		last := keyed.Key(b.records[len(b.records)-1])
		n := 0
		for n < min(len(b.common), len(last)) && b.common[n] == last[n] {
			n++
		}
		if b.common = b.common[:n]; n > 0 {
			b.keyed = keyed
		}
	}
	for _, record := range b.records {
		prefix, _ := b.prefix(record)
		b.prefixes = append(b.prefixes, prefix)
	}
	return b
}

// prefix returns the number that is compared with prefixes. outside is -1 if the key of
// record is before all borders, and 1 if it is after them, because it does not begin as
// they do.
func (b *borders) prefix(record []byte) (prefix uint64, outside int) {
	if b.keyed == nil {
		return b.format.Prefix(record), 0
	}
	key := b.keyed.Key(record)
	n := len(b.common)
	if len(key) >= n && string(key[:n]) == string(b.common) {
		return b.keyed.PrefixOf(key[n:]), 0
	}
	return 0, b.format.Compare(record, b.records[0])
}

// find returns the range of record.
func (b *borders) find(record []byte) int {
	prefix, outside := b.prefix(record)
	if outside != 0 {
		return max(0, outside*len(b.prefixes))
	}
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
		return b.findEqual(at, prefix, record)
	}
	return at
}

// findEqual returns the range of record, given that at is the first border with its
// prefix.
func (b *borders) findEqual(at int, prefix uint64, record []byte) int {
	end := at
	for end < len(b.prefixes) && b.prefixes[end] == prefix {
		end++
	}
	for at < end {
		middle := (at + end) / 2
		if b.format.Compare(b.records[middle], record) <= 0 {
			at = middle + 1
		} else {
			end = middle
		}
	}
	return at
}
