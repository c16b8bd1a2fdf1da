package kernel

import "unsafe"

// quickBytes is the number of bytes of a name and its ';' that the pass compares
// in every row. Longer names are rare in usual data.
const quickBytes = 16

// keyMasks selects, for each length of a name, the bytes that the name and its
// ';' fill in each word of a key.
var keyMasks = func() *[KeyBytes / 8][MaskedNames]uint64 {
	masks := &[KeyBytes / 8][MaskedNames]uint64{}
	for n := range MaskedNames {
		for i := range min(n+1, KeyBytes) {
			masks[i/8][n] |= 0xff << (i % 8 * 8)
		}
	}
	return masks
}()

// accumulateGeneric is the accumulate pass in portable Go. It compares two words
// of a key whatever the length of the name, because a branch on each length would
// be mispredicted. It compares the other two if the name is long, and calls a
// function if it does not fit the key. Branches on a new minimum or maximum are soon
// never taken. It finds the slot of a row before it writes to that of the row before:
// otherwise a CPU may load the multiplier only after it.
func accumulateGeneric(slots *Slots, data unsafe.Pointer, tile *Tile, from, to int) int {
	if from < 0 || to > TileRows {
		return from
	}
	base, mask, masks := slots.Base, slots.Mask, keyMasks
	multipliers, shift := unsafe.Pointer(slots.Multipliers), slots.Shift&31
	_, _ = tile.Starts[0], masks[0][0]                    // checks both outside of the loop
	next := uint64(slots.Product(tile.Hash[from])) & mask // offset of the slot of row i
	for i := from; i < to; i++ {
		name := unsafe.Add(data, int(tile.Starts[i]))
		n := uint(tile.Len[i]) % MaskedNames
		s := (*Slot)(unsafe.Add(base, uintptr(next)))
		hash := tile.Hash[i+1]
		multiplier := *(*uint32)(unsafe.Add(multipliers, uintptr(hash>>shift)*4))
		next = uint64(hash*multiplier) & mask
		key := unsafe.Pointer(&s.Key)
		differ := (load64(name) ^ load64(key)) & masks[0][n]
		differ |= (load64(unsafe.Add(name, 8)) ^ load64(unsafe.Add(key, 8))) & masks[1][n]
		if n >= quickBytes {
			differ |= (load64(unsafe.Add(name, 16)) ^ load64(unsafe.Add(key, 16))) & masks[2][n]
			differ |= (load64(unsafe.Add(name, 24)) ^ load64(unsafe.Add(key, 24))) & masks[3][n]
		}
		if differ != 0 || n >= KeyBytes {
			if s = slots.find(data, tile, i); s == nil {
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

// countGeneric is accumulateGeneric with one more line. A branch, or a function for each
// row, would slow both down.
func countGeneric(slots *Slots, data unsafe.Pointer, tile *Tile, from, to int) int {
	if from < 0 || to > TileRows {
		return from
	}
	base, mask, masks := slots.Base, slots.Mask, keyMasks
	multipliers, shift := unsafe.Pointer(slots.Multipliers), slots.Shift&31
	_, _ = tile.Starts[0], masks[0][0]                    // checks both outside of the loop
	next := uint64(slots.Product(tile.Hash[from])) & mask // offset of the slot of row i
	for i := from; i < to; i++ {
		name := unsafe.Add(data, int(tile.Starts[i]))
		n := uint(tile.Len[i]) % MaskedNames
		s := (*Slot)(unsafe.Add(base, uintptr(next)))
		hash := tile.Hash[i+1]
		multiplier := *(*uint32)(unsafe.Add(multipliers, uintptr(hash>>shift)*4))
		next = uint64(hash*multiplier) & mask
		key := unsafe.Pointer(&s.Key)
		differ := (load64(name) ^ load64(key)) & masks[0][n]
		differ |= (load64(unsafe.Add(name, 8)) ^ load64(unsafe.Add(key, 8))) & masks[1][n]
		if n >= quickBytes {
			differ |= (load64(unsafe.Add(name, 16)) ^ load64(unsafe.Add(key, 16))) & masks[2][n]
			differ |= (load64(unsafe.Add(name, 24)) ^ load64(unsafe.Add(key, 24))) & masks[3][n]
		}
		if differ != 0 || n >= KeyBytes {
			if s = slots.find(data, tile, i); s == nil {
				return i
			}
		}
		value := tile.Value[i]
		tile.Counter[i] = s.Entry*Counters + value
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

// find looks for the name of row i of tile in the slot where it belongs and in the
// one after it. It returns nil if it is in neither.
func (a *Slots) find(data unsafe.Pointer, tile *Tile, i int) *Slot {
	name := unsafe.Slice((*byte)(unsafe.Add(data, int(tile.Starts[i]))), tile.Len[i])
	offset := uint64(a.Product(tile.Hash[i]))
	for range 2 {
		s := (*Slot)(unsafe.Add(a.Base, uintptr(offset&a.Mask)))
		if s.Entry == 0 {
			return nil
		}
		if a.has(s, name) {
			return s
		}
		offset += SlotBytes
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
