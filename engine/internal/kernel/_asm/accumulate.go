package main

import (
	"strconv"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/kernel/asm/emit"
)

const (
	// unrolledRows is the number of rows that a step of the loop handles.
	unrolledRows = 4
	// probedSlots is the number of slots in which a row is looked for before it
	// is left to Go.
	probedSlots = 2
)

// accumulator has the registers that live through the accumulate pass.
type accumulator struct {
	avx512, counts bool

	slots, slotMask     reg.GPPhysical
	multipliers, bucket reg.GPPhysical
	data                reg.GPPhysical
	rows, left          reg.GPPhysical
	flip                reg.VecPhysical

	// Of a row.
	name, equal reg.GPPhysical
	bytes, rest reg.VecPhysical

	next  [unrolledRows]reg.GPPhysical // slots of the next rows
	slot  reg.GPPhysical               // that of the row
	saved Mem                          // memory for the other ones

	// AVX-512 only.
	fields      reg.GPPhysical
	sum, minima reg.OpmaskPhysical
	valueShifts reg.VecPhysical
	relative    bool // slot is an offset from slots

	misses []func() // write the code that is out of the way of the loop
}

const (
	features512 = "AVX2, AVX-512 F, VL, BW, VBMI, BMI1, BMI2"
	features256 = "AVX2, BMI1, BMI2"
)

func accumulate512() { accumulate("accumulateAVX512", features512, true, false) }
func accumulate256() { accumulate("accumulateAVX2", features256, false, false) }
func count512()      { accumulate("countAVX512", features512, true, true) }
func count256()      { accumulate("countAVX2", features256, false, true) }

