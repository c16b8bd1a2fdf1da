package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/kernel/asm/emit"
)

// usualSeps256 are the numbers of separators in a block that the index pass writes
// without a loop. The first is written in every block, whatever it has.
var usualSeps256 = [2]int{8, 12}

// searcher256 is the searcher of AVX2.
type searcher256 struct {
	delimiter, lf, quote reg.VecPhysical
	counts               [2]reg.VecPhysical
}

func index256() {
	v := &searcher256{delimiter: reg.Y0, lf: reg.Y1, counts: [2]reg.VecPhysical{reg.Y2, reg.Y3}, quote: reg.Y4}
	(&indexer{vectors: v}).write("indexAVX2", "AVX2, BMI1, BMI2, POPCNT")
	(&indexer{vectors: v, quoted: true}).write("indexQuotedAVX2", "AVX2, BMI1, BMI2, POPCNT, PCLMULQDQ")
}

func (v *searcher256) uses(quoted bool) []emit.Use {
	uses := []emit.Use{
		emit.Holds(v.delimiter, "the delimiter in each byte"),
		emit.Holds(v.lf, "LF in each byte"),
		emit.Holds(v.counts[0], "LFs outside quotes in the other blocks: in the bytes of the lower halves"),
		emit.Holds(v.counts[1], "and of the upper halves"),
	}
	if quoted {
		uses = append(uses, emit.Holds(v.quote, "the quote in each byte"))
	}
	return uses
}

func (v *searcher256) begin(name string, syntax reg.Register, quoted bool) {
	VPBROADCASTB(Mem{Base: syntax, Disp: syntaxDelimiter}, v.delimiter)
	VMOVDQU(emit.Bytes256(name+"LF", func(int) uint8 { return '\n' }), v.lf)
	VPXOR(v.counts[0], v.counts[0], v.counts[0])
	VPXOR(v.counts[1], v.counts[1], v.counts[1])
	if quoted {
		VPBROADCASTB(Mem{Base: syntax, Disp: syntaxQuote}, v.quote)
	}
}

func (v *searcher256) block(x *indexer) {
	lfs := [2]reg.VecVirtual{YMM(), YMM()}
	compare256(x, v.lf, lfs)
	if x.quoted {
		quotes, any := [2]reg.VecVirtual{YMM(), YMM()}, GP32()
		compare256(x, v.quote, quotes)
		VPOR(quotes[0], quotes[1], quotes[0])
		VPMOVMSKB(quotes[0], any)
		ORL(x.state.As32(), any)
		ORL(x.closed, any)
		JNZ(LabelRef("careful"))
	}
	for i, lf := range lfs {
		VPSUBB(lf, v.counts[i], v.counts[i])
	}
	delimiters := [2]reg.VecVirtual{YMM(), YMM()}
	compare256(x, v.delimiter, delimiters)
	VPOR(lfs[0], delimiters[0], delimiters[0])
	VPOR(lfs[1], delimiters[1], delimiters[1])
	mask256(delimiters, x.seps)
}

// compare256 sets to to where the block equals with.
func compare256(x *indexer, with reg.Register, to [2]reg.VecVirtual) {
	VPCMPEQB(Mem{Base: x.data}, with, to[0])
	VPCMPEQB(Mem{Base: x.data, Disp: 32}, with, to[1])
}

// mask256 sets to to the mask of a comparison.
func mask256(equal [2]reg.VecVirtual, to reg.Register) {
	low := GP64()
	VPMOVMSKB(equal[0], low.As32())
	VPMOVMSKB(equal[1], to.(reg.GP).As32())
	SHLQ(U8(32), to)
	ORQ(low, to)
}

func (v *searcher256) equal(x *indexer, c special) reg.GPVirtual {
	with := map[special]reg.Register{delimiterByte: v.delimiter, lfByte: v.lf, quoteByte: v.quote}[c]
	if c == crByte {
		with = YMM()
		VMOVDQU(emit.Bytes256("returns", func(int) uint8 { return '\r' }), with)
	}
	equal, mask := [2]reg.VecVirtual{YMM(), YMM()}, GP64()
	compare256(x, with, equal)
	mask256(equal, mask)
	return mask
}

func (v *searcher256) found(*indexer) {}

func (v *searcher256) positions(x *indexer) {
	count := GP64()
	POPCNTQ(x.seps, count)
	at := 0
	for _, usual := range usualSeps256 {
		for ; at < usual; at++ {
			p := GP64()
			TZCNTQ(x.seps, p)
			ADDL(x.position.As32(), p.As32())
			MOVL(p.As32(), Mem{Base: x.out, Disp: 4 * at})
			BLSRQ(x.seps, x.seps)
		}
		CMPL(count.As32(), I8(usual))
		JLE(LabelRef("written"))
	}
	next, p := GP64(), GP64()
	LEAQ(Mem{Base: x.out, Disp: 4 * at}, next)
	Label("more")
	TZCNTQ(x.seps, p)
	ADDL(x.position.As32(), p.As32())
	MOVL(p.As32(), Mem{Base: next})
	ADDQ(I8(4), next)
	BLSRQ(x.seps, x.seps)
	JNZ(LabelRef("more"))
	Label("written")
	LEAQ(Mem{Base: x.out, Index: count, Scale: 4}, x.out)
}

func (v *searcher256) lfs(to Op) {
	zero, upper, sum := YMM(), XMM(), GP64()
	VPXOR(zero, zero, zero)
	for i := range v.counts {
		VPSADBW(zero, v.counts[i], v.counts[i])
	}
	VPADDQ(v.counts[1], v.counts[0], v.counts[0])
	VEXTRACTI128(U8(1), v.counts[0], upper)
	VPADDQ(v.counts[0].AsX(), upper, upper)
	VMOVQ(upper, sum)
	ADDQ(sum, to)
	VPEXTRQ(U8(1), upper, sum)
	ADDQ(sum, to)
}
