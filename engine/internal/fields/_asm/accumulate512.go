package main

import (
	"strconv"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/kernel/asm/emit"
)

// broadcastColumns512 is the greatest number of columns that the accumulate pass
// broadcasts one by one. With more it gathers all numbers of a row.
const broadcastColumns512 = 4

// accumulator512 has the registers that live through the accumulate pass.
type accumulator512 struct {
	lines, at, rows, row, line reg.GPPhysical
	values                     [broadcastColumns512]reg.GPPhysical
	lanes                      [broadcastColumns512]reg.OpmaskPhysical
	add, max, gather           reg.OpmaskPhysical
	rest, low, shift, pointers reg.VecPhysical
}

// accumulate512 writes the accumulate pass in AVX-512. A line of lanes is one
// vector. Each lane takes the number of its own column, so that one addition, one
// minimum and one maximum do for all columns.
func accumulate512() {
	a := &accumulator512{
		lines: reg.RAX, at: reg.RCX, rows: reg.RDX, row: reg.RBX, line: reg.RSI,
		values: [...]reg.GPPhysical{reg.R8, reg.R9, reg.R10, reg.R11},
		lanes:  [...]reg.OpmaskPhysical{reg.K4, reg.K5, reg.K6, reg.K7},
		add:    reg.K1, max: reg.K2, gather: reg.K3,
		rest: reg.Z0, low: reg.Z1, shift: reg.Z2, pointers: reg.Z3,
	}
	TEXT("accumulateAVX512", NOSPLIT, "func(s *byte, at *uint32, rows int, l *byte)")
	Comment("accumulateAVX512 is Kernel.Accumulate.",
		"CPU: AVX-512 F, DQ.",
		"A row a step. Reads nothing after the last row, and writes only lines of the slots at.")
	uses := []emit.Use{
		emit.Holds(a.lines, "the line of the first slot"),
		emit.Holds(a.at, "at"),
		emit.Holds(a.rows, "rows"),
		emit.Holds(a.row, "the row"),
		emit.Holds(a.line, "the offset of its line"),
	}
	for i, values := range a.values {
		uses = append(uses, emit.Holds(values, "the numbers of column "+strconv.Itoa(i)))
	}
	uses = append(uses,
		emit.Holds(a.rest, "1 in the lanes that count; the greatest number in lanes without a column"),
		emit.Holds(a.low, "the bits of a number that count"),
		emit.Holds(a.shift, "by how many bits a number is shifted right after that"),
		emit.Holds(a.pointers, "the numbers of the column of each lane"),
		emit.Holds(a.add, "the lanes to which something is added"),
		emit.Holds(a.max, "the lanes that keep a maximum"),
		emit.Holds(a.gather, "the lanes that have a column"))
	for i, lanes := range a.lanes {
		uses = append(uses, emit.Holds(lanes, "the lanes that have column "+strconv.Itoa(i)))
	}
	emit.RegisterMap(uses...)
	a.begin()

	Label("gather")
	a.loop("gather", func(v reg.VecVirtual) {
		offset, lanes := GP64(), K()
		MOVQ(a.row, offset)
		SHLQ(U8(3), offset)
		VMOVDQA64(a.rest, v)
		KMOVQ(a.gather, lanes)
		VPGATHERQQ(Mem{Base: offset, Index: a.pointers, Scale: 1}, lanes, v)
		a.split(v)
	})
	for columns := 0; columns <= broadcastColumns512; columns++ {
		broadcast := func(v reg.VecVirtual) {
			VMOVDQA64(a.rest, v)
			for i := range columns {
				VPBROADCASTQ(Mem{Base: a.values[i], Index: a.row, Scale: 8}, a.lanes[i], v)
			}
		}
		label := "columns" + strconv.Itoa(columns)
		Label(label)
		a.loop(label, broadcast)
		if columns > 0 {
			Label("split" + label)
			a.loop("split"+label, func(v reg.VecVirtual) {
				broadcast(v)
				a.split(v)
			})
		}
	}
	Label("done")
	VZEROUPPER()
	RET()
}

