package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/kernel/asm/emit"
)

// usualSeps512 is the number of separators in a block that the index pass writes
// without a branch.
const usualSeps512 = 16

// searcher512 is the searcher of AVX-512.
type searcher512 struct {
	delimiter, lf, quote reg.VecPhysical
	counts, one          reg.VecPhysical
	numbers, next, step  reg.VecPhysical
	seps                 reg.OpmaskPhysical
	iota64               Mem
}

func index512() {
	iota64 := GLOBL("iota64", RODATA|NOPTR)
	for i := range 64 {
		DATA(i, U8(i))
	}
	v := &searcher512{
		delimiter: reg.Z0, lf: reg.Z1, counts: reg.Z2, one: reg.Z3, numbers: reg.Z4, next: reg.Z5, step: reg.Z6, quote: reg.Z7,
		seps: reg.K1, iota64: iota64,
	}
	(&indexer{vectors: v}).write("indexAVX512", "AVX-512 F, BW, VBMI2, BMI1, BMI2, POPCNT")
	(&indexer{vectors: v, quoted: true}).write("indexQuotedAVX512", "AVX-512 F, BW, VBMI2, BMI1, BMI2, POPCNT, PCLMULQDQ")
}

func (v *searcher512) uses(quoted bool) []emit.Use {
	uses := []emit.Use{
		emit.Holds(v.delimiter, "the delimiter in each byte"),
		emit.Holds(v.lf, "LF in each byte"),
		emit.Holds(v.counts, "LFs outside quotes in the other blocks, by their place in the block"),
		emit.Holds(v.one, "1 in each byte"),
		emit.Holds(v.numbers, "the bytes 0 to 63"),
		emit.Holds(v.next, "the position of the block in each dword"),
		emit.Holds(v.step, "64 in each dword"),
		emit.Holds(v.seps, "the separators of the block"),
	}
	if quoted {
		uses = append(uses, emit.Holds(v.quote, "the quote in each byte"))
	}
	return uses
}

func (v *searcher512) begin(_ string, syntax reg.Register, quoted bool) {
	VPBROADCASTB(Mem{Base: syntax, Disp: syntaxDelimiter}, v.delimiter)
	if quoted {
		VPBROADCASTB(Mem{Base: syntax, Disp: syntaxQuote}, v.quote)
	}
	allBytes512('\n', v.lf)
	allBytes512(1, v.one)
	VPXORQ(v.counts, v.counts, v.counts)
	VMOVDQU64(v.iota64, v.numbers)
	allDwords512(fields.PadBefore, v.next)
	allDwords512(fields.BlockBytes, v.step)
}

// allBytes512 sets each byte of z to c.
func allBytes512(c uint8, z Op) {
	scalar := GP32()
	MOVL(U32(c), scalar)
	VPBROADCASTB(scalar, z)
}

// allDwords512 sets each dword of z to v.
func allDwords512(v uint32, z Op) {
	scalar := GP32()
	MOVL(U32(v), scalar)
	VPBROADCASTD(scalar, z)
}

func (v *searcher512) block(x *indexer) {
	block, lfs := ZMM(), K()
	VMOVDQU64(Mem{Base: x.data}, block)
	if x.quoted {
		quotes, any := K(), GP64()
		VPCMPEQB(v.quote, block, quotes)
		KMOVQ(quotes, any)
		ORQ(x.state, any)
		ORQ(x.closed, any)
		JNZ(LabelRef("careful"))
	}
	VPCMPEQB(v.lf, block, lfs)
	VPCMPEQB(v.delimiter, block, v.seps)
	KORQ(lfs, v.seps, v.seps)
	VPADDB(v.one, v.counts, lfs, v.counts)
	KMOVQ(v.seps, x.seps)
}

func (v *searcher512) equal(x *indexer, c special) reg.GPVirtual {
	with := map[special]reg.Register{delimiterByte: v.delimiter, lfByte: v.lf, quoteByte: v.quote}[c]
	if c == crByte {
		with = ZMM()
		allBytes512('\r', with)
	}
	equal, mask := K(), GP64()
	VPCMPEQB(Mem{Base: x.data}, with, equal)
	KMOVQ(equal, mask)
	return mask
}

func (v *searcher512) found(x *indexer) { KMOVQ(x.seps, v.seps) }

// positions compresses the numbers of the bytes that are separators and widens them
// to dwords, 16 at a time.
func (v *searcher512) positions(x *indexer) {
	count, offsets, wide := GP64(), ZMM(), ZMM()
	POPCNTQ(x.seps, count)
	VPCOMPRESSB_Z(v.numbers, v.seps, offsets)
	VPMOVZXBD(offsets.AsX(), wide)
	VPADDD(v.next, wide, wide)
	VMOVDQU32(wide, Mem{Base: x.out})
	CMPQ(count, U8(usualSeps512))
	JLE(LabelRef("written"))
	for quarter := 1; quarter < 4; quarter++ {
		part := XMM()
		VEXTRACTI32X4(U8(quarter), offsets, part)
		VPMOVZXBD(part, wide)
		VPADDD(v.next, wide, wide)
		VMOVDQU32(wide, Mem{Base: x.out, Disp: 64 * quarter})
	}
	Label("written")
	VPADDD(v.step, v.next, v.next)
	LEAQ(Mem{Base: x.out, Index: count, Scale: 4}, x.out)
}

func (v *searcher512) lfs(to Op) {
	half, quarter, sum := YMM(), XMM(), GP64()
	VPXORQ(v.one, v.one, v.one)
	VPSADBW(v.one, v.counts, v.counts)
	VEXTRACTI64X4(U8(1), v.counts, half)
	VPADDQ(v.counts.AsY(), half, half)
	VEXTRACTI128(U8(1), half, quarter)
	VPADDQ(half.AsX(), quarter, quarter)
	VMOVQ(quarter, sum)
	ADDQ(sum, to)
	VPEXTRQ(U8(1), quarter, sum)
	ADDQ(sum, to)
}
