package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/kernel"
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

// decoder has the registers of the decode pass that live through its loop.
type decoder struct {
	data, starts    reg.GPVirtual
	classes         [2]reg.VecVirtual
	expect, limit   reg.VecVirtual
	length, funnel  reg.VecVirtual
	tailLimit       reg.VecVirtual
	eight           reg.VecVirtual
	ones, zero, two reg.VecVirtual
	multiplier      reg.VecVirtual
	lengths         reg.VecVirtual    // or of all lengths
	constants       Mem               // dwords, at the offsets below
	lastNames       reg.VecVirtual    // first bytes of the names behind the rows of the group before
	rows, rows32    reg.OpmaskVirtual // of the group: a bit for each byte, for each row
	bad             reg.OpmaskVirtual
}

// Offsets of the dwords in constants.
const (
	tailExpect = 4 * iota // "0.0\n": bytes 4 to 7 of a value
	weights               // of bytes 4 to 7 after xor with that, in tenths
	tens                  // weights of bytes 0 to 3
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
	// The name ends length bytes before the row: the 8 bytes before that begin
	// 16 - length - 8 bytes behind the first of the 16 bytes before the end.
	funnel := table512("funnel", func(s shape512) uint32 { return 8 * (16 - s.length - 8) })

	TEXT("decodeAVX512", NOSPLIT, "func(data *byte, rows int, t *byte) bool")
	Comment("Decodes the rows of t.Starts to t.Len, t.Hash, t.Value and t.Mask; false if one is bad.",
		"CPU: AVX-512 F, BW, VL, DQ, VBMI, VBMI2, VNNI, BMI2.",
		"Rows an iteration: 16; the last group is filled up with empty rows, whose errors are masked.",
		"Registers: two tables of classes, four of shapes, limits and constants; the or of all",
		"lengths, the first bytes of the names behind the group before; masks of the rows that",
		"count (by byte and by dword) and of the bytes that are bad.",
		"Reads 16 bytes before and behind each end of a row.")
	d := &decoder{constants: constants, data: GP64(), starts: GP64(), rows: K(), rows32: K(), bad: K()}
	Load(Param("data"), d.data)
	rows := GP64()
	Load(Param("rows"), rows)
	Load(Param("t"), d.starts)

	for i := range d.classes {
		d.classes[i] = ZMM()
		VMOVDQU64(classes.Offset(64*i), d.classes[i])
	}
	d.expect, d.limit, d.length, d.funnel = ZMM(), ZMM(), ZMM(), ZMM()
	VMOVDQU64(expect, d.expect)
	VMOVDQU64(limit, d.limit)
	VMOVDQU64(length, d.length)
	VMOVDQU64(funnel, d.funnel)
	d.tailLimit = broadcast32(dword(limits("0.0\n")))
	d.eight = broadcast32(8)
	d.ones, d.zero, d.lengths, d.lastNames = ZMM(), ZMM(), ZMM(), ZMM()
	VPTERNLOGD(U8(0xff), d.ones, d.ones, d.ones)
	VPXORQ(d.zero, d.zero, d.zero)
	VPXORQ(d.lengths, d.lengths, d.lengths)
	d.multiplier = ZMM()
	scalar := GP64()
	MOVQ(U64(kernel.HashMultiplier), scalar)
	VPBROADCASTQ(scalar, d.multiplier)
	d.two = ZMM()
	MOVQ(U64(2), scalar)
	VPBROADCASTQ(scalar, d.two)
	KXNORQ(d.rows, d.rows, d.rows)
	KXNORQ(d.rows32, d.rows32, d.rows32)
	KXORQ(d.bad, d.bad, d.bad)

	Comment("Rows behind the last one are empty rows at its end.")
	fill, end := ZMM(), GP64()
	LEAQ(Mem{Base: d.starts, Index: rows, Scale: 4}, end)
	VPBROADCASTD(Mem{Base: end, Disp: tileStarts}, fill)
	VMOVDQU32(fill, Mem{Base: end, Disp: tileStarts + 4})

	Comment("The first name begins where the tile does.")
	VPBROADCASTQ(Mem{Base: d.data}, d.lastNames)
	masks := GP64()
	LEAQ(Mem{Base: d.starts, Disp: tileMask}, masks)
	SUBQ(U8(kernel.GroupRows), rows)
	JL(LabelRef("rest"))

	Label("group")
	d.group(masks)
	ADDQ(U8(4*kernel.GroupRows), d.starts)
	ADDQ(I32(8*kernel.GroupRows), masks)
	SUBQ(U8(kernel.GroupRows), rows)
	JGE(LabelRef("group"))

	Label("rest")
	Comment("The last group has rows + 16 rows, of which 0 means that there is none.")
	ADDQ(U8(kernel.GroupRows), rows)
	JZ(LabelRef("done"))
	all, mask := GP64(), GP64()
	MOVQ(I32(-1), all)
	BZHIQ(rows, all, mask)
	KMOVQ(mask, d.rows32)
	SHLQ(U8(2), rows)
	BZHIQ(rows, all, mask)
	KMOVQ(mask, d.rows)
	XORL(rows.As32(), rows.As32())
	JMP(LabelRef("last"))

	Label("done")
	long := K()
	VPCMPUD(U8(5), broadcast32(kernel.MaskedNames), d.lengths, long) // 5: not less than
	KORQ(long, d.bad, d.bad)
	KORTESTQ(d.bad, d.bad)
	good := GP8()
	SETEQ(good)
	VZEROUPPER()
	Store(good, ReturnIndex(0))
	RET()

	Label("last")
	d.group(masks)
	JMP(LabelRef("done"))
}

