package kernel

import (
	"math/bits"
	"unsafe"

	"onebrc/parse"
)

const (
	// HashMultiplier is 2^64 divided by the golden ratio, made odd: Fibonacci
	// hashing, The Art of Computer Programming, volume 3, section 6.4.
	HashMultiplier = 0x9E3779B97F4A7C15
	// HashRotate distinguishes the last 8 bytes of a name from its first 8.
	HashRotate = 29
)

// HashName returns the hash that the decode pass gives a name. It covers the
// first 8 and the last 8 bytes, which are all bytes of a name of up to 16, and
// needs no branch. Longer names that agree in both collide. The table compares
// names, so a collision costs time and never gives a wrong result.
func HashName(name []byte) uint32 {
	var padded [8 + parse.MaxNameBytes + 8]byte
	n := copy(padded[8:], name)
	p := unsafe.Pointer(&padded[8])
	m := &decoding.names[n]
	first, last := load64(p)&m.first, load64(unsafe.Add(p, n-8))&m.last
	return uint32((first ^ bits.RotateLeft64(last, HashRotate)) * HashMultiplier >> 32)
}

// MaskedNames is the length from which on the decode pass refuses a name, so
// that a table of masks needs this many entries. It is a power of two above
// parse.MaxNameBytes.
const MaskedNames = 128

// nameMask selects the bytes of the name in the 8 bytes from its start and in
// the 8 bytes before its end.
type nameMask struct{ first, last uint64 }

// nameMasks returns the mask for each length of a name.
func nameMasks() (masks [MaskedNames]nameMask) {
	for n := range masks {
		outside := (8 - min(n, 8)) * 8
		masks[n] = nameMask{^uint64(0) >> outside, ^uint64(0) << outside}
	}
	return masks
}

// load64 reads 8 bytes at p as a little-endian number on any machine. It compiles
// to one load where that is the machine's own order. The caller guarantees that
// the 8 bytes are readable. It does not call package binary, because every inlined
// call costs a NOP, which tracebacks need.
func load64(p unsafe.Pointer) uint64 {
	b := (*[8]byte)(p)
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}
