package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/kernel/asm/emit"
)

// numbersGroup512 is the number of rows that the passes over numbers handle at a time.
const numbersGroup512 = 8

// reader512 has the registers that live through a pass over numbers. Vectors have a
// qword for each row.
type reader512 struct {
	wide, decimals bool

	base, positions, left, out        reg.GPPhysical
	stride, stride3, stride5, stride7 reg.GPPhysical

	zeros, ones, zero         reg.VecPhysical
	room, eight, first        reg.VecPhysical
	minus, plus               reg.VecPhysical
	tens, hundreds, thousands reg.VecPhysical
	digits, shifts            reg.VecPhysical

	half                 reg.VecPhysical // wide or decimals
	millions             reg.VecPhysical // wide only
	mark, limit, factors reg.VecPhysical // decimals only

	even reg.OpmaskPhysical
}

// numbers512 writes the passes over numbers in AVX-512.
func numbers512() {
	factors := factorTables512()
	for _, pass := range []struct {
		name, does     string
		wide, decimals bool
	}{
		{"integersAVX512", "Kernel.Integers", false, false},
		{"wideIntegersAVX512", "Kernel.WideIntegers", true, false},
		{"decimalsAVX512", "Kernel.Decimals", false, true},
		{"wideDecimalsAVX512", "Kernel.WideDecimals", true, true},
	} {
		r := &reader512{
			wide: pass.wide, decimals: pass.decimals,
			base: reg.RAX, positions: reg.RBX, left: reg.RCX, out: reg.RDX,
			stride: reg.RSI, stride3: reg.RDI, stride5: reg.R8, stride7: reg.R9,
			zeros: reg.Z31, ones: reg.Z30, zero: reg.Z29,
			room: reg.Z28, eight: reg.Z27, first: reg.Z26,
			minus: reg.Z25, plus: reg.Z24,
			tens: reg.Z23, hundreds: reg.Z22, thousands: reg.Z21,
			digits: reg.Z20, shifts: reg.Z19,
			half: reg.Z18, millions: reg.Z17,
			mark: reg.Z16, limit: reg.Z15, factors: reg.Z14,
			even: reg.K1,
		}
		r.write(pass.name, pass.does, factors)
	}
}

// factorTables512 writes a table for each scale: the power of ten for each number of
// bytes after the point, 0 if there is no point. It is not used if there are more
// bytes after the point than the scale allows.
func factorTables512() Mem {
	m := GLOBL("factors512", RODATA|NOPTR)
	for scale := range fields.MaxScale + 1 {
		for n := range 8 {
			power := uint64(1)
			for range max(scale-n, 0) {
				power *= 10
			}
			DATA(64*scale+8*n, U64(power))
		}
	}
	return m
}

// bytes returns the length of the longest field.
func (r *reader512) bytes() int {
	if r.wide {
		return 16
	}
	return 8
}

