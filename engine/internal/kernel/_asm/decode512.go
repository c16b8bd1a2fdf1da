package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/kernel/asm/emit"
	"onebrc/parse"
)

// The number of a shape follows from the bytes 2 and 3 of the 8 bytes that end at
// the LF of a row:
//
//	number = class of byte 3 ^ bit 4 of byte 2
//
// Bit 4 of byte 2 distinguishes ';' (1) from '-' (0). The classes are chosen so
// that the two lowest bits of a number are 0 if and only if the value is negative.
const (
	classDigit     = 0 // numbers 0 (-dd.d) and 1 (dd.d)
	classSeparator = 2 // numbers 2 and 3 (d.d), whatever byte 2 is
	classMinus     = 5 // number 4 (-d.d), because byte 2 is ';'; 5 is wrong
	classOther     = 8 // numbers 8 and 9 are wrong
)

// classOf returns the class of a byte 3.
func classOf(c byte) uint8 {
	switch {
	case c >= '0' && c <= '9':
		return classDigit
	case c == ';':
		return classSeparator
	case c == '-':
		return classMinus
	}
	return classOther
}

// shape512 describes the bytes 0 to 3 of those 8 bytes: what they are, with '0'
// for a digit, the highest number that each may become by xor with that, and the
// length of ';', value and LF.
type shape512 struct{ expect, limit, length uint32 }

var shapes512 = func() (shapes [16]shape512) {
	for i := range shapes {
		// No row has an LF as byte 3, because an LF ends a row.
		shapes[i] = shape512{dword("\x00\x00\x00\n"), dword("\xff\xff\xff\x00"), 5}
	}
	for _, value := range parse.Shapes() {
		text := ";" + value + "\n"
		b := lastBytes(text)
		s := shape512{dword(b), dword(limits(b)), uint32(len(text))}
		number := classOf(b[3]) ^ b[2]>>4&1
		shapes[number] = s
		if b[2] == 0 {
			shapes[number^1] = s
		}
	}
	return shapes
}()

// table512 writes a table of 16 dwords and returns where it is.
func table512(name string, entry func(shape512) uint32) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i, s := range shapes512 {
		DATA(4*i, U32(entry(s)))
	}
	return m
}

// decoder512 has the registers that live through the decode pass, and its
// constants in memory.
type decoder512 struct {
	data, left, starts reg.GPPhysical
	classes            [2]reg.VecPhysical
	expect, limit      reg.VecPhysical
	length, funnel     reg.VecPhysical
	tailLimit          reg.VecPhysical
	eight              reg.VecPhysical
	ones, zero         reg.VecPhysical
	multiplier         reg.VecPhysical
	lengths, lastNames reg.VecPhysical
	rows, rows32, bad  reg.OpmaskPhysical
	constants          Mem // dwords, at the offsets below
}

// Offsets of the dwords in constants.
const (
	tailExpect = 4 * iota // "0.0\n", bytes 4 to 7 of every shape
	weights               // of the numbers in bytes 4 to 7, in tenths
	tens                  // of the numbers in bytes 0 to 3, in tenths
	bias
	twiceBias
	one
	three
)

