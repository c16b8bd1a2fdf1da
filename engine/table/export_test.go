package table

import (
	"unsafe"

	"onebrc/parse"
)

// RunPass runs pass on the slots of t, without what Accumulate does around it.
func (t *Table) RunPass(pass Pass, data unsafe.Pointer, tile *parse.Tile, from, to int) int {
	return pass(&t.array, data, tile, from, to)
}

// MoveSlots moves the slots of t to the end of memory.
func (t *Table) MoveSlots(memory []byte) {
	size := len(t.slots) * slotBytes
	end := memory[len(memory)-size:]
	copy(end, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(t.slots))), size))
	t.slots = unsafe.Slice((*slot)(unsafe.Pointer(unsafe.SliceData(end))), len(t.slots))
	t.array.base = unsafe.Pointer(unsafe.SliceData(end))
}

// Slots returns a copy of the slots as bytes.
func (t *Table) Slots() []byte {
	size := len(t.slots) * slotBytes
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(t.slots))), size)...)
}

// SlotsBytes is the size of the slots of a new table.
const SlotsBytes = initialSlots * slotBytes

// Probes returns how many slots t looked at beyond the first one, and whether it
// has a hash of its own.
func (t *Table) Probes() (probes int64, seeded bool) { return t.probes, t.seeded }

// Grow gives t count slots.
func (t *Table) Grow(count int) error { return t.resize(count) }

// HomeOf returns the slot, of so many, where a name with that hash belongs.
func HomeOf(hash uint32, slots int) int { return homeOf(hash, slots) }

// MinProbes is how many probes are always allowed.
const MinProbes = minProbes
