package fields

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

const (
	ones    = ^uint64(0) / 255 // 1 in every byte
	lowBits = 0x7f * ones      // all bits of every byte but the highest
	// Multiplying by gather moves bit 8i+7 to bit 56+i.
	gather = 0x0002040810204081
)

// swar has the constants of the search for bytes in a word of 8. They are variables
// so that the compiler keeps each in a register; it would load a 64-bit constant
// again for every use.
var swar = struct{ low, lf, gather uint64 }{lowBits, '\n' * ones, gather}

// usualSeps is the greatest number of separators in a block of usual rows.
const usualSeps = 12

// indexGeneric is the index pass in portable Go.
//
// It turns each block of 64 bytes into a mask of its separators. Then it turns the
// masks into positions, usualSeps for each block even if it has fewer: a branch on
// their number would be mispredicted every few blocks.
func indexGeneric(base unsafe.Pointer, n int, s *Syntax, t *Tile) (seps int, ok bool) {
	var all [TileBytes / BlockBytes]uint64
	masks := all[:(n+BlockBytes-1)/BlockBytes]
	t.Quotes, t.InnerLF = 0, 0
	ok = true
	if data := unsafe.Add(base, PadBefore); s.HasQuote {
		ok = maskQuoted(data, n, s, masks, t)
	} else {
		maskPlain(data, n, s, masks)
	}
	seps = t.position(masks)
	return seps, ok && s.rowsEnd(base, t, seps)
}

// maskPlain sets masks to those of the separators in the n bytes at data, without
// regard to quotes.
func maskPlain(data unsafe.Pointer, n int, s *Syntax, masks []uint64) {
	delimiter := uint64(s.Delimiter) * ones
	for i := range masks {
		masks[i] = maskBlock(unsafe.Add(data, i*BlockBytes), delimiter)
	}
	if rest := n % BlockBytes; rest > 0 {
		masks[len(masks)-1] &= 1<<rest - 1
	}
}

// position writes the positions of the separators in masks and returns their
// number.
func (t *Tile) position(masks []uint64) (seps int) {
	t.Seps[0] = PadBefore - 1
	before := uint32(PadBefore)
	for _, mask := range masks {
		to := (*[BlockBytes]uint32)(t.Seps[1+seps:])
		seps += bits.OnesCount64(mask)
		for i := range usualSeps {
			to[i] = before + uint32(bits.TrailingZeros64(mask))
			mask &= mask - 1
		}
		for i := usualSeps; mask != 0; i++ {
			to[i%BlockBytes] = before + uint32(bits.TrailingZeros64(mask))
			mask &= mask - 1
		}
		before += BlockBytes
	}
	return seps
}

// rowsEnd reports whether exactly each separator that should end a row is an LF.
// Each of them must be one, and there must be no more: with a given number of
// separators, each a delimiter or an LF, the sum of their bytes gives the number of
// LFs.
func (s *Syntax) rowsEnd(base unsafe.Pointer, t *Tile, seps int) bool {
	sum := uint32(0)
	for _, p := range t.Seps[1:][:seps] {
		sum += uint32(*(*byte)(unsafe.Add(base, p)))
	}
	differ := byte(0)
	for i := s.Columns; i <= seps; i += s.Columns {
		differ |= *(*byte)(unsafe.Add(base, t.Seps[i])) ^ '\n'
	}
	rows := seps / s.Columns
	return differ == 0 && sum == uint32(rows)*'\n'+uint32(seps-rows)*uint32(s.Delimiter)
}

// maskBlock returns a mask of the 64 bytes at p: bit i is set if byte i is an LF or
// the delimiter, which delimiter has in every byte.
func maskBlock(p unsafe.Pointer, delimiter uint64) uint64 {
	lf := swar.lf
	return maskEqual(p, lf) | maskEqual(p, delimiter)
}

// maskEqual returns a mask of the 64 bytes at p: bit i is set if byte i is the one
// that c has in every byte.
func maskEqual(p unsafe.Pointer, c uint64) uint64 {
	low, gather := swar.low, swar.gather
	other := uint64(0)
	for i := uint32(0); i < BlockBytes; i += 8 {
		// It is the exact test for a zero byte of Hacker's Delight, section 6-1.
		w := load64(p, i) ^ c
		other |= (w&low + low | w) &^ low * gather >> 56 << i
	}
	return ^other
}

// load64 reads 8 bytes at p+offset as a little-endian number on any machine. It
// compiles to one load where that is the machine's own order. The caller guarantees
// that the 8 bytes are readable.
func load64(p unsafe.Pointer, offset uint32) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(p, offset))[:])
}
