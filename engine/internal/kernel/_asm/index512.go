package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/kernel"
)

// index512 writes the index pass: 64 bytes a step, no branch on data but for a
// block of more than 16 rows, of which none can be legal.
func index512() {
	iota64 := GLOBL("iota64", RODATA|NOPTR)
	for i := range 64 {
		DATA(i, U8(i))
	}

	TEXT("indexAVX512", NOSPLIT, "func(data *byte, n int, t *byte) int")
	Comment("Writes the start of each row behind the first to t.Starts.",
		"CPU: AVX-512 F, BW, VBMI2, BMI2, POPCNT.",
		"Bytes an iteration: 64; the last block is masked to the n bytes and read whole.",
		"Registers: a vector of LFs, the numbers 0 to 63, 1 + the block's offset in each",
		"dword; pointers to the data and to the next start.")
	data, n, t := GP64(), GP64(), GP64()
	Load(Param("data"), data)
	Load(Param("n"), n)
	Load(Param("t"), t)

	Comment("lf: LF in each byte; numbers: 0 to 63; next: 1 + the offset of the block in each dword")
	lf, numbers, next, step := ZMM(), ZMM(), ZMM(), ZMM()
	scalar := GP32()
	MOVL(U32('\n'), scalar)
	VPBROADCASTB(scalar, lf)
	VMOVDQU64(iota64, numbers)
	MOVL(U32(1), scalar)
	VPBROADCASTD(scalar, next)
	MOVL(U32(kernel.BlockBytes), scalar)
	VPBROADCASTD(scalar, step)
	MOVL(U32(0), Mem{Base: t, Disp: tileStarts})
	out, first := GP64(), GP64()
	LEAQ(Mem{Base: t, Disp: tileStarts + 4}, out)
	MOVQ(out, first)

	mask, count, limit := GP64(), GP64(), K()
	SUBQ(U8(kernel.BlockBytes), n)
	JL(LabelRef("tail"))
	KXNORQ(limit, limit, limit)

	Label("block")
	indexBlock512("few1", data, out, mask, count, limit, lf, numbers, next)
	VPADDD(step, next, next)
	ADDQ(U8(kernel.BlockBytes), data)
	SUBQ(U8(kernel.BlockBytes), n)
	JGE(LabelRef("block"))

	Label("tail")
	Comment("The last block has n + 64 bytes, of which 0 means that there is none.")
	ADDQ(U8(kernel.BlockBytes), n)
	JZ(LabelRef("done"))
	MOVQ(I32(-1), mask)
	BZHIQ(n, mask, mask)
	KMOVQ(mask, limit)
	XORQ(n, n)
	indexBlock512("few2", data, out, mask, count, limit, lf, numbers, next)

	Label("done")
	SUBQ(first, out)
	SHRQ(U8(2), out)
	VZEROUPPER()
	Store(out, ReturnIndex(0))
	RET()
}

// indexBlock512 writes the rows that end in the block at data, within limit.
func indexBlock512(few string, data, out, mask, count reg.GPVirtual, limit reg.OpmaskVirtual, lf, numbers, next reg.VecVirtual) {
	block, offsets, wide := ZMM(), ZMM(), ZMM()
	ends := K()
	PREFETCHT0(Mem{Base: data, Disp: prefetchBytes})
	VMOVDQU64(Mem{Base: data}, block)
	VPCMPEQB(lf, block, limit, ends)
	KMOVQ(ends, mask)
	VPCOMPRESSB_Z(numbers, ends, offsets)
	POPCNTQ(mask, count)
	VPMOVZXBD(offsets.AsX(), wide)
	VPADDD(next, wide, wide)
	VMOVDQU32(wide, Mem{Base: out})
	CMPQ(count, U8(16))
	JLE(LabelRef(few))
	for quarter := 1; quarter < 4; quarter++ {
		part := XMM()
		VEXTRACTI32X4(U8(quarter), offsets, part)
		VPMOVZXBD(part, wide)
		VPADDD(next, wide, wide)
		VMOVDQU32(wide, Mem{Base: out, Disp: 64 * quarter})
	}
	Label(few)
	LEAQ(Mem{Base: out, Index: count, Scale: 4}, out)
}
