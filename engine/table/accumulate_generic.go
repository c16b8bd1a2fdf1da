package table

import (
	"encoding/binary"
	"unsafe"

	"onebrc/parse"
)

// Pass is an accumulate pass. It adds rows from to to-1 of tile, whose names
// are at data, to the slots whose index is the hash shifted right by shift. It
// stops at the first row that does not find its name in that very slot, be it
// that the slot is empty, has another name, or that the name is too long for a
// slot's key, and returns the index of that row, or to.
type Pass func(slots []slot, shift uint, data unsafe.Pointer, tile *parse.Tile, from, to int) int

// AccumulateGeneric is the accumulate pass in portable Go.
func AccumulateGeneric(slots []slot, shift uint, data unsafe.Pointer, tile *parse.Tile, from, to int) int {
	if from < 0 || to > parse.TileRows {
		return from
	}
	base := unsafe.Pointer(unsafe.SliceData(slots))
	for i := from; i < to; i++ {
		name := unsafe.Add(data, int(tile.Name[i]))
		value := tile.Value[i]
		n := uint(tile.Len[i]) + 1 // with its ';'
		s := (*slot)(unsafe.Add(base, uintptr(tile.Hash[i]>>(shift&31))*slotBytes))
		key := unsafe.Pointer(s)

		// The first and the last 8 of the n bytes, without what is outside.
		outside := (8 - min(n, 8)) * 8 & 63
		differ := (load64(name)^load64(key))<<outside |
			(load64(unsafe.Add(name, int(n)-8))^load64(unsafe.Add(key, int(n)-8)))>>outside
		if n > 16 {
			if n > KeyBytes {
				return i
			}
			differ |= load64(unsafe.Add(name, 8)) ^ load64(unsafe.Add(key, 8))
			differ |= load64(unsafe.Add(name, int(n)-16)) ^ load64(unsafe.Add(key, int(n)-16))
		}
		if differ != 0 {
			return i
		}
		s.packed += oneRow + uint64(value)
		s.min = min(s.min, value)
		s.notMax = min(s.notMax, ^value)
	}
	return to
}

// load64 reads 8 bytes at p, which the caller guarantees to be readable, as a
// little-endian number.
func load64(p unsafe.Pointer) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(p)[:])
}
