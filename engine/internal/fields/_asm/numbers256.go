package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/kernel/asm/emit"
)

// parser256 writes a pass over numbers. A group is 4 rows, with a qword for each row,
// or, in the wide passes, 16 bytes for each: rows 0 and 2 in one register, rows 1 and
// 3 in another.
//
// A pass begins with a loop for numbers without signs. At the first group that has a
// byte that is neither a digit nor a point where one may be, the loop for numbers with
// signs takes over, from that group on.
type parser256 struct {
	wide, decimal bool
	constants     constants256

	base, p, left, out, step reg.GPPhysical
	rows                     [3]reg.GPPhysical // distances to rows 1 to 3

	bad, lengths, pairs, hundreds reg.VecPhysical
	zeros, nines                  Op // registers, or constants if there are too few

	// With decimals only.
	factors, none, point reg.VecPhysical
	pointsAt             reg.GPPhysical
}

// constants256 holds the constants of the passes over numbers by name.
type constants256 map[string]Mem

// bytes returns a constant of 32 bytes, which it writes if it is new.
func (c constants256) bytes(name string, entry func(i int) uint8) Mem {
	m, ok := c[name]
	if !ok {
		m = emit.Bytes256(name, entry)
		c[name] = m
	}
	return m
}

// all returns a constant of 32 equal bytes.
func (c constants256) all(name string, b uint8) Mem {
	return c.qwords(name, uint64(b)*0x0101010101010101)
}

// qwords returns a constant of 4 equal qwords.
func (c constants256) qwords(name string, q uint64) Mem {
	m, ok := c[name]
	if !ok {
		m = GLOBL(name, RODATA|NOPTR)
		for i := range 4 {
			DATA(8*i, U64(q))
		}
		c[name] = m
	}
	return m
}

// numbers256 writes the passes over numbers.
func numbers256() {
	constants := constants256{}
	(&parser256{constants: constants}).write("integersAVX2", "Integers")
	(&parser256{constants: constants, wide: true}).write("wideIntegersAVX2", "WideIntegers")
	(&parser256{constants: constants, decimal: true}).write("decimalsAVX2", "Decimals")
	(&parser256{constants: constants, wide: true, decimal: true}).write("wideDecimalsAVX2", "WideDecimals")
}

// write writes pass as the function name.
func (n *parser256) write(name, pass string) {
	n.base, n.p, n.left, n.out, n.step = reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI
	n.rows = [3]reg.GPPhysical{reg.RDI, reg.R8, reg.R9}
	n.pointsAt = reg.R10
	n.bad, n.lengths, n.zeros, n.nines = reg.Y0, reg.Y1, reg.Y2, reg.Y3
	n.pairs, n.hundreds, n.factors, n.none, n.point = reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8

	signature := "func(base *byte, c *byte, rows int, out *int64) bool"
	if n.decimal {
		signature = "func(base *byte, c *byte, rows int, out *int64, point byte, scale int) bool"
	}
	TEXT(name, NOSPLIT, signature)
	bytes, lengths, wrong := "8", "8 * (8 - length) of the fields, or'ed", n.constants.qwords("shifts", ^uint64(0x38))
	if n.wide {
		bytes, lengths, wrong = "16", "length - 1 of the fields, or'ed", n.constants.qwords("lengths", ^uint64(0x0f))
	}
	Comment(name+" is Kernel."+pass+".",
		"CPU: AVX2.",
		"4 rows a step. In the last rows%4, the last row stands for those after it.",
		"Reads up to "+bytes+" bytes from the start of a field on. Writes up to 3 numbers after the last row.")
	uses := []emit.Use{
		emit.Holds(n.base, "base"),
		emit.Holds(n.p, "the separators around row 0 of the group"),
		emit.Holds(n.left, "rows, less the rows done, less 4"),
		emit.Holds(n.out, "the next number of out"),
		emit.Holds(n.step, "the distance to the next group"),
		emit.Holds(n.rows[0], "the distances from row 0 to row 1,"),
		emit.Holds(n.rows[1], "row 2,"),
		emit.Holds(n.rows[2], "row 3"),
		emit.Holds(n.bad, "not zero if a byte is wrong"),
		emit.Holds(n.lengths, lengths+": with and without signs"),
	}
	if !n.wide || !n.decimal {
		uses = append(uses, emit.Holds(reg.Y2, "'0' in each byte"), emit.Holds(reg.Y3, "9 in each byte"))
	}
	hundreds := "100, 1 in the words"
	if n.decimal && !n.wide {
		hundreds += ", or ten times that if scale is MaxScale"
	}
	uses = append(uses, emit.Holds(n.pairs, "10, 1 in the bytes"), emit.Holds(n.hundreds, hundreds))
	if n.decimal {
		uses = append(uses,
			emit.Holds(n.factors, "10^(scale-i) in dword i, or 0 if i is greater than scale"),
			emit.Holds(n.none, "0"),
			emit.Holds(n.point, "the point xor '0' in each byte"))
		if n.wide {
			uses = append(uses, emit.Holds(n.pointsAt, "how to remove a point at bytes 13 and 14"))
		}
	}
	emit.RegisterMap(uses...)
	n.begin()

	SUBQ(I8(4), n.left)
	JL(LabelRef("lastUnsigned"))
	for i, suffix := range []string{"Unsigned", "Signed"} {
		Label("group" + suffix)
		n.group(i > 0)
		ADDQ(n.step, n.p)
		ADDQ(I8(4*8), n.out)
		SUBQ(I8(4), n.left)
		JGE(LabelRef("group" + suffix))
		Label("last" + suffix)
		n.clamp()
		JMP(LabelRef("group" + suffix))
	}

	Label("done")
	VPAND(wrong, n.lengths, n.lengths)
	VPOR(n.lengths, n.bad, n.bad)
	VPTEST(n.bad, n.bad)
	ok := GP8()
	SETEQ(ok)
	VZEROUPPER()
	Store(ok, ReturnIndex(0))
	RET()
}

