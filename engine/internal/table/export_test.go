package table

import (
	"unsafe"

	"onebrc/engine/internal/kernel"
)

// RunPass runs only pass on the slots of t, and nothing else of Accumulate.
func (t *Table) RunPass(pass kernel.Pass, data unsafe.Pointer, tile *kernel.Tile, from, to int) int {
	return pass(&t.array, data, tile, from, to)
}

// MoveSlots moves the slots of t to the end of memory.
func (t *Table) MoveSlots(memory []byte) {
	size := len(t.slots) * kernel.SlotBytes
	end := memory[len(memory)-size:]
	copy(end, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(t.slots))), size))
	t.slots = unsafe.Slice((*kernel.Slot)(unsafe.Pointer(unsafe.SliceData(end))), len(t.slots))
	t.array.Base = unsafe.Pointer(unsafe.SliceData(end))
}

// Slots returns a copy of the slots as bytes.
func (t *Table) Slots() []byte {
	size := len(t.slots) * kernel.SlotBytes
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(t.slots))), size)...)
}

// SlotsBytes is the size of the slots of a new table.
const SlotsBytes = initialSlots * kernel.SlotBytes

// Probes returns the number of slots that find looked at after the first one, and
// whether t is seeded.
func (t *Table) Probes() (probes int64, seeded bool) { return t.probes, t.seeded }

// Arranged returns the number of buckets of t whose multiplier is not 1.
func (t *Table) Arranged() (count int) {
	for _, multiplier := range t.buckets.multipliers {
		if multiplier != 1 {
			count++
		}
	}
	return count
}

// Grow makes t have count slots.
func (t *Table) Grow(count int) error { return t.resize(count) }

// HomeOf is homeOf.
func HomeOf(hash uint32, slots int) int { return homeOf(hash, slots) }