// accumulate writes an accumulate pass, or a count pass if counts is set. A row takes
// one comparison of 32 bytes, one rarely taken branch, and one vector for its sum,
// count, minimum and maximum.
func accumulate(name, features string, avx512, counts bool) {
	flip := GLOBL(name+"Flip", RODATA|NOPTR)
	DATA(0, U32(0))
	DATA(4, U32(1<<(kernel.CountShift-32)))
	DATA(8, U32(0))
	DATA(12, U32(0xffffffff))
	var valueShifts Mem
	if avx512 {
		valueShifts = GLOBL(name+"ValueShifts", RODATA|NOPTR)
		for i, shift := range []uint32{kernel.FieldsValue, 32, kernel.FieldsValue, kernel.FieldsValue} {
			DATA(4*i, U32(shift))
		}
	}

	TEXT(name, NOSPLIT, "func(slots *byte, data *byte, tile *byte, from int, to int) int")
	a := &accumulator{
		avx512: avx512, counts: counts,
		slots: reg.RCX, slotMask: reg.RDX, multipliers: reg.RAX, bucket: reg.R12,
		data: reg.RBX, rows: reg.RSI, fields: reg.RDI, left: reg.R9,
		flip: reg.X0,
		name: reg.R8, equal: reg.R11, bytes: reg.Y1, rest: reg.Y2,
		next:  [unrolledRows]reg.GPPhysical{reg.R10, reg.R13, reg.R14, reg.R15},
		saved: AllocLocal(8 * (unrolledRows - 1)),
		sum:   reg.K1, minima: reg.K2, valueShifts: reg.X3,
	}
	writes := []string{"slots"}
	if counts {
		writes = append(writes, "Tile.Counter")
	}
	if avx512 {
		writes = append(writes, "Tile.Prepared")
	}
	steps := "4 rows a step, then 1 row a step."
	if avx512 {
		steps = "4 rows a step, first of those that are prepared, then 1 row a step."
	}
	Comment(name+" adds the rows from to to-1 of a tile to their slots. It returns the index of the",
		"first row that is not in its slot or the next one, or to.",
		"CPU: "+features+".",
		steps,
		"Reads 32 bytes from the start of each name. Writes only to "+strings.Join(writes, ", ")+".")
	uses := []emit.Use{
		emit.Holds(a.slots, "the first slot"),
		emit.Holds(a.slotMask, "Slots.Mask"),
		emit.Holds(a.multipliers, "the first of Slots.Multipliers"),
		emit.Holds(a.bucket, "Slots.Shift"),
		emit.Holds(a.data, "the data"),
		emit.Holds(a.rows, "the next row, in the arrays of dwords of the tile"),
		emit.Holds(a.left, "rows left"),
		emit.Holds(a.flip, "what turns {value, 0, value, value} into {value, 1<<8, value, ^value}"),
	}
	if avx512 {
		uses = append(uses,
			emit.Holds(a.fields, "a row: its Fields"),
			emit.Holds(a.valueShifts, "the shifts that turn Fields in each dword into {value, 0, value, value}"),
			emit.Holds(a.sum, "the qword of a slot that is added to: Packed"),
			emit.Holds(a.minima, "the dwords of a slot that are minima: Min and NotMax"))
	}
	uses = append(uses,
		emit.Holds(a.name, "a row: its name in the data; after a miss, in memory"),
		emit.Holds(a.bytes, "32 bytes from the start of the name"),
		emit.Holds(a.rest, "32 other bytes of the name, after a miss"),
		emit.Holds(a.equal, "its bucket; then the bytes that equal the key of its slot"))
	for i, slot := range a.next {
		uses = append(uses, emit.Holds(slot, "the slot of row "+strconv.Itoa(i)+" of a step"))
	}
	emit.RegisterMap(uses...)

	slots := Load(Param("slots"), reg.R8)
	MOVQ(Mem{Base: slots, Disp: slotsBase}, a.slots)
	MOVQ(Mem{Base: slots, Disp: slotsMask}, a.slotMask)
	MOVQ(Mem{Base: slots, Disp: slotsShift}, a.bucket)
	MOVQ(Mem{Base: slots, Disp: slotsMultipliers}, a.multipliers)
	Load(Param("data"), a.data)
	tile := Load(Param("tile"), reg.RDI)
	from := Load(Param("from"), GP64())
	Load(Param("to"), a.left)
	LEAQ(Mem{Base: tile, Index: from, Scale: 4}, a.rows)
	SUBQ(from, a.left)
	VMOVDQU(flip, a.flip)
	if avx512 {
		setOpmask(a.sum, 0b01)
		setOpmask(a.minima, 0b1100)
		VMOVDQU(valueShifts, a.valueShifts)
		a.addPrepared(slots, from)
	}
	SUBQ(U8(unrolledRows), a.left)
	JL(LabelRef("few"))

	for i := range unrolledRows {
		a.find(i, i)
	}
	Label("rows")
	for i := range unrolledRows {
		a.row(i, i)
		a.find(i, unrolledRows+i)
	}
	a.advance(unrolledRows)
	SUBQ(U8(unrolledRows), a.left)
	JGE(LabelRef("rows"))

	Label("few")
	ADDQ(U8(unrolledRows), a.left)
	JZ(LabelRef("stop0"))
	Label("row")
	a.find(0, 0)
	a.row(0, unrolledRows)
	a.advance(1)
	DECQ(a.left)
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
	Comment(a.rows.Asm() + " is at the row that was not added, or at the end.")
	SUBQ(Load(Param("tile"), GP64()), a.rows)
	SHRQ(U8(2), a.rows)
	VZEROUPPER()
	Store(a.rows, ReturnIndex(0))
	RET()
}

func numbered(label string, i int) string { return label + strconv.Itoa(i) }

// setOpmask sets k to mask.
func setOpmask(k reg.OpmaskPhysical, mask uint32) {
	scalar := GP32()
	MOVL(U32(mask), scalar)
	KMOVW(scalar, k)
}

// find sets next[i] to the slot of the row that is ahead rows after the next one. If
// there is no such row, it is some slot.
//
// The slots of a step are found in the step before it. Otherwise the CPU does not know
// where the rows before a row store when it could load the multiplier of the row. It
// waits for them, because the multiplier may be stored there as far as it knows, and
// so each row waits for the one before it.
func (a *accumulator) find(i, ahead int) {
	slot := a.next[i]
	MOVL(Mem{Base: a.rows, Disp: tileHash + 4*ahead}, slot.As32())
	SHRXL(a.bucket.As32(), slot.As32(), a.equal.As32())
	IMULL(Mem{Base: a.multipliers, Index: a.equal, Scale: 4}, slot.As32())
	ANDQ(a.slotMask, slot)
	ADDQ(a.slots, slot)
}

