package main

import (
	"strconv"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/kernel"
)

const (
	// unrolledRows is how many rows a step of the accumulate pass handles.
	unrolledRows = 4
	// probedSlots is how many slots a row looks at before it is left to Go.
	probedSlots = 2
)

// accumulator has the registers that live through the accumulate pass.
type accumulator struct {
	avx512 bool

	array, slots, slotMask reg.GPVirtual
	data                   reg.GPVirtual
	rows, masks            reg.GPVirtual // of the next row, in the tile
	flip                   reg.VecVirtual

	// AVX-512 only: the dwords of the value in a row, the sum in a slot, and
	// the minima in a slot.
	value, sum, minima reg.OpmaskVirtual

	misses []func() // what is out of the way of the loop
}

func accumulate512() { accumulate("accumulateAVX512", "AVX2, AVX-512 F, VL, BW, DQ, BMI1", true) }
func accumulate256() { accumulate("accumulateAVX2", "AVX2, BMI1", false) }

// accumulate writes an accumulate pass: one comparison of 32 bytes and one
// rarely taken branch a row.
func accumulate(name, features string, avx512 bool) {
	flip := GLOBL(name+"Flip", RODATA|NOPTR)
	DATA(0, U32(0))
	DATA(4, U32(1<<(kernel.CountShift-32)))
	DATA(8, U32(0))
	DATA(12, U32(0xffffffff))

	TEXT(name, NOSPLIT, "func(slots *byte, data *byte, tile *byte, from int, to int) int")
	Comment("Adds the rows from to to-1 of a tile to their slots.",
		"CPU: "+features+".",
		"Rows an iteration: 4, then 1 until the end. Stops at a row whose name is neither",
		"in its slot nor in the next one; returns the index of that row, or to.",
		"Registers: pointers to the Slots, the first slot and the data, the mask of slots,",
		"the next row's place in the tile (dwords) and in its masks (qwords), rows left;",
		"a row has its name, its slot, and the bytes that differ.",
		"Reads 32 bytes from the start of each name; writes slots only.")
	a := &accumulator{
		avx512: avx512,
		array:  GP64(), slots: GP64(), slotMask: GP64(), data: GP64(), rows: GP64(), masks: GP64(), flip: XMM(),
	}
	Load(Param("slots"), a.array)
	MOVQ(Mem{Base: a.array, Disp: slotsBase}, a.slots)
	MOVQ(Mem{Base: a.array, Disp: slotsMask}, a.slotMask)
	Load(Param("data"), a.data)
	tile := Load(Param("tile"), GP64())
	from := Load(Param("from"), GP64())
	left := Load(Param("to"), GP64())
	LEAQ(Mem{Base: tile, Index: from, Scale: 4}, a.rows)
	LEAQ(Mem{Base: tile, Index: from, Scale: 8, Disp: tileMask}, a.masks)
	SUBQ(from, left)

	Comment("A row becomes {value + 1<<40, value, ^value}: the value in the dwords 0, 2 and 3, xor flip.")
	VMOVDQU(flip, a.flip)
	if avx512 {
		a.value, a.sum, a.minima = opmask(0b1101), opmask(0b01), opmask(0b1100)
	}
	SUBQ(U8(unrolledRows), left)
	JL(LabelRef("few"))

	Label("rows")
	for i := range unrolledRows {
		a.row(i, i)
	}
	ADDQ(U8(4*unrolledRows), a.rows)
	ADDQ(U8(8*unrolledRows), a.masks)
	SUBQ(U8(unrolledRows), left)
	JGE(LabelRef("rows"))

	Label("few")
	ADDQ(U8(unrolledRows), left)
	JZ(LabelRef("stop0"))
	Label("row")
	a.row(0, unrolledRows)
	ADDQ(U8(4), a.rows)
	ADDQ(U8(8), a.masks)
	DECQ(left)
	JNZ(LabelRef("row"))
	JMP(LabelRef("stop0"))

	for _, miss := range a.misses {
		miss()
	}
	for i := unrolledRows - 1; i > 0; i-- {
		Label(numbered("stop", i))
		ADDQ(U8(4), a.rows)
	}
	Label("stop0")
	Comment("rows is at the row that was not added, or at the end.")
	SUBQ(Load(Param("tile"), GP64()), a.rows)
	SHRQ(U8(2), a.rows)
	VZEROUPPER()
	Store(a.rows, ReturnIndex(0))
	RET()
}

func numbered(label string, i int) string { return label + strconv.Itoa(i) }

// opmask returns a mask register that is set to mask.
func opmask(mask uint32) reg.OpmaskVirtual {
	scalar, k := GP32(), K()
	MOVL(U32(mask), scalar)
	KMOVW(scalar, k)
	return k
}

