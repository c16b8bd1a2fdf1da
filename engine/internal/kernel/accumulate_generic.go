package kernel

import "unsafe"

// quickBytes is the number of bytes of a name and its ';' that the pass compares
// itself. It calls a function for longer names, which are rare in usual data.
const quickBytes = 16

// keyMasks selects, for each length of a name, the bytes that the name and its
// ';' fill in the first two words of a key.
var keyMasks = func() (masks [MaskedNames][quickBytes / 8]uint64) {
	for n := range masks {
		for i := range min(n+1, quickBytes) {
			masks[n][i/8] |= 0xff << (i % 8 * 8)
		}
	}
	return masks
}()

// accumulateGeneric is the accumulate pass in portable Go. It compares both words
// of a key whatever the length of the name, because a branch on the length would
// be mispredicted. Branches on a new minimum or maximum are soon never taken.
func accumulateGeneric(slots *Slots, data unsafe.Pointer, tile *Tile, from, to int) int {
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

// probe looks for name in s and in the slot after it, and returns nil if it is in
// neither.
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

// has reports whether s, which is not empty, is the slot of name. It compares the
// ';' that ends the stored name instead of its length.
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
