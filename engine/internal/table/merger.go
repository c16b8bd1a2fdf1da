package table

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"unsafe"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/probing"
)

const (
	initialIndex = 1 << 13  // slots of the index of a new merger
	initialArena = 64 << 10 // bytes

	// batchRecords is how many records Add hashes before it looks for their names:
	// so many index slots are loaded at the same time.
	batchRecords = 16

	indexShift = 32 // of the hash in an index slot
	offsetMask = 1<<indexShift - 1

	// An item is what a merger has of a name: the length of the name, a record of a
	// single row, or the bit wide and the fields of wideBytes.
	//
	//	a row   │length│value│name…
	//	rows    │wide + length│minimum│maximum│sum│count│name…
	wide = 0x80
	// rowBytes and wideBytes are the sizes of items without the name.
	rowBytes  = 1 + valueBytes
	wideBytes = 1 + 2*valueBytes + 8 + 8
	// replaced is the value of an item of a row that has been replaced by a wide
	// one at another place.
	replaced = math.MaxUint16
)

// errTooLarge is the error of a partition that a merger cannot address.
var errTooLarge = errors.New("table: more than 4 GiB of names in a partition")

// merger implements partition.Merger.
//
//	index  │hash│offset│hash│offset│…      half of the slots at most are used
//	                 │
//	arena  item item ▼item item…           in the order of arrival
//
// The upper bits of a hash are the place of its slot. Most names of data that needs
// a merger have one row, and are no larger there than in the record.
type merger struct {
	budget      *memory.Budget
	secret      probing.Secret // not that of the partitions, which agree in its hashes
	index       []uint64       // upper half of a hash, offset in arena + 1
	shift       int            // turns a hash into the index of its slot
	arena       []byte
	keys        int
	touched     uint64 // keeps the loads of Add
	indexMemory memory.Block
	arenaMemory memory.Block
}

func newMerger(budget *memory.Budget) (*merger, error) {
	secret, err := probing.NewSecret()
	if err != nil {
		return nil, fmt.Errorf("table: secret: %w", err)
	}
	m := &merger{budget: budget, secret: secret}
	if err = m.allocateIndex(initialIndex); err == nil {
		err = m.allocateArena(initialArena)
	}
	if err != nil {
		m.Free()
		return nil, err
	}
	return m, nil
}

// Free implements partition.Merger.
func (m *merger) Free() {
	m.indexMemory.Free()
	m.arenaMemory.Free()
	*m = merger{}
}

// Len implements partition.Merger.
func (m *merger) Len() int { return m.keys }

// allocateIndex moves the index to memory for count slots, a power of two.
func (m *merger) allocateIndex(count int) error {
	block, err := m.budget.Allocate(count * 8)
	if err != nil {
		return fmt.Errorf("table: %d names of a partition: %w", count/2, err)
	}
	old := m.index
	m.index = unsafe.Slice((*uint64)(block.Base), count)
	m.shift = 64 - bits.TrailingZeros(uint(count))
	for _, slot := range old {
		if slot != 0 {
			i := slot >> m.shift
			for m.index[i] != 0 {
				i = (i + 1) & uint64(count-1)
			}
			m.index[i] = slot
		}
	}
	m.indexMemory.Free()
	m.indexMemory = block
	return nil
}

// allocateArena moves the items to memory of size bytes.
func (m *merger) allocateArena(size int) error {
	block, err := m.budget.Allocate(size)
	if err != nil {
		return fmt.Errorf("table: %d bytes of a partition: %w", size, err)
	}
	arena := unsafe.Slice((*byte)(block.Base), size)
	m.arena = arena[:copy(arena, m.arena)]
	m.arenaMemory.Free()
	m.arenaMemory = block
	return nil
}

// reserve makes room for a batch of records, which have so many bytes.
func (m *merger) reserve(bytes int) error {
	if m.keys+batchRecords > len(m.index)/2 {
		if err := m.allocateIndex(2 * len(m.index)); err != nil {
			return err
		}
	}
	need := len(m.arena) + bytes + batchRecords*wideBytes
	if int64(need) >= offsetMask {
		return errTooLarge
	}
	if need > cap(m.arena) {
		return m.allocateArena(max(2*cap(m.arena), need))
	}
	return nil
}

