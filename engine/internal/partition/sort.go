package partition

import (
	"cmp"
	"math/bits"
	"slices"
)

// sort sorts the entries by their keys.
func (b *Batch) sort() { b.sortFrom(b.entries, 0) }

// shortRun is how many entries insertion sorts faster than sortFrom.
const shortRun = 24

// sortFrom sorts entries whose keys are equal in the first skip bytes, and whose prefixes
// are what follows. It is a radix sort in place: it moves the entries to where the first
// byte in which their prefixes differ says, and then sorts those that are equal there.
func (b *Batch) sortFrom(entries []entry, skip int) {
	for len(entries) > shortRun {
		first, differ := entries[0].prefix, uint64(0)
		for i := range entries {
			differ |= entries[i].prefix ^ first
		}
		if differ != 0 {
			b.sortBy(entries, 56-bits.LeadingZeros64(differ)&^7, skip)
			return
		}
		skip += 8
		if !b.reload(entries, skip) { // they differ in zeros at their ends
			slices.SortFunc(entries, b.compareKeys)
			return
		}
	}
	b.insertionSort(entries)
}

// sortBy sorts entries by the byte of their prefixes from bit shift on, and then by the
// bytes after it.
func (b *Batch) sortBy(entries []entry, shift, skip int) {
	var next, ends [256]int
	for i := range entries {
		ends[byte(entries[i].prefix>>shift)]++
	}
	end := 0
	for i, count := range ends {
		next[i] = end
		end += count
		ends[i] = end
	}
	for i := range next {
		for next[i] < ends[i] {
			e := entries[next[i]]
			for to := byte(e.prefix >> shift); int(to) != i; to = byte(e.prefix >> shift) {
				e, entries[next[to]] = entries[next[to]], e
				next[to]++
			}
			entries[next[i]] = e
			next[i]++
		}
	}
	begin := 0
	for _, end := range ends {
		if end-begin > 1 {
			b.sortFrom(entries[begin:end], skip)
		}
		begin = end
	}
}

func (b *Batch) insertionSort(entries []entry) {
	for i := 1; i < len(entries); i++ {
		e, at := entries[i], i
		for ; at > 0 && b.compare(e, entries[at-1]) < 0; at-- {
			entries[at] = entries[at-1]
		}
		entries[at] = e
	}
}

func (b *Batch) compare(x, y entry) int {
	if x.prefix != y.prefix {
		return cmp.Compare(x.prefix, y.prefix)
	}
	return b.compareKeys(x, y)
}

func (b *Batch) compareKeys(x, y entry) int { return b.format.Compare(b.key(x), b.key(y)) }

// reload sets the prefixes of entries to what follows the first skip bytes of their keys.
// It reports whether a key is longer than that.
func (b *Batch) reload(entries []entry, skip int) bool {
	longer := false
	for i := range entries {
		key := b.key(entries[i])
		longer = longer || len(key) > skip
		entries[i].prefix = b.format.Prefix(key[min(skip, len(key)):])
	}
	return longer
}