// write writes a pass.
func (r *reader512) write(name, does string, factors Mem) {
	features := "AVX-512 F, BW, DQ"
	if r.decimals && r.wide {
		features += ", VBMI2"
	}
	signature := "func(base *byte, c *byte, rows int, out *int64) bool"
	if r.decimals {
		signature = "func(base *byte, c *byte, rows int, out *int64, point byte, scale int) bool"
	}
	TEXT(name, NOSPLIT, signature)
	// A row is loaded with the 8 bytes after it.
	last := AllocLocal(8 * (numbersGroup512 + 1))
	Comment(name+" is "+does+".",
		"CPU: "+features+".",
		"8 rows a step. The last step is filled up with copies of the last row.",
		"Reads the 16 bytes that end where a field does, and 8 bytes after the positions of a field.",
		"Writes up to 7 numbers after the last.")
	r.registerMap()
	r.begin(factors)

	Label("group")
	r.group()
	SUBQ(I8(numbersGroup512), r.left)
	JGE(LabelRef("group"))

	Label("rest")
	Comment("The last group has " + r.left.Asm() + " + 8 rows; 0 means that there is none.")
	ADDQ(I8(numbersGroup512), r.left)
	JZ(LabelRef("done"))
	row, copied, pair, next := GP64(), GP64(), GP64(), GP64()
	LEAQ(last, copied)
	MOVL(U32(numbersGroup512), row.As32())
	Label("copy")
	MOVQ(Mem{Base: r.positions}, pair)
	MOVQ(pair, Mem{Base: copied})
	ADDQ(I8(8), copied)
	LEAQ(Mem{Base: r.positions, Index: r.stride, Scale: 1}, next)
	DECQ(r.left)
	CMOVQGT(next, r.positions)
	DECQ(row)
	JNZ(LabelRef("copy"))
	LEAQ(last, r.positions)
	MOVL(U32(8), r.stride.As32())
	r.strides()
	XORL(r.left.As32(), r.left.As32())
	JMP(LabelRef("group"))

	Label("done")
	nine, wrong, wrongShift := ZMM(), K(), K()
	allBytes512(9, nine)
	VPCMPUB(U8(6), nine, r.digits, wrong) // 6: greater than
	broadcast512(^uint64(8*(r.bytes()-1)), nine)
	VPTESTMQ(nine, r.shifts, wrongShift)
	KORQ(wrongShift, wrong, wrong)
	KORTESTQ(wrong, wrong)
	good := GP8()
	SETEQ(good)
	VZEROUPPER()
	Store(good, ReturnIndex(0))
	RET()
}

func (r *reader512) registerMap() {
	uses := []emit.Use{
		emit.Holds(r.base, "base"),
		emit.Holds(r.positions, "the positions of the row"),
		emit.Holds(r.left, "rows, less those done, less 8"),
		emit.Holds(r.out, "the next number"),
		emit.Holds(r.stride, "Column.Stride"),
		emit.Holds(r.stride3, "3 times that"),
		emit.Holds(r.stride5, "5 times that"),
		emit.Holds(r.stride7, "7 times that"),
		emit.Holds(r.zeros, "'0' in each byte"),
		emit.Holds(r.ones, "all ones"),
		emit.Holds(r.zero, "0"),
		emit.Holds(r.room, "the bits of the longest field, and 8 for its separator"),
		emit.Holds(r.eight, "8"),
		emit.Holds(r.first, "selects the first byte"),
		emit.Holds(r.minus, "'-'"),
		emit.Holds(r.plus, "'+'"),
		emit.Holds(r.tens, "10 and 1 in the bytes of each word"),
		emit.Holds(r.hundreds, "100 and 1 in the words of each dword"),
		emit.Holds(r.thousands, "10,000"),
		emit.Holds(r.digits, "the greatest digits of all rows"),
		emit.Holds(r.shifts, "the or of the bits without a digit of all rows"),
	}
	if r.wide || r.decimals {
		uses = append(uses, emit.Holds(r.half, "64"))
	}
	if r.wide {
		uses = append(uses, emit.Holds(r.millions, "100,000,000"))
	}
	if r.decimals {
		uses = append(uses,
			emit.Holds(r.mark, "point ^ '0' in each byte"),
			emit.Holds(r.limit, "the most bits after the point"),
			emit.Holds(r.factors, "a power of ten for each number of bytes after the point"))
	}
	emit.RegisterMap(append(uses, emit.Holds(r.even, "the lower dword of each qword"))...)
}

// broadcast512 sets each qword of z to v.
func broadcast512(v uint64, z Op) {
	scalar := GP64()
	MOVQ(U64(v), scalar)
	VPBROADCASTQ(scalar, z)
}

