package table

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/probing"
)

// histogramMerger implements partition.Merger. It uses the index and the arena of merger.
// Its items are records, and those of a name are a list. When the arena is full, it joins
// the records of each name.
//
//	item   │offset + 1 of the next item of the name, or 0│size│record…
type histogramMerger struct {
	*merger
	percentiles *Percentiles
	name        histogram // of one name, while it is needed
	record      []byte
}

// itemHeader is the size of an item without the record.
const itemHeader = 4 + 2

// maxHistogramRecord is the largest size of a record of rows. It fits an item.
const maxHistogramRecord = MaxRecordBytes + kernel.Counters*(2+binary.MaxVarintLen64)

var _ uint16 = maxHistogramRecord // overflows at compile time if it does not

// item returns the record of the item at offset at, and what is the offset of the next
// one in the same sense: one more than it is, or 0 if there is none.
func (m *histogramMerger) item(at uint64) (record []byte, next uint64) {
	item := m.arena[at-1:]
	size := binary.LittleEndian.Uint16(item[4:])
	return item[itemHeader:][:size:size], uint64(binary.LittleEndian.Uint32(item))
}

// Add implements partition.Merger.
func (m *histogramMerger) Add(records partition.Records) error {
	for len(records) > 0 {
		var record []byte
		record, records = records.Next()
		if err := m.reserve(itemHeader + len(record)); err != nil {
			return err
		}
		m.add(record)
	}
	return nil
}

// reserve makes room for an item of so many bytes.
func (m *histogramMerger) reserve(bytes int) error {
	if m.keys+1 > len(m.index)/2 {
		if err := m.allocateIndex(2 * len(m.index)); err != nil {
			return err
		}
	}
	if len(m.arena)+bytes <= cap(m.arena) {
		return nil
	}
	if err := m.join(); err != nil {
		return err
	}
	need := len(m.arena) + bytes
	if int64(need) >= offsetMask {
		return errTooLarge
	}
	if need > cap(m.arena)/2 { // the next time is soon
		return m.allocateArena(max(2*cap(m.arena), need))
	}
	return nil
}

// add adds a record, for which there is room.
func (m *histogramMerger) add(record []byte) {
	name := histogramName(record)
	slot := m.slotOf(name)
	next := uint32(*slot & offsetMask)
	if next == 0 {
		m.keys++
	}
	*slot = *slot&^offsetMask | uint64(len(m.arena)+1)
	m.arena = appendItem(m.arena, next, record)
}

// appendItem appends an item to arena.
func appendItem(arena []byte, next uint32, record []byte) []byte {
	arena = binary.LittleEndian.AppendUint32(arena, next)
	arena = binary.LittleEndian.AppendUint16(arena, uint16(len(record)))
	return append(arena, record...)
}

// slotOf returns the slot of the index for name. If it is new, the slot has no offset.
func (m *histogramMerger) slotOf(name []byte) *uint64 {
	hash := probing.Hash64(name, &m.secret)
	last := uint64(len(m.index) - 1)
	for i := hash >> m.shift; ; i = (i + 1) & last {
		slot := &m.index[i]
		if *slot == 0 {
			*slot = hash &^ offsetMask
			return slot
		}
		if (*slot^hash)>>indexShift == 0 {
			if record, _ := m.item(*slot & offsetMask); string(histogramName(record)) == string(name) {
				return slot
			}
		}
	}
}

// load sets m.name to the histogram of the items from at on, and returns the name, which
// is a part of the arena.
func (m *histogramMerger) load(at uint64) (name []byte) {
	m.name.reset()
	for at != 0 {
		record, next := m.item(at)
		m.name.addRecord(record)
		name, at = histogramName(record), next
	}
	return name
}

// join replaces the items of each name by one, which is not larger than they are.
func (m *histogramMerger) join() error {
	size := cap(m.arena)
	block, err := m.budget.Allocate(size)
	if err != nil {
		return fmt.Errorf("table: %d bytes of a partition: %w", size, err)
	}
	arena := unsafe.Slice((*byte)(block.Base), size)[:0]
	for i, slot := range m.index {
		if slot == 0 {
			continue
		}
		record, next := m.item(slot & offsetMask)
		if next != 0 {
			name := m.load(slot & offsetMask)
			m.record = m.name.appendRecord(m.record[:0], name)
			record = m.record
		}
		m.index[i] = slot&^offsetMask | uint64(len(arena)+1)
		arena = appendItem(arena, 0, record)
	}
	m.arenaMemory.Free()
	m.arenaMemory, m.arena = block, arena
	return nil
}

// Drain implements partition.Merger.
func (m *histogramMerger) Drain(put func(record []byte) error) error {
	for _, slot := range m.index {
		if slot == 0 {
			continue
		}
		name := m.load(slot & offsetMask)
		m.record = m.percentiles.appendResult(m.record[:0], name, &m.name)
		if err := put(m.record); err != nil {
			return err
		}
	}
	m.arena, m.keys = m.arena[:0], 0
	clear(m.index)
	return nil
}