// Add implements partition.Merger.
func (m *merger) Add(records partition.Records) error {
	var batch [batchRecords]struct {
		record []byte
		name   []byte
		hash   uint64
	}
	for len(records) > 0 {
		n, bytes := 0, 0
		touched := uint64(0)
		for n < len(batch) && len(records) > 0 {
			b := &batch[n]
			b.record, records = records.Next()
			b.name = nameIn(b.record)
			b.hash = probing.Hash64(b.name, &m.secret)
			touched |= m.index[b.hash>>m.shift]
			bytes += len(b.record)
			n++
		}
		m.touched = touched
		if err := m.reserve(bytes); err != nil {
			return err
		}
		for i := range batch[:n] {
			m.add(batch[i].record, batch[i].name, batch[i].hash)
		}
	}
	return nil
}

// add adds a record with that name and hash. There is room for it.
func (m *merger) add(record, name []byte, hash uint64) {
	last := uint64(len(m.index) - 1)
	for i := hash >> m.shift; ; i = (i + 1) & last {
		slot := &m.index[i]
		if *slot == 0 {
			*slot = hash&^offsetMask | uint64(len(m.arena)+1)
			m.keys++
			m.insert(record, name)
			return
		}
		if (*slot^hash)>>indexShift != 0 {
			continue
		}
		at := int(*slot&offsetMask) - 1
		item := m.arena[at:]
		if item[0] == byte(len(name)) && string(item[rowBytes:][:len(name)]) == string(name) {
			// The item of a row becomes a wide one.
			*slot = hash&^offsetMask | uint64(len(m.arena)+1)
			b, _ := split(item[1:rowBytes])
			other, _ := split(record)
			b.add(other)
			binary.LittleEndian.PutUint16(item[1:], replaced)
			m.insertWide(&b, name)
			return
		}
		if item[0] == wide|byte(len(name)) && string(item[wideBytes:][:len(name)]) == string(name) {
			fields := (*[wideBytes]byte)(item)
			b := loadWide(fields)
			other, _ := split(record)
			b.add(other)
			b.storeWide(fields)
			return
		}
	}
}

// insert appends the item of a record.
func (m *merger) insert(record, name []byte) {
	if len(record) == valueBytes+len(name) {
		m.arena = append(append(m.arena, byte(len(name))), record...)
		return
	}
	b, _ := split(record)
	m.insertWide(&b, name)
}

// insertWide appends a wide item.
func (m *merger) insertWide(b *biased, name []byte) {
	at := len(m.arena)
	m.arena = append(m.arena[:at+wideBytes], name...)
	fields := (*[wideBytes]byte)(m.arena[at:])
	fields[0] = wide | byte(len(name))
	b.storeWide(fields)
}

// loadWide returns the statistics in a wide item.
func loadWide(item *[wideBytes]byte) biased {
	return biased{
		min: uint32(binary.LittleEndian.Uint16(item[1:])), max: uint32(binary.LittleEndian.Uint16(item[3:])),
		sum: binary.LittleEndian.Uint64(item[5:]), count: binary.LittleEndian.Uint64(item[13:]),
	}
}

// storeWide writes b to a wide item.
func (b *biased) storeWide(item *[wideBytes]byte) {
	binary.LittleEndian.PutUint16(item[1:], uint16(b.min))
	binary.LittleEndian.PutUint16(item[3:], uint16(b.max))
	binary.LittleEndian.PutUint64(item[5:], b.sum)
	binary.LittleEndian.PutUint64(item[13:], b.count)
}

// Drain implements partition.Merger.
func (m *merger) Drain(put func(record []byte) error) error {
	var scratch [MaxRecordBytes]byte
	for rest := m.arena; len(rest) > 0; {
		if n := int(rest[0]); n < wide {
			item := rest[1 : rowBytes+n]
			rest = rest[rowBytes+n:]
			if binary.LittleEndian.Uint16(item) == replaced {
				continue
			}
			if err := put(item); err != nil {
				return err
			}
			continue
		}
		name := rest[wideBytes:][:rest[0]&^wide]
		b := loadWide((*[wideBytes]byte)(rest))
		size := b.header((*[maxHeader]byte)(scratch[:]))
		size += copy(scratch[size:], name)
		if err := put(scratch[:size]); err != nil {
			return err
		}
		rest = rest[wideBytes+len(name):]
	}
	m.arena, m.keys = m.arena[:0], 0
	clear(m.index)
	return nil
}
