package group

import (
	"math/big"
	"math/bits"
)

// Integer is an exact integer of 320 bits in two's complement, the lowest word
// first. That is enough for any statistic of at most 2^63 numbers: a number of 18
// digits with 18 decimals more than it is written with is below 10^36, and the sum
// of 2^63 of its squares below 2^303.
type Integer [5]uint64

// integerOf returns v.
func integerOf(v int64) Integer {
	sign := uint64(v >> 63)
	return Integer{uint64(v), sign, sign, sign, sign}
}

// negative reports whether x < 0.
func (x *Integer) negative() bool { return int64(x[4]) < 0 }

// Int64 returns x and whether it is an int64.
func (x Integer) Int64() (int64, bool) {
	v := int64(x[0])
	return v, x == integerOf(v)
}

// Big returns x as a big.Int.
func (x Integer) Big() *big.Int {
	if v, ok := x.Int64(); ok {
		return big.NewInt(v)
	}
	negative := x.negative()
	if negative {
		x = x.minus()
	}
	b, word := new(big.Int), new(big.Int)
	for i := len(x) - 1; i >= 0; i-- {
		b.Or(b.Lsh(b, 64), word.SetUint64(x[i]))
	}
	if negative {
		b.Neg(b)
	}
	return b
}

// minus returns -x.
func (x Integer) minus() Integer {
	carry := uint64(1)
	for i := range x {
		x[i], carry = bits.Add64(^x[i], 0, carry)
	}
	return x
}

// plus returns x + y.
func (x Integer) plus(y Integer) Integer {
	var carry uint64
	for i := range x {
		x[i], carry = bits.Add64(x[i], y[i], carry)
	}
	return x
}

// times returns x * factor. In two's complement, the words above x's sign do not
// matter.
func (x Integer) times(factor uint64) Integer {
	var above uint64
	for i := range x {
		high, low := bits.Mul64(x[i], factor)
		var carry uint64
		x[i], carry = bits.Add64(low, above, 0)
		above = high + carry
	}
	return x
}

// powersOfTen has those that fit in a uint64.
var powersOfTen = func() (powers [20]uint64) {
	powers[0] = 1
	for i := 1; i < len(powers); i++ {
		powers[i] = 10 * powers[i-1]
	}
	return powers
}()

// scaled returns x * 10^digits.
func (x Integer) scaled(digits int) Integer {
	for ; digits > 0; digits -= len(powersOfTen) - 1 {
		x = x.times(powersOfTen[min(digits, len(powersOfTen)-1)])
	}
	return x
}

// less reports whether x < y.
func (x Integer) less(y Integer) bool {
	if x[4] != y[4] {
		return int64(x[4]) < int64(y[4])
	}
	for i := len(x) - 2; i >= 0; i-- {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return false
}

// shiftedLeft returns x * 2^n for n below 64.
func (x Integer) shiftedLeft(n uint) Integer { return x.times(1 << n) }

// shiftedRight returns x / 2^n, rounded down, for n from 1 to 63.
func (x Integer) shiftedRight(n uint) Integer {
	sign := uint64(int64(x[4]) >> 63)
	for i := range x {
		above := sign
		if i+1 < len(x) {
			above = x[i+1]
		}
		x[i] = x[i]>>n | above<<(64-n)
	}
	return x
}
