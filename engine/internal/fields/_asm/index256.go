package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/kernel/asm/emit"
)

// usualSeps256 are the numbers of separators in a block that the index pass writes
// without a loop. The first is written in every block, whatever it has.
var usualSeps256 = [2]int{8, 12}

// indexer256 has the registers that live through the index pass.
type indexer256 struct {
	quoted bool

	data, left, position, out, seps reg.GPPhysical
	rows, limit                     Op
	delimiter, lf, quote            reg.VecPhysical
	counts                          [2]reg.VecPhysical

	// With quotes only. There are too few registers for all.
	state             reg.GPPhysical
	closed, bad, list Op
}

func index256() {
	(&indexer256{}).write("indexAVX2", "AVX2, BMI1, BMI2, POPCNT")
	(&indexer256{quoted: true}).write("indexQuotedAVX2", "AVX2, BMI1, BMI2, POPCNT, PCLMULQDQ")
}

// write writes the pass. A block of 64 bytes becomes a mask of its separators, and
// the mask becomes positions. A block with quotes, after a closing quote, or inside
// quotes takes a branch to careful, as does the last, partial block.
//
// Rows are checked in the end: as many LFs end rows as there are rows, and the last
// separator of each row is an LF.
func (x *indexer256) write(name, features string) {
	x.data, x.left, x.position, x.out, x.seps = reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI
	x.rows, x.limit, x.state = reg.RDI, reg.R8, reg.R9
	x.delimiter, x.lf, x.counts, x.quote = reg.Y0, reg.Y1, [2]reg.VecPhysical{reg.Y2, reg.Y3}, reg.Y4

	TEXT(name, NOSPLIT, "func(base *byte, n int, s *byte, t *byte) (seps int, ok bool)")
	if x.quoted {
		m := AllocLocal(5 * 8)
		x.rows, x.limit, x.closed, x.bad, x.list = m, m.Offset(8), m.Offset(16), m.Offset(24), m.Offset(32)
	}
	comment := "the quote of s is not looked for"
	if x.quoted {
		comment = "the quote of s is looked for"
	}
	Comment(name+" is Kernel.Index, where "+comment+".",
		"CPU: "+features+".",
		"A block of 64 bytes a step. In the last n%64 bytes a mask hides the rest.",
		"Reads up to 63 bytes after the n bytes. Writes up to 64 entries after the last separator.")
	uses := []emit.Use{
		emit.Holds(x.data, "the block"),
		emit.Holds(x.left, "n, less the bytes done, less 64"),
		emit.Holds(x.position, "the position of the block"),
		emit.Holds(x.out, "the next entry of t.Seps"),
		emit.Holds(x.seps, "the separators of the block"),
		emit.Holds(x.delimiter, "the delimiter in each byte"),
		emit.Holds(x.lf, "LF in each byte"),
		emit.Holds(x.counts[0], "LFs outside quotes in the other blocks: in the bytes of the lower halves"),
		emit.Holds(x.counts[1], "and of the upper halves"),
	}
	if x.quoted {
		uses = append(uses,
			emit.Holds(x.quote, "the quote in each byte"),
			emit.Holds(x.state, "all ones if the block begins inside quotes"))
	} else {
		uses = append(uses,
			emit.Holds(reg.RDI, "LFs in the last, partial block"),
			emit.Holds(reg.R8, "the bytes of the block that count"))
	}
	emit.RegisterMap(uses...)
	if x.quoted {
		Comment("On the stack:",
			" 0  LFs outside quotes in the blocks that careful did",
			" 8  the bytes of the block that count",
			"16  bit 0: a closing quote is before the block; bit 1: one and a CR are",
			"24  quotes that are wrong",
			"32  the next entry of t.Quoted")
	}

	syntax, tile := GP64(), GP64()
	Load(Param("base"), x.data)
	ADDQ(I8(fields.PadBefore), x.data)
	Load(Param("n"), x.left)
	Load(Param("s"), syntax)
	Load(Param("t"), tile)
	VPBROADCASTB(Mem{Base: syntax, Disp: syntaxDelimiter}, x.delimiter)
	VMOVDQU(emit.Bytes256(name+"LF", func(int) uint8 { return '\n' }), x.lf)
	VPXOR(x.counts[0], x.counts[0], x.counts[0])
	VPXOR(x.counts[1], x.counts[1], x.counts[1])
	if x.quoted {
		VPBROADCASTB(Mem{Base: syntax, Disp: syntaxQuote}, x.quote)
		XORL(x.state.As32(), x.state.As32())
		MOVQ(I32(0), x.closed)
		MOVQ(I32(0), x.bad)
		list := GP64()
		LEAQ(Mem{Base: tile, Disp: tileQuoted}, list)
		MOVQ(list, x.list)
	}
	MOVQ(I32(0), Mem{Base: tile, Disp: tileQuotes})
	MOVQ(I32(0), Mem{Base: tile, Disp: tileInnerLF})
	MOVL(U32(fields.PadBefore-1), Mem{Base: tile, Disp: tileSeps})
	LEAQ(Mem{Base: tile, Disp: tileSeps + 4}, x.out)
	MOVL(U32(fields.PadBefore), x.position.As32())
	MOVQ(I32(-1), x.limit)
	MOVQ(I32(0), x.rows)
	SUBQ(I8(fields.BlockBytes), x.left)
	JL(LabelRef("last"))

	Label("block")
	PREFETCHT0(Mem{Base: x.data, Disp: prefetchBytes})
	lfs := [2]reg.VecVirtual{YMM(), YMM()}
	x.compare(x.lf, lfs)
	if x.quoted {
		quotes, any := [2]reg.VecVirtual{YMM(), YMM()}, GP32()
		x.compare(x.quote, quotes)
		VPOR(quotes[0], quotes[1], quotes[0])
		VPMOVMSKB(quotes[0], any)
		ORL(x.state.As32(), any)
		ORL(x.closed, any)
		JNZ(LabelRef("careful"))
	}
	for i, lf := range lfs {
		VPSUBB(lf, x.counts[i], x.counts[i])
	}
	delimiters := [2]reg.VecVirtual{YMM(), YMM()}
	x.compare(x.delimiter, delimiters)
	VPOR(lfs[0], delimiters[0], delimiters[0])
	VPOR(lfs[1], delimiters[1], delimiters[1])
	x.mask(delimiters, x.seps)

	Label("positions")
	x.positions()
	ADDL(I8(fields.BlockBytes), x.position.As32())
	ADDQ(I8(fields.BlockBytes), x.data)
	SUBQ(I8(fields.BlockBytes), x.left)
	JGE(LabelRef("block"))

	Label("last")
	Comment(x.left.Asm() + " + 64 bytes are left, unless they were done: then it is -64 or less.")
	CMPQ(x.left, I8(-fields.BlockBytes))
	JLE(LabelRef("check"))
	ADDQ(I8(fields.BlockBytes), x.left)
	limit := GP64()
	MOVQ(I32(-1), limit)
	BZHIQ(x.left, limit, limit)
	MOVQ(limit, x.limit)
	SUBQ(I8(fields.BlockBytes), x.left)
	x.careful()
	JMP(LabelRef("positions"))

	Label("check")
	x.check()
}

