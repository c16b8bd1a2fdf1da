package main

import (
	"math/bits"
	"strconv"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/kernel/asm/emit"
)

const (
	// probedSlots is the number of slots that the pass over keys looks at.
	probedSlots = 2
	// aheadRows is how many rows keysAhead hashes before it compares their keys.
	aheadRows = 16
	// longKey is the length plus 1 of the shortest key that is not all in its slot.
	longKey = fields.KeyBytes + 2
)

// unitShift and infoShift are the logarithms of fields.SlotUnit and of the size of a
// fields.SlotInfo.
var (
	unitShift = bits.TrailingZeros64(fields.SlotUnit)
	infoShift = bits.TrailingZeros64(uint64(infoBytes))
)

// roundKeys are the keys of the AES rounds: digits of pi.
var roundKeys = [2]uint64{0x243f6a8885a308d3, 0x13198a2e03707345}

// hasher has the registers that hold a key and its hash.
type hasher struct {
	avx512 bool

	window Mem             // AVX2 only: a constant; the 64 bytes from byte 64-n on select the first n bytes of 64
	round  reg.VecPhysical // the key of AES rounds

	key, length, hash reg.GPPhysical
	bytes             [2]reg.VecPhysical // with AVX-512, the first has all
	state             reg.VecPhysical

	// AVX-512 only.
	ones       Mem // a constant
	lengthOnly reg.OpmaskPhysical
}

// looker has the registers that live through the pass over keys.
type looker struct {
	hasher
	data, positions, stride, row, out reg.GPPhysical
	slots, shift                      reg.GPPhysical
	index, line, tries                reg.GPPhysical

	ahead bool // slots are prefetched
	// Of a block of rows, with ahead.
	firstRow, firstPositions, lastRow, lanes Mem
}

func keys256() {
	x := newLooker()
	x.window = GLOBL("keyWindow", RODATA|NOPTR)
	for i := range 2 * fields.SlotUnit / 8 {
		DATA(8*i, U64(0xffffffffffffffff*uint64((2*fields.SlotUnit/8-1-i)/(fields.SlotUnit/8))))
	}
	start := x.roundKey()
	x.write("keysAVX2", "AVX2, AES, BMI2", start)
	x.ahead = true
	x.write("keysAheadAVX2", "AVX2, AES, BMI2", start)
	x.hasher.write(start)
}

// keys512 writes the pass in AVX-512. The hash is that of AVX2.
func keys512() {
	x := newLooker()
	x.avx512 = true
	x.bytes = [2]reg.VecPhysical{reg.Z1}
	x.ones = GLOBL("keyOnes", RODATA|NOPTR)
	DATA(0, U64(^uint64(0)))
	round := x.roundKey()
	start := func() {
		round()
		scalar := GP32()
		MOVL(U32(1<<(fields.KeyBytes/4)), scalar)
		KMOVW(scalar, x.lengthOnly)
	}
	x.write("keysAVX512", "AVX-512 F, BW, AVX2, AES, BMI2", start)
	x.ahead = true
	x.write("keysAheadAVX512", "AVX-512 F, BW, AVX2, AES, BMI2", start)
}

// newLooker returns a looker for AVX2.
func newLooker() *looker {
	return &looker{
		hasher: hasher{
			round: reg.X0,
			key:   reg.R12, length: reg.R13, hash: reg.R8,
			bytes:      [2]reg.VecPhysical{reg.Y1, reg.Y2},
			state:      reg.X3,
			lengthOnly: reg.K1,
		},
		data: reg.RAX, positions: reg.RBX, stride: reg.RCX, row: reg.RDX, out: reg.RSI,
		slots: reg.RDI, shift: reg.R9,
		index: reg.R10, line: reg.R11, tries: reg.R14,
	}
}

// roundKey writes the key of AES rounds. It returns what loads it.
func (x *hasher) roundKey() func() {
	round := GLOBL("keyRound", RODATA|NOPTR)
	for i, v := range roundKeys {
		DATA(8*i, U64(v))
	}
	return func() { VMOVDQU(round, x.round) }
}

// uses returns the registers in the register map.
func (x *hasher) uses() []emit.Use {
	uses := []emit.Use{
		emit.Holds(x.round, "the key of AES rounds"),
		emit.Holds(x.key, "the key"),
		emit.Holds(x.length, "its length plus 1"),
		emit.Holds(x.hash, "its hash"),
	}
	if x.avx512 {
		return append(uses,
			emit.Holds(x.bytes[0], "what a slot has of it"),
			emit.Holds(x.lengthOnly, "the dword of the length"))
	}
	return append(uses,
		emit.Holds(x.bytes[0], "what a slot has of it: bytes 0 to 31"),
		emit.Holds(x.bytes[1], "and 32 to 63"))
}

