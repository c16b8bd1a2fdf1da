package main

import (
	"strconv"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/kernel/asm/emit"
	"onebrc/parse"
)

// rows256 is the number of rows that the AVX2 decode pass handles at a time.
const rows256 = 8

// shape256 describes one of the four shapes of a value by the 8 bytes before its
// LF: the bytes 0 to 3 and 4 to 7, with '0' for a digit and anything before the
// ';', the highest number that each of bytes 4 to 7 may become by xor with that,
// and the length of ';', value and LF.
type shape256 struct {
	low, high uint32
	limit     uint32
	length    uint32
}

// The number of a shape is the two lowest bits of the upper half of byte 3,
// which are 3 for ';' and 2 for '-', shifted right by what byte 4 says: 0 for a
// digit, 1 for '-', 4 for ';'. A row outside the grammar gets the number of some
// shape and then fails its check.
//
// Bytes 0 and 1 of low are always before the ';'. As a signed number of 16 bits
// they hold the sign of the value instead.
var shapes256 = func() (shapes [4]shape256) {
	for _, value := range parse.Shapes() {
		b := lastBytes(";" + value)
		sign := "\x01\x00"
		if value[0] == '-' {
			sign = "\x00\x80"
		}
		shapes[b[3]>>4>>shifts256[b[4]&15]&3] = shape256{
			low:    dword(sign + b[2:4]),
			high:   dword(b[4:]),
			limit:  dword(limits(b[4:])),
			length: uint32(len(";" + value + "\n")),
		}
	}
	return shapes
}()

// shifts256 has those shifts, by the lower half of byte 4.
var shifts256 = [16]uint8{';' & 15: 4, '-' & 15: 1}

// table256 loads a table of what entry returns for each shape, one for each lane.
func table256(name string, entry func(shape256) uint32, to reg.VecPhysical) {
	VMOVDQU(emit.Dwords256(name, func(i int) uint32 { return entry(shapes256[i%len(shapes256)]) }), to)
}

// decoder256 has the registers that live through the decode pass, and its
// constants in memory.
type decoder256 struct {
	data, rows, starts         reg.GPPhysical
	previous, previous32       reg.GPPhysical
	shifts                     reg.VecPhysical
	low, high, limit           reg.VecPhysical
	length, outside, inside    reg.VecPhysical
	bad, longest               reg.VecPhysical
	weights, pairs, bias       Mem
	rowOfByte                  Mem
	fromFirst, fromLast        [2]Mem
	multiplierLo, multiplierHi Mem
}

func decode256() {
	TEXT("decodeAVX2", NOSPLIT, "func(data *byte, rows int, t *byte) bool")
	d := &decoder256{
		data: reg.RAX, rows: reg.RBX, starts: reg.RCX,
		previous: reg.RDX, previous32: reg.EDX,
		shifts: reg.Y0, low: reg.Y1, high: reg.Y2, limit: reg.Y3,
		length: reg.Y4, outside: reg.Y5, inside: reg.Y6, bad: reg.Y7, longest: reg.Y8,
		weights:      emit.All256("weights", dword("\x64\x0a\x00\x01")),
		pairs:        emit.All256("pairs", 1|1<<16),
		bias:         emit.All256("bias", kernel.ValueBias),
		multiplierLo: emit.All256("multiplierLo", kernel.HashMultiplier&0xffffffff),
		multiplierHi: emit.All256("multiplierHi", kernel.HashMultiplier>>32),
		rowOfByte:    emit.Bytes256("rowOfByte", func(i int) uint8 { return uint8(i % 16 / 4 * 4) }),
	}
	Comment("decodeAVX2 writes t.Len, t.Hash and t.Value of the rows at data, 1 to TileRows, whose starts and",
		"end are in t.Starts. It reports whether all are good.",
		"CPU: AVX2.",
		"8 rows a step. The last step may have rows after the last one: Starts is filled up so that they",
		"are empty rows at its end. Their value is that of the last row, and their negative Len does not",
		"count.",
		"Reads up to 16 bytes before data and after the end. Writes up to 8 entries after the last.")
	emit.RegisterMap(
		emit.Holds(d.data, "data"),
		emit.Holds(d.rows, "rows, less those done"),
		emit.Holds(d.starts, "t, plus 4 bytes for each row done"),
		emit.Holds(d.previous, "start of the first row of the step"),
		emit.Holds(d.shifts, "shift of byte 3 of a value, by the lower half of byte 4"),
		emit.Holds(d.low, "by shape: bytes 0 to 3"),
		emit.Holds(d.high, "by shape: bytes 4 to 7"),
		emit.Holds(d.limit, "by shape: limits of bytes 4 to 7"),
		emit.Holds(d.length, "by shape: length of ';', value and LF"),
		emit.Holds(d.outside, "by shape: bits of bytes 0 to 3 before the ';'"),
		emit.Holds(d.inside, "by shape: the other bits of bytes 0 to 3"),
		emit.Holds(d.bad, "the or of all that must be 0"),
		emit.Holds(d.longest, "the longest Len, by row of a step"))
	for half := range 2 {
		suffix := strconv.Itoa(half)
		d.fromFirst[half] = emit.Bytes256("fromFirst"+suffix, func(i int) uint8 { return uint8(4*half + i%4) })
		d.fromLast[half] = emit.Bytes256("fromLast"+suffix, func(i int) uint8 { return uint8(7 - 4*half - i%4) })
	}
	Load(Param("data"), d.data)
	Load(Param("rows"), d.rows)
	Load(Param("t"), d.starts)
	VMOVDQU(emit.Bytes256("shifts", func(i int) uint8 { return shifts256[i%16] }), d.shifts)
	table256("low", func(s shape256) uint32 { return s.low }, d.low)
	table256("high", func(s shape256) uint32 { return s.high }, d.high)
	table256("limit", func(s shape256) uint32 { return s.limit }, d.limit)
	table256("length", func(s shape256) uint32 { return s.length }, d.length)
	table256("outside", func(s shape256) uint32 { return 8 * (9 - s.length) }, d.outside)
	table256("inside", func(s shape256) uint32 { return 8 * (s.length - 5) }, d.inside)
	VPXOR(d.bad, d.bad, d.bad)
	VPXOR(d.longest, d.longest, d.longest)

	fill, end := YMM(), GP64()
	LEAQ(Mem{Base: d.starts, Index: d.rows, Scale: 4}, end)
	VPBROADCASTD(Mem{Base: end, Disp: tileStarts}, fill)
	VMOVDQU(fill, Mem{Base: end, Disp: tileStarts + 4})
	MOVL(Mem{Base: d.starts, Disp: tileStarts}, d.previous32)

	Label("group")
	d.group()
	ADDQ(U8(4*rows256), d.starts)
	SUBQ(U8(rows256), d.rows)
	JG(LabelRef("group"))

	Comment("Len of row 0 is negative if its ';' is before the tile.")
	wrong, good := YMM(), GP8()
	Load(Param("t"), d.starts)
	VPBROADCASTD(Mem{Base: d.starts, Disp: tileLen}, wrong)
	VPSRLD(U8(31), wrong, wrong)
	VPOR(wrong, d.bad, d.bad)
	VPCMPGTD(emit.All256("longestGood", kernel.MaskedNames-1), d.longest, wrong)
	VPOR(wrong, d.bad, d.bad)
	VPTEST(d.bad, d.bad)
	SETEQ(good)
	VZEROUPPER()
	Store(good, ReturnIndex(0))
	RET()
}

