package kernel

import (
	"math/bits"
	"unsafe"
)

// swarConstants are the constants of the search for LFs in a word of 8 bytes.
type swarConstants struct{ lf, minusOnes, high, gather uint64 }

// swar has them in variables so that the compiler keeps each in a register; it would
// load a 64-bit constant again for every use.
var swar = swarConstants{
	lf:        '\n' * ones, // LF in every byte
	minusOnes: ^ones + 1,   // adding it subtracts 1 from every byte
	high:      0x80 * ones,
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
//
// The words are unrolled by hand: as a loop, the pass takes half as long again.
func indexGeneric(data unsafe.Pointer, n int, t *Tile) int {
	size := uint(min(n, TileBytes))
	t.Starts[0] = 0
	ends := unsafe.Pointer(&t.Starts[1]) // has room for an LF in every byte and one more
	c := swar
	rows, at := uint32(0), uint(0)
	for ; at+BlockBytes <= size; at += BlockBytes {
		before, lfs, most := rows, uint32(0), uint32(0)
		lfs = indexWord(load64(unsafe.Add(data, at)), uint32(at), ends, rows, c)
		rows, most = rows+lfs, most|lfs
		lfs = indexWord(load64(unsafe.Add(data, at+8)), uint32(at+8), ends, rows, c)
		rows, most = rows+lfs, most|lfs
		lfs = indexWord(load64(unsafe.Add(data, at+16)), uint32(at+16), ends, rows, c)
		rows, most = rows+lfs, most|lfs
		lfs = indexWord(load64(unsafe.Add(data, at+24)), uint32(at+24), ends, rows, c)
		rows, most = rows+lfs, most|lfs
		lfs = indexWord(load64(unsafe.Add(data, at+32)), uint32(at+32), ends, rows, c)
		rows, most = rows+lfs, most|lfs
		lfs = indexWord(load64(unsafe.Add(data, at+40)), uint32(at+40), ends, rows, c)
		rows, most = rows+lfs, most|lfs
		lfs = indexWord(load64(unsafe.Add(data, at+48)), uint32(at+48), ends, rows, c)
		rows, most = rows+lfs, most|lfs
		lfs = indexWord(load64(unsafe.Add(data, at+56)), uint32(at+56), ends, rows, c)
		rows, most = rows+lfs, most|lfs
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

// indexWord writes the position after the first LF of w, whose position is at, to the
// entry after rows of ends. It writes some position if w has no LF. It returns how many
// LFs w has. A result above 1 may be too high: subtracting 1 from a byte that is 0
// borrows from the next one, which then seems to be 0 if it is 1.
func indexWord(w uint64, at uint32, ends unsafe.Pointer, rows uint32, c swarConstants) uint32 {
	w ^= c.lf
	found := &rowsByMask[(w+c.minusOnes)&^w&c.high*c.gather>>56]
	*(*uint32)(unsafe.Add(ends, uintptr(rows)*4)) = at + found.end
	return found.rows
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
