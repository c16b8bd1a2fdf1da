package partition

import (
	"cmp"
	"iter"
	"slices"
	"unsafe"

	"onebrc/engine/internal/memory"
)

// Batch is a part of the records in the order of their keys.
type Batch struct {
	// Out is for convert: it is empty, and what convert leaves in it reaches deliver.
	Out []byte

	format  Format
	memory  memory.Block // of entries, followed by records that were in files
	size    int          // of memory
	entries []entry
	parts   []Records
}

// entry is a record in a Batch.
type entry struct {
	prefix uint64
	at     uint64 // the index of the part, then offsetBits of the offset in it
}

const (
	entryBytes = int(unsafe.Sizeof(entry{}))
	offsetBits = 40
)

// Len returns the number of records.
func (b *Batch) Len() int { return len(b.entries) }

// All returns the records in order. They are valid until deliver returns.
func (b *Batch) All() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range b.entries {
			if !yield(b.record(i)) {
				return
			}
		}
	}
}

// record returns record i.
func (b *Batch) record(i int) []byte { return b.at(b.entries[i].at) }

func (b *Batch) at(at uint64) []byte {
	record, _ := b.parts[at>>offsetBits][at&(1<<offsetBits-1):].Next()
	return record
}

// allocate makes room for count entries and returns the bytes for records of files
// after them.
func (b *Batch) allocate(budget *memory.Budget, count, bytes int) ([]byte, error) {
	need := max(count*entryBytes+bytes, 1)
	if need > b.size {
		b.free()
		block, err := budget.Allocate(need)
		if err != nil {
			return nil, err
		}
		b.memory, b.size = block, need
	}
	b.entries = unsafe.Slice((*entry)(b.memory.Base), count)[:0]
	b.parts = b.parts[:0]
	return unsafe.Slice((*byte)(unsafe.Add(b.memory.Base, count*entryBytes)), bytes), nil
}

// free returns the memory. b can be used again.
func (b *Batch) free() {
	b.memory.Free()
	b.size, b.entries, b.parts = 0, nil, nil
}

// add adds the records of a part. There must be room for their entries.
func (b *Batch) add(part Records) {
	if len(part) == 0 {
		return
	}
	base := uint64(len(b.parts)) << offsetBits
	b.parts = append(b.parts, part)
	for rest := part; len(rest) > 0; {
		at := uint64(len(part) - len(rest))
		var record []byte
		record, rest = rest.Next()
		b.entries = append(b.entries, entry{b.format.Prefix(record), base | at})
	}
}

// sort sorts the entries.
func (b *Batch) sort() {
	slices.SortFunc(b.entries, func(x, y entry) int {
		if x.prefix != y.prefix {
			return cmp.Compare(x.prefix, y.prefix)
		}
		return b.format.Compare(b.at(x.at), b.at(y.at))
	})
}
