package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/kernel/asm/emit"
)

// indexer has the registers that live through the index pass.
type indexer struct {
	quoted  bool
	vectors searcher

	data, left, position, out, seps reg.GPPhysical
	rows, limit                     Op

	// With quotes only. There are too few registers for all.
	state             reg.GPPhysical
	closed, bad, list Op
}

// searcher finds the special bytes of a block with the vectors of a CPU.
type searcher interface {
	// uses returns what the vectors hold.
	uses(quoted bool) []emit.Use
	// begin sets the vectors.
	begin(name string, syntax reg.Register, quoted bool)
	// block finds the separators of a block without quotes that counts as a whole, and
	// counts its LFs. It jumps to careful if there may be quotes.
	block(x *indexer)
	// equal returns the mask of the bytes that are c.
	equal(x *indexer, c special) reg.GPVirtual
	// found is called when careful has set x.seps.
	found(x *indexer)
	// positions writes the positions of the separators of the block, of which
	// x.seps has the mask.
	positions(x *indexer)
	// lfs adds the number of LFs that block counted to to.
	lfs(to Op)
}

// special is a byte that is looked for.
type special int

const (
	delimiterByte special = iota
	lfByte
	quoteByte
	crByte
)

// write writes the pass. A block of 64 bytes becomes a mask of its separators, and
// the mask becomes positions. A block with quotes, after a closing quote, or inside
// quotes takes a branch to careful, as does the last, partial block.
//
// Rows are checked in the end: as many LFs end rows as there are rows, and the last
// separator of each row is an LF.
func (x *indexer) write(name, features string) {
	x.data, x.left, x.position, x.out, x.seps = reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI
	x.rows, x.limit, x.state = reg.RDI, reg.R8, reg.R9

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
	}
	uses = append(uses, x.vectors.uses(x.quoted)...)
	if x.quoted {
		uses = append(uses, emit.Holds(x.state, "all ones if the block begins inside quotes"))
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
	x.vectors.begin(name, syntax, x.quoted)
	if x.quoted {
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
	x.vectors.block(x)

	Label("positions")
	x.vectors.positions(x)
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

// equal returns the mask of the bytes of the block that are c and count.
func (x *indexer) equal(c special) reg.GPVirtual {
	mask := x.vectors.equal(x, c)
	ANDQ(x.limit, mask)
	return mask
}

// careful sets seps for a block of which only the bytes in limit count. With quotes,
// it checks and lists those of the block.
//
// A bit of the prefix xor of the quotes is set from an opening quote up to the byte
// before the closing one. A doubled quote closes and opens again at once.
func (x *indexer) careful() {
	Label("careful")
	lf, seps := x.equal(lfByte), x.equal(delimiterByte)
	ORQ(lf, seps)
	MOVQ(seps, x.seps)
	count := GP64()
	if !x.quoted {
		POPCNTQ(lf, count)
		ADDQ(count, x.rows)
		x.vectors.found(x)
		return
	}
	Comment("The bytes inside quotes")
	quotes := x.equal(quoteByte)
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
	x.vectors.found(x)
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
	MOVQ(x.equal(crByte), cr)
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
func (x *indexer) check() {
	Comment("Count the rows, and the LFs that end rows.")
	tile, seps, columns, rows, lfs := reg.RSI, reg.R8, reg.RCX, reg.RAX, reg.RDI
	syntax := GP64()
	Load(Param("t"), tile)
	MOVQ(x.rows, lfs)
	SUBQ(tile, x.out)
	SUBQ(I32(tileSeps+4), x.out)
	SHRQ(U8(2), x.out)
	MOVQ(x.out, seps)
	Load(Param("s"), syntax)
	MOVL(Mem{Base: syntax, Disp: syntaxColumns}, columns.As32())
	x.vectors.lfs(lfs)
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
