package engine

import (
	"math/big"
	"math/bits"
	"strconv"
)

// integer is an integer of any size. Most have at most 128 bits.
type integer struct {
	high, low uint64   // two's complement
	big       *big.Int // if not nil, the integer; it does not change
}

// integerOf returns v as an integer.
func integerOf(v int64) integer { return integer{high: uint64(v >> 63), low: uint64(v)} }

func (v integer) negative() bool {
	if v.big != nil {
		return v.big.Sign() < 0
	}
	return int64(v.high) < 0
}

// abs returns the absolute value of an integer that is not big.
func (v integer) abs() (high, low uint64) {
	if int64(v.high) >= 0 {
		return v.high, v.low
	}
	low, borrow := bits.Sub64(0, v.low, 0)
	high, _ = bits.Sub64(0, v.high, borrow)
	return high, low
}

// toBig returns a new big.Int.
func (v integer) toBig() *big.Int {
	if v.big != nil {
		return new(big.Int).Set(v.big)
	}
	high, low := v.abs()
	b := bigFromWords(low, high)
	if v.negative() {
		b.Neg(b)
	}
	return b
}

// cmp compares two integers.
func (v integer) cmp(w integer) int {
	switch {
	case v.big != nil || w.big != nil:
		return v.toBig().Cmp(w.toBig())
	case v == w:
		return 0
	case int64(v.high) < int64(w.high) || v.high == w.high && v.low < w.low:
		return -1
	}
	return 1
}

// over returns v / (count * 10^scale).
func (v integer) over(count uint64, scale int) fraction {
	f := fraction{negative: v.negative()}
	if v.big == nil && scale < len(powersOf10) {
		overflow, divisor := bits.Mul64(count, powersOf10[scale])
		if overflow == 0 {
			f.high, f.low = v.abs()
			f.divisor = divisor
			return f
		}
	}
	f.bigNumerator = v.toBig()
	f.bigNumerator.Abs(f.bigNumerator)
	f.bigDivisor = new(big.Int).SetUint64(count)
	f.bigDivisor.Mul(f.bigDivisor, bigPower(scale))
	return f
}

// digitsInWord is the number of digits of 10^19, the largest power of 10 in a word,
// less one.
const digitsInWord = 19

// appendDigits appends the digits of the absolute value.
func (v integer) appendDigits(b []byte) []byte {
	if v.big != nil {
		return new(big.Int).Abs(v.big).Append(b, 10)
	}
	high, low := v.abs()
	if high == 0 {
		return strconv.AppendUint(b, low, 10)
	}
	quotient, rest := bits.Div64(high, low, powersOf10[digitsInWord]) // high <= 2^63 < 10^19
	b = strconv.AppendUint(b, quotient, 10)
	for power := powersOf10[digitsInWord-1]; power > rest && power > 1; power /= 10 {
		b = append(b, '0')
	}
	return strconv.AppendUint(b, rest, 10)
}
