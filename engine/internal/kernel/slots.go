package kernel

import "unsafe"

const (
	// KeyBytes is how much of a name, with its ';', a slot holds.
	KeyBytes = 32

	// A slot's Packed counts a row in its upper and adds its biased value in
	// its lower bits. RowsPerFlush rows fill the count; their values are below
	// 2^11 and so stay below 2^35.
	CountShift   = 40
	oneRow       = 1 << CountShift
	SumMask      = oneRow - 1
	RowsPerFlush = 1<<(64-CountShift) - 1
)

// Slot is the statistics of one name since the last flush. One cache line.
type Slot struct {
	// Key has the first KeyBytes bytes of the name, its ';' and a LF, zeros behind.
	Key [KeyBytes]byte
	// Packed is count<<CountShift + sum of biased values.
	Packed uint64
	// Min is the smallest biased value, NotMax the smallest complement of one:
	// two minima are one vector instruction.
	Min, NotMax uint32
	// Hash is the hash of the name, for growing and to tell slots apart.
	Hash uint32
	// Entry is the index of the name in the table's entries plus 1, 0 in an
	// empty slot.
	Entry uint32
	// Name is the offset of the name in Slots.Names.
	Name uint64
}

// SlotBytes is the size of a Slot.
const SlotBytes = 64

var _ [SlotBytes]struct{} = [unsafe.Sizeof(Slot{})]struct{}{}

// Add adds a row with a biased value.
func (s *Slot) Add(value uint32) {
	s.Packed += oneRow + uint64(value)
	s.Min = min(s.Min, value)
	s.NotMax = min(s.NotMax, ^value)
}

// Slots is what an accumulate pass works on.
type Slots struct {
	Base unsafe.Pointer // of the first slot
	// Names are all names, each with a ';' and a LF behind it. The LF, which is in
	// no row, keeps a bad row with two ';' from being taken for two names.
	Names unsafe.Pointer
	Mask  uint64 // hash & Mask is the offset in bytes of the slot where a name belongs
}
