package stages

import (
	"context"
	"encoding/binary"
	"math/bits"

	"onebrc/engine"
	"onebrc/parse"
)

// runTiles makes three passes over a few KiB at a time.
//
// Idea: a tile of the file passes through three loops. Each loop does one thing for
// all rows of the tile and stores its results in arrays:
//
//	index       bytes of the tile   ─▶ where each row ends
//	decode      the ends            ─▶ name, hash and value of each row
//	accumulate  names and values    ─▶ slots of the table
//
// An iteration needs nothing that the one before it computed, except where to
// write, so the processor works on many rows at once. The results of a pass are
// still in the L1 cache when the next pass reads them. The hash is made from the
// first and the last 8 bytes of a name, without a branch on its length. They are
// all of a name of up to 16 bytes, so comparing two words compares such names in
// full.
//
// Same: windows of the mapping, and SWAR for the search and the value. The search
// is now for LF; the value and the ';' before it are found from there.
//
// Why: the profile of branchless had wyhash and the comparison of names, and each
// row was one chain of steps that wait for each other.
//
// Next: decode is about half of the profile, then come accumulate and index. The engine
// makes the same three passes, with unsafe loads instead of checked ones and tables
// instead of arithmetic. As no row waits for another, vector instructions can
// handle 16 rows at once: these are the engine's other kernels.
func runTiles(ctx context.Context, path string, workers int) (result *engine.Result, err error) {
	data, unmap, err := mapFile(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if unmapErr := unmap(); err == nil {
			err = unmapErr
		}
	}()
	w := &windows{size: int64(len(data))}
	tables := make([]*tileTable, workers)
	err = inParallel(ctx, workers, func(ctx context.Context, worker int) error {
		t := &tile{}
		table := newTileTable()
		tables[worker] = table
		for start, end, ok := w.next(); ok; start, end, ok = w.next() {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			from, to, err := rowsBetween(data, int(start), int(end))
			if err != nil {
				return err
			}
			for from < to {
				n, ok := t.add(data[from:to], table)
				if !ok {
					return errBadRow
				}
				from += n
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	total := summary{}
	for _, table := range tables {
		total.merge(table.summary())
	}
	return total.result(w.size), nil
}

const (
	// tileBytes is how much of the file a tile covers. With 32 bytes for each
	// of its rows, a tile stays within an L1 cache.
	tileBytes = 4096
	tileRows  = tileBytes / parse.MinRowBytes
	// The passes may read this much around a tile: a word before it, and a name
	// and a word after it.
	tileBefore = 8
	tileBehind = parse.MaxNameBytes + 8
)

// tile is the scratch memory of one worker.
type tile struct {
	// bytes is a copy of the tile, so that the passes can read some bytes before
	// and after it wherever in the file it is. The copy costs little, because
	// it is what brings the bytes into the cache.
	bytes [tileBefore + tileBytes + tileBehind]byte
	// ends[i+1] is where row i ends in bytes, after its LF, and so where row
	// i+1 begins. In the worst case each byte is an LF.
	ends [1 + tileBytes + 1]uint32
	rows [tileRows]tileRow
}

// tileRow is what the decode pass finds out about a row.
type tileRow struct {
	first, last   uint64 // 8 bytes of the name each, padded with zeros if it is shorter
	start, length uint32 // of the name, in the tile's bytes
	hash          uint32
	tenths        int32
}

// add adds the rows of a tile at the start of data to table, and returns how many
// bytes they have. ok is false if one of them is bad.
func (t *tile) add(data []byte, table *tileTable) (n int, ok bool) {
	n = copy(t.bytes[tileBefore:][:tileBytes-1], data)
	size := n
	if n == len(data) && data[n-1] != '\n' { // the last row of the file lacks its LF
		t.bytes[tileBefore+n] = '\n'
		size++
	}
	rows := t.index(size)
	if rows == 0 || rows > tileRows || !t.decode(rows) || !t.accumulate(rows, table) {
		return 0, false
	}
	return min(int(t.ends[rows])-tileBefore, n), true
}

// index finds the ends of the rows in the first n bytes of the tile, and returns
// how many there are.
func (t *tile) index(n int) (rows int) {
	clear(t.bytes[tileBefore+n:][:8]) // no LF in the rest of the last word
	t.ends[0] = tileBefore
	for at := tileBefore; at < tileBefore+n; at += 8 {
		difference := binary.LittleEndian.Uint64(t.bytes[at:]) ^ '\n'*everyByte
		mask := zeroBytes(difference)
		// The end is always written, but kept only if there is an LF. Two LFs
		// in a word are rare.
		t.ends[rows+1] = uint32(at + bits.TrailingZeros64(mask)>>3 + 1)
		rows += int((mask | -mask) >> 63)
		for mask &= mask - 1; mask != 0; mask &= mask - 1 {
			t.ends[rows+1] = uint32(at + bits.TrailingZeros64(mask)>>3 + 1)
			rows++
		}
	}
	return rows
}

// zeroBytes sets the high bit of each byte of the result that is zero in word. It
// is exact for all bytes. (Hacker's Delight, section 6-1.)
func zeroBytes(word uint64) uint64 {
	const low7 = 0x7f * everyByte
	return ^((word&low7 + low7) | word | low7)
}

// decode reads the first rows rows. It reports whether they are legal, except that
// it does not look for a ';' in a name.
func (t *tile) decode(rows int) bool {
	wrong := uint64(0)
	for i := range t.rows[:rows] {
		row := &t.rows[i]
		start, end := t.ends[i], t.ends[i+1]-1

		// The 8 bytes before the LF. The value follows the last ';' in them.
		word := binary.LittleEndian.Uint64(t.bytes[end-8:])
		if word>>56 == '\r' {
			word <<= 8
			end--
		}
		valueBits := uint(bits.LeadingZeros64(zeroBytes(word ^ everySemicolon)))
		word >>= (64 - valueBits) & 63

		// As in branchless, but the bytes after the value are zero here.
		negative := int64(^word<<59) >> 63
		point := uint(bits.TrailingZeros64(^word & 0x10101000))
		places := word &^ (uint64(negative) & 0xff) << ((28 - point) & 63)
		places |= ^places & 0x1000 * 3
		difference := places ^ placesWord
		wrong |= (difference + placesCarry | difference) & placesCheck
		wrong |= (word ^ '-') & uint64(negative) & 0xff
		wrong |= uint64(point + 12 ^ valueBits) // one digit after the point
		sum := int64(places & placesDigits * placesSum >> 32 & 0x3ff)
		row.tenths = int32(sum ^ negative - negative)

		length := end - uint32(valueBits>>3) - 1 - start
		wrong |= uint64((length - 1) / parse.MaxNameBytes) // 0 for 1 to 100
		length = min(length, parse.MaxNameBytes)
		outside := (8 - min(length, 8)) * 8 & 63
		row.first = binary.LittleEndian.Uint64(t.bytes[start:]) << outside >> outside
		row.last = binary.LittleEndian.Uint64(t.bytes[start+length-8:]) >> outside
		row.start, row.length = start, length
		row.hash = tileHash(row.first, row.last, length)
	}
	return wrong == 0
}

// tileHash returns the hash of a name of length bytes. Its factor is 2^64 divided
// by the golden ratio (Fibonacci hashing).
func tileHash(first, last uint64, length uint32) uint32 {
	return uint32((first ^ bits.RotateLeft64(last, 29) ^ uint64(length)) * 0x9E3779B97F4A7C15 >> 32)
}

// accumulate adds the rows to table, and reports whether all names are legal.
func (t *tile) accumulate(rows int, table *tileTable) bool {
	for i := range t.rows[:rows] {
		row := &t.rows[i]
		name := t.bytes[row.start:][:row.length]
		slot := &table.slots[row.hash>>table.shift]
		if !slot.has(row, name) { // rare
			if slot = table.find(row, name); slot == nil {
				return false
			}
		}
		slot.sum += int64(row.tenths)
		slot.count++
		slot.min = min(slot.min, row.tenths)
		slot.max = max(slot.max, row.tenths)
	}
	return true
}
