package fields

import "unsafe"

const (
	// SlotUnit is the size of a cache line. A slot has one for its key, followed
	// by those of lanes: one or more, or none if only keys are looked up.
	SlotUnit = 64
	// KeyBytes is how many bytes of a key are in its slot.
	KeyBytes = 60
	// Lanes is the number of int64 lanes in a line.
	Lanes = 8
)

// Slots is a hash table of keys as the passes see it. Its slots are aligned to
// SlotUnit.
//
// The key's line has the first KeyBytes bytes of the key, padded with zeros, and
// its length plus 1 as a uint32, so that a slot of zeros is empty. All bytes of a key
// are in Names; Info has its offset there.
type Slots struct {
	Base unsafe.Pointer // to the first slot
	// Shift is the logarithm of the size of a slot in units: a slot has
	// SlotUnit<<Shift bytes, one unit for the key and the others for lanes.
	Shift uint64
	// Mask is the number of slots minus 1. The slot where a key belongs is
	// hash & Mask. After the last slot comes the first.
	Mask  uint64
	Info  unsafe.Pointer // to the SlotInfo of the first slot
	Names unsafe.Pointer // to the bytes of all keys, with PadAfter bytes after them
}

// SlotInfo has what the passes rarely need of a slot.
type SlotInfo struct {
	Name  uint64 // offset of the key in Slots.Names
	Hash  uint32
	Entry uint32 // number of the group from 1; 0 if the slot is empty
}

// Line says what Accumulate adds to a line of eight lanes.
type Line struct {
	// Unit is which unit of a slot has the lanes: 1 for the first line.
	Unit uint64
	// Count has a bit for each lane to which every row adds 1.
	Count   uint64
	Columns int // number of entries of Ops in use
	Ops     [Lanes]Op
}

// Op says what a column of numbers adds to the lanes of a line. Bit i of a mask is
// lane i. A lane is in at most one mask of a Line.
type Op struct {
	Values *int64 // one for each row
	Min    uint64 // lanes that keep the minimum
	Max    uint64 // lanes that keep the maximum
	Sum    uint64 // lanes to which the number is added
	Low    uint64 // lanes to which the lower 32 bits of the number are added, unsigned
	High   uint64 // lanes to which the number shifted right by 32 bits is added, signed
}
