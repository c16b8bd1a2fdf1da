package fields

import (
	"math/bits"
	"unsafe"
)

const (
	keyWords = SlotUnit / 8
	// firstWords is how many words of a key the pass always hashes and compares.
	// Longer keys take a branch.
	firstWords = 4
)

// multipliers has random odd numbers with as many ones as zeros: the secret of
// wyhash, then digits of pi.
var multipliers = [keyWords]uint64{
	0x2d358dccaa6c78a5, 0x8bb84b93962eacc9, 0x4b33a62ed433d4a3, 0x4d5a2da51de1aa47,
	0x243f6a8885a308d3, 0x13198a2e03707345, 0xa4093822299f31d1, 0x082efa98ec4e6c89,
}

// keyMask is a window of ones and zeros: the words from byte SlotUnit-n on select the
// first n bytes of a key.
var keyMask = func() (mask [2 * SlotUnit]byte) {
	for i := range SlotUnit {
		mask[i] = 0xff
	}
	return mask
}()

// fold multiplies a by b and adds both halves of the product, without carry, as
// wyhash does.
func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

// hashFirst hashes the first words of a key of n bytes, filled up with zeros.
func hashFirst(w0, w1, w2, w3, n uint64) uint64 {
	m := &multipliers
	return fold(w0^m[0], w1^m[1]^n) ^ fold(w2^m[2], w3^m[3])
}

// hashLong returns the hash of a key of n bytes, more than firstWords words. first is
// hashFirst of it, and q are the words after that, filled up with zeros.
func hashLong(key unsafe.Pointer, n uint32, first uint64, q *[keyWords - firstWords]uint64) uint64 {
	m := &multipliers
	h := first ^ fold(q[0]^m[4], q[1]^m[5]) ^ fold(q[2]^m[6], q[3]^m[7])
	for at := uint32(SlotUnit); at < n; at += 16 {
		from := min(at, n-16) // the last 16 bytes may overlap those before
		h = fold(load64(key, from)^h, load64(key, from+8)^m[1])
	}
	return h
}

// foldHash returns the 32 bits of a hash that a table uses.
func foldHash(h uint64) uint32 { return uint32(h>>32) ^ uint32(h) }

// hashGeneric is Kernel.Hash for keysGeneric.
func hashGeneric(key []byte) uint32 {
	var line [SlotUnit]byte
	copy(line[:], key)
	p, n := unsafe.Pointer(&line), uint32(len(key))
	h := hashFirst(load64(p, 0), load64(p, 8), load64(p, 16), load64(p, 24), uint64(n))
	if n > firstWords*8 {
		rest := [...]uint64{load64(p, 32), load64(p, 40), load64(p, 48), load64(p, 56)}
		h = hashLong(unsafe.Pointer(unsafe.SliceData(key)), n, h, &rest)
	}
	return foldHash(h)
}

// keysGeneric is the pass over keys in portable Go. It reads a key once, hashes its
// words and compares them with those in the slot.
//
// The slot has zeros after a key of the same length, so that it equals the key's
// words if the bytes after the key are cleared in them.
func keysGeneric(base unsafe.Pointer, c *Column, from, rows int, s *Slots, at *uint32, hash *uint32) int {
	p := unsafe.Add(c.First, uintptr(from)*c.Stride)
	to := unsafe.Slice(at, rows)
	mask := unsafe.Pointer(&keyMask)
	for i := from; i < rows; i++ {
		begin, end := span(p)
		p = unsafe.Add(p, c.Stride)
		n := end - begin
		key := unsafe.Add(base, begin)
		m := unsafe.Add(mask, SlotUnit-min(n, SlotUnit))
		w0, w1 := load64(key, 0)&load64(m, 0), load64(key, 8)&load64(m, 8)
		w2, w3 := load64(key, 16)&load64(m, 16), load64(key, 24)&load64(m, 24)
		h := hashFirst(w0, w1, w2, w3, uint64(n))
		var rest [keyWords - firstWords]uint64
		if n > firstWords*8 {
			rest = [...]uint64{load64(key, 32) & load64(m, 32), load64(key, 40) & load64(m, 40),
				load64(key, 48) & load64(m, 48), load64(key, 56) & load64(m, 56)}
			h = hashLong(key, n, h, &rest)
		}
		index := uint64(foldHash(h)) & s.Mask
		line := s.line(index)
		differ := (w0 ^ load64(line, 0)) | (w1 ^ load64(line, 8)) | (w2 ^ load64(line, 16)) | (w3 ^ load64(line, 24))
		differ |= uint64(*(*uint32)(unsafe.Add(line, KeyBytes)) ^ (n + 1))
		if n > firstWords*8 {
			differ |= (rest[0] ^ load64(line, 32)) | (rest[1] ^ load64(line, 40)) | (rest[2] ^ load64(line, 48))
			differ |= (rest[3] ^ load64(line, 56)) & 0xffffffff // the first KeyBytes bytes
			if n > KeyBytes && differ == 0 && !s.sameRest(index, key, n) {
				differ = 1
			}
		}
		if differ != 0 {
			first := index
			if index = (index + 1) & s.Mask; s.length(first) == 0 || !s.holds(index, key, n) {
				*hash = foldHash(h)
				return i
			}
		}
		to[i] = uint32(index << s.Shift)
	}
	return rows
}

// line returns the key's line of a slot.
func (s *Slots) line(index uint64) unsafe.Pointer {
	return unsafe.Add(s.Base, uintptr(index<<s.Shift)*SlotUnit)
}

// length returns the length plus 1 of the key in a slot, or 0.
func (s *Slots) length(index uint64) uint32 {
	return *(*uint32)(unsafe.Add(s.line(index), KeyBytes))
}

// holds reports whether a slot has a key of n bytes.
func (s *Slots) holds(index uint64, key unsafe.Pointer, n uint32) bool {
	if s.length(index) != n+1 {
		return false
	}
	first := min(n, KeyBytes)
	return string(unsafe.Slice((*byte)(key), first)) == string(unsafe.Slice((*byte)(s.line(index)), first)) &&
		(n <= KeyBytes || s.sameRest(index, key, n))
}

// sameRest reports whether the bytes after the first KeyBytes of a key of n bytes are
// those of the key in a slot, which has the same length.
func (s *Slots) sameRest(index uint64, key unsafe.Pointer, n uint32) bool {
	info := (*SlotInfo)(unsafe.Add(s.Info, uintptr(index)*unsafe.Sizeof(SlotInfo{})))
	stored := unsafe.Slice((*byte)(unsafe.Add(s.Names, uintptr(info.Name)+KeyBytes)), n-KeyBytes)
	return string(stored) == string(unsafe.Slice((*byte)(unsafe.Add(key, KeyBytes)), n-KeyBytes))
}