// begin sets the registers and jumps to rest if there are few rows.
func (r *reader512) begin(factors Mem) {
	column := GP64()
	Load(Param("base"), r.base)
	Load(Param("c"), column)
	Load(Param("rows"), r.left)
	Load(Param("out"), r.out)
	MOVQ(Mem{Base: column, Disp: columnFirst}, r.positions)
	MOVQ(Mem{Base: column, Disp: columnStride}, r.stride)
	r.strides()
	broadcast512('0'*0x0101010101010101, r.zeros)
	VPTERNLOGD(U8(0xff), r.ones, r.ones, r.ones)
	VPXORQ(r.zero, r.zero, r.zero)
	broadcast512(uint64(8*(r.bytes()+1)), r.room)
	broadcast512(8, r.eight)
	broadcast512(0xff, r.first)
	broadcast512('-', r.minus)
	broadcast512('+', r.plus)
	broadcast512(0x010a010a010a010a, r.tens)
	broadcast512(0x0001006400010064, r.hundreds)
	broadcast512(1e4, r.thousands)
	VPXORQ(r.digits, r.digits, r.digits)
	VPXORQ(r.shifts, r.shifts, r.shifts)
	if r.wide || r.decimals {
		broadcast512(64, r.half)
	}
	if r.wide {
		broadcast512(1e8, r.millions)
	}
	if r.decimals {
		r.beginDecimals(factors)
	}
	even := GP32()
	MOVL(U32(0x5555), even)
	KMOVW(even, r.even)
	SUBQ(I8(numbersGroup512), r.left)
	JL(LabelRef("rest"))
}

func (r *reader512) beginDecimals(factors Mem) {
	point, scale, table, most := GP32(), GP64(), GP64(), GP64()
	Load(Param("point"), point)
	XORL(U8('0'), point)
	VPBROADCASTB(point, r.mark)
	Load(Param("scale"), scale)
	Comment("A point with 8 bytes after it is not in the last 8 bytes.")
	MOVL(U32(7), most.As32())
	CMPQ(scale, most)
	CMOVQLT(scale, most)
	SHLQ(U8(3), most)
	VPBROADCASTQ(most, r.limit)
	SHLQ(U8(6), scale)
	LEAQ(factors, table)
	VMOVDQU64(Mem{Base: table, Index: scale, Scale: 1}, r.factors)
}

// strides sets the multiples of stride.
func (r *reader512) strides() {
	LEAQ(Mem{Base: r.stride, Index: r.stride, Scale: 2}, r.stride3)
	LEAQ(Mem{Base: r.stride, Index: r.stride, Scale: 4}, r.stride5)
	LEAQ(Mem{Base: r.stride3, Index: r.stride, Scale: 4}, r.stride7)
}

// row returns where the positions of row i of the group are.
func (r *reader512) row(i int) Mem {
	m := Mem{Base: r.positions}
	switch i {
	case 1, 2, 4:
		m.Index, m.Scale = r.stride, uint8(i)
	case 3, 6:
		m.Index, m.Scale = r.stride3, uint8(i/3)
	case 5:
		m.Index, m.Scale = r.stride5, 1
	case 7:
		m.Index, m.Scale = r.stride7, 1
	}
	return m
}

// load loads 16 bytes for each row of the group, those of the even rows into one
// register and those of the odd rows into the other, so that unpacking puts one half
// of each in order.
func (r *reader512) load(row func(i int) Mem) (even, odd reg.VecVirtual) {
	loaded := [2]reg.VecVirtual{ZMM(), ZMM()}
	for i := range numbersGroup512 {
		to := loaded[i%2]
		if i < 2 {
			VMOVDQU(row(i), to.AsX())
		} else if i < 4 {
			VINSERTI128(U8(1), row(i), to.AsY(), to.AsY())
		} else {
			VINSERTI32X4(U8(i/2), row(i), to, to)
		}
	}
	return loaded[0], loaded[1]
}

