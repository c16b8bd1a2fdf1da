package table

import (
	"encoding/binary"
	"unsafe"

	"onebrc/parse"
)

// Pass is an accumulate pass. It adds rows from to to-1 of tile, whose names
// are at data, to the slots whose offset in bytes is the hash under mask. It
// stops at the first row that does not find its name in that very slot, be it
// that the slot is empty, has another name, or that the name is too long for a
// slot's key, and returns the index of that row, or to.
type Pass func(slots []slot, mask uint32, data unsafe.Pointer, tile *parse.Tile, from, to int) int

// keyMask says how a name of some length is compared with a key.
type keyMask struct {
	// words are the bytes of a key that the name and its ';' fill.
	words [KeyBytes / 8]uint64
	// long is not 0 for a name that no key can hold. Without it, 32 NULs at
	// the start of such a name would equal the key of an empty slot.
	long uint64
	_    [3]uint64 // to a power of two
}

// keyMasks is indexed by the length of a name.
var keyMasks = func() (masks [128]keyMask) {
	for n := range masks {
		for i := range min(n+1, KeyBytes) {
			masks[n].words[i/8] |= 0xff << (i % 8 * 8)
		}
		if n >= KeyBytes {
			masks[n].long = 1
		}
	}
	return masks
}()

// AccumulateGeneric is the accumulate pass in portable Go. All 32 bytes of a
// key are compared whatever the length of the name, as a branch on the length
// would be mispredicted; branches on a new minimum or maximum soon never are.
func AccumulateGeneric(slots []slot, mask uint32, data unsafe.Pointer, tile *parse.Tile, from, to int) int {
	if from < 0 || to > parse.TileRows {
		return from
	}
	base := unsafe.Pointer(unsafe.SliceData(slots))
	for i := from; i < to; i++ {
		name := unsafe.Add(data, int(tile.Starts[i]))
		value := tile.Value[i]
		m := &keyMasks[tile.Len[i]%uint32(len(keyMasks))]
		s := (*slot)(unsafe.Add(base, tile.Hash[i]&mask))
		key := unsafe.Pointer(&s.key)
		differ := m.long | (load64(name)^load64(key))&m.words[0]
		differ |= (load64(unsafe.Add(name, 8)) ^ load64(unsafe.Add(key, 8))) & m.words[1]
		differ |= (load64(unsafe.Add(name, 16)) ^ load64(unsafe.Add(key, 16))) & m.words[2]
		differ |= (load64(unsafe.Add(name, 24)) ^ load64(unsafe.Add(key, 24))) & m.words[3]
		if differ != 0 {
			return i
		}
		s.packed += oneRow + uint64(value)
		if value < s.min {
			s.min = value
		}
		if ^value < s.notMax {
			s.notMax = ^value
		}
	}
	return to
}

// load64 reads 8 bytes at p, which the caller guarantees to be readable, as a
// little-endian number.
func load64(p unsafe.Pointer) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(p)[:])
}