// begin sets the registers and jumps to one of the loops.
func (a *accumulator512) begin() {
	slots, line := GP64(), GP64()
	Load(Param("s"), slots)
	Load(Param("at"), a.at)
	Load(Param("rows"), a.rows)
	Load(Param("l"), line)
	TESTQ(a.rows, a.rows)
	JLE(LabelRef("done"))
	MOVQ(Mem{Base: line, Disp: lineUnit}, a.lines)
	SHLQ(U8(6), a.lines) // times SlotUnit
	ADDQ(Mem{Base: slots, Disp: slotsBase}, a.lines)
	XORL(a.row.As32(), a.row.As32())

	Comment("The masks of all columns together")
	columns, op, add, max := GP64(), GP64(), GP64(), GP64()
	min, low, high := GP64(), GP64(), GP64()
	MOVQ(Mem{Base: line, Disp: lineColumns}, columns)
	LEAQ(Mem{Base: line, Disp: lineOps}, op)
	XORL(add.As32(), add.As32())
	XORL(max.As32(), max.As32())
	XORL(min.As32(), min.As32())
	XORL(low.As32(), low.As32())
	XORL(high.As32(), high.As32())
	VPXORQ(a.pointers, a.pointers, a.pointers)
	TESTQ(columns, columns)
	JZ(LabelRef("masks"))
	Label("column")
	for _, m := range []struct {
		all  reg.GPVirtual
		disp int
	}{{min, opMin}, {max, opMax}, {add, opSum}, {low, opLow}, {high, opHigh}} {
		ORQ(Mem{Base: op, Disp: m.disp}, m.all)
	}
	lanes, k := GP64(), K()
	a.columnLanes(op, lanes)
	KMOVB(lanes.As32(), k)
	VPBROADCASTQ(Mem{Base: op, Disp: opValues}, k, a.pointers)
	ADDQ(I8(opBytes), op)
	DECQ(columns)
	JNZ(LabelRef("column"))

	Label("masks")
	KMOVB(max.As32(), a.max)
	ORQ(min, max)
	ORQ(low, add)
	ORQ(high, add)
	ORQ(add, max)
	KMOVB(max.As32(), a.gather)
	count, scalar := GP64(), GP64()
	MOVQ(Mem{Base: line, Disp: lineCount}, count)
	ORQ(count, add)
	KMOVB(add.As32(), a.add)
	VPTERNLOGD(U8(0xff), a.rest, a.rest, a.rest)
	VMOVDQA64(a.rest, a.low)
	VPSRLQ(U8(1), a.rest, a.rest)
	KMOVB(count.As32(), k)
	MOVL(U32(1), scalar.As32())
	VPBROADCASTQ(scalar, k, a.rest)
	KMOVB(low.As32(), k)
	VPSRLQ(U8(32), a.low, k, a.low)
	KMOVB(high.As32(), k)
	MOVL(U32(32), scalar.As32())
	VPBROADCASTQ_Z(scalar, k, a.shift)

	Comment("The columns one by one, if they are few")
	MOVQ(Mem{Base: line, Disp: lineColumns}, columns)
	ORQ(high, low)
	for i := range broadcastColumns512 {
		CMPQ(columns, U8(i))
		JE(LabelRef("begin" + strconv.Itoa(i)))
		disp := lineOps + i*opBytes
		MOVQ(Mem{Base: line, Disp: disp + opValues}, a.values[i])
		LEAQ(Mem{Base: line, Disp: disp}, op)
		a.columnLanes(op, lanes)
		KMOVB(lanes.As32(), a.lanes[i])
	}
	CMPQ(columns, U8(broadcastColumns512))
	JNE(LabelRef("gather"))
	for i := broadcastColumns512; i >= 0; i-- {
		Label("begin" + strconv.Itoa(i))
		if i > 0 {
			TESTQ(low, low)
			JNZ(LabelRef("splitcolumns" + strconv.Itoa(i)))
		}
		JMP(LabelRef("columns" + strconv.Itoa(i)))
	}
}

// columnLanes sets lanes to all lanes of an Op.
func (a *accumulator512) columnLanes(op reg.Register, lanes Op) {
	MOVQ(Mem{Base: op, Disp: opMin}, lanes)
	for _, disp := range []int{opMax, opSum, opLow, opHigh} {
		ORQ(Mem{Base: op, Disp: disp}, lanes)
	}
}

// split turns numbers into their lower or upper bits in the lanes that have those.
func (a *accumulator512) split(v reg.VecVirtual) {
	VPANDQ(a.low, v, v)
	VPSRAVQ(a.shift, v, v)
}

// loop writes a loop over the rows. numbers sets a register to what the lanes take.
//
// The minimum is that of all lanes: those without a column take the greatest number,
// which changes nothing. It is replaced by the maximum or the sum. The three do not
// wait for each other.
func (a *accumulator512) loop(label string, numbers func(reg.VecVirtual)) {
	v, old, max, result := ZMM(), ZMM(), ZMM(), ZMM()
	MOVL(Mem{Base: a.at, Index: a.row, Scale: 4}, a.line.As32())
	SHLQ(U8(6), a.line) // times SlotUnit
	numbers(v)
	VMOVDQU64(Mem{Base: a.lines, Index: a.line, Scale: 1}, old)
	VPMINSQ(old, v, result)
	VPMAXSQ(old, v, max)
	VMOVDQA64(max, a.max, result)
	VPADDQ(old, v, a.add, result)
	VMOVDQU64(result, Mem{Base: a.lines, Index: a.line, Scale: 1})
	INCQ(a.row)
	CMPQ(a.row, a.rows)
	JL(LabelRef(label))
	JMP(LabelRef("done"))
}

// The pass shifts by 6 to multiply by SlotUnit.
var _ = [1]struct{}{}[fields.SlotUnit-1<<6]
