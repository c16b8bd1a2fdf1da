package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/kernel/asm/emit"
)

// A block is 8 words of 8 bytes. A word has at most one LF unless a row is shorter
// than 8 bytes. An LF adds lfWeight and its position in the word to the sum of the
// word: bit 6 says that there is one LF, and a higher bit that there are 2 to 8,
// whose sum is between 128 and 8*64 + 28.
//
// In the second of two blocks, an LF adds lfWeight + kernel.BlockBytes instead, so that
// both blocks have the same starts. That is twice lfWeight: bit 7 says that there is one
// LF, and a higher bit that there are more.
const (
	lfWeight = 1 << 6
	manyLFs  = ^uint32(2*lfWeight - 1)
	manyLFs2 = ^uint32(4*lfWeight - 1)
)

var _ [lfWeight]struct{} = [kernel.BlockBytes]struct{}{}

// wordOfLane is the word of the block whose sum is in each dword of a vector,
// after VSHUFPS has joined the sums of both halves.
var wordOfLane = [8]int{0, 1, 4, 5, 2, 3, 6, 7}

// lanesInOrder returns the lanes in mask, in the order of their words, in one byte
// each.
func lanesInOrder(mask int) (lanes uint64) {
	n := 0
	for word := range wordOfLane {
		for lane, w := range wordOfLane {
			if w == word && mask>>lane&1 == 1 {
				lanes |= uint64(lane) << (8 * n)
				n++
			}
		}
	}
	return lanes
}

// index256 writes the index pass in AVX2. It turns the LFs of a block into
// positions in a vector and packs them with a table. Two blocks at a time share a
// test and an addition. It has no branch that depends on the data, other than for a
// block with two LFs in a word, whose rows it finds one by one. (Finding six in every
// block with TZCNT and BLSR took twice the time.)
func index256() {
	TEXT("indexAVX2", NOSPLIT, "func(data *byte, n int, t *byte) int")
	data, n, out, first, table, limit := reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI, reg.RDI
	lf, weights, weights2, zero, starts := reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4
	Comment("indexAVX2 writes the start of every row of the n bytes at data to t.Starts, and the end of",
		"the last complete one. It returns the number of complete rows.",
		"CPU: AVX2, BMI1, BMI2, POPCNT.",
		"Two blocks of 64 bytes a step. After a block with two LFs in a word, and with less than 128 bytes",
		"left, a block a step. The last n%64 bytes are treated as a block with two LFs in a word, where a",
		"mask hides the rest.",
		"Reads up to 63 bytes after the n bytes. Writes up to 8 entries after the last.")
	emit.RegisterMap(
		emit.Holds(data, "the block"),
		emit.Holds(n, "n, less the bytes done, less 64"),
		emit.Holds(out, "the next entry of t.Starts"),
		emit.Holds(first, "entry 1 of t.Starts"),
		emit.Holds(table, "the table of lanesInOrder"),
		emit.Holds(limit, "the bytes of the block that count"),
		emit.Holds(lf, "LF in each byte"),
		emit.Holds(weights, "the weight of an LF in each byte"),
		emit.Holds(weights2, "the same in the second of two blocks"),
		emit.Holds(zero, "0"),
		emit.Holds(starts, "what turns the sum of each word into the start of a row"))
	Load(Param("data"), data)
	Load(Param("n"), n)
	Load(Param("t"), out)
	VMOVDQU(emit.Bytes256("lf", func(int) uint8 { return '\n' }), lf)
	VMOVDQU(emit.Bytes256("weights", func(i int) uint8 { return lfWeight + uint8(i%8) }), weights)
	VMOVDQU(emit.Bytes256("weights2", func(i int) uint8 { return lfWeight + kernel.BlockBytes + uint8(i%8) }), weights2)
	VPXOR(zero, zero, zero)
	VMOVDQU(emit.Dwords256("starts", func(lane int) uint32 { return uint32(8*wordOfLane[lane] + 1 - lfWeight) }), starts)
	lanes := GLOBL("lanes", RODATA|NOPTR)
	for mask := range 1 << len(wordOfLane) {
		DATA(8*mask, U64(lanesInOrder(mask)))
	}
	LEAQ(lanes, table)
	MOVQ(I32(-1), limit)
	MOVL(U32(0), Mem{Base: out, Disp: tileStarts})
	ADDQ(I32(tileStarts+4), out)
	MOVQ(out, first)
	SUBQ(U8(kernel.BlockBytes), n)
	JL(LabelRef("tail"))

	CMPQ(n, U8(kernel.BlockBytes))
	JL(LabelRef("block"))

	Label("blocks")
	PREFETCHT0(Mem{Base: data, Disp: prefetchBytes})
	PREFETCHT0(Mem{Base: data, Disp: prefetchBytes + kernel.BlockBytes})
	sums := sumLFs(data, 0, lf, weights, zero)
	second := sumLFs(data, kernel.BlockBytes, lf, weights2, zero)
	many := YMM()
	VPADDD(sums, sums, many)
	VPOR(second, many, many)
	VPTEST(emit.All256("manyLFs2", manyLFs2), many)
	JNZ(LabelRef("block"))
	pack(sums, 31-6, starts, table, out)
	pack(second, 31-7, starts, table, out)
	VPADDD(emit.All256("twoBlocks", 2*kernel.BlockBytes), starts, starts)
	ADDQ(I32(2*kernel.BlockBytes), data)
	SUBQ(I32(2*kernel.BlockBytes), n)
	CMPQ(n, U8(kernel.BlockBytes))
	JGE(LabelRef("blocks"))
	TESTQ(n, n)
	JL(LabelRef("tail"))

	Label("block")
	PREFETCHT0(Mem{Base: data, Disp: prefetchBytes})
	sums = sumLFs(data, 0, lf, weights, zero)
	VPTEST(emit.All256("manyLFs", manyLFs), sums)
	JNZ(LabelRef("dense"))
	pack(sums, 31-6, starts, table, out)
	Label("next")
	VPADDD(emit.All256("blockBytes", kernel.BlockBytes), starts, starts)
	ADDQ(U8(kernel.BlockBytes), data)
	SUBQ(U8(kernel.BlockBytes), n)
	JGE(LabelRef("block"))

	Label("tail")
	Comment("The last block has " + n.Asm() + " + 64 bytes; 0 means that there is none.")
	ADDQ(U8(kernel.BlockBytes), n)
	JZ(LabelRef("done"))
	BZHIQ(n, limit, limit)
	XORL(reg.EBX, reg.EBX)
	JMP(LabelRef("dense"))

	Label("done")
	SUBQ(first, out)
	SHRQ(U8(2), out)
	VZEROUPPER()
	Store(out, ReturnIndex(0))
	RET()

	Label("dense")
	Comment("One row at a time")
	low, high := halves(data, 0, lf)
	ends, half, next, at := GP64(), GP64(), GP64(), GP64()
	VPMOVMSKB(low, half.As32())
	VPMOVMSKB(high, ends.As32())
	SHLQ(U8(32), ends)
	ORQ(half, ends)
	ANDQ(limit, ends)
	JZ(LabelRef("next"))
	VMOVD(starts.AsX(), next.As32())
	ADDL(U8(lfWeight), next.As32())
	Label("row")
	TZCNTQ(ends, at)
	ADDL(next.As32(), at.As32())
	MOVL(at.As32(), Mem{Base: out})
	ADDQ(U8(4), out)
	BLSRQ(ends, ends)
	JNZ(LabelRef("row"))
	JMP(LabelRef("next"))
}