func decode512() {
	constants := GLOBL("constants", RODATA|NOPTR)
	DATA(tailExpect, U32(dword("0.0\n")))
	DATA(weights, U32(dword("\x0a\x00\x01\x00")))
	DATA(tens, U32(dword("\x00\x00\x00\x64")))
	DATA(bias, U32(kernel.ValueBias))
	DATA(twiceBias, U32(2*kernel.ValueBias))
	DATA(one, U32(1))
	DATA(three, U32(3))
	classes := GLOBL("classes", RODATA|NOPTR)
	for c := range 128 {
		DATA(c, U8(classOf(byte(c))))
	}
	expect := table512("expect", func(s shape512) uint32 { return s.expect })
	limit := table512("limit", func(s shape512) uint32 { return s.limit })
	length := table512("length", func(s shape512) uint32 { return s.length })
	// The name ends length bytes before the end of the row, so its last 8 bytes
	// begin 16 - length - 8 bytes after the first of the last 16 bytes of the row.
	funnel := table512("funnel", func(s shape512) uint32 { return 8 * (16 - s.length - 8) })

	TEXT("decodeAVX512", NOSPLIT, "func(data *byte, rows int, t *byte) bool")
	d := &decoder512{
		data: reg.RAX, left: reg.RDX, starts: reg.RCX,
		classes: [2]reg.VecPhysical{reg.Z0, reg.Z1},
		expect:  reg.Z2, limit: reg.Z3, length: reg.Z4, funnel: reg.Z5,
		tailLimit: reg.Z6, eight: reg.Z7, ones: reg.Z8, zero: reg.Z9,
		lengths: reg.Z10, lastNames: reg.Z11, multiplier: reg.Z12,
		rows: reg.K1, rows32: reg.K2, bad: reg.K3,
		constants: constants,
	}
	Comment("decodeAVX512 writes t.Len, t.Hash, t.Value and t.Fields of the rows at data, 1 to TileRows, whose",
		"starts and end are in t.Starts. It reports whether all are good.",
		"CPU: AVX-512 F, BW, VL, DQ, VBMI, VBMI2, VNNI, BMI2.",
		"16 rows a step. The last step is filled up with empty rows, whose errors are masked.",
		"Reads up to 16 bytes before data and after the end. Writes up to 16 entries after the last.")
	emit.RegisterMap(
		emit.Holds(d.data, "data"),
		emit.Holds(d.left, "rows, less those done, less 16"),
		emit.Holds(d.starts, "t, plus 4 bytes for each row done"),
		emit.Holds(d.classes[0], "class of a byte 3 from 0 to 63"),
		emit.Holds(d.classes[1], "class of a byte 3 from 64 to 127"),
		emit.Holds(d.expect, "by shape: bytes 0 to 3"),
		emit.Holds(d.limit, "by shape: limits of bytes 0 to 3"),
		emit.Holds(d.length, "by shape: length of ';', value and LF"),
		emit.Holds(d.funnel, "by shape: where the last 8 bytes of the name begin in 16 bytes, in bits"),
		emit.Holds(d.tailLimit, "limits of bytes 4 to 7"),
		emit.Holds(d.eight, "8 in each dword"),
		emit.Holds(d.ones, "all ones"),
		emit.Holds(d.zero, "0"),
		emit.Holds(d.lengths, "the or of all Len"),
		emit.Holds(d.lastNames, "first bytes of the names after the rows of the step before"),
		emit.Holds(d.multiplier, "HashMultiplier in each qword"),
		emit.Holds(d.rows, "the bytes of the rows of the step"),
		emit.Holds(d.rows32, "the dwords of the rows of the step"),
		emit.Holds(d.bad, "the bytes that are wrong in any step"))
	Load(Param("data"), d.data)
	Load(Param("rows"), d.left)
	Load(Param("t"), d.starts)

	for i := range d.classes {
		VMOVDQU64(classes.Offset(64*i), d.classes[i])
	}
	VMOVDQU64(expect, d.expect)
	VMOVDQU64(limit, d.limit)
	VMOVDQU64(length, d.length)
	VMOVDQU64(funnel, d.funnel)
	broadcast32(dword(limits("0.0\n")), d.tailLimit)
	broadcast32(8, d.eight)
	VPTERNLOGD(U8(0xff), d.ones, d.ones, d.ones)
	VPXORQ(d.zero, d.zero, d.zero)
	VPXORQ(d.lengths, d.lengths, d.lengths)
	scalar := GP64()
	MOVQ(U64(kernel.HashMultiplier), scalar)
	VPBROADCASTQ(scalar, d.multiplier)
	KXNORQ(d.rows, d.rows, d.rows)
	KXNORQ(d.rows32, d.rows32, d.rows32)
	KXORQ(d.bad, d.bad, d.bad)

	Comment("Rows after the last one are empty rows at its end.")
	fill, end := ZMM(), GP64()
	LEAQ(Mem{Base: d.starts, Index: d.left, Scale: 4}, end)
	VPBROADCASTD(Mem{Base: end, Disp: tileStarts}, fill)
	VMOVDQU32(fill, Mem{Base: end, Disp: tileStarts + 4})

	Comment("The first name begins where the tile does.")
	VPBROADCASTQ(Mem{Base: d.data}, d.lastNames)
	SUBQ(U8(kernel.GroupRows), d.left)
	JL(LabelRef("rest"))

	Label("group")
	d.group()
	ADDQ(U8(4*kernel.GroupRows), d.starts)
	SUBQ(U8(kernel.GroupRows), d.left)
	JGE(LabelRef("group"))

	Label("rest")
	Comment("The last group has " + d.left.Asm() + " + 16 rows; 0 means that there is none.")
	ADDQ(U8(kernel.GroupRows), d.left)
	JZ(LabelRef("done"))
	all, mask := GP64(), GP64()
	MOVQ(I32(-1), all)
	BZHIQ(d.left, all, mask)
	KMOVQ(mask, d.rows32)
	SHLQ(U8(2), d.left)
	BZHIQ(d.left, all, mask)
	KMOVQ(mask, d.rows)
	XORL(d.left.As32(), d.left.As32())
	JMP(LabelRef("last"))

	Label("done")
	long, maximum := K(), ZMM()
	broadcast32(kernel.MaskedNames, maximum)
	VPCMPUD(U8(5), maximum, d.lengths, long) // 5: not less than
	KORQ(long, d.bad, d.bad)
	KORTESTQ(d.bad, d.bad)
	good := GP8()
	SETEQ(good)
	VZEROUPPER()
	Store(good, ReturnIndex(0))
	RET()

	Label("last")
	d.group()
	JMP(LabelRef("done"))
}

