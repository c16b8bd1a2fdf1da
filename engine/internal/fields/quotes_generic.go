package fields

import (
	"math/bits"
	"unsafe"
)

// quoting is what maskQuoted knows at the border between two blocks. All but inside
// are bit 0 of a mask.
type quoting struct {
	inside uint64 // all ones if the border is inside quotes
	sep    uint64 // the last byte was a separator, or the tile begins here
	closed uint64 // the last byte was a closing quote
	cr     uint64 // the last bytes were a closing quote and a CR
	bad    uint64 // not 0 if a quote was where it must not be
}

// maskQuoted sets masks to those of the separators in the n bytes at data, lists the
// quoted fields in t, and reports whether all quotes are legal.
//
// A bit of the prefix xor of the quotes is set from an opening quote up to the byte
// before the closing one. A doubled quote closes and opens again at once:
//
//	bytes     "a,b",c,"d""e"␊
//	quotes    1   1   1 11 1
//	inside    1111    11 11
//	opening   1       1  1
//	closing       1     1  1
//
// So an opening quote must follow a separator or a closing quote; in the second case
// it is half of a doubled one.
func maskQuoted(data unsafe.Pointer, n int, s *Syntax, masks []uint64, t *Tile) bool {
	delimiter, quote := uint64(s.Delimiter)*ones, uint64(s.Quote)*ones
	q := quoting{sep: 1}
	seps := uint32(0)
	for i := range masks {
		p := unsafe.Add(data, i*BlockBytes)
		valid := ^uint64(0)
		if rest := n - i*BlockBytes; rest < BlockBytes {
			valid = 1<<rest - 1
		}
		mask, quoted, ascii := maskASCII(p, delimiter, quote)
		quotes := uint64(0)
		if !ascii {
			mask = maskEither(p, swar.lf, delimiter)
		}
		if !ascii || quoted {
			quotes = maskEqual(p, quote) & valid
		}
		if quotes|q.inside|q.closed|q.cr == 0 {
			masks[i] = mask & valid
			q.sep = masks[i] >> (BlockBytes - 1)
		} else {
			masks[i] = q.block(p, mask&valid, quotes, valid, seps, t)
		}
		seps += uint32(bits.OnesCount64(masks[i]))
	}
	return q.bad == 0
}

// block returns the mask of the separators in the block at p and moves q to its end.
// The block has the given quotes; ends are its delimiters and LFs, also inside quotes.
// Only the bytes in valid belong to the tile. There are seps separators before the
// block.
func (q *quoting) block(p unsafe.Pointer, ends, quotes, valid uint64, seps uint32, t *Tile) uint64 {
	lf, cr := maskEqual(p, swar.lf)&valid, maskEqual(p, '\r'*ones)&valid
	inside := prefixXor(quotes) ^ q.inside
	mask := ends &^ inside
	opening, closing := quotes&inside, quotes&^inside

	afterSep, afterClosing := mask<<1|q.sep, (closing<<1|q.closed)&valid
	closedCR := afterClosing & cr
	afterCR := (closedCR<<1 | q.cr) & valid
	q.bad |= opening &^ (afterSep | afterClosing)
	q.bad |= afterClosing &^ (mask | quotes | cr)
	q.bad |= afterCR &^ lf

	const last = BlockBytes - 1
	q.inside = -(inside >> last)
	q.sep, q.closed, q.cr = mask>>last, closing>>last, closedCR>>last

	t.InnerLF += bits.OnesCount64(lf & inside)
	for rest := opening; rest != 0; rest &= rest - 1 {
		lowest := rest & -rest
		field := seps + uint32(bits.OnesCount64(mask&(lowest-1)))
		if lowest&afterClosing != 0 {
			field |= DoubledQuote
		}
		t.Quoted[t.Quotes] = field
		t.Quotes++
	}
	return mask
}

// prefixXor returns x with each bit replaced by the xor of itself and all lower ones.
func prefixXor(x uint64) uint64 {
	for i := 1; i < 64; i *= 2 {
		x ^= x << i
	}
	return x
}
