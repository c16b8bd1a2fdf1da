package kernel

import (
	"math/bits"
	"runtime"
	"unsafe"
)

// swar has the constants of the SWAR search. They are variables so that the
// compiler keeps each in a register: it would load a constant of 64 bits anew
// for every use.
var swar = struct{ low, lf, gather uint64 }{
	low: 0x7f7f7f7f7f7f7f7f,
	lf:  '\n' * (^uint64(0) / 255), // LF in every byte
	// As a factor, gather moves bit 8i+7 to bit 56+i.
	gather: 0x0002040810204081,
}

// usualRows is how many LFs a block of 64 bytes has at most if rows are of
// usual length.
const usualRows = 6

// IndexGeneric is the index pass in portable Go: it writes the start of every
// row of the n bytes at data to t.Starts, with the end of the last complete
// row behind them, and returns the number of complete rows. n is at most
// TileBytes; PadAfter bytes behind data[n] must be readable.
//
// Every block of 64 bytes becomes a mask of its LFs without a branch. Then the
// masks become positions, six for every block whether it has as many or not:
// a branch on the number of LFs would be mispredicted every few blocks.
func IndexGeneric(data unsafe.Pointer, n int, t *Tile) int {
	if n > TileBytes {
		n = TileBytes
	}
	var masks [TileBytes / blockBytes]uint64
	blocks := (n + blockBytes - 1) / blockBytes
	for i := range blocks {
		masks[i] = maskBlock(unsafe.Add(data, i*blockBytes))
	}
	if rest := n % blockBytes; rest > 0 {
		masks[blocks-1] &= 1<<rest - 1
	}

	t.Starts[0] = 0
	rows := 0
	before := uint32(0) // bytes before the block
	for _, mask := range masks[:blocks] {
		to := (*[blockBytes]uint32)(t.Starts[rows+1:])
		rows += bits.OnesCount64(mask)
		to[0] = before + behindLowest(mask)
		mask &= mask - 1
		to[1] = before + behindLowest(mask)
		mask &= mask - 1
		to[2] = before + behindLowest(mask)
		mask &= mask - 1
		to[3] = before + behindLowest(mask)
		mask &= mask - 1
		to[4] = before + behindLowest(mask)
		mask &= mask - 1
		to[5] = before + behindLowest(mask)
		mask &= mask - 1
		for i := usualRows; mask != 0; i++ {
			to[i%blockBytes] = before + behindLowest(mask)
			mask &= mask - 1
		}
		before += blockBytes
	}
	return rows
}

// behindLowest returns the position behind the lowest bit of mask that is set,
// anything if none is. Without the instructions of amd64-v3 counting bits is
// cheaper there than searching one; elsewhere it is not.
func behindLowest(mask uint64) uint32 {
	if runtime.GOARCH == "amd64" {
		return uint32(bits.OnesCount64(mask ^ (mask - 1)))
	}
	return uint32(bits.TrailingZeros64(mask)) + 1
}

// maskBlock returns a mask of the 64 bytes at p, bit i set if byte i is LF.
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

// maskOther returns a mask of 8 bits, bit i set if byte i of w is not LF: the
// exact test for a zero byte of the book Hacker's Delight, section 6-1.
func maskOther(w, low, lf, gather uint64) uint64 {
	w ^= lf
	return (w&low + low | w) &^ low * gather >> 56
}
