package partition

import (
	"fmt"
	"iter"
	"math"
	"unsafe"

	"onebrc/engine/internal/memory"
)

// Batch is a part of the records in the order of their keys.
type Batch struct {
	// Out is for convert: it is empty, and what convert leaves in it reaches deliver.
	Out []byte

	format  Format
	memory  memory.Block
	size    int64 // of memory
	entries []entry
	spilled []byte // after the entries: the records that were in files
	budget  *memory.Budget
	taken   int64 // bytes of budget, for Out
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
func (b *Batch) All() iter.Seq[[]byte] { return b.Range(0, b.Len()) }

// Range returns the records from index begin to before index end.
func (b *Batch) Range(begin, end int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := begin; i < end; i++ {
			if !yield(b.Record(i)) {
				return
			}
		}
	}
}

// Record returns the record with an index.
func (b *Batch) Record(i int) []byte { return b.at(b.entries[i].at) }

func (b *Batch) at(at uint64) []byte {
	record, _ := b.parts[at>>offsetBits][at&(1<<offsetBits-1):].Next()
	return record
}

// key returns the key of the record of an entry.
func (b *Batch) key(e entry) []byte { return b.format.Key(b.at(e.at)) }

// allocate makes room for range i of all logs. If convert is set, it also takes what Out
// may need from budget: as much as is there, or twice the size of the records.
func (b *Batch) allocate(budget *memory.Budget, all []*logs, i int, convert bool) error {
	records, bytes, out := int64(0), int64(0), int64(0)
	for _, l := range all {
		records += l.logs[i].records
		bytes += l.logs[i].spilled
		out += 2 * l.logs[i].bytes
	}
	if more := max(out, int64(cap(b.Out))) - b.taken; convert && more > 0 {
		if err := budget.Take(more); err != nil {
			return err
		}
		b.budget = budget
		b.taken += more
	}
	if bytes > 0 {
		bytes += linkBytes // the last link has room after the records
	}
	need := max(records*int64(entryBytes)+bytes, 1)
	if need > math.MaxInt/2 {
		return fmt.Errorf("%w: %d bytes are needed", memory.ErrMemory, need)
	}
	if need > b.size {
		b.memory.Free()
		b.size = 0
		size := need + need/8 // other ranges are larger
		block, err := budget.Allocate(int(size))
		if err != nil {
			return err
		}
		b.memory, b.size = block, size
	}
	b.entries = unsafe.Slice((*entry)(b.memory.Base), records)[:0]
	b.spilled = unsafe.Slice((*byte)(unsafe.Add(b.memory.Base, int(records)*entryBytes)), bytes)
	b.parts = b.parts[:0]
	return nil
}

// load makes entries of range i of all logs, for which b has room.
func (b *Batch) load(all []*logs, i int) error {
	at := int64(0)
	for _, l := range all {
		for _, block := range l.logs[i].blocks {
			b.add(Records(block.Data))
		}
		for _, x := range l.logs[i].extents {
			for x.size > 0 {
				if err := x.file.read(b.spilled[at:][:x.size+linkBytes], x.offset); err != nil {
					return err
				}
				at += x.size
				x.discard()
				x = x.before(b.spilled[at:])
			}
		}
	}
	b.add(Records(b.spilled[:at]))
	return nil
}

// free returns the memory. b can be used again.
func (b *Batch) free() {
	b.memory.Free()
	b.budget.Give(b.taken)
	b.Out, b.taken = nil, 0
	b.size, b.entries, b.spilled, b.parts = 0, nil, nil, nil
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
		b.entries = append(b.entries, entry{b.format.Prefix(b.format.Key(record)), base | at})
	}
}