// row adds the row that is i rows after the next one and whose slot is next[i], or
// jumps to stop i. The labels of this copy of the code have the number n.
func (a *accumulator) row(i, n int) {
	a.slot = a.next[i]
	MOVL(Mem{Base: a.rows, Disp: tileStarts + 4*i}, a.name.As32())
	if a.avx512 {
		MOVL(Mem{Base: a.rows, Disp: tileFields + 4*i}, a.fields.As32())
	}
	a.add(i, n)
}

// at returns what is at offset disp in the slot of the row.
func (a *accumulator) at(disp int) Mem {
	if a.relative {
		return Mem{Base: a.slots, Index: a.slot, Scale: 1, Disp: disp}
	}
	return Mem{Base: a.slot, Disp: disp}
}

// add is row for a row of which it has the slot, the name and, for AVX-512, Fields.
func (a *accumulator) add(i, n int) {
	VMOVDQU(Mem{Base: a.data, Index: a.name, Scale: 1}, a.bytes)
	a.equalBytes(a.at(0), a.bytes, a.equal)
	a.jumpUnlessName(i, a.equal, numbered("miss", n))
	Label(numbered("hit", n))
	a.update(i)
	if a.counts {
		a.counter(i)
	}
	slot, relative := a.slot, a.relative
	a.misses = append(a.misses, func() { a.relative = relative; a.miss(slot, i, n) })
}

// advance makes the row that is n rows after the next one the next one.
func (a *accumulator) advance(n int) {
	ADDQ(U8(4*n), a.rows)
}

// jumpUnlessName jumps to label unless equal has a bit for each byte of the name of
// row i, whose Fields are in fields for AVX-512, and for its ';'. It always jumps if the
// name has 32 bytes or more. It changes equal.
func (a *accumulator) jumpUnlessName(i int, equal reg.GP, label string) {
	if a.avx512 {
		// The lowest byte of Fields is the number of bits that BZHI keeps: those of the
		// bytes of the name and its ';' that differ. NOT sets bits 32 to 63, so that a
		// name that has some of them never equals the key.
		NOTQ(equal.As64())
		BZHIQ(a.fields, equal.As64(), equal.As64())
		JNZ(LabelRef(label))
		return
	}
	// The number of bytes before the first one that differs, at most 32, has to
	// exceed the length of the name.
	same := equal.As32()
	NOTL(same)
	TZCNTL(same, same)
	CMPL(same, Mem{Base: a.rows, Disp: tileLen + 4*i})
	JLS(LabelRef(label))
}

