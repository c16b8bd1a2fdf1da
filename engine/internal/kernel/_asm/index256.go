package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/kernel"
)

// A block is 8 words of 8 bytes, of which each has at most one LF unless a row
// is shorter than 8 bytes. An LF adds lfWeight and its position in the word to
// the sum of the word: bit 6 tells that there is one LF, and a bit above it
// that there are 2 to 8, whose sum is from 128 to 8*64 + 28.
const (
	lfWeight = 1 << 6
	manyLFs  = ^uint32(2*lfWeight - 1)
)

// wordOfLane is which word of the block has its sum in which dword of a vector,
// by the way in which VSHUFPS joins the sums of both halves.
var wordOfLane = [8]int{0, 1, 4, 5, 2, 3, 6, 7}

// lanesInOrder returns the lanes that mask has, in the order of their words, a
// byte each.
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

// index256 writes the index pass in AVX2: the LFs of a block become positions
// in vectors, and a table packs them. There is no branch on data but for a
// block that has two LFs in a word, whose rows are found one by one. (One by
// one with TZCNT and BLSR, six for every block, took twice the time.)
func index256() {
	TEXT("indexAVX2", NOSPLIT, "func(data *byte, n int, t *byte) int")
	Comment("indexAVX2 writes the start of every row of the n bytes at data to t.Starts, and the end of",
		"the last complete one, and returns the number of complete rows.",
		"CPU: AVX2, BMI1, BMI2, POPCNT. A block of 64 bytes a step.",
		"  AX data, of the block              Y0 LF in each byte",
		"  BX n, less what is done, less 64   Y1 weight of each byte",
		"  CX next entry of t.Starts          Y2 0",
		"  DX entry 1 of t.Starts             Y3 what makes the sum of each word a start",
		"  SI table of lanes",
		"  DI bytes of the block that count   Y4 and others, R8 to R11: scratch",
		"The last n%64 bytes go the way of a block with two LFs in a word, without the LFs behind",
		"them. Reads up to 63 bytes behind the n bytes; writes up to 8 entries behind the last.")
	data, n, out, first, table, limit := reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI, reg.RDI
	lf, weights, zero, starts := reg.Y0, reg.Y1, reg.Y2, reg.Y3
	Load(Param("data"), data)
	Load(Param("n"), n)
	Load(Param("t"), out)
	VMOVDQU(bytes256("lf", func(int) uint8 { return '\n' }), lf)
	VMOVDQU(bytes256("weights", func(i int) uint8 { return lfWeight + uint8(i%8) }), weights)
	VPXOR(zero, zero, zero)
	VMOVDQU(dwords256("starts", func(lane int) uint32 { return uint32(8*wordOfLane[lane] + 1 - lfWeight) }), starts)
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

	Label("block")
	PREFETCHT0(Mem{Base: data, Disp: prefetchBytes})
	low, high := halves(data, lf)
	sums := YMM()
	VPAND(weights, low, low)
	VPAND(weights, high, high)
	VPSADBW(zero, low, low)
	VPSADBW(zero, high, high)
	VSHUFPS(U8(0x88), high, low, sums)
	VPTEST(dwords256("manyLFs", func(int) uint32 { return manyLFs }), sums)
	JNZ(LabelRef("dense"))
	Comment("The sign bits tell which words have a LF; their mask, in which order to store the starts.")
	has, order, mask := YMM(), YMM(), GP64()
	VPSLLD(U8(31-6), sums, has)
	VMOVMSKPS(has, mask.As32())
	VPADDD(starts, sums, sums)
	VPMOVZXBD(Mem{Base: table, Index: mask, Scale: 8}, order)
	VPERMD(sums, order, sums)
	VMOVDQU(sums, Mem{Base: out})
	POPCNTL(mask.As32(), mask.As32())
	LEAQ(Mem{Base: out, Index: mask, Scale: 4}, out)
	Label("next")
	VPADDD(dwords256("blockBytes", func(int) uint32 { return kernel.BlockBytes }), starts, starts)
	ADDQ(U8(kernel.BlockBytes), data)
	SUBQ(U8(kernel.BlockBytes), n)
	JGE(LabelRef("block"))

	Label("tail")
	Comment("The last block has n + 64 bytes, of which 0 means that there is none.")
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
	Comment("A row a step")
	low, high = halves(data, lf)
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

// halves compares both halves of the block at data with LF.
func halves(data, lf reg.Register) (low, high reg.VecVirtual) {
	low, high = YMM(), YMM()
	VPCMPEQB(Mem{Base: data}, lf, low)
	VPCMPEQB(Mem{Base: data, Disp: 32}, lf, high)
	return low, high
}