// write writes the hash of one key.
func (x *hasher) write(start func()) {
	TEXT("hashAVX2", NOSPLIT, "func(key *byte, n int) uint32")
	Comment("hashAVX2 is Kernel.Hash for keysAVX2.",
		"CPU: AVX2, AES.",
		"Reads 64 bytes from the start of the key, or all of a longer key.")
	emit.RegisterMap(x.uses()...)
	Load(Param("key"), x.key)
	Load(Param("n"), x.length)
	INCQ(x.length)
	start()
	CMPL(x.length.As32(), I8(longKey))
	JAE(LabelRef("long"))
	x.load()
	x.first()
	JMP(LabelRef("last"))
	Label("long")
	x.loadLong()
	x.first()
	x.rest()
	Label("last")
	x.last()
	VZEROUPPER()
	Store(x.hash.As32(), ReturnIndex(0))
	RET()
}

// load sets bytes for a key that is all in its slot.
func (x *hasher) load() {
	if x.avx512 {
		n, first := GP64(), K()
		LEAQ(Mem{Base: x.length, Disp: -1}, n)
		BZHIQ(n, x.ones, n)
		KMOVQ(n, first)
		VMOVDQU8_Z(Mem{Base: x.key}, first, x.bytes[0])
		x.setLength()
		return
	}
	window := GP64()
	LEAQ(x.window, window)
	SUBQ(x.length, window)
	for i, bytes := range x.bytes {
		VMOVDQU(Mem{Base: x.key, Disp: 32 * i}, bytes)
		VPAND(Mem{Base: window, Disp: fields.SlotUnit + 1 + 32*i}, bytes, bytes)
	}
	x.setLength()
}

// loadLong sets bytes for a longer key.
func (x *hasher) loadLong() {
	if x.avx512 {
		VMOVDQU64(Mem{Base: x.key}, x.bytes[0])
		x.setLength()
		return
	}
	for i, bytes := range x.bytes {
		VMOVDQU(Mem{Base: x.key, Disp: 32 * i}, bytes)
	}
	x.setLength()
}

// setLength puts the length into the last dword of bytes.
func (x *hasher) setLength() {
	if x.avx512 {
		VPBROADCASTD(x.length.As32(), x.lengthOnly, x.bytes[0])
		return
	}
	length := YMM()
	VMOVD(x.length.As32(), length.AsX())
	VPBROADCASTD(length.AsX(), length)
	VPBLENDD(U8(1<<7), length, x.bytes[1], x.bytes[1])
}

// first sets state to the hash of bytes before the last round. With the 16 bytes at
// 0, 16, 32 and 48 as a, b, c and d, and the round E without a key, it is
//
//	E(E(a) ^ c) ^ E(E(b) ^ d) ^ round
//
// A byte of c or d changes all bytes of the hash after the last round, its second
// one. A byte of a or b has one round more.
func (x *hasher) first() {
	var c reg.Register
	other, d := XMM(), XMM()
	VEXTRACTI128(U8(1), x.bytes[0].AsY(), other)
	if x.avx512 {
		c = XMM()
		VEXTRACTI32X4(U8(2), x.bytes[0], c)
		VEXTRACTI32X4(U8(3), x.bytes[0], d)
	} else {
		c = x.bytes[1].AsX()
		VEXTRACTI128(U8(1), x.bytes[1], d)
	}
	VAESENC(d, other, other)
	VAESENC(c, x.bytes[0].AsX(), x.state)
	VAESENC(x.round, other, other)
	VAESENC(other, x.state, x.state)
}

// rest folds the bytes of a long key that are not in its slot into state, 16 at a
// time. The last 16 bytes may overlap those before.
func (x *hasher) rest() {
	at, last := GP64(), GP64()
	fold := func(at reg.Register) {
		VPXOR(Mem{Base: x.key, Index: at, Scale: 1}, x.state, x.state)
		VAESENC(x.round, x.state, x.state)
		VAESENC(x.round, x.state, x.state)
	}
	MOVL(U32(fields.KeyBytes), at.As32())
	LEAQ(Mem{Base: x.length, Disp: -17}, last)
	Label("fold")
	CMPQ(at, last)
	JGE(LabelRef("folded"))
	fold(at)
	ADDQ(I8(16), at)
	JMP(LabelRef("fold"))
	Label("folded")
	fold(last)
}

// last sets hash.
func (x *hasher) last() {
	VAESENC(x.round, x.state, x.state)
	VMOVD(x.state, x.hash.As32())
}