// group decodes 8 rows. Row i is in dword i of each vector.
func (d *decoder256) group() {
	starts := []reg.Register{d.previous}
	for i := range rows256 {
		end := GP64()
		MOVL(Mem{Base: d.starts, Disp: tileStarts + 4*(i+1)}, end.As32())
		starts = append(starts, end)
	}
	ends := starts[1:]

	Comment("The 16 bytes before the LF of each row: the value and the last bytes of the name")
	windows := d.load(ends, -17)
	value := upperWords(windows)
	last := lowerWords(windows)
	shape, outside := d.value(value)
	n := d.len(shape)
	d.align(last, value[0], shape, outside)

	Comment("Clear what is not the name: byte i of the 8 is in it if 7 - i < n")
	inName := YMM()
	VPSHUFB(d.rowOfByte, n, inName)
	within(inName, d.fromLast, last)
	x := rotate(last)

	Comment("The first 8 bytes of the name: byte i is in it if i < n")
	first := lowerWords(d.load(starts[:rows256], 0))
	within(inName, d.fromFirst, first)
	for half := range first {
		VPXOR(first[half], x[half], x[half])
	}
	MOVQ(ends[rows256-1], d.previous)
	d.hash(x)
}

// load reads 16 bytes at disp from each of 8 offsets. Those of rows i and i+4
// become the lanes of register i.
func (d *decoder256) load(at []reg.Register, disp int) (rows [4]reg.VecVirtual) {
	for i := range rows {
		rows[i] = YMM()
		// A broadcast writes the whole register. If only the lower half were
		// written, avo would assume that the register is live from the start.
		VBROADCASTI128(Mem{Base: d.data, Index: at[i], Scale: 1, Disp: disp}, rows[i])
		VINSERTI128(U8(1), Mem{Base: d.data, Index: at[i+4], Scale: 1, Disp: disp}, rows[i], rows[i])
	}
	return rows
}

// words has 8 bytes of each of 8 rows: the lower and the upper dwords.
type words [2]reg.VecVirtual

// lowerWords transposes the first 8 bytes of each lane of rows.
func lowerWords(rows [4]reg.VecVirtual) words {
	rows01, rows23 := YMM(), YMM()
	VPUNPCKLDQ(rows[1], rows[0], rows01)
	VPUNPCKLDQ(rows[3], rows[2], rows23)
	return joinWords(rows01, rows23)
}

// upperWords transposes the last 8 bytes of each lane of rows.
func upperWords(rows [4]reg.VecVirtual) words {
	rows01, rows23 := YMM(), YMM()
	VPUNPCKHDQ(rows[1], rows[0], rows01)
	VPUNPCKHDQ(rows[3], rows[2], rows23)
	return joinWords(rows01, rows23)
}

