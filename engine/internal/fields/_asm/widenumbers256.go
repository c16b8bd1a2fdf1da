package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/fields"
)

// wideGroup does a group of numbers of up to 16 bytes.
func (n *parser256) wideGroup(signed bool) {
	Comment("Load the 16 bytes from the start of each field on: rows 0 and 2, rows 1 and 3.")
	pairs, begins := n.load()
	x := [2]reg.VecVirtual{YMM(), YMM()}
	for i := range x {
		VMOVDQU(n.field(begins[i]), x[i].AsX())
		VINSERTI128(U8(1), n.field(begins[i+2]), x[i], x[i])
		VPXOR(n.zeros, x[i], x[i])
	}
	Comment("The lengths less 1")
	length := YMM()
	VPSLLQ(U8(32), pairs, length)
	VPSUBD(length, pairs, length)
	VPSRLQ(U8(32), length, length)
	VPADDQ(n.constants.qwords("minusTwo", ^uint64(1)), length, length)
	VPOR(length, n.lengths, n.lengths)
	var minus, sign, first reg.VecVirtual
	if signed || n.decimal {
		Comment("The first 8 bytes of rows 0 to 3")
		first = YMM()
		VPUNPCKLQDQ(x[1], x[0], first)
	}
	none := reg.Register(n.none)
	if signed {
		Comment("Replace the sign by a '0'. The length without it is to be from 1 to 16, too.")
		minus, sign = n.signs(first)
		if !n.decimal {
			zero := YMM()
			VPXOR(zero, zero, zero)
			none = zero
		}
		clear, digits := YMM(), YMM()
		VPUNPCKLQDQ(none, sign, clear)
		VPANDN(x[0], clear, x[0])
		VPUNPCKHQDQ(none, sign, clear)
		VPANDN(x[1], clear, x[1])
		VPSRLQ(U8(7), sign, digits)
		VPSUBQ(digits, length, digits)
		VPOR(digits, n.lengths, n.lengths)
	}
	if n.decimal {
		Comment("A point must not be the first byte.")
		n.notFirst(first, sign)
	}
	Comment("The last byte of the field is to be the last of the 16.")
	for i := range x {
		from := YMM()
		spread := n.constants.all([2]string{"spreadLower", "spreadUpper"}[i], uint8(8*i))
		VPSHUFB(spread, length, from)
		VPADDB(n.constants.bytes("align", func(i int) uint8 { return uint8(i%16 - 15) }), from, from)
		VPSHUFB(from, x[i], x[i])
	}
	var factor reg.VecVirtual
	if n.decimal {
		factor = n.squeezeWide(x)
	}
	n.digits(signed, x[:]...)

	Comment("Add up pairs, fours, eights, sixteens.")
	for i := range x {
		VPMADDUBSW(n.pairs, x[i], x[i])
		VPMADDWD(n.hundreds, x[i], x[i])
	}
	value, eights := YMM(), YMM()
	VPACKUSDW(x[1], x[0], eights)
	VPMADDWD(n.constants.qwords("fours", 1<<48|10_000<<32|1<<16|10_000), eights, eights)
	VPMULUDQ(n.constants.qwords("hundredMillion", 1e8), eights, value)
	VPSRLQ(U8(32), eights, eights)
	VPADDQ(eights, value, value)
	if n.decimal {
		upper := YMM()
		VPSRLQ(U8(32), value, upper)
		VPMULUDQ(factor, upper, upper)
		VPSLLQ(U8(32), upper, upper)
		VPMULUDQ(factor, value, value)
		VPADDQ(upper, value, value)
	}
	n.store(value, minus)
}

// squeezeWide is squeeze for numbers of 16 bytes.
func (n *parser256) squeezeWide(x [2]reg.VecVirtual) (factor reg.VecVirtual) {
	Comment("The bytes before a point move up by one. Another point stays and is no digit.")
	var before [2]reg.VecVirtual
	for i := range x {
		points, moved := YMM(), YMM()
		before[i] = YMM()
		VPCMPEQB(n.point, x[i], points)
		VPSHUFB(Mem{Base: n.pointsAt}, points, before[i])
		VPSHUFB(Mem{Base: n.pointsAt, Disp: 32}, points, points)
		VPOR(points, before[i], before[i])
		VPSLLDQ(U8(1), x[i], moved)
		VPBLENDVB(before[i], moved, x[i], x[i])
	}
	VPUNPCKHQDQ(before[1], before[0], before[0])
	return n.factor(before[0])
}

// widePoints256 returns two shuffles for each scale. They spread the bytes 13 and 14
// of a number, where a point may be, to the bytes up to them. If a point may not be
// there, the result is 0.
func widePoints256() Mem {
	m := GLOBL("points", RODATA|NOPTR)
	for scale := range fields.MaxWideScale + 1 {
		for i := range 2 {
			at := 13 + i
			for k := range 32 {
				from := uint8(0x80)
				if k%16 <= at && 15-at <= scale {
					from = uint8(at)
				}
				DATA(scale*64+i*32+k, U8(from))
			}
		}
	}
	return m
}