// row adds the row i rows behind the next one, or jumps to stop i. Labels of
// this copy of the code have number n.
func (a *accumulator) row(i, n int) {
	name, slot, differ := GP64(), GP64(), GP64()
	bytes := YMM()
	MOVL(Mem{Base: a.rows, Disp: tileStarts + 4*i}, name.As32())
	VMOVDQU(Mem{Base: a.data, Index: name, Scale: 1}, bytes)
	MOVL(Mem{Base: a.rows, Disp: tileHash + 4*i}, slot.As32())
	ANDQ(a.slotMask, slot)
	ADDQ(a.slots, slot)
	a.equalBytes(Mem{Base: slot}, bytes, differ)
	ANDNQ(Mem{Base: a.masks, Disp: 8 * i}, differ, differ)
	JNZ(LabelRef(numbered("miss", n)))
	Label(numbered("hit", n))
	a.update(Mem{Base: a.rows, Disp: tileValue + 4*i}, slot)
	a.misses = append(a.misses, func() { a.miss(i, n, name, slot, bytes) })
}

// equalBytes sets a bit of equal for each byte of m that equals that of bytes.
func (a *accumulator) equalBytes(m Mem, bytes reg.VecVirtual, equal reg.GPVirtual) {
	if a.avx512 {
		k := K()
		VPCMPEQB(m, bytes, k)
		KMOVD(k, equal.As32())
		return
	}
	same := YMM()
	VPCMPEQB(m, bytes, same)
	VPMOVMSKB(same, equal.As32())
}

// update adds the value at m to slot.
func (a *accumulator) update(m Mem, slot reg.GPVirtual) {
	row, stats := XMM(), XMM()
	if a.avx512 {
		VPBROADCASTD_Z(m, a.value, row)
		VPXOR(a.flip, row, row)
		VMOVDQU(Mem{Base: slot, Disp: slotPacked}, stats)
		VPADDQ(row, stats, a.sum, stats)
		VPMINUD(row, stats, a.minima, stats)
	} else {
		sum := XMM()
		VMOVD(m, row)
		VPSHUFD(U8(0b00_00_01_00), row, row)
		VPXOR(a.flip, row, row)
		VMOVDQU(Mem{Base: slot, Disp: slotPacked}, stats)
		VPADDQ(row, stats, sum)
		VPMINUD(row, stats, stats)
		VPBLENDD(U8(0b0011), sum, stats, stats)
	}
	VMOVDQU(stats, Mem{Base: slot, Disp: slotPacked})
}

// miss looks for the name of a row in its slot, whose key it does not equal or
// is too short for it, and in the next ones.
func (a *accumulator) miss(i, n int, name, slot reg.GPVirtual, bytes reg.VecVirtual) {
	probe, long, next := numbered("probe", n), numbered("long", n), numbered("next", n)
	hit, stop := numbered("hit", n), numbered("stop", i)
	Label(numbered("miss", n))
	tries := GP32()
	MOVL(U32(probedSlots), tries)
	ADDQ(a.data, name)

	Label(probe)
	CMPL(Mem{Base: slot, Disp: slotEntry}, U8(0))
	JEQ(LabelRef(stop))
	length, equal := GP64(), GP64()
	a.equalBytes(Mem{Base: slot}, bytes, equal)
	MOVL(Mem{Base: a.rows, Disp: tileLen + 4*i}, length.As32())
	CMPL(length.As32(), U8(kernel.KeyBytes))
	JAE(LabelRef(long))
	ANDNQ(Mem{Base: a.masks, Disp: 8 * i}, equal, equal)
	JZ(LabelRef(hit))
	JMP(LabelRef(next))

	Label(long)
	Comment("The rest of the name and its ';': 32 bytes at a time, the last ones once more.")
	CMPL(equal.As32(), I8(-1))
	JNE(LabelRef(next))
	stored, offset := GP64(), GP64()
	MOVQ(Mem{Base: a.array, Disp: slotsNames}, stored)
	ADDQ(Mem{Base: slot, Disp: slotName}, stored)
	ADDQ(I8(1-kernel.KeyBytes), length)
	MOVL(U32(kernel.KeyBytes), offset.As32())
	window, tail := numbered("window", n), numbered("tail", n)
	Label(window)
	CMPQ(offset, length)
	JGE(LabelRef(tail))
	a.jumpUnlessEqual(name, stored, offset, next)
	ADDQ(U8(kernel.KeyBytes), offset)
	JMP(LabelRef(window))
	Label(tail)
	a.jumpUnlessEqual(name, stored, length, next)
	JMP(LabelRef(hit))

	Label(next)
	SUBQ(a.slots, slot)
	ADDQ(U8(kernel.SlotBytes), slot)
	ANDQ(a.slotMask, slot)
	ADDQ(a.slots, slot)
	DECL(tries)
	JNZ(LabelRef(probe))
	JMP(LabelRef(stop))
}

// jumpUnlessEqual compares 32 bytes at offset behind x and y.
func (a *accumulator) jumpUnlessEqual(x, y, offset reg.GPVirtual, label string) {
	bytes, equal := YMM(), GP64()
	VMOVDQU(Mem{Base: x, Index: offset, Scale: 1}, bytes)
	a.equalBytes(Mem{Base: y, Index: offset, Scale: 1}, bytes, equal)
	CMPL(equal.As32(), I8(-1))
	JNE(LabelRef(label))
}
