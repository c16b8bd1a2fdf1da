package kernel

import "unsafe"

// KeyBytes is the number of bytes of a name and its ';' that a slot holds.
const KeyBytes = 32

// Slot holds the statistics of one name since the last flush. It fills one cache
// line, so that a row of a short name touches no other memory.
//
// The minimum, the maximum and the packed sum and count are adjacent, so that
// the assembly updates them in one vector of 16 bytes. The maximum is stored as
// a minimum, because max(a, b) is ^min(^a, ^b): then one instruction takes both
// minima. An empty minimum has all bits set.
type Slot struct {
	// Key has the first KeyBytes bytes of the name, ';' and LF, followed by zeros.
	// The ';' makes one masked comparison check both the bytes of a short name
	// and its length.
	Key [KeyBytes]byte
	// Packed is count<<CountShift + the sum of biased values.
	Packed uint64
	// Min is the smallest biased value, NotMax the smallest complement of one.
	Min, NotMax uint32
	// Hash is the hash of the name.
	Hash uint32
	// Entry is 1 + the index of the name in the table's entries, or 0 if the
	// slot is empty.
	Entry uint32
	// Name is the offset of the name in Slots.Names.
	Name uint64
}

// SlotBytes is the size of a Slot.
const (
	SlotBytes = 1 << SlotShift
	SlotShift = 6
)

var _ [SlotBytes]struct{} = [unsafe.Sizeof(Slot{})]struct{}{}

// A row adds oneRow + value to Packed: one addition updates both the count and
// the sum.
//
//	bit 63         40 39                 0
//	   ┌─────────────┬────────────────────┐
//	   │    count    │sum of biased values│
//	   └─────────────┴────────────────────┘
//
// The 24 bits of the count overflow after RowsPerFlush rows, and the sum does
// not overflow before: values are less than 2^11, so it stays below 2^35. A
// table moves Packed to its own totals before that many rows.
const (
	CountShift   = 40
	oneRow       = 1 << CountShift
	SumMask      = oneRow - 1
	RowsPerFlush = 1<<(64-CountShift) - 1
)

// Add adds a row with a biased value.
func (s *Slot) Add(value uint32) {
	s.Packed += oneRow + uint64(value)
	s.Min = min(s.Min, value)
	s.NotMax = min(s.NotMax, ^value)
}

// SmallBuckets is the greatest number of buckets whose multipliers fit two vectors of 64
// bytes.
const SmallBuckets = 128

// Slots is what an accumulate pass works on.
type Slots struct {
	Base unsafe.Pointer // the first slot
	// Names has all names, each followed by ';' and LF. No row contains that LF,
	// so a bad row with two ';' never equals a name and the one after it.
	Names unsafe.Pointer
	// Mask is (number of slots - 1) * SlotBytes. The slot where a name belongs is at
	// offset product & Mask, where the product is that of the hash and a multiplier:
	// one AND, without the shift that would turn an index into an offset.
	//
	//	product ppppppppppppppppppppppppppllllll
	//	Mask    00000000000111111111111111000000      2^15 slots
	//	offset  00000000000ppppppppppppppp000000
	//
	// The index of that slot is offset/64, so as an index the product is rotated
	// right by 6 bits: its lowest bits (l) become the highest, which only count
	// if there are more than 2^26 slots. With that many slots a pass, which
	// drops these bits, misses most names, and leaves them to the table.
	Mask uint64
	// Multipliers are odd numbers, one for each bucket of hashes. The bucket of a
	// hash is hash >> Shift. A table chooses the multiplier of a bucket so that its
	// names belong in slots that no other name belongs in.
	Multipliers *uint32
	Shift       uint64
	// SmallMultipliers are the same numbers as Multipliers, which then have to be less than
	// 256, if there are at most SmallBuckets buckets. The AVX-512 passes may use them
	// instead, as they keep them in registers. With more buckets nothing uses them.
	SmallMultipliers [SmallBuckets]uint8
}

// Product returns the product of hash and the multiplier of its bucket.
func (a *Slots) Product(hash uint32) uint32 {
	return hash * *(*uint32)(unsafe.Add(unsafe.Pointer(a.Multipliers), uintptr(hash>>(a.Shift&31))*4))
}