// broadcast32 returns a register with v in each dword.
func broadcast32(v uint32) reg.VecVirtual {
	scalar, z := GP32(), ZMM()
	MOVL(U32(v), scalar)
	VPBROADCASTD(scalar, z)
	return z
}

// group decodes 16 rows. Rows are in one of two orders: as they come, in the
// dwords of one register, or as qwords of a pair of registers of which the
// first has the rows 0 1 4 5 8 9 12 13 and the second the others: then
// unpacking within lanes leads from dwords to qwords, and VSHUFPS back.
func (d *decoder) group(masks reg.GPVirtual) {
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
	d.masks(n, masks)
}

// pair has 16 rows as qwords, see group.
type pair [2]reg.VecVirtual

// around reads the 24 bytes around the end of each row: the 16 bytes before it
// (the 8 of before, the 8 of tails) and the 8 behind it, which are the first
// of the next name. It returns the first bytes of the names of the group.
func (d *decoder) around() (before, tails, names pair) {
	var following pair // first bytes of the names behind the rows
	for p, rows := range [2][4][2]int{
		{{0, 4}, {1, 5}, {8, 12}, {9, 13}},
		{{2, 6}, {3, 7}, {10, 14}, {11, 15}},
	} {
		var ends [4]reg.VecVirtual // 16 bytes before and 16 behind the ends of two rows
		for i, two := range rows {
			ends[i] = ZMM()
			at, at2 := GP64(), GP64()
			MOVL(Mem{Base: d.starts, Disp: tileStarts + 4*(two[0]+1)}, at.As32())
			MOVL(Mem{Base: d.starts, Disp: tileStarts + 4*(two[1]+1)}, at2.As32())
			// A broadcast, as it writes the whole register: avo takes one of which
			// only the lower half is written to be live from the start.
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
	Comment("The first bytes of the names of the group: one row on")
	names = pair{ZMM(), ZMM()}
	VALIGNQ(U8(6), d.lastNames, following[1], names[0])
	VSHUFPD(U8(0x55), following[0], names[0], names[0])
	VSHUFPD(U8(0x55), following[1], following[0], names[1])
	VMOVDQA64(following[1], d.lastNames)
	return before, tails, names
}

// hash writes Hash. The last 8 bytes of a name are inside the 16 bytes before
// the end of its row.
func (d *decoder) hash(before, tails, names pair, n, shape reg.VecVirtual) {
	Comment("Hash: the bits of 8 bytes that a shorter name leaves, and where the name ends")
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

// masks writes Mask, (2 << n) - 1: the bytes of a name and its ';'.
func (d *decoder) masks(n reg.VecVirtual, to reg.GPVirtual) {
	Comment("Mask: a bit for each byte of the name and its ';'")
	low, high := ZMM(), ZMM()
	VPMOVZXDQ(n.AsY(), low)
	VEXTRACTI64X4(U8(1), n, high.AsY())
	VPMOVZXDQ(high.AsY(), high)
	for half, count := range []reg.VecVirtual{low, high} {
		VPSLLVQ(count, d.two, count)
		VPADDQ(d.ones, count, count)
		VMOVDQU64(count, Mem{Base: to, Disp: 64 * half})
	}
}