// begin sets the registers that live through the pass.
func (n *parser256) begin() {
	column := GP64()
	Load(Param("base"), n.base)
	Load(Param("c"), column)
	Load(Param("rows"), n.left)
	Load(Param("out"), n.out)
	MOVQ(Mem{Base: column, Disp: columnFirst}, n.p)
	MOVQ(Mem{Base: column, Disp: columnStride}, n.rows[0])
	LEAQ(Mem{Base: n.rows[0], Index: n.rows[0], Scale: 1}, n.rows[1])
	LEAQ(Mem{Base: n.rows[0], Index: n.rows[0], Scale: 2}, n.rows[2])
	MOVQ(n.rows[0], n.step)
	SHLQ(U8(2), n.step)
	VPXOR(n.bad, n.bad, n.bad)
	VPXOR(n.lengths, n.lengths, n.lengths)
	zeros, nines := n.constants.all("zeros", '0'), n.constants.all("nines", 9)
	if n.wide && n.decimal {
		n.zeros, n.nines = zeros, nines
	} else {
		VMOVDQU(zeros, n.zeros)
		VMOVDQU(nines, n.nines)
	}
	VMOVDQU(n.constants.qwords("pairs", 0x010a010a010a010a), n.pairs)
	VMOVDQU(n.constants.qwords("hundreds", 1<<48|100<<32|1<<16|100), n.hundreds)
	if !n.decimal {
		return
	}
	VPXOR(n.none, n.none, n.none)
	VPBROADCASTB(NewParamAddr("point", 32), n.point)
	VPXOR(n.zeros, n.point, n.point)
	scale, at, powers := GP64(), GP64(), GP64()
	Load(Param("scale"), scale)
	if n.wide {
		Comment("scale is at most MaxWideScale.")
		skip := GP64()
		MOVQ(scale, skip)
		SHLQ(U8(6), skip)
		LEAQ(widePoints256(), n.pointsAt)
		ADDQ(skip, n.pointsAt)
	} else {
		Comment("10^10 does not fit in a dword.")
		CMPQ(scale, I8(fields.MaxScale))
		JNE(LabelRef("fits"))
		DECQ(scale)
		VMOVDQU(n.constants.qwords("thousands", 10<<48|1000<<32|10<<16|1000), n.hundreds)
		Label("fits")
	}
	MOVL(U32(maxPower256), at.As32())
	SUBQ(scale, at)
	LEAQ(powers256(n.constants), powers)
	VMOVDQU(Mem{Base: powers, Index: at, Scale: 4}, n.factors)
}