// group reads 8 rows. A number is in the last bytes of a qword, or of two.
func (r *reader512) group() {
	even, odd := r.load(r.row)
	pairs, n := ZMM(), ZMM()
	VPUNPCKLQDQ(odd, even, pairs)
	even, odd = r.load(func(i int) Mem {
		end, at := GP64(), r.row(i)
		at.Disp += 4
		MOVL(at, end.As32())
		return Mem{Base: r.base, Index: end, Scale: 1, Disp: -16}
	})
	high, low := ZMM(), ZMM()
	VPUNPCKLQDQ(odd, even, high)
	VPUNPCKHQDQ(odd, even, low)

	Comment("The bits before the field, and those before its digits")
	shift, first := ZMM(), ZMM()
	VPSRLQ(U8(32), pairs, n)
	VPSUBD_Z(pairs, n, r.even, n)
	VPSLLQ(U8(3), n, n)
	VPSUBQ(n, r.room, shift)
	if r.wide {
		less, other := ZMM(), ZMM()
		VPSUBQ(r.half, shift, less)
		VPSRLVQ(less, low, first)
		VPSRLVQ(shift, high, other)
		VPORQ(other, first, first)
	} else {
		VPSRLVQ(shift, low, first)
	}
	VPANDQ(r.first, first, first)
	negative, signed := K(), K()
	VPCMPEQQ(r.minus, first, negative)
	VPCMPEQQ(r.plus, first, signed)
	KORB(negative, signed, signed)
	VPADDQ(r.eight, shift, signed, shift)
	VPORQ(shift, r.shifts, r.shifts)

	Comment("The digits")
	if r.wide {
		less := ZMM()
		r.digitsOf(high, shift)
		VPSUBUSW(r.half, shift, less)
		r.digitsOf(low, less)
	} else {
		r.digitsOf(low, shift)
	}
	var factor reg.VecVirtual
	if r.decimals {
		factor = r.removePoint(high, low, shift)
	}
	VPMAXUB(low, r.digits, r.digits)
	r.convert(low)
	if r.wide {
		VPMAXUB(high, r.digits, r.digits)
		r.convert(high)
		VPMULUDQ(r.millions, high, high)
		VPADDQ(high, low, low)
	}
	if r.decimals {
		VPMULLQ(factor, low, low)
	}
	VPSUBQ(low, r.zero, negative, low)
	VMOVDQU64(low, Mem{Base: r.out})
	ADDQ(I8(8*numbersGroup512), r.out)
	LEAQ(Mem{Base: r.positions, Index: r.stride, Scale: 8}, r.positions)
}

// digitsOf turns bytes into digits, with 0 in the lowest bits.
func (r *reader512) digitsOf(bytes, bits reg.VecVirtual) {
	mask := ZMM()
	VPSLLVQ(bits, r.ones, mask)
	VPTERNLOGQ(U8(0x48), r.zeros, mask, bytes) // (bytes ^ zeros) & mask
}

// removePoint removes the point from the digits and returns by how much the numbers
// are multiplied then. A point that must not be where it is stays: it is no digit.
func (r *reader512) removePoint(high, low, shift reg.VecVirtual) (factor reg.VecVirtual) {
	Comment("The point and the bits after it; 64 if there is none")
	after, before, bits, points, found := ZMM(), ZMM(), ZMM(), K(), K()
	VPCMPEQB(r.mark, low, points)
	VMOVDQU8_Z(r.ones, points, after)
	VPLZCNTQ(after, after)
	factor = ZMM()
	VPSRLQ(U8(3), after, factor)
	VPERMQ(r.factors, factor, factor)
	VPSUBQ(r.eight, after, bits)
	VPCMPUQ(U8(1), r.limit, bits, found) // 1: less than

	Comment("There is a digit before the point.")
	VPADDQ(r.eight, after, bits)
	VPADDQ(bits, shift, bits)
	VPORQ(bits, r.shifts, found, r.shifts)

	Comment("The digits before the point move one byte up.")
	if r.wide {
		VPSHLDQ(U8(8), high, low, before)
		VPSLLQ(U8(8), high, found, high)
	} else {
		VPSLLQ(U8(8), low, before)
	}
	VPSUBQ(after, r.half, bits)
	VPSLLVQ(bits, r.ones, bits)
	VPTERNLOGQ(U8(0xe2), before, bits, found, low) // bits ? low : before
	return factor
}

// convert turns the 8 digits of each qword into a number: pairs, then four, then
// eight digits.
func (r *reader512) convert(x reg.VecVirtual) {
	low := ZMM()
	VPMADDUBSW(r.tens, x, x)
	VPMADDWD(r.hundreds, x, x)
	VPSRLQ(U8(32), x, low)
	VPMULUDQ(r.thousands, x, x)
	VPADDQ(low, x, x)
}