// equalBytes sets a bit of equal for each byte of m that equals the same byte of
// bytes.
func (a *accumulator) equalBytes(m Mem, bytes Op, equal reg.GP) {
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

// update adds the value of row i to the slot. A row becomes the vector of dwords
//
//	{value, 1<<8, value, ^value}
//
// of which the lower qword is added to Packed, and the upper dwords are compared
// with Min and NotMax: see kernel.Slot for both.
func (a *accumulator) update(i int) {
	row, stats := XMM(), XMM()
	if a.avx512 {
		VPBROADCASTD(a.fields.As32(), row)
		VPSRLVD(a.valueShifts, row, row)
		VPXOR(a.flip, row, row)
		VMOVDQU(a.at(slotPacked), stats)
		VPADDQ(row, stats, a.sum, stats)
		VPMINUD(row, stats, a.minima, stats)
	} else {
		sum := XMM()
		VMOVD(Mem{Base: a.rows, Disp: tileValue + 4*i}, row)
		VPSHUFD(U8(0b00_00_01_00), row, row)
		VPXOR(a.flip, row, row)
		VMOVDQU(Mem{Base: a.slot, Disp: slotPacked}, stats)
		VPADDQ(row, stats, sum)
		VPMINUD(row, stats, stats)
		VPBLENDD(U8(0b0011), sum, stats, stats)
	}
	VMOVDQU(stats, a.at(slotPacked))
}

// counter writes the counter of row i. It changes name.
func (a *accumulator) counter(i int) {
	counter := a.name.As32()
	IMUL3L(U32(kernel.Counters), a.at(slotEntry), counter)
	ADDL(Mem{Base: a.rows, Disp: tileValue + 4*i}, counter)
	MOVL(counter, Mem{Base: a.rows, Disp: tileCounter + 4*i})
}

// miss looks for the name of a row in its slot, whose key differs from the name
// or is too short for it, and in the next slot. It needs the registers of next.
func (a *accumulator) miss(slot reg.GPPhysical, i, n int) {
	a.slot = slot
	probe, long, next, found := numbered("probe", n), numbered("long", n), numbered("next", n), numbered("found", n)
	stop := numbered("stop", i)
	var free []reg.GPPhysical
	for _, slot := range a.next {
		if slot != a.slot {
			free = append(free, slot)
		}
	}
	Label(numbered("miss", n))
	if a.relative {
		ADDQ(a.slots, a.slot)
	}
	for k, slot := range free {
		MOVQ(slot, a.saved.Offset(8*k))
	}
	tries, length, offset := free[0], free[1], free[2]
	MOVL(U32(probedSlots), tries.As32())
	ADDQ(a.data, a.name)

	Label(probe)
	CMPL(Mem{Base: a.slot, Disp: slotEntry}, U8(0))
	JEQ(LabelRef(stop))
	a.equalBytes(Mem{Base: a.slot}, a.bytes, a.equal)
	MOVL(Mem{Base: a.rows, Disp: tileLen + 4*i}, length.As32())
	CMPL(length.As32(), U8(kernel.KeyBytes))
	JAE(LabelRef(long))
	a.jumpUnlessName(i, a.equal, next)
	JMP(LabelRef(found))

	Label(long)
	Comment("The rest of the name and its ';', up to 96 bytes, 32 at a time. The last 32 may overlap or",
		"be the only ones: their number would be mispredicted as a branch.")
	CMPL(a.equal.As32(), I8(-1))
	JNE(LabelRef(next))
	stored := a.equal
	Load(Param("slots"), stored)
	MOVQ(Mem{Base: stored, Disp: slotsNames}, stored)
	ADDQ(Mem{Base: a.slot, Disp: slotName}, stored)
	ADDQ(I8(1-kernel.KeyBytes), length)
	for at := kernel.KeyBytes; at < kernel.MaskedNames-kernel.KeyBytes; at += kernel.KeyBytes {
		MOVL(U32(at), offset.As32())
		CMPL(length.As32(), offset.As32())
		CMOVLLT(length.As32(), offset.As32())
		a.jumpUnlessEqual(stored, offset, next)
	}
	a.jumpUnlessEqual(stored, length, next)

	Label(found)
	for k, slot := range free {
		MOVQ(a.saved.Offset(8*k), slot)
	}
	if a.relative {
		SUBQ(a.slots, a.slot)
	}
	JMP(LabelRef(numbered("hit", n)))

	Label(next)
	SUBQ(a.slots, a.slot)
	ADDQ(U8(kernel.SlotBytes), a.slot)
	ANDQ(a.slotMask, a.slot)
	ADDQ(a.slots, a.slot)
	DECL(tries.As32())
	JNZ(LabelRef(probe))
	JMP(LabelRef(stop))
}

// jumpUnlessEqual jumps to label unless the 32 bytes at offset in the name and in
// stored are equal. Offset may change.
func (a *accumulator) jumpUnlessEqual(stored, offset reg.GPPhysical, label string) {
	VMOVDQU(Mem{Base: a.name, Index: offset, Scale: 1}, a.rest)
	a.equalBytes(Mem{Base: stored, Index: offset, Scale: 1}, a.rest, offset)
	CMPL(offset.As32(), I8(-1))
	JNE(LabelRef(label))
}
