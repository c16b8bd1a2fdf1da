package stages

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/bits"

	"onebrc/engine"
	"onebrc/parse"
)

// runBranchless reads rows without a branch that depends on their bytes.
//
// Idea: eight bytes are one machine word, and a few operations on the word do
// something to all eight (SWAR, SIMD within a register). 16 bytes are searched for
// a ';' at once. The value after it, with its sign and one or two digits before the
// point, is shifted so that its digits have fixed places; one multiplication adds
// them up. That also gives the length of the value, so no search for LF is needed.
//
// Same: windows of the mapping, and the table with wyhash.
//
// Why: the profile of zero-copy had two searches for each row. They and the number
// have branches on the length of the name and on the form of the number, which a
// processor mispredicts every few rows.
//
// Next: the table (find, with wyhash and memeqbody) is about half of the
// profile. The hash branches on the length of the name, and the comparison is a
// call with more branches. The steps of a row (search, hash, slot) wait for each
// other, and a misprediction in one of them discards what the processor has begun
// of the next row.
func runBranchless(ctx context.Context, path string, workers int) (*engine.Result, error) {
	return overMapping(ctx, path, workers, addBranchlessRows)
}

// longestRead is how far addBranchlessRows reads from the start of a row: the words
// of a name that is too long by at most one word, and 8 bytes after ';'.
const longestRead = parse.MaxNameBytes + 32 + 8

// addBranchlessRows adds the rows in data[from:to] to t.
func addBranchlessRows(t *openTable, data []byte, from, to int) error {
	for from < to && from <= len(data)-longestRead {
		// Where is the ';' that ends the name?
		row := data[from : from+longestRead]
		length := 0
		mask := findSemicolons(row)
		for mask == 0 { // the name has 16 bytes or more
			length += 16
			if length > parse.MaxNameBytes {
				return errBadRow
			}
			mask = findSemicolons(row[length:])
		}
		length += bits.TrailingZeros64(mask)
		if uint(length-1) >= parse.MaxNameBytes {
			return errBadRow
		}

		// The value. Its length gives the end of the row.
		tenths, valueBytes, bad := parseWord(binary.LittleEndian.Uint64(row[length+1:]))
		end := length + 1 + valueBytes
		if row[end] == '\r' {
			end++
		}
		if bad || row[end] != '\n' {
			return errBadRow
		}

		// If a row has no ';', the name has an LF inside. It is enough to check
		// new names, because every name in the table was new once.
		names := t.names
		stats := t.find(row[:length])
		if t.names != names && bytes.IndexByte(row[:length], '\n') >= 0 {
			return errBadRow
		}
		stats.add(tenths)
		from += end + 1
	}
	return addLastRows(t, data[from:to])
}

// addLastRows adds rows at the end of a file, where no bytes follow that could be
// read too.
func addLastRows(t *openTable, rows []byte) error {
	for len(rows) > 0 {
		row, rest, _ := bytes.Cut(rows, lf)
		rows = rest
		name, tenths, why := parse.Row(row)
		if why != "" {
			return errBadRow
		}
		t.find(name).add(tenths)
	}
	return nil
}

// gatherHighBits, as a factor, moves bit 8i+7 of a word to bit 56+i.
const gatherHighBits = 0x0002040810204081

// findSemicolons returns a mask whose lowest set bit is the index of the first ';'
// in the first 16 bytes of b, or 0 if there is none. Higher bits mean nothing,
// because the subtraction borrows: a byte after a ';' may set its bit without being
// a ';'. (Bit Twiddling Hacks, "Determine if a word has a zero byte".)
func findSemicolons(b []byte) uint64 {
	low := binary.LittleEndian.Uint64(b) ^ everySemicolon
	high := binary.LittleEndian.Uint64(b[8:]) ^ everySemicolon
	low = (low - everyByte) & ^low & everyHighBit
	high = (high - everyByte) & ^high & everyHighBit
	return low*gatherHighBits>>56 | high*gatherHighBits>>56<<8
}

// parseWord reads the value at the start of the bytes of word. length is its number
// of bytes. If bad is true, the value is not legal and the other results have no
// meaning. (After a parser of the public challenge.)
func parseWord(word uint64) (tenths, length int, bad bool) {
	// Bit 4 is set in every digit, but not in '-' and '.'. In byte 0 it tells
	// whether the value is negative, and in bytes 1 to 3 where the point is.
	negative := int64(^word<<59) >> 63 // all ones or zero
	point := bits.TrailingZeros64(^word & 0x10101000)
	length = point>>3 + 2

	// Move the digits to their places, without the sign. A missing tens digit
	// becomes '0'.
	places := word &^ (uint64(negative) & 0xff) << (uint(28-point) & 63)
	places |= ^places & 0x1000 * 3

	// A byte that is not legal in its place differs in a bit of placesCheck.
	difference := places ^ placesWord
	wrong := (difference + placesCarry | difference) & placesCheck
	wrong |= (word ^ '-') & uint64(negative) & 0xff

	sum := int64(places & placesDigits * placesSum >> 32 & 0x3ff)
	return int(sum ^ negative - negative), length, wrong != 0
}
