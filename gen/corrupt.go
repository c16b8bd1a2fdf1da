package gen

import (
	"bytes"
	"strconv"

	"onebrc/parse"
)

const (
	// corruptKey sets the sequence that chooses bad rows apart from the rows'
	// own: ASCII "corrupt!".
	corruptKey = 0x636f727275707421
	// corruptBits is how many random bits decide whether a row is bad. A rate
	// times two to that is exact.
	corruptBits = 53
	// corruptBlockRows is the number of rows of a block with bad rows, few
	// enough that it stays shorter than a segment if each is of
	// maxBadRowBytes.
	corruptBlockRows = 1 << 10
)

const _ = uint(segmentBytes - corruptBlockRows*(maxBadRowBytes+1) - 1) // is not negative

// corruption puts bad rows in the place of some rows of a data set: of the
// first, of the last, and of each other one with the given probability. What
// becomes of row n depends on the profile, the seed, n and whether it is the
// last.
type corruption struct {
	fill      blockFunc
	key       uint64
	threshold uint64 // of corruptBits random bits, those below it make a bad row
	noFinalLF bool
}

// badRow is a planted row.
type badRow struct {
	number     int64 // of the row, from 0
	start, end int   // in the block, without the LF
	reason     parse.Reason
}

func newCorruption(o Options, prof *profile, fill blockFunc) *corruption {
	return &corruption{
		fill: fill, key: mix64(mix64(o.Seed+weyl) ^ corruptKey),
		threshold: uint64(o.Corrupt * (1 << corruptBits)), noFinalLF: prof.noFinalLF,
	}
}

// block is fill of the profile, with bad rows, which it appends to bad.
func (c *corruption) block(dst []byte, b block, bad []badRow) (int, []badRow) {
	at := 0
	good := b
	for n := b.first; n < b.first+int64(b.rows); n++ {
		r := random(c.key, n)
		last := n == b.total-1
		if r>>(64-corruptBits) >= c.threshold && n > 0 && !last {
			continue
		}
		// The good rows before it, then it.
		good.rows = int(n - good.first)
		at += c.fill(dst[at:], good)
		row := dst[at : at+c.fill(dst[at:], block{b.key, n, 1, b.total})]
		spoiled, reason := spoil(row, r, !last || !c.noFinalLF)
		end := at + copy(dst[at:], spoiled)
		bad = append(bad, badRow{n, at, end, reason})
		dst[end] = '\n'
		at = end + 1
		good.first = n + 1
	}
	good.rows = int(b.first + int64(b.rows) - good.first)
	return at + c.fill(dst[at:], good), bad
}

// spoil makes a bad row, without LF, of a good one. Where a row without any
// bytes is none, as it has no LF, emptyToo is false.
func spoil(row []byte, r uint64, emptyToo bool) ([]byte, parse.Reason) {
	rng := splitMix64(r)
	name, value, _ := bytes.Cut(bytes.TrimRight(row, "\r\n"), []byte{';'})
	for {
		f := &flaws[rng.below(len(flaws))]
		way := f.ways[rng.below(len(f.ways))]
		if spoiled := way(name, value, &rng); len(spoiled) > 0 || emptyToo {
			return spoiled, f.reason
		}
	}
}

// appendBadRow appends the line of a list of bad rows, for one in a block that
// starts at offset of the data set.
func appendBadRow(dst []byte, file string, bad badRow, block []byte, offset int64) []byte {
	dst = append(append(dst, file...), '\t')
	dst = append(strconv.AppendInt(dst, bad.number+1, 10), '\t')
	dst = append(strconv.AppendInt(dst, offset+int64(bad.start), 10), '\t')
	dst = append(append(dst, bad.reason...), '\t')
	return append(append(dst, block[bad.start:bad.end]...), '\n')
}
