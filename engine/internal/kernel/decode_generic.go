package kernel

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
	_      [2]uint64 // to shapeBytes, a power of two
}

const (
	shapeBytes = 1 << shapeShift
	shapeShift = 6
)

var _ [shapeBytes]struct{} = [unsafe.Sizeof(shape{})]struct{}{}

// decodeTables are what the decode pass looks up, in one place so that all of
// it is reached from one register.
type decodeTables struct {
	// shapes has the shape of each value of shapeBits.
	shapes [1 << shapeBits]shape
	// names has, for each length of a name, what of the 8 bytes from its start
	// and of the 8 bytes before its end is the name.
	names [maskedBytes]nameMask
}

// The shape of a value follows from shapeBits bits from bit shapeBit on: the
// upper four of byte 2, which tell '-' from ';', and the lower five of byte 3,
// which tell both from each other and from digits. A byte that only agrees in
// these bits is found by the check.
const (
	shapeBit  = 20
	shapeBits = 9
	// shapeOffsets are the bits of the offset of a shape in bytes.
	shapeOffsets = (1<<shapeBits - 1) << shapeShift
)

var decoding = &decodeTables{shapes: shapesByBits(), names: nameMasks()}

// shapesByBits returns the shape for each value of shapeBits.
func shapesByBits() (shapes [1 << shapeBits]shape) {
	for i := range shapes {
		shapes[i] = impossible
	}
	set := func(byte2, byte3 byte, example string) {
		bits := (uint32(byte2)<<16 | uint32(byte3)<<24) >> shapeBit
		shapes[bits%uint32(len(shapes))] = shapeOf(example)
	}
	for digit := byte('0'); digit <= '9'; digit++ {
		set(';', digit, ";00.0\n")
		set('-', digit, ";-00.0\n")
	}
	set(';', '-', ";-0.0\n")
	for endOfName := 0; endOfName < 256; endOfName += 16 { // or the LF before it
		set(byte(endOfName), ';', ";0.0\n")
	}
	return shapes
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

// As a factor, digitsToTenths adds up 100, 10 and 1 times the numbers in bytes
// 0, 1 and 3 from bit tenthsBit on, the upper 10 bits of a product. The terms
// above leave the product, as 100 times byte 1 is a multiple of 4 and begins
// at bit 62. Several entries of the public challenge parse numbers so.
const (
	tenthsBit      = 54
	digitsToTenths = 100<<tenthsBit | 10<<(tenthsBit-8) | 1<<(tenthsBit-24)
)

// DecodeGeneric is the decode pass in portable Go: for the rows rows that the
// index pass found at data it writes t.Len, t.Hash and t.Value, and reports
// whether all of them are inside the grammar, except that it does not look at
// names (see parse.ValidName) other than that it refuses 128 bytes and more. It also
// refuses rows that end in CR LF beside rows that end in LF. If it refuses,
// what it wrote is of no use. PadBefore and PadAfter bytes around the rows must
// be readable.
//
// There is no branch on data: the four shapes of a value are a table, and every
// byte of the value is checked. Values and names have a loop each, because one
// long chain of dependent steps a row would fill the scheduler of the CPU with
// two rows, and two short ones leave room for more.
func DecodeGeneric(data unsafe.Pointer, rows int, t *Tile) bool {
	if rows <= 0 || rows > TileRows {
		return rows == 0
	}
	// With CR LF the 8 bytes end at the CR, which becomes the LF expected.
	tail, endOfLine := 8, uint64(0)
	if *(*byte)(unsafe.Add(data, int(t.Starts[1])-2)) == '\r' {
		tail, endOfLine = 9, ('\r'^'\n')<<56
	}
	tables := decoding
	var bad uint64
	lengths := uint32(0)
	start := t.Starts[0]
	for i := range rows {
		end := t.Starts[i+1]
		w := load64(unsafe.Add(data, int(end)-tail)) ^ endOfLine
		s := (*shape)(unsafe.Add(unsafe.Pointer(&tables.shapes), w>>(shapeBit-shapeShift)&shapeOffsets))
		w ^= s.expect
		bad |= (w + s.carry | w) & s.check
		t.Value[i] = uint32((w>>24*digitsToTenths>>tenthsBit ^ s.flip) + s.shift)
		n := end - uint32(tail-7) - uint32(s.length) - start
		t.Len[i] = n
		lengths |= n
		start = end
	}
	if bad != 0 || lengths >= maskedBytes {
		return false // a length may be anything now
	}
	for i := range rows {
		n := t.Len[i]
		name := unsafe.Add(data, int(t.Starts[i]))
		t.Hash[i] = hashWords(load64(name), load64(unsafe.Add(name, int(n)-8)), &tables.names[n%maskedBytes])
	}
	return true
}
