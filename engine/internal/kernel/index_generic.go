package kernel

import (
	"math/bits"
	"runtime"
	"unsafe"
)

// swar has the constants of the search for LFs in a word of 8 bytes. They are
// variables so that the compiler keeps each in a register; it would load a
// 64-bit constant again for every use.
var swar = struct{ low, lf, gather uint64 }{
	low: 0x7f7f7f7f7f7f7f7f,
	lf:  '\n' * (^uint64(0) / 255), // LF in every byte
	// Multiplying by gather moves bit 8i+7 to bit 56+i.
	gather: 0x0002040810204081,
}

// usualRows is the greatest number of LFs in a block if its rows have the usual
// length.
const usualRows = 6

// indexGeneric is the index pass in portable Go.
//
// It turns each block of 64 bytes into a mask of its LFs without a branch. Then
// it turns the masks into positions, six for each block even if it has fewer
// LFs: a branch on their number would be mispredicted every few blocks.
func indexGeneric(data unsafe.Pointer, n int, t *Tile) int {
	if n > TileBytes {
		n = TileBytes
	}
	var masks [TileBytes / BlockBytes]uint64
	blocks := (n + BlockBytes - 1) / BlockBytes
	for i := range blocks {
		masks[i] = maskBlock(unsafe.Add(data, i*BlockBytes))
	}
	if rest := n % BlockBytes; rest > 0 {
		masks[blocks-1] &= 1<<rest - 1
	}

	t.Starts[0] = 0
	rows := 0
	before := uint32(0) // bytes before the block
	for _, mask := range masks[:blocks] {
		to := (*[BlockBytes]uint32)(t.Starts[rows+1:])
		rows += bits.OnesCount64(mask)
		to[0] = before + afterLowest(mask)
		mask &= mask - 1
		to[1] = before + afterLowest(mask)
		mask &= mask - 1
		to[2] = before + afterLowest(mask)
		mask &= mask - 1
		to[3] = before + afterLowest(mask)
		mask &= mask - 1
		to[4] = before + afterLowest(mask)
		mask &= mask - 1
		to[5] = before + afterLowest(mask)
		mask &= mask - 1
		for i := usualRows; mask != 0; i++ {
			to[i%BlockBytes] = before + afterLowest(mask)
			mask &= mask - 1
		}
		before += BlockBytes
	}
	return rows
}

// afterLowest returns the position after the lowest set bit of mask; the result
// is undefined if mask is 0. On amd64 without the instructions of amd64-v3,
// counting bits is cheaper than searching for one; elsewhere it is not.
func afterLowest(mask uint64) uint32 {
	if runtime.GOARCH == "amd64" {
		return uint32(bits.OnesCount64(mask ^ (mask - 1)))
	}
	return uint32(bits.TrailingZeros64(mask)) + 1
}

// maskBlock returns a mask of the 64 bytes at p: bit i is set if byte i is an LF.
func maskBlock(p unsafe.Pointer) uint64 {
	low, lf, gather := swar.low, swar.lf, swar.gather
	other := maskOther(load64(unsafe.Add(p, 56)), low, lf, gather)
	other = other<<8 | maskOther(load64(unsafe.Add(p, 48)), low, lf, gather)
	other = other<<8 | maskOther(load64(unsafe.Add(p, 40)), low, lf, gather)
	other = other<<8 | maskOther(load64(unsafe.Add(p, 32)), low, lf, gather)
	other = other<<8 | maskOther(load64(unsafe.Add(p, 24)), low, lf, gather)
	other = other<<8 | maskOther(load64(unsafe.Add(p, 16)), low, lf, gather)
	other = other<<8 | maskOther(load64(unsafe.Add(p, 8)), low, lf, gather)
	other = other<<8 | maskOther(load64(p), low, lf, gather)
	return ^other
}

// maskOther returns a mask of 8 bits: bit i is set if byte i of w is not an LF.
// It is the exact test for a zero byte of Hacker's Delight, section 6-1.
func maskOther(w, low, lf, gather uint64) uint64 {
	w ^= lf
	return (w&low + low | w) &^ low * gather >> 56
}