// broadcast32 sets each dword of z to v.
func broadcast32(v uint32, z Op) {
	scalar := GP32()
	MOVL(U32(v), scalar)
	VPBROADCASTD(scalar, z)
}

// group decodes 16 rows. They are either in their own order, in the dwords of one
// register, or in the qwords of a pair of registers, of which the first has the
// rows 0 1 4 5 8 9 12 13 and the second the others. Unpacking within lanes turns
// dwords into such qwords, and VSHUFPS turns them back.
func (d *decoder512) group() {
	before, tails, names := d.around()

	Comment("Bytes 4 to 7 of the value: d . d LF")
	high, k := ZMM(), K()
	VSHUFPS(U8(0xdd), tails[1], tails[0], high)
	VPXORD_BCST(d.constants.Offset(tailExpect), high, high)
	VPCMPUB(U8(6), d.tailLimit, high, d.rows, k) // 6: greater than
	KORQ(k, d.bad, d.bad)

	Comment("Bytes 0 to 3: which shape they have, and whether they have it")
	low, shape, bit := ZMM(), ZMM(), ZMM()
	VSHUFPS(U8(0x88), tails[1], tails[0], low)
	VPSRLD(U8(24), low, shape)
	VPERMI2B(d.classes[1], d.classes[0], shape)
	VPSRLD(U8(20), low, bit)
	VPTERNLOGD_BCST(U8(0x78), d.constants.Offset(one), bit, shape) // shape ^ (bit & 1)
	expect, limit, length := ZMM(), ZMM(), ZMM()
	VPERMD(d.expect, shape, expect)
	VPERMD(d.limit, shape, limit)
	VPERMD(d.length, shape, length)
	VPXORD(expect, low, low)
	VPCMPUB(U8(6), limit, low, d.rows, k)
	KORQ(k, d.bad, d.bad)

	Comment("Value: bias + 100 a + 10 b + c, and bias - that if it is negative")
	value, negative := ZMM(), K()
	VPBROADCASTD(d.constants.Offset(bias), value)
	VPDPBUSD_BCST(d.constants.Offset(weights), high, value)
	VPDPBUSD_BCST(d.constants.Offset(tens), low, value)
	VPTESTNMD_BCST(d.constants.Offset(three), shape, negative)
	mirror := ZMM()
	VPBROADCASTD(d.constants.Offset(twiceBias), mirror)
	VPSUBD(value, mirror, negative, value)
	VMOVDQU32(value, Mem{Base: d.starts, Disp: tileValue})

	Comment("Len: end - start - length of ';', value and LF")
	n := ZMM()
	VMOVDQU32(Mem{Base: d.starts, Disp: tileStarts + 4}, n)
	VPSUBD(Mem{Base: d.starts, Disp: tileStarts}, n, n)
	VPSUBD(length, n, n)
	VMOVDQU32(n, Mem{Base: d.starts, Disp: tileLen})
	VPORD(n, d.lengths, d.rows32, d.lengths)

	d.hash(before, tails, names, n, shape)
	d.fields(n, value)
}

// pair has 16 rows as qwords: see group.
type pair [2]reg.VecVirtual

