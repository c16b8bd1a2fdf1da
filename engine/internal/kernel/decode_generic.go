package kernel

import (
	"unsafe"

	"onebrc/parse"
)

// shape describes one of the four forms of a value by the 8 bytes that end at the
// LF of its row, read as a little-endian number (byte 7 is the LF):
//
//	byte        0   1   2   3   4   5   6   7
//	; d.d                   ;   d   .   d   LF
//	; -d.d              ;   -   d   .   d   LF
//	; dd.d              ;   d   d   .   d   LF
//	; -dd.d         ;   -   d   d   .   d   LF
type shape struct {
	// expect has the bytes of the shape, with '0' for each digit. Xor with it
	// turns each digit into its number and every other byte into 0.
	expect uint64
	// carry has 6 for each digit. Adding it to a number above 9 sets bit 4.
	carry uint64
	// check has the bits that must be 0 before and after that addition: the
	// upper four bits of each digit and all bits of the other bytes, but no bit
	// of the bytes before the ';'.
	check uint64
	// flip is all ones if the value is negative. With n the number,
	// (n ^ flip) + shift is the biased value.
	flip, shift uint64
	// length is the length of the ';' and the value in bytes.
	length uint64
	_      [2]uint64 // pads to shapeBytes, a power of two
}

const (
	shapeBytes = 1 << shapeShift
	shapeShift = 6
)

var _ [shapeBytes]struct{} = [unsafe.Sizeof(shape{})]struct{}{}

// decodeTables has the tables of the decode pass in one place, so that one
// register reaches all of them.
type decodeTables struct {
	// shapes has the shape for each value of shapeBits.
	shapes [1 << shapeBits]shape
	// names has the mask for each length of a name.
	names [MaskedNames]nameMask
}

// The shape of a value follows from the shapeBits bits from bit shapeBit on: the
// upper four bits of byte 2, which distinguish '-' from ';', and the lower five
// bits of byte 3, which distinguish both from each other and from digits. The
// check finds a byte that agrees only in these bits.
const (
	shapeBit  = 20
	shapeBits = 9
	// shapeOffsets selects the bits of the offset of a shape in bytes.
	shapeOffsets = (1<<shapeBits - 1) << shapeShift
)

var decoding = &decodeTables{shapes: shapesByBits(), names: nameMasks()}

// shapesByBits returns the shape for each value of shapeBits.
func shapesByBits() (shapes [1 << shapeBits]shape) {
	for i := range shapes {
		shapes[i] = impossible
	}
	for _, value := range parse.Shapes() {
		row := ";" + value + "\n"
		s, bytes3 := shapeOf(row), spellings(row, 3)
		for _, byte2 := range spellings(row, 2) {
			for _, byte3 := range bytes3 {
				bits := (uint32(byte2)<<16 | uint32(byte3)<<24) >> shapeBit
				shapes[bits%uint32(len(shapes))] = s
			}
		}
	}
	return shapes
}

// spellings returns the values that byte i of the last 8 bytes of a row may have.
// The row ends in end, with '0' for each digit, and has any byte before it.
func spellings(end string, i int) (bytes []byte) {
	at := i - (8 - len(end))
	for c := range 256 {
		if at < 0 || byte(c) == end[at] || end[at] == '0' && c >= '0' && c <= '9' {
			bytes = append(bytes, byte(c))
		}
	}
	return bytes
}

// impossible is bad for any 8 bytes: if byte 7 is 0, the carry makes it 1. Before that
// it need not be an LF, because decodeGeneric changes it in rows that end in CR LF.
var impossible = shape{carry: 1 << 56, check: 0xff << 56}

// shapeOf returns the shape of ';', value and LF with '0' for each digit.
func shapeOf(row string) shape {
	s := shape{length: uint64(len(row)) - 1, shift: ValueBias}
	for i, c := range []byte(row) {
		bit := (8 - len(row) + i) * 8
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

// A multiplication by digitsToTenths adds up 100, 10 and 1 times the numbers in
// bytes 0, 1 and 3 from bit tenthsBit on, the upper 10 bits of the product. Higher
// terms drop out of the product: 100 times byte 1 is a multiple of 4 and begins at
// bit 62. Several entries of the public challenge parse numbers in this way.
const (
	tenthsBit      = 54
	digitsToTenths = 100<<tenthsBit | 10<<(tenthsBit-8) | 1<<(tenthsBit-24)
)

// decodeGeneric is the decode pass in portable Go.
//
// It has no branch that depends on the data: a table has the four shapes of a
// value, and every byte of a value is checked. Values and names have a loop each:
// one long chain of dependent steps a row would fill the scheduler of the CPU
// with two rows, and two short chains leave room for more.
func decodeGeneric(data unsafe.Pointer, rows int, t *Tile) bool {
	if rows <= 0 || rows > TileRows {
		return rows == 0
	}
	// With CR LF the 8 bytes end at the CR, which is turned into the expected LF.
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
	if bad != 0 || lengths >= MaskedNames {
		return false // a length may be anything now
	}
	for i := range rows {
		n := t.Len[i]
		name := unsafe.Add(data, int(t.Starts[i]))
		t.Hash[i] = hashWords(load64(name), load64(unsafe.Add(name, int(n)-8)), &tables.names[n%MaskedNames])
	}
	return true
}
