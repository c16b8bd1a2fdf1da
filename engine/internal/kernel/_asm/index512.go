package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/kernel/asm/emit"
)

// indexer512 has the registers that live through the index pass.
type indexer512 struct {
	data, left, out, first  reg.GPPhysical
	mask                    reg.GPPhysical
	lf, numbers, next, step reg.VecPhysical
	limit                   reg.OpmaskPhysical
}

// index512 writes the index pass in AVX-512. Its only branches that depend on the data
// are for a block of more than 8 rows, which are shorter than 8 bytes on average, and for one of
// more than 16, which has an illegal one.
func index512() {
	iota64 := GLOBL("iota64", RODATA|NOPTR)
	for i := range 64 {
		DATA(i, U8(i))
	}

	TEXT("indexAVX512", NOSPLIT, "func(data *byte, n int, t *byte) int")
	x := &indexer512{
		data: reg.RAX, left: reg.RCX, out: reg.RDX, first: reg.RBX, mask: reg.RSI,
		lf: reg.Z0, numbers: reg.Z1, next: reg.Z2, step: reg.Z3,
		limit: reg.K1,
	}
	Comment("indexAVX512 writes the start of every row of the n bytes at data to t.Starts, and the end of",
		"the last complete one. It returns the number of complete rows.",
		"CPU: AVX2, AVX-512 F, BW, VBMI2, BMI2, POPCNT.",
		"A block of 64 bytes a step. The last n%64 bytes are a block where a mask hides the rest.",
		"Reads up to 63 bytes after the n bytes. Writes up to 47 entries after the last.")
	emit.RegisterMap(
		emit.Holds(x.data, "the block"),
		emit.Holds(x.left, "n, less the bytes done, less 64"),
		emit.Holds(x.out, "the next entry of t.Starts"),
		emit.Holds(x.first, "entry 1 of t.Starts"),
		emit.Holds(x.mask, "the LFs of the block, then their number"),
		emit.Holds(x.lf, "LF in each byte"),
		emit.Holds(x.numbers, "the bytes 0 to 63"),
		emit.Holds(x.next, "1 + the offset of the block in each dword"),
		emit.Holds(x.step, "64 in each dword"),
		emit.Holds(x.limit, "the bytes of the block that count"))
	Load(Param("data"), x.data)
	Load(Param("n"), x.left)
	Load(Param("t"), x.out)
	scalar := GP32()
	MOVL(U32('\n'), scalar)
	VPBROADCASTB(scalar, x.lf)
	VMOVDQU64(iota64, x.numbers)
	MOVL(U32(1), scalar)
	VPBROADCASTD(scalar, x.next)
	MOVL(U32(kernel.BlockBytes), scalar)
	VPBROADCASTD(scalar, x.step)
	MOVL(U32(0), Mem{Base: x.out, Disp: tileStarts})
	emit.Align()
	Comment("The next instructions have 4, 3, 4, 6 and 5 bytes and so put the loop 22 bytes after a multiple",
		"of 64. Of 10 places, this one and 28 bytes were the best: elsewhere the whole program took up to",
		"6 % longer on Zen 5.")
	LEAQ(Mem{Base: x.out, Disp: tileStarts + 4}, x.out)
	MOVQ(x.out, x.first)
	SUBQ(U8(kernel.BlockBytes), x.left)
	JL(LabelRef("tail"))
	KXNORQ(x.limit, x.limit, x.limit)

	Label("block")
	x.block("few1")
	VPADDD(x.step, x.next, x.next)
	ADDQ(U8(kernel.BlockBytes), x.data)
	SUBQ(U8(kernel.BlockBytes), x.left)
	JGE(LabelRef("block"))

	Label("tail")
	Comment("The last block has " + x.left.Asm() + " + 64 bytes; 0 means that there is none.")
	ADDQ(U8(kernel.BlockBytes), x.left)
	JZ(LabelRef("done"))
	MOVQ(I32(-1), x.mask)
	BZHIQ(x.left, x.mask, x.mask)
	KMOVQ(x.mask, x.limit)
	XORQ(x.left, x.left)
	x.block("few2")

	Label("done")
	SUBQ(x.first, x.out)
	SHRQ(U8(2), x.out)
	VZEROUPPER()
	Store(x.out, ReturnIndex(0))
	RET()
}

// block writes the rows that end in the block. It compresses the numbers of the
// bytes that are LFs and widens them to dwords. It stores 8, because a store of 16 crosses
// cache lines twice as often and few blocks have so many rows, and then 16 at a time if
// there are more. Label is where it goes on.
func (x *indexer512) block(label string) {
	block, offsets, wide := ZMM(), ZMM(), ZMM()
	ends := K()
	PREFETCHT0(Mem{Base: x.data, Disp: prefetchBytes})
	VMOVDQU64(Mem{Base: x.data}, block)
	VPCMPEQB(x.lf, block, x.limit, ends)
	KMOVQ(ends, x.mask)
	VPCOMPRESSB_Z(x.numbers, ends, offsets)
	POPCNTQ(x.mask, x.mask)
	first := YMM()
	VPMOVZXBD(offsets.AsX(), first)
	VPADDD(x.next.AsY(), first, first)
	VMOVDQU(first, Mem{Base: x.out})
	CMPQ(x.mask, U8(8))
	JLE(LabelRef(label))
	VPMOVZXBD(offsets.AsX(), wide)
	VPADDD(x.next, wide, wide)
	VMOVDQU32(wide, Mem{Base: x.out})
	CMPQ(x.mask, U8(16))
	JLE(LabelRef(label))
	for quarter := 1; quarter < 4; quarter++ {
		part := XMM()
		VEXTRACTI32X4(U8(quarter), offsets, part)
		VPMOVZXBD(part, wide)
		VPADDD(x.next, wide, wide)
		VMOVDQU32(wide, Mem{Base: x.out, Disp: 64 * quarter})
	}
	Label(label)
	LEAQ(Mem{Base: x.out, Index: x.mask, Scale: 4}, x.out)
}
