package kernel

import (
	"math/bits"
	"sync"
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
	// length is the length of the ';', the value and the end of the line in bytes.
	length uint32
	_      uint32
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
	shapes shapeTable
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

// shapeTable has the shape for each value of shapeBits.
type shapeTable [1 << shapeBits]shape

// decoding has the shapes of rows that end in LF, shapesCR those of rows that end in
// CR LF.
var (
	decoding = newDecodeTables()
	shapesCR = sync.OnceValue(func() *shapeTable {
		table := decoding.shapes
		for i := range table {
			table[i].expect ^= ('\n' ^ '\r') << 56
			table[i].length++
		}
		return &table
	})
)

// newDecodeTables fills the tables where they stay: on the way there, a stack that is
// smaller than they are would have to grow.
func newDecodeTables() *decodeTables {
	t := &decodeTables{names: nameMasks()}
	for i := range t.shapes {
		t.shapes[i] = impossible
	}
	for _, value := range parse.Shapes() {
		row := ";" + value + "\n"
		s, bytes3 := shapeOf(row), spellings(row, 3)
		for _, byte2 := range spellings(row, 2) {
			for _, byte3 := range bytes3 {
				bits := (uint32(byte2)<<16 | uint32(byte3)<<24) >> shapeBit
				t.shapes[bits%uint32(len(t.shapes))] = s
			}
		}
	}
	return t
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

// impossible is bad for any 8 bytes: if byte 7 is 0, the carry makes it 1.
var impossible = shape{carry: 1 << 56, check: 0xff << 56}

// shapeOf returns the shape of ';', value and LF with '0' for each digit.
func shapeOf(row string) shape {
	s := shape{length: uint32(len(row)), shift: ValueBias}
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

// multipliers has constants as variables, as swar does.
var multipliers = struct{ toTenths, hash uint64 }{digitsToTenths, HashMultiplier}

// decodeGeneric is the decode pass in portable Go.
//
// It has no branch that depends on the data: a table has the four shapes of a
// value, and every byte of a value is checked. Values and names have a loop each:
// one long chain of dependent steps a row would fill the scheduler of the CPU
// with two rows, and two short chains leave room for more. Each loop is a function,
// so that all of its variables are in registers.
func decodeGeneric(data unsafe.Pointer, rows int, t *Tile) bool {
	if rows <= 0 || rows > TileRows {
		return rows == 0
	}
	// The 8 bytes that have a shape end at the LF, or at the CR before it.
	tails, table := unsafe.Add(data, -8), &decoding.shapes
	if *(*byte)(unsafe.Add(data, int(t.Starts[1])-2)) == '\r' {
		tails, table = unsafe.Add(data, -9), shapesCR()
	}
	if !decodeValues(tails, rows, t, table) {
		return false // a length may be anything now
	}
	hashNames(data, rows, t)
	return true
}

// decodeValues writes t.Value and t.Len of rows. The shape of a row is in the 8 bytes
// from its end in tails on. It reports whether all rows have a good end and a name
// that nameMasks covers.
func decodeValues(tails unsafe.Pointer, rows int, t *Tile, shapes *shapeTable) bool {
	rows = min(rows, TileRows) // so that the compiler need not check the indices
	toTenths := multipliers.toTenths
	var bad uint64
	lengths := uint32(0)
	_ = t.Starts[0] // checks t outside of the loop
	for i := range rows {
		end := t.Starts[i+1]
		w := load64(unsafe.Add(tails, int(end)))
		s := (*shape)(unsafe.Add(unsafe.Pointer(shapes), w>>(shapeBit-shapeShift)&shapeOffsets))
		w ^= s.expect
		bad |= (w + s.carry | w) & s.check
		t.Value[i] = uint32((w>>24*toTenths>>tenthsBit ^ s.flip) + s.shift)
		n := end - t.Starts[i] - s.length
		t.Len[i] = n
		lengths |= n
	}
	return bad == 0 && lengths < MaskedNames
}

// hashNames writes t.Hash of rows: HashName of each name.
func hashNames(data unsafe.Pointer, rows int, t *Tile) {
	rows = min(rows, TileRows)
	masks, multiplier := &decoding.names, multipliers.hash
	_, _ = t.Starts[0], masks[0]
	for i := range rows {
		n := t.Len[i] % MaskedNames
		name := unsafe.Add(data, int(t.Starts[i]))
		first := load64(name) & masks[n].first
		last := load64(unsafe.Add(name, int(n)-8)) & masks[n].last
		t.Hash[i] = uint32((first ^ bits.RotateLeft64(last, HashRotate)) * multiplier >> 32)
	}
}