// maxPower256 is the greatest power of ten in a dword.
const maxPower256 = 9

// powers256 returns the powers of ten from maxPower256 down to 0, with zeros after them.
func powers256(c constants256) Mem {
	if m, ok := c["powers"]; ok {
		return m
	}
	m := GLOBL("powers", RODATA|NOPTR)
	for i := range maxPower256 + 8 {
		power := uint32(0)
		if i <= maxPower256 {
			power = uint32(math.Pow10(maxPower256 - i))
		}
		DATA(4*i, U32(power))
	}
	c["powers"] = m
	return m
}

// clamp prepares the last group, which has 1 to 3 rows, or goes to done if there is
// none.
func (n *parser256) clamp() {
	ADDQ(I8(4), n.left)
	JLE(LabelRef("done"))
	none := GP64()
	XORL(none.As32(), none.As32())
	CMPQ(n.left, I8(2))
	CMOVQLT(none, n.rows[0])
	CMOVQLE(n.rows[0], n.rows[1])
	MOVQ(n.rows[1], n.rows[2])
	XORL(n.left.As32(), n.left.As32())
}

// group does a group. If not signed, it goes to groupSigned at a byte that is wrong
// without signs.
func (n *parser256) group(signed bool) {
	if n.wide {
		n.wideGroup(signed)
	} else {
		n.narrowGroup(signed)
	}
}

// load returns the pairs of separators of the rows, and the positions of the first.
func (n *parser256) load() (pairs reg.VecVirtual, begins [4]reg.GPVirtual) {
	var at [4]Mem
	for i := range at {
		at[i] = Mem{Base: n.p}
		if i > 0 {
			at[i].Index, at[i].Scale = n.rows[i-1], 1
		}
		begins[i] = GP64()
		MOVL(at[i], begins[i].As32())
	}
	pairs = YMM()
	upper := XMM()
	VMOVQ(at[0], pairs.AsX())
	VPINSRQ(U8(1), at[1], pairs.AsX(), pairs.AsX())
	VMOVQ(at[2], upper)
	VPINSRQ(U8(1), at[3], upper, upper)
	VINSERTI128(U8(1), upper, pairs, pairs)
	return pairs, begins
}

// field returns the bytes after the separator at begin.
func (n *parser256) field(begin reg.Register) Mem {
	return Mem{Base: n.base, Index: begin, Scale: 1, Disp: 1}
}

// signs returns all ones for the numbers in x that begin with '-', and 0xff for those
// that begin with a sign. x has the bytes xor '0'.
func (n *parser256) signs(x reg.Register) (minus, sign reg.VecVirtual) {
	minus, sign = YMM(), YMM()
	VPCMPEQB(n.constants.all("minus", '-'^'0'), x, minus)
	VPCMPEQB(n.constants.all("plus", '+'^'0'), x, sign)
	VPOR(minus, sign, sign)
	VPAND(n.constants.qwords("first", 0xff), sign, sign)
	VPSHUFB(n.constants.bytes("spread", func(i int) uint8 { return uint8(i % 16 &^ 7) }), minus, minus)
	return minus, sign
}

// notFirst makes bad not zero if a number in x begins with a point, after the sign if
// there is one.
func (n *parser256) notFirst(x reg.Register, sign reg.VecVirtual) {
	points := YMM()
	VPCMPEQB(n.point, x, points)
	if sign == nil {
		VPAND(n.constants.qwords("first", 0xff), points, points)
	} else {
		first := YMM()
		VPSLLQ(U8(8), sign, first)
		VPOR(n.constants.qwords("first", 0xff), first, first)
		VPAND(first, points, points)
	}
	VPOR(points, n.bad, n.bad)
}

// digits checks that the bytes of the vectors are digits.
func (n *parser256) digits(signed bool, vectors ...reg.VecVirtual) {
	wrong := YMM()
	VPSUBUSB(n.nines, vectors[0], wrong)
	for _, x := range vectors[1:] {
		other := YMM()
		VPSUBUSB(n.nines, x, other)
		VPOR(other, wrong, wrong)
	}
	if signed {
		VPOR(wrong, n.bad, n.bad)
		return
	}
	VPTEST(wrong, wrong)
	JNZ(LabelRef("groupSigned"))
}

