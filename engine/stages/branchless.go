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
// Idea: eight bytes are one number, and a few operations on it do something to
// all eight (SWAR, SIMD within a register). 16 bytes are searched for a ';' at
// once. The value behind it, with its sign and one or two digits before the
// point, is moved to where its digits have fixed places; one multiplication
// adds them up. As that tells the length of the value, nobody searches for LF.
//
// Same: windows of the mapping, and the table with wyhash.
//
// Why: the profile of zero-copy had two searches for each row, and branches on
// the length of the name and on the form of the number, which a processor
// mispredicts every few rows.
//
// Next: the table (find, with wyhash and memeqbody) is more than half of the
// profile: the hash has a branch on the length of the name, and the comparison
// is a call with more of them. All steps of a row wait for each other (search,
// hash, slot), and a misprediction in one of them throws away what the
// processor had begun of the next row.
func runBranchless(ctx context.Context, path string, workers int) (*engine.Result, error) {
	return overMapping(ctx, path, workers, addBranchlessRows)
}

// longestRead is how far addBranchlessRows reads from the start of a row: the
// words of a name that is too long by one word at most, and 8 bytes behind ';'.
const longestRead = parse.MaxNameBytes + 32 + 8

// addBranchlessRows adds the rows in data[from:to] to t.
func addBranchlessRows(t *openTable, data []byte, from, to int) error {
	for from < to && from <= len(data)-longestRead {
		// Where is the ';' that ends the name?
		row := data[from : from+longestRead]
		length := 0
		mask := findSemicolons(row)
		for mask == 0 { // for names of 16 bytes and more
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

		// The value, and from its length the end of the row.
		tenths, valueBytes, bad := parseWord(binary.LittleEndian.Uint64(row[length+1:]))
		end := length + 1 + valueBytes
		if row[end] == '\r' {
			end++
		}
		if bad || row[end] != '\n' {
			return errBadRow
		}

		// A row without ';' makes a name with a LF inside. It shows when the
		// name is new, as all names of the table were new once.
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

// addLastRows adds rows at the end of a file, behind which nothing can be read.
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

// gatherHighBits, as a factor, moves the bits 8i+7 of a word to the bits 56+i.
const gatherHighBits = 0x0002040810204081

// findSemicolons returns a mask whose lowest set bit is the index of the first
// ';' in the first 16 bytes of b, and 0 if there is none. (A byte behind a ';'
// may set its bit without being one: the subtraction borrows. Bit Twiddling
// Hacks, "Determine if a word has a zero byte".)
func findSemicolons(b []byte) uint64 {
	low := binary.LittleEndian.Uint64(b) ^ everySemicolon
	high := binary.LittleEndian.Uint64(b[8:]) ^ everySemicolon
	low = (low - everyByte) & ^low & everyHighBit
	high = (high - everyByte) & ^high & everyHighBit
	return low*gatherHighBits>>56 | high*gatherHighBits>>56<<8
}

// parseWord reads the value that the bytes of word begin with. length is how
// many bytes it has; if bad is true it is not legal and the rest has no
// meaning. (After a parser of the public challenge.)
func parseWord(word uint64) (tenths, length int, bad bool) {
	// Bit 4 is set in every digit, and not in '-' and '.'. So it tells from the
	// first byte whether the value is negative, and from bytes 1 to 3 where the
	// point is.
	negative := int64(^word<<59) >> 63 // all ones or zero
	point := bits.TrailingZeros64(^word & 0x10101000)
	length = point>>3 + 2

	// To the places, without the sign. Whatever has no tens gets a zero.
	places := word &^ (uint64(negative) & 0xff) << (uint(28-point) & 63)
	places |= ^places & 0x1000 * 3

	// A byte that is not what it has to be differs in a bit of the check.
	difference := places ^ placesWord
	wrong := (difference + placesCarry | difference) & placesCheck
	wrong |= (word ^ '-') & uint64(negative) & 0xff

	sum := int64(places & placesDigits * placesSum >> 32 & 0x3ff)
	return int(sum ^ negative - negative), length, wrong != 0
}