// around reads the 24 bytes around the end of each row: 8 bytes of before, 8 of
// tails, and the 8 after the end, which are the first of the next name. It returns
// names with the first bytes of the names of the group.
func (d *decoder512) around() (before, tails, names pair) {
	var following pair // first bytes of the names after the rows
	for p, rows := range [2][4][2]int{
		{{0, 4}, {1, 5}, {8, 12}, {9, 13}},
		{{2, 6}, {3, 7}, {10, 14}, {11, 15}},
	} {
		var ends [4]reg.VecVirtual // 16 bytes before and 16 after the ends of two rows
		for i, two := range rows {
			ends[i] = ZMM()
			at, at2 := GP64(), GP64()
			MOVL(Mem{Base: d.starts, Disp: tileStarts + 4*(two[0]+1)}, at.As32())
			MOVL(Mem{Base: d.starts, Disp: tileStarts + 4*(two[1]+1)}, at2.As32())
			// A broadcast writes the whole register: see decoder256.load.
			VBROADCASTI64X4(Mem{Base: d.data, Index: at, Scale: 1, Disp: -16}, ends[i])
			VINSERTI64X4(U8(1), Mem{Base: d.data, Index: at2, Scale: 1, Disp: -16}, ends[i], ends[i])
		}
		before[p], tails[p], following[p] = ZMM(), ZMM(), ZMM()
		even, odd := ZMM(), ZMM()
		VPUNPCKHQDQ(ends[1], ends[0], even)
		VPUNPCKHQDQ(ends[3], ends[2], odd)
		VSHUFI64X2(U8(0x88), odd, even, tails[p])
		VPUNPCKLQDQ(ends[1], ends[0], even)
		VPUNPCKLQDQ(ends[3], ends[2], odd)
		VSHUFI64X2(U8(0x88), odd, even, before[p])
		VSHUFI64X2(U8(0xdd), odd, even, following[p])
	}
	Comment("The first bytes of the names of the group: those after the rows, one row later")
	names = pair{ZMM(), ZMM()}
	VALIGNQ(U8(6), d.lastNames, following[1], names[0])
	VSHUFPD(U8(0x55), following[0], names[0], names[0])
	VSHUFPD(U8(0x55), following[1], following[0], names[1])
	VMOVDQA64(following[1], d.lastNames)
	return before, tails, names
}

// hash writes Hash. The last 8 bytes of a name are within the 16 bytes before the
// end of its row.
func (d *decoder512) hash(before, tails, names pair, n, shape reg.VecVirtual) {
	Comment("Hash: the bits of 8 bytes that are not in a shorter name, and where the name ends")
	outside, funnel := ZMM(), ZMM()
	VPSUBUSW(n, d.eight, outside)
	VPSLLD(U8(3), outside, outside)
	VPERMD(d.funnel, shape, funnel)
	for p := range names {
		shift, count, mask := ZMM(), ZMM(), ZMM()
		if p == 0 {
			VPUNPCKLDQ(funnel, funnel, count)
			VPUNPCKLDQ(d.zero, outside, shift)
		} else {
			VPUNPCKHDQ(funnel, funnel, count)
			VPUNPCKHDQ(d.zero, outside, shift)
		}
		VPSHRDVQ(count, tails[p], before[p])
		VPSLLVQ(shift, d.ones, mask)
		VPANDQ(mask, before[p], before[p])
		VPROLQ(U8(kernel.HashRotate), before[p], before[p])
		VPSRLVQ(shift, d.ones, mask)
		VPTERNLOGQ(U8(0x6a), before[p], mask, names[p]) // (first & mask) ^ last
		VPMULLQ(d.multiplier, names[p], names[p])
	}
	VSHUFPS(U8(0xdd), names[1], names[0], names[0])
	VMOVDQU32(names[0], Mem{Base: d.starts, Disp: tileHash})
}

// fields writes Fields. It changes n and value.
func (d *decoder512) fields(n, value reg.VecVirtual) {
	Comment("Fields: value, start and length of name and ';'")
	start := ZMM()
	VPSLLD(U8(kernel.FieldsStart), Mem{Base: d.starts, Disp: tileStarts}, start)
	VPSLLD(U8(kernel.FieldsValue), value, value)
	VPSUBD(d.ones, n, n)
	VPTERNLOGD(U8(0xfe), start, value, n) // or
	VMOVDQU32(n, Mem{Base: d.starts, Disp: tileFields})
}