// write writes the pass. A key that is all in its slot takes one comparison with the line of
// its slot, and one branch. Other keys, and keys that are not in
// the slot where they belong, take a branch to code that is out of the way.
//
// With ahead, the slots of a block of rows are prefetched before their keys are compared.
func (x *looker) write(name, features string, start func()) {
	TEXT(name, NOSPLIT, "func(base *byte, c *byte, from int, rows int, s *byte, at *uint32, hash *uint32) int")
	what, step := " is Kernel.Keys.", "1 row a step."
	if x.ahead {
		what, step = " is Kernel.KeysAhead.", strconv.Itoa(aheadRows)+" rows a step. The slots of short keys are prefetched before they are looked at."
		local := AllocLocal(4 * 8)
		x.firstRow, x.firstPositions, x.lastRow, x.lanes = local, local.Offset(8), local.Offset(16), local.Offset(24)
	}
	Comment(name+what,
		"CPU: "+features+".",
		step,
		"Reads 64 bytes from the start of each key. Writes the entry of at of the row where it stops, too,",
		"and those of rows after it.")
	emit.RegisterMap(append([]emit.Use{
		emit.Holds(x.data, "base"),
		emit.Holds(x.positions, "the positions of the row"),
		emit.Holds(x.stride, "Column.Stride"),
		emit.Holds(x.row, "the row, less rows"),
		emit.Holds(x.out, "the end of at"),
		emit.Holds(x.slots, "s"),
		emit.Holds(x.shift, "Slots.Shift"),
		emit.Holds(x.index, "the number of a slot"),
		emit.Holds(x.line, "its line"),
		emit.Holds(x.tries, "after a miss, the slots left to look at"),
	}, x.uses()...)...)

	column, rows := x.line, x.tries
	Load(Param("base"), x.data)
	Load(Param("c"), column)
	Load(Param("from"), x.row)
	Load(Param("rows"), rows)
	Load(Param("s"), x.slots)
	Load(Param("at"), x.out)
	MOVQ(Mem{Base: column, Disp: columnStride}, x.stride)
	MOVQ(x.stride, x.positions)
	IMULQ(x.row, x.positions)
	ADDQ(Mem{Base: column, Disp: columnFirst}, x.positions)
	MOVQ(Mem{Base: x.slots, Disp: slotsShift}, x.shift)
	LEAQ(Mem{Base: x.out, Index: rows, Scale: 4}, x.out)
	SUBQ(rows, x.row)
	start()
	JGE(LabelRef("end"))

	if x.ahead {
		x.prefetch()
	}
	Label("row")
	x.span("long")
	x.load()
	if x.ahead {
		MOVL(Mem{Base: x.out, Index: x.row, Scale: 4}, x.line.As32())
		SHLQ(U8(unitShift), x.line)
		ADDQ(Mem{Base: x.slots, Disp: slotsBase}, x.line)
		x.jumpUnlessEqual("differs")
	} else {
		x.hashShort()
		x.address()
		x.jumpUnlessEqual("again")
	}
	Label("hit")
	INCQ(x.row)
	if x.ahead {
		CMPQ(x.row, x.lastRow)
		JNE(LabelRef("row"))
		TESTQ(x.row, x.row)
		JNZ(LabelRef("block"))
	} else {
		JNZ(LabelRef("row"))
	}

	Label("end")
	Load(Param("rows"), rows)
	ADDQ(rows, x.row)
	VZEROUPPER()
	Store(x.row, ReturnIndex(0))
	RET()

	if x.ahead {
		Label("differs")
		x.hashShort()
		JMP(LabelRef("again"))
	}
	Label("long")
	x.loadLong()
	x.first()
	x.rest()
	x.last()
	x.home()
	Label("again")
	x.probe()

	Label("stop")
	hash := Load(Param("hash"), GP64())
	MOVL(x.hash.As32(), Mem{Base: hash})
	JMP(LabelRef("end"))
}

// span sets key and length to those of the next row. It jumps to long if not all of the
// key is in a slot.
func (x *looker) span(long string) {
	MOVL(Mem{Base: x.positions}, x.key.As32())
	MOVL(Mem{Base: x.positions, Disp: 4}, x.length.As32())
	ADDQ(x.stride, x.positions)
	SUBL(x.key.As32(), x.length.As32())
	LEAQ(Mem{Base: x.data, Index: x.key, Scale: 1, Disp: 1}, x.key)
	CMPL(x.length.As32(), I8(longKey))
	JAE(LabelRef(long))
}

// hashShort sets hash and index for a key in bytes that is all in its slot.
func (x *looker) hashShort() {
	x.first()
	x.last()
	x.home()
}

