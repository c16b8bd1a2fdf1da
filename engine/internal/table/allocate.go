package table

import (
	"fmt"
	"unsafe"

	"onebrc/engine/internal/kernel"
)

// InitialBytes returns the size of a new table.
func InitialBytes() int64 { return int64(blockBytes(initialSlots) + initialNames) }

// InitialHistogramsBytes returns how much more a new table has that computes percentiles.
func InitialHistogramsBytes() int64 {
	return initialHistograms*histogramBytes + int64(unsafe.Sizeof(counters{}))
}

// slotsBytes returns the size of count slots, their entries and buckets.
func slotsBytes(count int) int {
	return entriesAt(count) + limitOf(count)*int(unsafe.Sizeof(entry{})) + arrangementBytes(count)
}

// entriesAt returns the offset of the entries in the memory of count slots.
func entriesAt(count int) int { return max(count*kernel.SlotBytes, minSlotsBytes) }

// blockBytes returns the size of the memory of count slots and their entries. The
// initial ones are followed by fewSlots.
func blockBytes(count int) int {
	if count == initialSlots {
		return slotsBytes(count) + fewSlots*kernel.SlotBytes
	}
	return slotsBytes(count)
}

// allocateSlots replaces the slots of t by count empty ones, where count is a
// power of two, and moves its entries to memory for as many as these slots may
// have. The caller frees the old memory.
func (t *Table) allocateSlots(count int) error {
	block, err := t.budget.Allocate(blockBytes(count))
	if err != nil {
		return fmt.Errorf("table: %d slots: %w", count, err)
	}
	t.slotsMemory = block
	t.setSlots(block.Base, count)
	entries := unsafe.Slice((*entry)(unsafe.Add(block.Base, entriesAt(count))), t.limit)
	t.entries = entries[:copy(entries, t.entries)]
	return nil
}

// setSlots makes t have the count slots at base, which are empty.
func (t *Table) setSlots(base unsafe.Pointer, count int) {
	t.slots = unsafe.Slice((*kernel.Slot)(base), count)
	t.array.Base = base
	t.array.Mask = (uint64(count) - 1) * kernel.SlotBytes
	t.limit = limitOf(count)
	t.layOut(base, count)
}

// allocateNames moves the names of t to memory of size bytes.
func (t *Table) allocateNames(size int) error {
	block, err := t.budget.Allocate(size)
	if err != nil {
		return fmt.Errorf("table: %d bytes of names: %w", size, err)
	}
	names := unsafe.Slice((*byte)(block.Base), size)
	names = names[:copy(names, t.names)]
	t.namesMemory.Free()
	t.namesMemory, t.names, t.array.Names = block, names, block.Base
	return nil
}
