package kernel

import (
	"math/bits"
	"unsafe"
)

// swar has the constants of the search for LFs in a word of 8 bytes. They are
// variables so that the compiler keeps each in a register; it would load a
// 64-bit constant again for every use.
var swar = struct{ lf, minusOnes, high, gather uint64 }{
	lf:        '\n' * (^uint64(0) / 255), // LF in every byte
	minusOnes: ^ones + 1,                 // adding it subtracts 1 from every byte
	high:      0x8080808080808080,
	// Multiplying by gather moves bit 8i+7 to bit 56+i.
	gather: 0x0002040810204081,
}

// ones has 1 in every byte.
const ones = ^uint64(0) / 255

// wordRows describes the LFs in a word of 8 bytes.
type wordRows struct {
	end  uint32 // the position after the first LF
	rows uint32 // the number of LFs
}

// rowsByMask has an entry for each mask of the bytes of a word that are LFs.
var rowsByMask = func() (rows [256]wordRows) {
	for mask := range rows {
		rows[mask] = wordRows{uint32(bits.TrailingZeros(uint(mask))) + 1, uint32(bits.OnesCount(uint(mask)))}
	}
	return rows
}()

// indexGeneric is the index pass in portable Go.
//
// It looks up the LFs of each word of 8 bytes by their mask, and writes one position
// for each word, even if the word has no LF: then the next one overwrites it. A
// branch on the number of LFs would be mispredicted every few words. Two LFs in a
// word are rare, because then a row has less than 8 bytes: indexBlock reads such a
// block again.
func indexGeneric(data unsafe.Pointer, n int, t *Tile) int {
	size := uint(min(n, TileBytes))
	t.Starts[0] = 0
	ends := unsafe.Pointer(&t.Starts[1]) // has room for an LF in every byte and one more
	lf, minusOnes, high, gather := swar.lf, swar.minusOnes, swar.high, swar.gather
	rows, at := uint32(0), uint(0)
	for ; at+BlockBytes <= size; at += BlockBytes {
		before := rows
		w := &rowsByMask[maskWord(load64(unsafe.Add(data, at)), lf, minusOnes, high, gather)]
		*(*uint32)(unsafe.Add(ends, uintptr(rows)*4)) = uint32(at) + w.end
		most := w.rows
		rows += w.rows
		w = &rowsByMask[maskWord(load64(unsafe.Add(data, at+8)), lf, minusOnes, high, gather)]
		*(*uint32)(unsafe.Add(ends, uintptr(rows)*4)) = uint32(at) + 8 + w.end
		most |= w.rows
		rows += w.rows
		w = &rowsByMask[maskWord(load64(unsafe.Add(data, at+16)), lf, minusOnes, high, gather)]
		*(*uint32)(unsafe.Add(ends, uintptr(rows)*4)) = uint32(at) + 16 + w.end
		most |= w.rows
		rows += w.rows
		w = &rowsByMask[maskWord(load64(unsafe.Add(data, at+24)), lf, minusOnes, high, gather)]
		*(*uint32)(unsafe.Add(ends, uintptr(rows)*4)) = uint32(at) + 24 + w.end
		most |= w.rows
		rows += w.rows
		w = &rowsByMask[maskWord(load64(unsafe.Add(data, at+32)), lf, minusOnes, high, gather)]
		*(*uint32)(unsafe.Add(ends, uintptr(rows)*4)) = uint32(at) + 32 + w.end
		most |= w.rows
		rows += w.rows
		w = &rowsByMask[maskWord(load64(unsafe.Add(data, at+40)), lf, minusOnes, high, gather)]
		*(*uint32)(unsafe.Add(ends, uintptr(rows)*4)) = uint32(at) + 40 + w.end
		most |= w.rows
		rows += w.rows
		w = &rowsByMask[maskWord(load64(unsafe.Add(data, at+48)), lf, minusOnes, high, gather)]
		*(*uint32)(unsafe.Add(ends, uintptr(rows)*4)) = uint32(at) + 48 + w.end
		most |= w.rows
		rows += w.rows
		w = &rowsByMask[maskWord(load64(unsafe.Add(data, at+56)), lf, minusOnes, high, gather)]
		*(*uint32)(unsafe.Add(ends, uintptr(rows)*4)) = uint32(at) + 56 + w.end
		most |= w.rows
		rows += w.rows
		if most > 1 {
			rows = indexBlock(data, at, BlockBytes, ends, before)
			// With more rows than words, a word has two LFs. Short rows are rarely
			// alone, so the next block probably has as many.
			for rows-before > BlockBytes/8 && at+2*BlockBytes <= size {
				at += BlockBytes
				before = rows
				rows = indexBlock(data, at, BlockBytes, ends, before)
			}
		}
	}
	if at < size {
		rows = indexBlock(data, at, size-at, ends, rows)
	}
	return int(rows)
}

// maskWord returns a mask of 8 bits: bit i is set if byte i of w is an LF. If there
// is an LF, bits after its own may be wrong: subtracting 1 from a byte that is 0
// borrows from the next one, which then seems to be 0 if it is 1. Such a mask has at
// least two bits.
func maskWord(w, lf, minusOnes, high, gather uint64) uint64 {
	w ^= lf
	return (w + minusOnes) &^ w & high * gather >> 56
}

// indexBlock writes the positions after the LFs of n bytes, at most a block, from
// data[at] on to ends, where rows are before them. It returns the number of rows.
func indexBlock(data unsafe.Pointer, at, n uint, ends unsafe.Pointer, rows uint32) uint32 {
	const low = ones * 0x7f
	mask := uint64(0)
	for word := BlockBytes - 8; word >= 0; word -= 8 {
		w := load64(unsafe.Add(data, int(at)+word)) ^ swar.lf
		// The exact test for a zero byte of Hacker's Delight, section 6-1.
		mask = mask<<8 | ^(w&low+low|w|low)*swar.gather>>56
	}
	mask &= 1<<n - 1
	for ; mask != 0; mask &= mask - 1 {
		*(*uint32)(unsafe.Add(ends, uintptr(rows)*4)) = uint32(at) + uint32(bits.TrailingZeros64(mask)) + 1
		rows++
	}
	return rows
}