func joinWords(rows01, rows23 reg.VecVirtual) words {
	w := words{YMM(), YMM()}
	VPUNPCKLQDQ(rows23, rows01, w[0])
	VPUNPCKHQDQ(rows23, rows01, w[1])
	return w
}

// value checks the values and writes Value. It returns the number of each shape,
// and the number of bits of the lower dwords of w that are before the ';'.
func (d *decoder256) value(w words) (shape, outside reg.VecVirtual) {
	low, high := w[0], w[1]
	Comment("The number of the shape, and whether bytes 4 to 7 have that shape")
	shape = YMM()
	shift, expect, limit, wrong := YMM(), YMM(), YMM(), YMM()
	VPSHUFB(high, d.shifts, shift)
	VPSRLD(U8(28), low, shape)
	VPSRLVD(shift, shape, shape)
	VPERMILPS(shape, d.high, expect)
	VPXOR(expect, high, high)
	VPERMILPS(shape, d.limit, limit)
	VPSUBUSB(limit, high, wrong)
	VPOR(wrong, d.bad, d.bad)

	Comment("Value: 100 a + 10 b + c, with its sign and the bias")
	sign, tenths := YMM(), YMM()
	VPERMILPS(shape, d.low, sign)
	VPMADDUBSW(d.weights, high, tenths)
	VPMADDWD(d.pairs, tenths, tenths)
	VPSIGNW(sign, tenths, tenths)
	VPADDW(d.bias, tenths, tenths)
	VMOVDQU(tenths, Mem{Base: d.starts, Disp: tileValue})

	Comment("Whether bytes 0 to 3 have the shape, other than those before the ';'")
	outside, wrong = YMM(), YMM()
	VPERMILPS(shape, d.outside, outside)
	VPXOR(sign, low, wrong)
	VPSRLVD(outside, wrong, wrong)
	VPOR(wrong, d.bad, d.bad)
	return shape, outside
}

// len writes Len and returns it.
func (d *decoder256) len(shape reg.VecVirtual) reg.VecVirtual {
	Comment("Len: end - start - length of ';', value and LF")
	n, length := YMM(), YMM()
	VPERMILPS(shape, d.length, length)
	VMOVDQU(Mem{Base: d.starts, Disp: tileStarts + 4}, n)
	VPSUBD(Mem{Base: d.starts, Disp: tileStarts}, n, n)
	VPSUBD(length, n, n)
	VMOVDQU(n, Mem{Base: d.starts, Disp: tileLen})
	VPMAXSD(n, d.longest, d.longest)
	return n
}

// align turns last, the 8 bytes before low, into the 8 bytes before the ';'. It
// shifts dwords; outside is the number of bits of low that are before the ';'.
func (d *decoder256) align(last words, low, shape, outside reg.VecVirtual) {
	Comment("The last 8 bytes of the name")
	inside := YMM()
	VPERMILPS(shape, d.inside, inside)
	next := words{last[1], low}
	for half := range last {
		upper := YMM()
		VPSRLVD(outside, last[half], last[half])
		VPSLLVD(inside, next[half], upper)
		VPOR(upper, last[half], last[half])
	}
}

// within clears each byte of w whose limit is not less than the byte of n.
func within(n reg.VecVirtual, limits [2]Mem, w words) {
	for half := range w {
		mask := YMM()
		VPCMPGTB(limits[half], n, mask)
		VPAND(mask, w[half], w[half])
	}
}

// rotate returns w rotated left by HashRotate bits, as numbers of 64 bits.
func rotate(w words) words {
	Comment("Rotate left by " + strconv.Itoa(kernel.HashRotate) + " bits")
	rotated := words{YMM(), YMM()}
	for half := range w {
		carry := YMM()
		VPSLLD(U8(kernel.HashRotate), w[half], rotated[half])
		VPSRLD(U8(32-kernel.HashRotate), w[1-half], carry)
		VPOR(carry, rotated[half], rotated[half])
	}
	return rotated
}

// hash writes Hash: bits 32 to 63 of x times the multiplier. In halves of 32 bits,
// that is the upper half of lo*mlo plus the lower halves of lo*mhi and hi*mlo.
func (d *decoder256) hash(x words) {
	Comment("Hash: bits 32 to 63 of the product")
	even, odd := YMM(), YMM()
	VPMULUDQ(d.multiplierLo, x[0], even)
	VPSRLQ(U8(32), x[0], odd)
	VPMULUDQ(d.multiplierLo, odd, odd)
	VPSRLQ(U8(32), even, even)
	VPBLENDD(U8(0xaa), odd, even, even)
	VPMULLD(d.multiplierHi, x[0], x[0])
	VPMULLD(d.multiplierLo, x[1], x[1])
	VPADDD(x[0], even, even)
	VPADDD(x[1], even, even)
	VMOVDQU(even, Mem{Base: d.starts, Disp: tileHash})
}
