package table

import (
	"math"
	"math/bits"
	"slices"
	"unsafe"

	"onebrc/engine/internal/kernel"
)

// A row whose name is not in the slot where it belongs costs a mispredicted branch:
// as much as five other rows. In a table of few slots, that is one name in ten. So the
// table chooses where names belong, as perfect hashing by "hash, displace and
// compress" does (Belazzougui, Botelho and Dietzfelbinger, ESA 2009): names are
// divided into buckets, and each bucket has a multiplier for the hashes of its names,
// see kernel.Slots. When the slot of a new name is taken, its bucket gets another
// multiplier, with which all its names belong in empty slots, and they move there.
//
//	bucket   multiplier   slots of its names
//	     0            1      9  27
//	     1   2891336453      4  12  30        taken: 9, when the third name came
//	     2            1     18
//
// Names that cannot be arranged, because their hashes are the same or their bucket is
// too full, are put where there is room, as in any table of open addressing.
const (
	// bucketSlots is the number of slots for each bucket. The multipliers of 4096
	// slots fill 8 cache lines.
	bucketSlots = 32
	// arrangedNames is the number of names in a bucket that are arranged. With one
	// name for arrangedLoad slots, a bucket has 8 on average.
	arrangedNames = 32
	// arrangeTries is the number of random multipliers that are tried. With 8 names and
	// 1 slot in 4 used, 1 multiplier in 13 fits; with 20 names, 1 in 400.
	arrangeTries = 1 << 8
	// smallTries is how many are tried if they have to fit a byte: all odd bytes but the
	// one in use. With 16 names and 1 slot in 4 used, 1 multiplier in 100 fits, and
	// none of these in 3 buckets of 10.
	smallTries = 1<<7 - 1
)

// arrangement has what a table needs to arrange its names.
type arrangement struct {
	multipliers []uint32 // by bucket
	first       []uint32 // by bucket: the last name that was added, as Slot.Entry; nil if names are not arranged
	names       []arranged
	random      uint32 // the last random number, of which a multiplier is made
}

// arranged is a name in a bucket.
type arranged struct {
	hash uint32
	next uint32 // name of the bucket, as Slot.Entry, or 0
}

// plainMultipliers are those of a table that does not arrange its names, because it
// has few or too many. No shift divides a hash of 32 bits into less than two buckets.
var plainMultipliers = [2]uint32{1, 1}

// arranges reports whether a table of count slots arranges its names.
func arranges(count int) bool { return initialSlots <= count && count <= arrangedSlots }

// arrangementBytes returns the size of the arrangement of count slots.
func arrangementBytes(count int) int {
	if !arranges(count) {
		return 0
	}
	return 8*(count/bucketSlots) + limitOf(count)*int(unsafe.Sizeof(arranged{}))
}

// layOut gives t the arrangement of the count empty slots at base.
func (t *Table) layOut(base unsafe.Pointer, count int) {
	a := &t.buckets
	a.multipliers, a.first, a.names = plainMultipliers[:], nil, nil
	if arranges(count) {
		buckets := count / bucketSlots
		memory := unsafe.Add(base, entriesAt(count)+limitOf(count)*int(unsafe.Sizeof(entry{})))
		a.multipliers = unsafe.Slice((*uint32)(memory), buckets)
		for i := range a.multipliers {
			a.multipliers[i] = 1
		}
		a.first = unsafe.Slice((*uint32)(unsafe.Add(memory, 4*buckets)), buckets)
		a.names = unsafe.Slice((*arranged)(unsafe.Add(memory, 8*buckets)), limitOf(count))
	}
	t.array.Multipliers = &a.multipliers[0]
	for i := range t.array.SmallMultipliers {
		t.array.SmallMultipliers[i] = 1
	}
	t.array.Shift = uint64(32 - bits.TrailingZeros(uint(len(a.multipliers))))
}

// place returns an empty slot for a new name, which is s, the first empty one from
// where the name belongs, or a better one. It records the name in its bucket.
func (t *Table) place(s *kernel.Slot, hash, name uint32) *kernel.Slot {
	a := &t.buckets
	if a.first == nil {
		return s
	}
	bucket := hash >> t.array.Shift
	if home := &t.slots[t.home(hash)]; s != home && t.arrange(bucket, hash) {
		s = &t.slots[t.home(hash)]
	}
	a.names[name-1] = arranged{hash, a.first[bucket]}
	a.first[bucket] = name
	return s
}

// arrange moves the names of bucket so that they and a new name, which has hash,
// have a slot of their own each. It reports whether it has found slots.
func (t *Table) arrange(bucket, hash uint32) bool {
	a := &t.buckets
	var memory [arrangedNames]uint32
	hashes := append(memory[:0], hash)
	for name := a.first[bucket]; name != 0; name = a.names[name-1].next {
		h := a.names[name-1].hash
		if len(hashes) == cap(hashes) || h == hash || !t.movable(name, h) {
			return false
		}
		hashes = append(hashes, h)
	}
	old, small := a.multipliers[bucket], len(a.multipliers) <= kernel.SmallBuckets
	multiplier, tries := old, arrangeTries
	if small {
		tries = smallTries
	}
	for range tries {
		if small {
			multiplier = (multiplier + 2) & math.MaxUint8
		} else {
			a.random = a.random*1664525 + 1013904223 // Numerical Recipes, section 7.1
			multiplier = a.random>>7 | 1
		}
		if t.fits(hashes, multiplier) {
			for _, h := range hashes[1:] {
				from := &t.slots[homeOf(h*old, len(t.slots))]
				t.slots[homeOf(h*multiplier, len(t.slots))] = *from
				*from = kernel.Slot{}
			}
			a.multipliers[bucket] = multiplier
			if small {
				t.array.SmallMultipliers[bucket] = uint8(multiplier)
			}
			return true
		}
	}
	return false
}

// movable reports whether name, which has hash, is where it belongs and no name is
// looked for across its slot.
func (t *Table) movable(name, hash uint32) bool {
	i, last := t.home(hash), len(t.slots)-1
	if t.slots[i].Entry != name {
		return false
	}
	for i = (i + 1) & last; t.slots[i].Entry != 0; i = (i + 1) & last {
		if t.home(t.slots[i].Hash) != i {
			return false
		}
	}
	return true
}

// fits reports whether names with these hashes belong in different empty slots if the
// multiplier of their bucket is multiplier.
func (t *Table) fits(hashes []uint32, multiplier uint32) bool {
	var homes [arrangedNames]int
	for k, h := range hashes {
		home := homeOf(h*multiplier, len(t.slots))
		if t.slots[home].Entry != 0 || slices.Contains(homes[:k], home) {
			return false
		}
		homes[k] = home
	}
	return true
}

// forget empties all buckets. Their multipliers stay as they are.
func (a *arrangement) forget() { clear(a.first) }
