package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// unrolledRows is how many rows a step of the accumulate pass handles.
const unrolledRows = 4

// accumulator has the registers that live through the accumulate pass.
type accumulator struct {
	slots, data, rows, masks reg.GPVirtual // rows and masks: of the next row in the tile
	slotMask                 reg.GPVirtual
	flip                     reg.VecVirtual
	value, sum, minima       reg.OpmaskVirtual
}

// accumulate512 writes the accumulate pass: one comparison of 32 bytes and one
// rarely taken branch a row.
func accumulate512() {
	flip := GLOBL("flip", RODATA|NOPTR)
	DATA(0, U32(0))
	DATA(4, U32(1<<(40-32)))
	DATA(8, U32(0))
	DATA(12, U32(0xffffffff))

	TEXT("accumulateAVX512", NOSPLIT, "func(slots *byte, mask uint32, data *byte, tile *byte, from int, to int) int")
	a := &accumulator{
		slots: GP64(), data: GP64(), rows: GP64(), masks: GP64(), slotMask: GP64(),
		flip: XMM(), value: K(), sum: K(), minima: K(),
	}
	Load(Param("slots"), a.slots)
	Load(Param("mask"), a.slotMask.As32())
	Load(Param("data"), a.data)
	tile := Load(Param("tile"), GP64())
	from := Load(Param("from"), GP64())
	left := Load(Param("to"), GP64())
	LEAQ(Mem{Base: tile, Index: from, Scale: 4}, a.rows)
	LEAQ(Mem{Base: tile, Index: from, Scale: 8, Disp: tileMask}, a.masks)
	SUBQ(from, left)

	Comment("A row becomes {value + 1<<40, value, ^value}: the value in the dwords 0, 2 and 3, then flip.")
	VMOVDQU(flip, a.flip)
	scalar := GP32()
	for _, mask := range []struct {
		dwords uint32
		k      reg.OpmaskVirtual
	}{{0b1101, a.value}, {0b01, a.sum}, {0b1100, a.minima}} {
		MOVL(U32(mask.dwords), scalar)
		KMOVW(scalar, mask.k)
	}
	SUBQ(U8(unrolledRows), left)
	JL(LabelRef("few"))

	Label("rows")
	for i := range unrolledRows {
		a.row(i)
	}
	ADDQ(U8(4*unrolledRows), a.rows)
	ADDQ(U8(8*unrolledRows), a.masks)
	SUBQ(U8(unrolledRows), left)
	JGE(LabelRef("rows"))

	Label("few")
	ADDQ(U8(unrolledRows), left)
	JZ(LabelRef("stop0"))
	Label("row")
	a.row(0)
	ADDQ(U8(4), a.rows)
	ADDQ(U8(8), a.masks)
	DECQ(left)
	JNZ(LabelRef("row"))
	JMP(LabelRef("stop0"))

	for i := unrolledRows - 1; i > 0; i-- {
		Label(stop(i))
		ADDQ(U8(4), a.rows)
	}
	Label("stop0")
	Comment("rows is at the row that was not added, or at the end")
	SUBQ(tile, a.rows)
	SHRQ(U8(2), a.rows)
	VZEROUPPER()
	Store(a.rows, ReturnIndex(0))
	RET()
}

func stop(i int) string { return "stop" + string(rune('0'+i)) }

// row adds the row i rows behind the next one, or jumps to stop(i).
func (a *accumulator) row(i int) {
	name, slot, differ := GP64(), GP64(), GP64()
	bytes, equal := YMM(), K()
	MOVL(Mem{Base: a.rows, Disp: tileStarts + 4*i}, name.As32())
	VMOVDQU(Mem{Base: a.data, Index: name, Scale: 1}, bytes)
	MOVL(a.slotMask.As32(), slot.As32())
	ANDL(Mem{Base: a.rows, Disp: tileHash + 4*i}, slot.As32())
	ADDQ(a.slots, slot)
	VPCMPEQB(Mem{Base: slot}, bytes, equal)
	KMOVD(equal, differ.As32())
	ANDNQ(Mem{Base: a.masks, Disp: 8 * i}, differ, differ)
	JNZ(LabelRef(stop(i)))
	row, stats := XMM(), XMM()
	VPBROADCASTD_Z(Mem{Base: a.rows, Disp: tileValue + 4*i}, a.value, row)
	VPXOR(a.flip, row, row)
	VMOVDQU(Mem{Base: slot, Disp: slotStats}, stats)
	VPADDQ(row, stats, a.sum, stats)
	VPMINUD(row, stats, a.minima, stats)
	VMOVDQU(stats, Mem{Base: slot, Disp: slotStats})
}
