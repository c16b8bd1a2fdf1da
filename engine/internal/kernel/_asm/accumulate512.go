package main

import (
	"math/bits"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/kernel/asm/emit"
)

// preparedSlotBytes is the size of the slots up to which rows are prepared. The rows of
// larger tables wait for their slots.
const preparedSlotBytes = 1 << 20

// addPrepared adds rows 4 at a time, from the first row of the tile on, if there are few
// slots and if two registers hold the multipliers of all buckets. It leaves the other
// rows, or all, to the loops of find and row. Slots is the parameter.
//
// Those loops are bound by their loads. Here a vector finds the slots of 16 rows, and
// stores all that is needed to add a row in one qword. It does so for the whole tile
// first, because the CPU does not forward a part of a vector that was just stored.
func (a *accumulator) addPrepared(slots, from reg.Register) {
	interleave := GLOBL("interleave", RODATA|NOPTR)
	for i := range 2 * kernel.GroupRows {
		DATA(4*i, U32(uint32(i/2+i%2*kernel.GroupRows)))
	}

	multipliers := [2]reg.VecPhysical{reg.Z16, reg.Z17}
	halves := [2]reg.VecPhysical{reg.Z18, reg.Z19}
	mask, shift, lowest := reg.Z20, reg.X4, reg.K3
	left, unprepared := a.equal, a.name // until the first row is added
	prepared, startField, slotShift := a.multipliers, a.next[1], a.next[2]
	a.slot = a.next[0]
	Comment("Prepared rows. A row after a stop is not: its tile would be prepared once for each stop.")
	emit.RegisterMap(
		emit.Holds(multipliers[0], "multipliers of buckets 0 to 63, in bytes"),
		emit.Holds(multipliers[1], "multipliers of buckets 64 to 127"),
		emit.Holds(halves[0], "what interleaves the dwords 0 to 7 of two vectors"),
		emit.Holds(halves[1], "what interleaves the dwords 8 to 15"),
		emit.Holds(mask, "Slots.Mask in each dword"),
		emit.Holds(shift, "Slots.Shift"),
		emit.Holds(lowest, "the lowest byte of each dword"),
		emit.Holds(left, "rows to prepare; then as above"),
		emit.Holds(unprepared, "the next row to prepare, in the arrays of dwords; then as above"),
		emit.Holds(prepared, "the next row, in Tile.Prepared"),
		emit.Holds(a.slot, "the offset of its slot"),
		emit.Holds(startField, "where the start is in Fields, for BEXTR"),
		emit.Holds(slotShift, "32, for SHRX"))
	TESTQ(from, from)
	JNZ(LabelRef("find"))
	CMPQ(a.bucket, U8(32-bits.TrailingZeros(kernel.SmallBuckets)))
	JLT(LabelRef("find"))
	CMPQ(a.slotMask, U32(preparedSlotBytes))
	JAE(LabelRef("find"))
	CMPQ(a.left, U8(unrolledRows))
	JLT(LabelRef("find"))
	for i := range 2 {
		VMOVDQU64(Mem{Base: slots, Disp: slotsSmall + 64*i}, multipliers[i])
		VMOVDQU64(interleave.Offset(64*i), halves[i])
	}
	VPBROADCASTD(a.slotMask.As32(), mask)
	VMOVQ(a.bucket, shift)
	all := GP64()
	MOVQ(U64(0x1111111111111111), all)
	KMOVQ(all, lowest)
	MOVQ(a.left, left)
	MOVQ(a.rows, unprepared)

	Label("prepare")
	product, bucket := ZMM(), ZMM()
	VMOVDQU32(Mem{Base: unprepared, Disp: tileHash}, product)
	VPSRLD(shift, product, bucket)
	VPERMI2B_Z(multipliers[1], multipliers[0], lowest, bucket)
	VPMULLD(bucket, product, product)
	VPANDD(mask, product, product)
	fields := ZMM()
	VMOVDQU32(Mem{Base: unprepared, Disp: tileFields}, fields)
	// a.rows is the tile, so that the entries of qwords are twice as far from it.
	offset := GP64()
	MOVQ(unprepared, offset)
	SUBQ(a.rows, offset)
	for i, half := range halves {
		row := fields
		if i == 0 {
			row = ZMM()
			VMOVDQA64(fields, row)
		}
		VPERMT2D(product, half, row)
		VMOVDQU64(row, Mem{Base: unprepared, Index: offset, Scale: 1, Disp: tilePrepared + 64*i})
	}
	ADDQ(U8(4*kernel.GroupRows), unprepared)
	SUBQ(U8(kernel.GroupRows), left)
	JG(LabelRef("prepare"))

	LEAQ(Mem{Base: a.rows, Disp: tilePrepared}, prepared)
	MOVL(U32(kernel.FieldsStart|kernel.StartBits<<8), startField.As32())
	SUBQ(U8(unrolledRows), a.left)
	MOVL(U32(32), slotShift.As32())
	a.relative = true
	Label("prepared")
	for i := range unrolledRows {
		MOVQ(Mem{Base: prepared, Disp: 8 * i}, a.fields)
		BEXTRL(startField.As32(), a.fields.As32(), a.name.As32())
		SHRXQ(slotShift, a.fields, a.slot)
		a.add(i, unrolledRows+1+i)
	}
	a.relative = false
	a.advance(unrolledRows)
	ADDQ(U8(8*unrolledRows), prepared)
	SUBQ(U8(unrolledRows), a.left)
	JGE(LabelRef("prepared"))
	ADDQ(U8(unrolledRows), a.left)
	Load(Param("slots"), a.multipliers)
	MOVQ(Mem{Base: a.multipliers, Disp: slotsMultipliers}, a.multipliers)
	Label("find")
}
