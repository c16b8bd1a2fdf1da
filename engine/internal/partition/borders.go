package partition

import "bytes"

// borders divides records into ranges of keys: range i has the keys from border i-1
// on, up to border i. There is one border less than ranges.
type borders struct {
	format   Format
	prefixes []uint64
	records  [][]byte
}

// newBorders returns the borders of count ranges that divide the records of a sorted
// sample evenly.
func newBorders(format Format, sample *Batch, count int) borders {
	b := borders{format: format}
	for i := 1; i < count; i++ {
		record := bytes.Clone(sample.record(i * sample.Len() / count))
		b.records = append(b.records, record)
		b.prefixes = append(b.prefixes, format.Prefix(record))
	}
	return b
}

// find returns the range of record.
func (b *borders) find(record []byte) int {
	prefix := b.format.Prefix(record)
	// The range is in [at, at+n].
	at, n := 0, len(b.prefixes)
	for n > 0 {
		half := (n + 1) / 2
		if b.prefixes[at+half-1] < prefix {
			at += half
		}
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
