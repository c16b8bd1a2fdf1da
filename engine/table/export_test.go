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