// prefetch begins a block of rows: it writes the slots where their keys belong to at and
// prefetches the first two lines of them.
func (x *looker) prefetch() {
	Comment("The distance of the first line of lanes from that of the key, or 0 if there are none.")
	XORL(x.index.As32(), x.index.As32())
	TESTQ(x.shift, x.shift)
	SETNE(x.index.As8())
	SHLQ(U8(unitShift), x.index)
	MOVQ(x.index, x.lanes)

	Label("block")
	MOVQ(x.row, x.firstRow)
	MOVQ(x.positions, x.firstPositions)
	zero, last := x.index, x.tries
	XORL(zero.As32(), zero.As32())
	MOVQ(x.row, last)
	ADDQ(I8(aheadRows), last)
	CMOVQGT(zero, last)
	MOVQ(last, x.lastRow)
	Label("prefetch")
	x.span("prefetched")
	x.load()
	x.hashShort()
	x.address()
	lanes := x.hash
	MOVQ(x.lanes, lanes)
	PREFETCHT0(Mem{Base: x.line})
	PREFETCHT0(Mem{Base: x.line, Index: lanes, Scale: 1})
	Label("prefetched")
	INCQ(x.row)
	CMPQ(x.row, last)
	JNE(LabelRef("prefetch"))
	MOVQ(x.firstRow, x.row)
	MOVQ(x.firstPositions, x.positions)
}

// home sets index to the slot where the key belongs.
func (x *looker) home() {
	MOVL(x.hash.As32(), x.index.As32())
	ANDQ(Mem{Base: x.slots, Disp: slotsMask}, x.index)
}

// address writes the slot to at and sets line.
func (x *looker) address() {
	SHLXQ(x.shift, x.index, x.line)
	MOVL(x.line.As32(), Mem{Base: x.out, Index: x.row, Scale: 4})
	SHLQ(U8(unitShift), x.line)
	ADDQ(Mem{Base: x.slots, Disp: slotsBase}, x.line)
}

// jumpUnlessEqual jumps to label unless line has the key, as far as it is in a slot.
func (x *looker) jumpUnlessEqual(label string) {
	if x.avx512 {
		differ := K()
		VPCMPUD(U8(4), Mem{Base: x.line}, x.bytes[0], differ) // 4: not equal
		KORTESTW(differ, differ)
		JNZ(LabelRef(label))
		return
	}
	var differ [2]reg.VecVirtual
	for i, bytes := range x.bytes {
		differ[i] = YMM()
		VPXOR(Mem{Base: x.line, Disp: 32 * i}, bytes, differ[i])
	}
	VPOR(differ[0], differ[1], differ[0])
	VPTEST(differ[0], differ[0])
	JNZ(LabelRef(label))
}

// probe jumps to hit if the key is in the slot index or the next ones. Otherwise it
// jumps to stop or ends.
func (x *looker) probe() {
	MOVL(U32(probedSlots), x.tries.As32())
	Label("probe")
	x.address()
	CMPL(Mem{Base: x.line, Disp: fields.KeyBytes}, I8(0))
	JEQ(LabelRef("stop"))
	x.jumpUnlessEqual("next")
	CMPL(x.length.As32(), I8(longKey))
	JB(LabelRef("hit"))

	Comment("Compare the rest of the key, 32 bytes at a time. The last 32 bytes may overlap those before.")
	stored, at, last := x.line, GP64(), GP64()
	compare := func(at reg.Register) {
		differ := YMM()
		VMOVDQU(Mem{Base: x.key, Index: at, Scale: 1}, differ)
		VPXOR(Mem{Base: stored, Index: at, Scale: 1}, differ, differ)
		VPTEST(differ, differ)
		JNZ(LabelRef("next"))
	}
	MOVQ(x.index, stored)
	SHLQ(U8(infoShift), stored)
	ADDQ(Mem{Base: x.slots, Disp: slotsInfo}, stored)
	MOVQ(Mem{Base: stored, Disp: infoName}, stored)
	ADDQ(Mem{Base: x.slots, Disp: slotsNames}, stored)
	MOVL(U32(fields.KeyBytes), at.As32())
	LEAQ(Mem{Base: x.length, Disp: -33}, last)
	Label("compare")
	CMPQ(at, last)
	JGE(LabelRef("tail"))
	compare(at)
	ADDQ(I8(32), at)
	JMP(LabelRef("compare"))
	Label("tail")
	compare(last)
	JMP(LabelRef("hit"))

	Label("next")
	INCQ(x.index)
	ANDQ(Mem{Base: x.slots, Disp: slotsMask}, x.index)
	DECL(x.tries.As32())
	JNZ(LabelRef("probe"))
}