// compare sets to to where the block equals with.
func (x *indexer256) compare(with reg.Register, to [2]reg.VecVirtual) {
	VPCMPEQB(Mem{Base: x.data}, with, to[0])
	VPCMPEQB(Mem{Base: x.data, Disp: 32}, with, to[1])
}

// mask sets to to the mask of a comparison.
func (x *indexer256) mask(equal [2]reg.VecVirtual, to reg.Register) {
	low := GP64()
	VPMOVMSKB(equal[0], low.As32())
	VPMOVMSKB(equal[1], to.(reg.GP).As32())
	SHLQ(U8(32), to)
	ORQ(low, to)
}

// maskEqual returns the mask of the bytes of the block that equal with and count.
func (x *indexer256) maskEqual(with reg.Register) reg.GPVirtual {
	equal, mask := [2]reg.VecVirtual{YMM(), YMM()}, GP64()
	x.compare(with, equal)
	x.mask(equal, mask)
	ANDQ(x.limit, mask)
	return mask
}

// positions writes the positions of the separators of the block.
func (x *indexer256) positions() {
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

// careful sets seps for a block of which only the bytes in limit count. With quotes,
// it checks and lists those of the block.
//
// A bit of the prefix xor of the quotes is set from an opening quote up to the byte
// before the closing one. A doubled quote closes and opens again at once.
func (x *indexer256) careful() {
	Label("careful")
	lf := x.maskEqual(x.lf)
	seps := x.maskEqual(x.delimiter)
	ORQ(lf, seps)
	MOVQ(seps, x.seps)
	count := GP64()
	if !x.quoted {
		POPCNTQ(lf, count)
		ADDQ(count, x.rows)
		return
	}
	Comment("The bytes inside quotes")
	quotes := x.maskEqual(x.quote)
	inside := GP64()
	product, ones := XMM(), XMM()
	VMOVQ(quotes, product)
	VPCMPEQD(ones, ones, ones)
	VPCLMULQDQ(U8(0), ones, product, product)
	VMOVQ(product, inside)
	XORQ(x.state, inside)
	MOVQ(inside, x.state)
	SARQ(U8(63), x.state)
	opening, closing := GP64(), GP64()
	MOVQ(quotes, opening)
	ANDQ(inside, opening)
	ANDNQ(quotes, inside, closing)
	ANDNQ(x.seps, inside, x.seps)
	ANDNQ(lf, inside, count)
	ANDQ(lf, inside)
	POPCNTQ(count, count)
	ADDQ(count, x.rows)
	POPCNTQ(inside, count)
	tile := Load(Param("t"), GP64())
	ADDQ(count, Mem{Base: tile, Disp: tileInnerLF})

	Comment("After a closing quote comes a separator, a quote, or CR LF.")
	afterClosing, cr, afterCR, wrong := GP64(), GP64(), GP64(), GP64()
	MOVQ(x.closed, afterClosing)
	ANDL(U8(1), afterClosing.As32())
	LEAQ(Mem{Base: afterClosing, Index: closing, Scale: 2}, afterClosing)
	ANDQ(x.limit, afterClosing)
	returns := YMM()
	VMOVDQU(emit.Bytes256("returns", func(int) uint8 { return '\r' }), returns)
	MOVQ(x.maskEqual(returns), cr)
	MOVQ(afterClosing, wrong)
	ANDNQ(wrong, cr, wrong)
	ANDNQ(wrong, x.seps, wrong)
	ANDNQ(wrong, quotes, wrong)
	ORQ(wrong, x.bad)
	ANDQ(afterClosing, cr)
	MOVQ(x.closed, afterCR)
	SHRL(U8(1), afterCR.As32())
	LEAQ(Mem{Base: afterCR, Index: cr, Scale: 2}, afterCR)
	ANDQ(x.limit, afterCR)
	ANDNQ(afterCR, lf, afterCR)
	ORQ(afterCR, x.bad)
	SHRQ(U8(63), closing)
	SHRQ(U8(63), cr)
	LEAQ(Mem{Base: closing, Index: cr, Scale: 2}, closing)
	MOVQ(closing, x.closed)

	Comment("Before an opening quote comes a separator or a closing quote. The last entry of t.Seps says",
		"whether a separator is before the block.")
	allowed, last := GP64(), GP64()
	XORL(allowed.As32(), allowed.As32())
	MOVL(Mem{Base: x.out, Disp: -4}, last.As32())
	INCL(last.As32())
	CMPL(last.As32(), x.position.As32())
	SETEQ(allowed.As8())
	LEAQ(Mem{Base: allowed, Index: x.seps, Scale: 2}, allowed)
	ORQ(afterClosing, allowed)
	ANDNQ(opening, allowed, allowed)
	ORQ(allowed, x.bad)

	Comment("List the opening quotes.")
	before := GP64()
	MOVQ(x.out, before)
	SUBQ(Load(Param("t"), GP64()), before)
	SUBQ(I32(tileSeps+4), before)
	SHRQ(U8(2), before)
	TESTQ(opening, opening)
	JZ(LabelRef("positions"))
	list := GP64()
	MOVQ(x.list, list)
	Label("opening")
	field, lowest, doubled := GP64(), GP64(), GP64()
	BLSMSKQ(opening, field)
	ANDQ(x.seps, field)
	POPCNTQ(field, field)
	ADDL(before.As32(), field.As32())
	BLSIQ(opening, lowest)
	XORL(doubled.As32(), doubled.As32())
	TESTQ(afterClosing, lowest)
	SETNE(doubled.As8())
	SHLL(U8(31), doubled.As32())
	ORL(doubled.As32(), field.As32())
	MOVL(field.As32(), Mem{Base: list})
	ADDQ(I8(4), list)
	BLSRQ(opening, opening)
	JNZ(LabelRef("opening"))
	MOVQ(list, x.list)
}

// check checks the rows and returns.
func (x *indexer256) check() {
	Comment("Count the rows, and the LFs that end rows.")
	tile, seps, columns, rows, lfs := reg.RSI, reg.R8, reg.RCX, reg.RAX, reg.RDI
	syntax, sum := GP64(), GP64()
	Load(Param("t"), tile)
	MOVQ(x.rows, lfs)
	SUBQ(tile, x.out)
	SUBQ(I32(tileSeps+4), x.out)
	SHRQ(U8(2), x.out)
	MOVQ(x.out, seps)
	Load(Param("s"), syntax)
	MOVL(Mem{Base: syntax, Disp: syntaxColumns}, columns.As32())
	zero, upper := YMM(), XMM()
	VPXOR(zero, zero, zero)
	for i := range x.counts {
		VPSADBW(zero, x.counts[i], x.counts[i])
	}
	VPADDQ(x.counts[1], x.counts[0], x.counts[0])
	VEXTRACTI128(U8(1), x.counts[0], upper)
	VPADDQ(x.counts[0].AsX(), upper, upper)
	VMOVQ(upper, sum)
	ADDQ(sum, lfs)
	VPEXTRQ(U8(1), upper, sum)
	ADDQ(sum, lfs)
	if x.quoted {
		quotes := GP64()
		MOVQ(x.list, quotes)
		SUBQ(tile, quotes)
		SUBQ(I32(tileQuoted), quotes)
		SHRQ(U8(2), quotes)
		MOVQ(quotes, Mem{Base: tile, Disp: tileQuotes})
	}
	VZEROUPPER()
	Store(seps, ReturnIndex(0))
	MOVL(seps.As32(), rows.As32())
	XORL(reg.EDX, reg.EDX)
	DIVL(columns.As32())
	Comment("rows is in " + rows.Asm() + ".")
	differ := GP64()
	MOVQ(lfs, differ)
	XORQ(rows, differ)
	if x.quoted {
		ORQ(x.bad, differ)
	}
	JNZ(LabelRef("refuse"))
	TESTQ(rows, rows)
	JZ(LabelRef("accept"))

	Comment("The bytes that end rows are all LF if their or and their and are.")
	base, next, stride := GP64(), GP64(), columns
	some, all := GP64(), GP64()
	Load(Param("base"), base)
	SHLQ(U8(2), stride)
	LEAQ(Mem{Base: tile, Index: stride, Scale: 1, Disp: tileSeps}, next)
	MOVL(U32('\n'), some.As32())
	MOVL(U32('\n'), all.As32())
	row := func() {
		p := GP64()
		MOVL(Mem{Base: next}, p.As32())
		ADDQ(stride, next)
		ORB(Mem{Base: base, Index: p, Scale: 1}, some.As8())
		ANDB(Mem{Base: base, Index: p, Scale: 1}, all.As8())
	}
	SUBQ(I8(4), rows)
	JL(LabelRef("few"))
	Label("rows")
	for range 4 {
		row()
	}
	SUBQ(I8(4), rows)
	JGE(LabelRef("rows"))
	Label("few")
	ADDQ(I8(4), rows)
	JZ(LabelRef("ended"))
	Label("row")
	row()
	DECQ(rows)
	JNZ(LabelRef("row"))
	Label("ended")
	CMPL(some.As32(), all.As32())
	JNE(LabelRef("refuse"))
	Label("accept")
	ok := GP8()
	MOVB(U8(1), ok)
	Store(ok, ReturnIndex(1))
	RET()
	Label("refuse")
	no := GP8()
	MOVB(U8(0), no)
	Store(no, ReturnIndex(1))
	RET()
}
