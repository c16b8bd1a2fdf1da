package kernel

import (
	"unsafe"
)

// Pass is an accumulate pass. It adds rows from to to-1 of tile, whose names
// are at data, to slots. It stops at the first row that finds its name neither
// in the slot where it belongs nor in the next one, and returns the index of
// that row, or to.
type Pass func(slots *Slots, data unsafe.Pointer, tile *Tile, from, to int) int

// quickBytes is how much of a name and its ';' the pass compares by itself. It
// calls a function for the longer names: in usual data they are few.
const quickBytes = 16

// keyMasks has, for each length of a name, the bytes of the first two words of
// a key that the name and its ';' fill.
var keyMasks = func() (masks [128][quickBytes / 8]uint64) {
	for n := range masks {
		for i := range min(n+1, quickBytes) {
			masks[n][i/8] |= 0xff << (i % 8 * 8)
		}
	}
	return masks
}()

// AccumulateGeneric is the accumulate pass in portable Go. It compares both
// words of a key whatever the length of the name, as a branch on the length
// would be mispredicted; branches on a new minimum or maximum soon never are.
func AccumulateGeneric(slots *Slots, data unsafe.Pointer, tile *Tile, from, to int) int {
	if from < 0 || to > TileRows {
		return from
	}
	base, mask := slots.Base, slots.Mask
	for i := from; i < to; i++ {
		name := unsafe.Add(data, int(tile.Starts[i]))
		length := tile.Len[i]
		m := &keyMasks[length%uint32(len(keyMasks))]
		s := (*Slot)(unsafe.Add(base, uintptr(uint64(tile.Hash[i])&mask)))
		key := unsafe.Pointer(&s.Key)
		differ := (load64(name) ^ load64(key)) & m[0]
		differ |= (load64(unsafe.Add(name, 8)) ^ load64(unsafe.Add(key, 8))) & m[1]
		if differ != 0 || length >= quickBytes {
			if s = slots.probe(s, unsafe.Slice((*byte)(name), length)); s == nil {
				return i
			}
		}
		value := tile.Value[i]
		s.Packed += oneRow + uint64(value)
		if value < s.Min {
			s.Min = value
		}
		if ^value < s.NotMax {
			s.NotMax = ^value
		}
	}
	return to
}

// probe looks for name, which the key of s does not have or can't hold, in s
// and in the slot behind it, and returns nil if it is in neither.
func (a *Slots) probe(s *Slot, name []byte) *Slot {
	for range 2 {
		if s.Entry == 0 {
			return nil
		}
		if a.has(s, name) {
			return s
		}
		next := (uint64(uintptr(unsafe.Pointer(s))-uintptr(a.Base)) + SlotBytes) & a.Mask
		s = (*Slot)(unsafe.Add(a.Base, uintptr(next)))
	}
	return nil
}

// has reports whether s, which is not empty, is the slot of name. The ';' that
// ends a name is compared as well, in place of its length.
func (a *Slots) has(s *Slot, name []byte) bool {
	short := min(len(name), KeyBytes)
	if string(s.Key[:short]) != string(name[:short]) {
		return false
	}
	if short < KeyBytes {
		return s.Key[short] == ';'
	}
	rest := name[KeyBytes:]
	stored := unsafe.Slice((*byte)(unsafe.Add(a.Names, uintptr(s.Name)+KeyBytes)), len(rest)+1)
	return string(stored[:len(rest)]) == string(rest) && stored[len(rest)] == ';'
}
