package parse

import "unsafe"

// shape is one of the four forms of a value, described on the 8 bytes that end
// at the LF of its row, as a little-endian number (byte 7 is the LF):
//
//	byte        0   1   2   3   4   5   6   7
//	; d.d                   ;   d   .   d   LF
//	; -d.d              ;   -   d   .   d   LF
//	; dd.d              ;   d   d   .   d   LF
//	; -dd.d         ;   -   d   d   .   d   LF
type shape struct {
	// expect has the bytes that must be there, and '0' where a digit must be:
	// xor with it leaves the number of each digit, and 0 for all else.
	expect uint64
	// carry has 6 for each digit: added to a number above 9 it sets bit 4.
	carry uint64
	// check has the bits that must be 0 after both: all of them, but the low
	// four of a digit, and none of what stands before the ';'.
	check uint64
	// flip is all ones if the value is negative, and shift its bias: with
	// n the number, (n ^ flip) + shift is the biased value.
	flip, shift uint64
	// length is the length of ';' and value, in bytes.
	length uint64
}

// shapes is indexed by shapeOfByte3 plus a bit that tells '-' from ';' in
// byte 2, which matters for the last pair only.
var shapes = [8]shape{
	0: impossible, 1: impossible,
	2: shapeOf(";0.0\n"), 3: shapeOf(";0.0\n"),
	4: shapeOf(";-0.0\n"), 5: shapeOf(";-0.0\n"),
	6: shapeOf(";-00.0\n"), 7: shapeOf(";00.0\n"),
}

// shapeOfByte3 tells the shapes apart by the byte before the last digit of the
// integer part.
var shapeOfByte3 = [256]uint8{
	';': 2, '-': 4,
	'0': 6, '1': 6, '2': 6, '3': 6, '4': 6, '5': 6, '6': 6, '7': 6, '8': 6, '9': 6,
}

// impossible checks for a byte 7 of 0, which is never true as it is a LF.
var impossible = shape{check: 0xff << 56}

// shapeOf makes a shape of an example with zeros for digits.
func shapeOf(example string) shape {
	s := shape{length: uint64(len(example)) - 1, shift: ValueBias}
	for i, c := range []byte(example) {
		bit := (8 - len(example) + i) * 8
		s.expect |= uint64(c) << bit
		switch c {
		case '0':
			s.carry |= 6 << bit
			s.check |= 0xf0 << bit
		case '-':
			s.flip = ^uint64(0)
			s.shift = ValueBias + 1 // two's complement: -n is ^n + 1
			fallthrough
		default:
			s.check |= 0xff << bit
		}
	}
	return s
}

// digitsToTenths, as a factor, adds up 100, 10 and 1 times the numbers in
// bytes 0, 1 and 3, in the 10 bits from bit 24; the only product that reaches
// in from above is 100 times byte 1 at bit 32, and 100 is a multiple of 4.
// (After Quan Anh Mai's parser of the public challenge.)
const digitsToTenths = 100<<24 | 10<<16 | 1

// DecodeGeneric is the decode pass in portable Go: for the rows rows that the
// index pass found at data it writes t.Name, t.Len, t.Hash and t.Value, and
// reports whether all of them are inside the grammar, except that it does not
// look at names (see ValidName). If not, what it wrote is of no use. PadBefore
// and PadAfter bytes around the rows must be readable.
//
// The only branch on data is on a CR before the LF, which is the same for all
// rows of a file: the four shapes of a value are a table, and every byte of
// the value is checked.
func DecodeGeneric(data unsafe.Pointer, rows int, t *Tile) bool {
	if rows < 0 || rows > TileRows {
		return false
	}
	var bad uint64
	start := uint(0)
	for i := range rows {
		end := uint(t.Starts[i+1])
		afterValue := end
		w := load64(unsafe.Add(data, int(end)-8))
		if w>>48&0xff == '\r' {
			w = w<<8&(1<<56-1) | '\n'<<56
			afterValue--
		}
		s := &shapes[(shapeOfByte3[w>>24&0xff]+uint8(w>>20&1))&7]
		w ^= s.expect
		bad |= (w + s.carry | w) & s.check
		t.Value[i] = uint32((w>>24*digitsToTenths>>24&0x3ff ^ s.flip) + s.shift)

		name := unsafe.Add(data, int(start))
		n := afterValue - 1 - uint(s.length) - start
		t.Name[i] = uint32(start)
		t.Len[i] = uint32(n)
		t.Hash[i] = hashWords(load64(name), load64(unsafe.Add(name, int(n)-8)), n)
		start = end
	}
	return bad == 0
}
