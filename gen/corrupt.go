package gen

import (
	"bytes"
	"strconv"

	"onebrc/parse"
)

const (
	// corruptKey makes the random numbers that choose bad rows differ from those of
	// the rows: ASCII "corrupt!".
	corruptKey = 0x636f727275707421
	// corruptBits is the number of random bits that decide whether a row is bad. The
	// product of a float64 and 2^corruptBits is exact.
	corruptBits = 53
	// corruptBlockRows is the number of rows of a block that may have bad rows. The
	// block stays shorter than a segment even if all its rows have maxBadRowBytes.
	corruptBlockRows = 1 << 10
)

// A negative constant does not convert to uint, so this asserts the above.
const _ = uint(segmentBytes - corruptBlockRows*(maxBadRowBytes+1) - 1)

// corruption replaces rows of a data set by bad rows: the first, the last, and each
// other row with the given probability. The result for row n depends on the profile,
// the seed, n and whether the row is the last.
type corruption struct {
	fill      blockFunc
	spoil     spoilFunc
	key       uint64
	threshold uint64 // a row is bad if corruptBits random bits are below it
	noFinalLF bool
}

// spoilFunc makes a bad row, without the LF that ends it, from a good one and a
// random number. The result has at most maxBadRowBytes bytes. It may be empty only if
// emptyToo is set: without an LF after it, an empty row would not be a row.
type spoilFunc func(row []byte, r uint64, emptyToo bool) ([]byte, parse.Reason)

// badRow is a bad row of a block.
type badRow struct {
	start, end int // of the row in the block, without the LF
	reason     parse.Reason
}

func newCorruption(o Options, prof *profile, fill blockFunc) *corruption {
	return &corruption{
		fill: fill, spoil: prof.spoil, key: mix64(mix64(o.Seed+weyl) ^ corruptKey),
		threshold: uint64(o.Corrupt * (1 << corruptBits)), noFinalLF: prof.noFinalLF,
	}
}

// block is the blockFunc of the profile with bad rows. It appends these to bad.
func (c *corruption) block(dst []byte, b block, bad []badRow) (int, []badRow) {
	at := 0
	good := b
	for n := b.first; n < b.first+int64(b.rows); n++ {
		r := random(c.key, n)
		last := n == b.total-1
		if r>>(64-corruptBits) >= c.threshold && n > 0 && !last {
			continue
		}
		// Write the good rows before this one, then this one.
		good.rows = int(n - good.first)
		at += c.fill(dst[at:], good)
		row := dst[at : at+c.fill(dst[at:], block{b.key, n, 1, b.total})]
		spoiled, reason := c.spoil(row, r, !last || !c.noFinalLF)
		end := at + copy(dst[at:], spoiled)
		bad = append(bad, badRow{at, end, reason})
		dst[end] = '\n'
		at = end + 1
		good.first = n + 1
	}
	good.rows = int(b.first + int64(b.rows) - good.first)
	return at + c.fill(dst[at:], good), bad
}

// spoilStation is the spoilFunc of rows "name;value".
func spoilStation(row []byte, r uint64, emptyToo bool) ([]byte, parse.Reason) {
	rng := splitMix64(r)
	name, value, _ := bytes.Cut(bytes.TrimRight(row, "\r\n"), []byte{';'})
	for {
		way, reason := drawFlaw(flaws, &rng)
		if spoiled := way(name, value, &rng); len(spoiled) > 0 || emptyToo {
			return spoiled, reason
		}
	}
}

// appendBadRow appends the line of Options.CorruptList for a row of a block that
// starts at offset in the data set. The row begins in the line line.
func appendBadRow(dst []byte, file string, bad badRow, block []byte, line, offset int64) []byte {
	dst = append(append(dst, file...), '\t')
	dst = append(strconv.AppendInt(dst, line, 10), '\t')
	dst = append(strconv.AppendInt(dst, offset+int64(bad.start), 10), '\t')
	dst = append(append(dst, bad.reason...), '\t')
	return append(append(dst, block[bad.start:bad.end]...), '\n')
}