// store negates the numbers in x where minus is all ones, and writes them.
func (n *parser256) store(x, minus reg.VecVirtual) {
	if minus != nil {
		VPXOR(minus, x, x)
		VPSUBQ(minus, x, x)
	}
	VMOVDQU(x, Mem{Base: n.out})
}

// narrowGroup does a group of numbers of up to 8 bytes.
func (n *parser256) narrowGroup(signed bool) {
	Comment("Load the 8 bytes from the start of each field on.")
	pairs, begins := n.load()
	x, upper := YMM(), XMM()
	VMOVQ(n.field(begins[0]), x.AsX())
	VPINSRQ(U8(1), n.field(begins[1]), x.AsX(), x.AsX())
	VMOVQ(n.field(begins[2]), upper)
	VPINSRQ(U8(1), n.field(begins[3]), upper, upper)
	VINSERTI128(U8(1), upper, x, x)
	VPXOR(n.zeros, x, x)

	Comment("The last byte of the field is to be the last of the 8: shift by 8 * (8 - its length).")
	shift := YMM()
	VPSLLQ(U8(32), pairs, shift)
	VPSUBD(pairs, shift, shift)
	VPSRLQ(U8(32), shift, shift)
	VPSLLD(U8(3), shift, shift)
	VPADDD(n.constants.qwords("all", 8*9), shift, shift)
	VPOR(shift, n.lengths, n.lengths)
	var minus, sign reg.VecVirtual
	if signed {
		Comment("Replace the sign by a '0'. The length without it is to be from 1 to 8, too.")
		minus, sign = n.signs(x)
		VPANDN(x, sign, x)
		length := YMM()
		VPAND(n.constants.qwords("signBits", 8), sign, length)
		VPADDQ(shift, length, length)
		VPOR(length, n.lengths, n.lengths)
	}
	if n.decimal {
		Comment("A point must not be the first byte.")
		n.notFirst(x, sign)
	}
	VPSLLVQ(shift, x, x)
	var factor reg.VecVirtual
	if n.decimal {
		factor = n.squeeze(x)
	}
	n.digits(signed, x)

	Comment("Add up pairs, fours, eights.")
	VPMADDUBSW(n.pairs, x, x)
	VPMADDWD(n.hundreds, x, x)
	value := YMM()
	VPMULUDQ(n.constants.qwords("tenThousand", 1e4), x, value)
	VPSRLQ(U8(32), x, x)
	VPADDQ(x, value, value)
	if n.decimal {
		VPMULUDQ(factor, value, value)
	}
	n.store(value, minus)
}

// squeeze removes the first point from each qword of x. It returns the power of ten by
// which to multiply.
func (n *parser256) squeeze(x reg.VecVirtual) (factor reg.VecVirtual) {
	Comment("A point must not be the last byte.")
	points, last := YMM(), YMM()
	VPCMPEQB(n.point, x, points)
	VPAND(n.constants.qwords("last", 0xff<<56), points, last)
	VPOR(last, n.bad, n.bad)
	Comment("The bytes before the first point move up by one. Another point stays and is no digit.")
	absent, before, moved := YMM(), YMM(), YMM()
	VPCMPEQQ(n.none, points, absent)
	VPAND(n.constants.all("tops", 0x80), points, points)
	VPADDQ(n.constants.qwords("ones", ^uint64(0)), points, before)
	VPXOR(points, before, before)
	VPANDN(before, absent, before)
	VPSLLQ(U8(8), x, moved)
	VPBLENDVB(before, moved, x, x)
	return n.factor(before)
}

// factor returns the powers of ten for the numbers of decimals: -i modulo 8 in the
// qwords with i bytes of all ones. It makes bad not zero if a number is above scale.
func (n *parser256) factor(before reg.VecVirtual) reg.VecVirtual {
	Comment("VPSADBW makes 255*i of i bytes of all ones, and VPERMD takes -i modulo 8.")
	decimals, factor := YMM(), YMM()
	VPSADBW(n.none, before, decimals)
	VPERMD(n.factors, decimals, factor)
	if !n.wide {
		tooMany := YMM()
		VPCMPEQD(n.none, factor, tooMany)
		VPOR(tooMany, n.bad, n.bad)
	}
	return factor
}
