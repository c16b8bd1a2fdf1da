package parse

import (
	"math/bits"
	"unsafe"
)

const (
	lowBits  = 0x7f7f7f7f7f7f7f7f
	everyLF  = '\n' * (^uint64(0) / 255)
	gather8  = 0x0002040810204081 // as a factor, moves bit 8i+7 to bit 56+i
	extract6 = 6                  // LFs that a block of average rows has at most
)

// IndexGeneric is the index pass in portable Go: it writes the start of every
// row of the n bytes at data to t.Starts, with the end of the last complete
// row behind them, and returns the number of complete rows. n is at most
// TileBytes; PadAfter bytes behind data[n] must be readable.
//
// A block of 64 bytes becomes a mask of its LFs without a branch (SWAR,
// "exact zero byte", Warren, Hacker's Delight, section 6-1). Six positions
// are written for every block whether it has as many or not, because a
// branch on the number of LFs would be mispredicted every few blocks.
func IndexGeneric(data unsafe.Pointer, n int, t *Tile) int {
	t.Starts[0] = 0
	out := unsafe.Pointer(&t.Starts[1])
	rows := uintptr(0)
	for pos := 0; pos < n; pos += blockBytes {
		p := unsafe.Add(data, pos)
		mask := maskLF(load64(p)) | maskLF(load64(unsafe.Add(p, 8)))<<8 |
			maskLF(load64(unsafe.Add(p, 16)))<<16 | maskLF(load64(unsafe.Add(p, 24)))<<24 |
			maskLF(load64(unsafe.Add(p, 32)))<<32 | maskLF(load64(unsafe.Add(p, 40)))<<40 |
			maskLF(load64(unsafe.Add(p, 48)))<<48 | maskLF(load64(unsafe.Add(p, 56)))<<56
		if n-pos < blockBytes {
			mask &= 1<<uint(n-pos) - 1
		}
		count := uintptr(bits.OnesCount64(mask))
		to := (*[blockBytes]uint32)(unsafe.Add(out, rows*4))
		next := uint32(pos) + 1
		to[0] = next + uint32(bits.TrailingZeros64(mask))
		mask &= mask - 1
		to[1] = next + uint32(bits.TrailingZeros64(mask))
		mask &= mask - 1
		to[2] = next + uint32(bits.TrailingZeros64(mask))
		mask &= mask - 1
		to[3] = next + uint32(bits.TrailingZeros64(mask))
		mask &= mask - 1
		to[4] = next + uint32(bits.TrailingZeros64(mask))
		mask &= mask - 1
		to[5] = next + uint32(bits.TrailingZeros64(mask))
		mask &= mask - 1
		for i := extract6; mask != 0; i++ {
			to[i&(blockBytes-1)] = next + uint32(bits.TrailingZeros64(mask))
			mask &= mask - 1
		}
		rows += count
	}
	return int(rows)
}

// maskLF returns a mask of 8 bits, bit i set if byte i of w is LF.
func maskLF(w uint64) uint64 {
	w ^= everyLF
	w = ^((w&lowBits + lowBits) | w | lowBits) // bit 8i+7 set if byte i is LF
	return w * gather8 >> 56
}
