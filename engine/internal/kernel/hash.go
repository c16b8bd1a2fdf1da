package kernel

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"onebrc/parse"
)

const (
	// hashMultiplier is 2^64 divided by the golden ratio, made odd: Fibonacci
	// hashing, The Art of Computer Programming, volume 3, section 6.4.
	hashMultiplier = 0x9E3779B97F4A7C15
	// hashRotate sets the last 8 bytes of a name apart from its first 8.
	hashRotate = 29
)

// HashName is the hash that the decode pass gives a name. It covers the first
// 8 and the last 8 bytes, so all of a name of up to 16 bytes, which is what
// makes it free of branches; names that agree in both collide. The table
// compares names, so a collision costs time and never a wrong answer.
func HashName(name []byte) uint32 {
	var padded [8 + parse.MaxNameBytes + 8]byte
	n := copy(padded[8:], name)
	p := unsafe.Pointer(&padded[8])
	return hashWords(load64(p), load64(unsafe.Add(p, n-8)), &decoding.names[n])
}

// maskedBytes is the length below which a name has a nameMask, a power of two
// above parse.MaxNameBytes.
const maskedBytes = 128

// nameMask is what of the 8 bytes from the start of a name, and of the 8 bytes
// before its end, is the name.
type nameMask struct{ first, last uint64 }

// nameMasks returns the mask for each length of a name.
func nameMasks() (masks [maskedBytes]nameMask) {
	for n := range masks {
		outside := (8 - min(n, 8)) * 8
		masks[n] = nameMask{^uint64(0) >> outside, ^uint64(0) << outside}
	}
	return masks
}

// hashWords mixes the 8 bytes from the start of a name (first) and the 8 bytes
// before its end (last), without what is not the name.
func hashWords(first, last uint64, m *nameMask) uint32 {
	return uint32((first&m.first ^ bits.RotateLeft64(last&m.last, hashRotate)) * hashMultiplier >> 32)
}

// load64 reads 8 bytes at p as a little-endian number on any machine; where
// that is the machine's own order it compiles to one load. The caller
// guarantees that the 8 bytes are readable.
func load64(p unsafe.Pointer) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(p)[:])
}