// halves compares both halves of the block at data+disp with LF.
func halves(data reg.Register, disp int, lf reg.Register) (low, high reg.VecVirtual) {
	low, high = YMM(), YMM()
	VPCMPEQB(Mem{Base: data, Disp: disp}, lf, low)
	VPCMPEQB(Mem{Base: data, Disp: disp + 32}, lf, high)
	return low, high
}

// sumLFs returns the sum of the weights of the LFs of each word of the block at
// data+disp: the lanes are as in wordOfLane.
func sumLFs(data reg.Register, disp int, lf, weights, zero reg.Register) reg.VecVirtual {
	low, high := halves(data, disp, lf)
	sums := YMM()
	VPAND(weights, low, low)
	VPAND(weights, high, high)
	VPSADBW(zero, low, low)
	VPSADBW(zero, high, high)
	VSHUFPS(U8(0x88), high, low, sums)
	return sums
}

// pack appends the starts of the rows of a block to out. Shifted left by shift, a
// word of sums that has an LF is negative.
func pack(sums reg.VecVirtual, shift uint8, starts, table, out reg.Register) {
	Comment("The sign bits say which words have an LF. Their mask selects the order of the lanes.")
	has, order, mask := YMM(), YMM(), GP64()
	VPSLLD(U8(shift), sums, has)
	VMOVMSKPS(has, mask.As32())
	VPADDD(starts, sums, sums)
	VPMOVZXBD(Mem{Base: table, Index: mask, Scale: 8}, order)
	VPERMD(sums, order, sums)
	VMOVDQU(sums, Mem{Base: out})
	POPCNTL(mask.As32(), mask.As32())
	LEAQ(Mem{Base: out, Index: mask, Scale: 4}, out)
}
