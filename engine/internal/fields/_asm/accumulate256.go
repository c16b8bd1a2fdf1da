package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/kernel/asm/emit"
)

// accumulator256 has the registers that live through the accumulate pass.
type accumulator256 struct {
	lanes, at, values, row reg.GPPhysical
	op                     reg.GPPhysical // until the loop

	of                              Mem // the bits of the lanes
	add, always, minmax, max, shift reg.VecPhysical
	sign                            reg.VecPhysical
}

// accumulate256 writes the pass that adds one column to four lanes of each row's
// slot. With v the number, lanes x become
//
//	x + (v>>shift&add ^ sign) + always
//
// but lanes of minmax become v if x^max > v^max. A lane has, as its role is,
//
//	             shift  add   sign   always
//	Sum              0  all      0        0
//	Low              0  lower    0        0
//	High            32  all  1<<31  -(1<<31)
//	Min, Max         0    0      0        0
//	Line.Count       0    0      0        1
//
// because AVX2 has no arithmetic shift of qwords. There is a loop for each
// combination of what a column needs.
func accumulate256() {
	of := GLOBL("laneBits", RODATA|NOPTR)
	for i := range fields.Lanes {
		DATA(8*i, U64(1<<i))
	}
	x := &accumulator256{
		lanes: reg.RAX, at: reg.RBX, values: reg.RCX, row: reg.RDX, op: reg.RSI,
		of:  of,
		add: reg.Y0, always: reg.Y1, minmax: reg.Y2, max: reg.Y3, shift: reg.Y4, sign: reg.Y5,
	}
	TEXT("accumulateAVX2", NOSPLIT, "func(lanes *byte, at *uint32, rows int, op *byte, count uint64, half int)")
	Comment("accumulateAVX2 adds rows of a column to lanes 0 to 3 of their slots, or 4 to 7 if half is 1. lanes is",
		"the first of them in the first slot. The masks of op and count may have the other lanes, too.",
		"CPU: AVX2.",
		"1 row a step.",
		"Writes only to the 32 bytes of the four lanes of each row's slot.")
	emit.RegisterMap(
		emit.Holds(x.lanes, "lanes"),
		emit.Holds(x.at, "the end of at"),
		emit.Holds(x.values, "the end of the column"),
		emit.Holds(x.row, "the row, less rows"),
		emit.Holds(x.add, "bits of the number that are added"),
		emit.Holds(x.always, "what is added to every row"),
		emit.Holds(x.minmax, "all ones in lanes that keep a minimum or maximum"),
		emit.Holds(x.max, "all ones in lanes that keep a maximum"),
		emit.Holds(x.shift, "32 in lanes of High"),
		emit.Holds(x.sign, "1<<31 in lanes of High"))

	rows := x.row
	Load(Param("lanes"), x.lanes)
	Load(Param("at"), x.at)
	Load(Param("rows"), rows)
	Load(Param("op"), x.op)
	MOVQ(Mem{Base: x.op, Disp: opValues}, x.values)
	LEAQ(Mem{Base: x.at, Index: rows, Scale: 4}, x.at)
	LEAQ(Mem{Base: x.values, Index: rows, Scale: 8}, x.values)
	x.masks()
	NEGQ(rows)
	JZ(LabelRef("end"))

	VPTEST(x.shift, x.shift)
	JNZ(LabelRef("wide"))
	VPTEST(x.minmax, x.minmax)
	JNZ(LabelRef("minmax"))
	x.loop("sum", false, false)
	JMP(LabelRef("end"))
	x.loop("minmax", false, true)
	JMP(LabelRef("end"))
	Label("wide")
	VPTEST(x.minmax, x.minmax)
	JNZ(LabelRef("wideminmax"))
	x.loop("widesum", true, false)
	JMP(LabelRef("end"))
	x.loop("wideminmax", true, true)
	Label("end")
	VZEROUPPER()
	RET()
}

// masks sets the vectors.
func (x *accumulator256) masks() {
	half, bits, bit := GP64(), GP64(), YMM()
	Load(Param("half"), half)
	SHLQ(U8(5), half)
	LEAQ(x.of, bits)
	VMOVDQU(Mem{Base: bits, Index: half, Scale: 1}, bit)
	// lanes sets to to all ones in the lanes of the mask m.
	lanes := func(m Mem, to reg.Register) {
		VPBROADCASTQ(m, to)
		VPAND(bit, to, to)
		VPCMPEQQ(bit, to, to)
	}
	low, high := YMM(), YMM()
	lanes(Mem{Base: x.op, Disp: opMin}, x.minmax)
	lanes(Mem{Base: x.op, Disp: opMax}, x.max)
	VPOR(x.max, x.minmax, x.minmax)
	lanes(Mem{Base: x.op, Disp: opSum}, x.add)
	lanes(Mem{Base: x.op, Disp: opLow}, low)
	VPSRLQ(U8(32), low, low)
	VPOR(low, x.add, x.add)
	lanes(Mem{Base: x.op, Disp: opHigh}, high)
	VPOR(high, x.add, x.add)
	VPSRLQ(U8(63), high, x.sign)
	VPSLLQ(U8(5), x.sign, x.shift)
	VPSLLQ(U8(31), x.sign, x.sign)
	count, _ := Param("count").Resolve()
	lanes(count.Addr, x.always)
	VPSRLQ(U8(63), x.always, x.always)
	VPSUBQ(x.sign, x.always, x.always)
}

// loop writes a loop. wide says whether the column has lanes of High, and minmax
// whether it has lanes of Min or Max.
func (x *accumulator256) loop(label string, wide, minmax bool) {
	Label(label)
	slot, value, added, lanes := GP64(), YMM(), YMM(), YMM()
	MOVL(Mem{Base: x.at, Index: x.row, Scale: 4}, slot.As32())
	SHLQ(U8(unitShift), slot)
	VPBROADCASTQ(Mem{Base: x.values, Index: x.row, Scale: 8}, value)
	VMOVDQU(Mem{Base: x.lanes, Index: slot, Scale: 1}, lanes)
	if wide {
		VPSRLVQ(x.shift, value, added)
		VPAND(x.add, added, added)
		VPXOR(x.sign, added, added)
	} else {
		VPAND(x.add, value, added)
	}
	VPADDQ(x.always, added, added)
	VPADDQ(lanes, added, added)
	if minmax {
		flipped, greater := YMM(), YMM()
		VPXOR(x.max, value, flipped)
		VPXOR(x.max, lanes, greater)
		VPCMPGTQ(flipped, greater, greater)
		VPAND(x.minmax, greater, greater)
		VPBLENDVB(greater, value, added, added)
	}
	VMOVDQU(added, Mem{Base: x.lanes, Index: slot, Scale: 1})
	INCQ(x.row)
	JNZ(LabelRef(label))
}
