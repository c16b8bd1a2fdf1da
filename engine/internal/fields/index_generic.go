package fields

import (
	"encoding/binary"
	"math/bits"
	"runtime"
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
		p := unsafe.Add(data, i*BlockBytes)
		mask, _, ascii := maskASCII(p, delimiter, 0)
		if !ascii {
			mask = maskEither(p, swar.lf, delimiter)
		}
		masks[i] = mask
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
		to[0] = before + lowest(mask)
		mask &= mask - 1
		to[1] = before + lowest(mask)
		mask &= mask - 1
		to[2] = before + lowest(mask)
		mask &= mask - 1
		to[3] = before + lowest(mask)
		mask &= mask - 1
		to[4] = before + lowest(mask)
		mask &= mask - 1
		to[5] = before + lowest(mask)
		mask &= mask - 1
		to[6] = before + lowest(mask)
		mask &= mask - 1
		to[7] = before + lowest(mask)
		mask &= mask - 1
		to[8] = before + lowest(mask)
		mask &= mask - 1
		to[9] = before + lowest(mask)
		mask &= mask - 1
		to[10] = before + lowest(mask)
		mask &= mask - 1
		to[11] = before + lowest(mask)
		mask &= mask - 1
		for i := usualSeps; mask != 0; i++ {
			to[i%BlockBytes] = before + lowest(mask)
			mask &= mask - 1
		}
		before += BlockBytes
	}
	return seps
}

// lowest returns the number of the lowest set bit of mask; the result is undefined if
// mask is 0. On amd64 without the instructions of amd64-v3, counting bits is cheaper
// than searching for one; elsewhere it is not.
func lowest(mask uint64) uint32 {
	if runtime.GOARCH == "amd64" {
		return uint32(bits.OnesCount64(^mask & (mask - 1)))
	}
	return uint32(bits.TrailingZeros64(mask))
}

// rowsEnd reports whether exactly each separator that should end a row is an LF.
// Each of them must be one, and there must be no more: with a given number of
// separators, each a delimiter or an LF, the sum of their bytes gives the number of
// LFs.
func (s *Syntax) rowsEnd(base unsafe.Pointer, t *Tile, seps int) bool {
	sum := uint32(0)
	rest := t.Seps[1:][:seps]
	for ; len(rest) >= 4; rest = rest[4:] {
		sum += uint32(*(*byte)(unsafe.Add(base, rest[0]))) + uint32(*(*byte)(unsafe.Add(base, rest[1]))) +
			uint32(*(*byte)(unsafe.Add(base, rest[2]))) + uint32(*(*byte)(unsafe.Add(base, rest[3])))
	}
	for _, p := range rest {
		sum += uint32(*(*byte)(unsafe.Add(base, p)))
	}
	differ := byte(0)
	for i := s.Columns; i <= seps; i += s.Columns {
		differ |= *(*byte)(unsafe.Add(base, t.Seps[i])) ^ '\n'
	}
	rows := seps / s.Columns
	return differ == 0 && sum == uint32(rows)*'\n'+uint32(seps-rows)*uint32(s.Delimiter)
}

// maskASCII returns a mask of the 64 bytes at p: bit i is set if byte i is an LF or
// the one that delimiter has in every byte. quoted is true if one of the bytes is the
// one that quote has in every byte. The results are undefined if ascii is false: then
// the block, the delimiter or the quote is not ASCII.
//
// With all bytes below 128, adding 127 to the bytes of a word sets the highest bit of
// those that are not 0, and nothing carries over.
func maskASCII(p unsafe.Pointer, delimiter, quote uint64) (mask uint64, quoted, ascii bool) {
	low, lf, gather := swar.low, swar.lf, swar.gather
	w0, w1, w2, w3 := load64(p, 0), load64(p, 8), load64(p, 16), load64(p, 24)
	w4, w5, w6, w7 := load64(p, 32), load64(p, 40), load64(p, 48), load64(p, 56)
	if (w0|w1|w2|w3|w4|w5|w6|w7|delimiter|quote)&^low != 0 {
		return 0, false, false
	}
	other := differ(w7, low, lf, delimiter) * gather >> 56
	other = other<<8 | differ(w6, low, lf, delimiter)*gather>>56
	other = other<<8 | differ(w5, low, lf, delimiter)*gather>>56
	other = other<<8 | differ(w4, low, lf, delimiter)*gather>>56
	other = other<<8 | differ(w3, low, lf, delimiter)*gather>>56
	other = other<<8 | differ(w2, low, lf, delimiter)*gather>>56
	other = other<<8 | differ(w1, low, lf, delimiter)*gather>>56
	other = other<<8 | differ(w0, low, lf, delimiter)*gather>>56
	unquoted := ((w0 ^ quote) + low) & ((w1 ^ quote) + low) & ((w2 ^ quote) + low) & ((w3 ^ quote) + low) &
		((w4 ^ quote) + low) & ((w5 ^ quote) + low) & ((w6 ^ quote) + low) & ((w7 ^ quote) + low)
	return ^other, unquoted|low != ^uint64(0), true
}

// differ returns the highest bit of each byte of w that is neither the one of a nor
// the one of b. All bytes must be ASCII.
func differ(w, low, a, b uint64) uint64 { return ((w ^ a) + low) & ((w ^ b) + low) &^ low }

// maskEither returns a mask of the 64 bytes at p: bit i is set if byte i is the one
// that a or the one that b has in every byte.
func maskEither(p unsafe.Pointer, a, b uint64) uint64 {
	low, gather := swar.low, swar.gather
	other := differExactly(load64(p, 56), low, a, b) * gather >> 56
	other = other<<8 | differExactly(load64(p, 48), low, a, b)*gather>>56
	other = other<<8 | differExactly(load64(p, 40), low, a, b)*gather>>56
	other = other<<8 | differExactly(load64(p, 32), low, a, b)*gather>>56
	other = other<<8 | differExactly(load64(p, 24), low, a, b)*gather>>56
	other = other<<8 | differExactly(load64(p, 16), low, a, b)*gather>>56
	other = other<<8 | differExactly(load64(p, 8), low, a, b)*gather>>56
	other = other<<8 | differExactly(load64(p, 0), low, a, b)*gather>>56
	return ^other
}

// differExactly is differ for any bytes. It is the exact test for a zero byte of
// Hacker's Delight, section 6-1.
func differExactly(w, low, a, b uint64) uint64 {
	x, y := w^a, w^b
	return (x&low + low | x) & (y&low + low | y) &^ low
}

// maskEqual returns a mask of the 64 bytes at p: bit i is set if byte i is the one
// that c has in every byte.
func maskEqual(p unsafe.Pointer, c uint64) uint64 { return maskEither(p, c, c) }

// load64 reads 8 bytes at p+offset as a little-endian number on any machine. It
// compiles to one load where that is the machine's own order. The caller guarantees
// that the 8 bytes are readable.
func load64(p unsafe.Pointer, offset uint32) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(p, offset))[:])
}
