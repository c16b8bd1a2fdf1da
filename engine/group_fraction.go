package engine

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// fraction is an exact number: a numerator divided by a positive divisor. Most
// numerators fit in 128 bits and most divisors in 64; the others are big.
type fraction struct {
	negative  bool
	high, low uint64 // the absolute value of the numerator
	divisor   uint64

	// If not nil, these replace high, low and divisor. The numerator is not
	// negative here either.
	bigNumerator, bigDivisor *big.Int
}

// shortestFraction returns the decimal that is the shortest text of v.
func shortestFraction(v float64) fraction {
	r, _ := new(big.Rat).SetString(strconv.FormatFloat(v, 'e', -1, 64))
	return fraction{negative: r.Sign() < 0, bigNumerator: new(big.Int).Abs(r.Num()), bigDivisor: r.Denom()}
}

// exactBits is the number of bits of integers that a float64 can hold, all of them.
const exactBits = 53

// float64 returns the float64 nearest to f, ties to even.
func (f *fraction) float64() float64 {
	switch {
	case f.bigNumerator != nil:
		return f.sign(divideBig(f.bigNumerator, f.bigDivisor))
	case f.high == 0 && f.low>>exactBits == 0 && f.divisor>>exactBits == 0:
		return f.sign(float64(f.low) / float64(f.divisor)) // one rounding, that of the division
	}
	return f.sign(divide128(f.high, f.low, f.divisor))
}

// sqrt returns the float64 nearest to the square root of f, which is not negative,
// ties to even.
func (f *fraction) sqrt() float64 {
	if f.bigNumerator != nil {
		return sqrtBig(f.bigNumerator, f.bigDivisor)
	}
	return sqrt128(f.high, f.low, f.divisor)
}

// sign returns v, which is not negative, with the sign of f. It never returns -0.
func (f *fraction) sign(v float64) float64 {
	if f.negative && v != 0 {
		return -v
	}
	return v
}

// appendRounded appends f with the given number of decimals, ties to even.
func (f *fraction) appendRounded(b []byte, decimals int) []byte {
	if f.bigNumerator == nil && decimals < len(powersOf10) {
		carry, low := bits.Mul64(f.low, powersOf10[decimals])
		overflow, high := bits.Mul64(f.high, powersOf10[decimals])
		high, more := bits.Add64(high, carry, 0)
		if overflow == 0 && more == 0 && high < f.divisor {
			quotient, rest := bits.Div64(high, low, f.divisor)
			up := rest > f.divisor-rest || rest == f.divisor-rest && quotient&1 == 1
			if !up || quotient < math.MaxUint64 {
				if up {
					quotient++
				}
				var digits [20]byte
				return appendScaled(b, f.negative, strconv.AppendUint(digits[:0], quotient, 10), decimals)
			}
		}
	}
	numerator, divisor := f.big()
	numerator.Mul(numerator, bigPower(decimals))
	quotient, rest := numerator.QuoRem(numerator, divisor, new(big.Int))
	if half := rest.Lsh(rest, 1).Cmp(divisor); half > 0 || half == 0 && quotient.Bit(0) == 1 {
		quotient.Add(quotient, big.NewInt(1))
	}
	return appendScaled(b, f.negative, quotient.Append(nil, 10), decimals)
}

// appendSqrtRounded appends the square root of f, which is not negative, with the
// given number of decimals, ties to even.
func (f *fraction) appendSqrtRounded(b []byte, decimals int) []byte {
	numerator, divisor := f.big()
	numerator.Mul(numerator, bigPower(2*decimals))
	root := new(big.Int).Quo(numerator, divisor)
	root.Sqrt(root)
	// Let f*10^(2*decimals) = n/d. The root is rounded up if sqrt(n/d) > root + 1/2,
	// which means 4*n > (2*root+1)^2 * d.
	middle := new(big.Int).Lsh(root, 1)
	middle.Add(middle, big.NewInt(1))
	middle.Mul(middle, middle).Mul(middle, divisor)
	if half := numerator.Lsh(numerator, 2).Cmp(middle); half > 0 || half == 0 && root.Bit(0) == 1 {
		root.Add(root, big.NewInt(1))
	}
	return appendScaled(b, false, root.Append(nil, 10), decimals)
}

// big returns new integers: the absolute value of the numerator, and the divisor.
func (f *fraction) big() (numerator, divisor *big.Int) {
	if f.bigNumerator != nil {
		return new(big.Int).Set(f.bigNumerator), new(big.Int).Set(f.bigDivisor)
	}
	return bigFromWords(f.low, f.high), new(big.Int).SetUint64(f.divisor)
}

// divide128 returns the float64 nearest to (high:low)/divisor, ties to even.
func divide128(high, low, divisor uint64) float64 {
	if high|low == 0 {
		return 0
	}
	// Shift the divisor to bit 63 and the numerator to bit 126 of top:middle, so
	// that the quotient has 63 or 64 bits.
	up := bits.LeadingZeros64(divisor)
	top, middle, bottom, shift := normalize(high, low, 1)
	quotient, rest := bits.Div64(top, middle, divisor<<up)
	return roundOdd(quotient, rest|bottom != 0, up-(shift-64))
}

// sqrt128 returns the float64 nearest to the square root of (high:low)/divisor, ties
// to even.
func sqrt128(high, low, divisor uint64) float64 {
	if high|low == 0 {
		return 0
	}
	// As in divide128, but all three words are divided. The quotient has 126 or 127
	// bits, and the number of places by which it is shifted is even.
	up := bits.LeadingZeros64(divisor)
	top, middle, bottom, shift := normalize(high, low, 2)
	if (shift-up)%2 != 0 {
		top, middle, bottom, shift = normalize(high, low, 3)
	}
	q1, rest := bits.Div64(top, middle, divisor<<up)
	q0, rest := bits.Div64(rest, bottom, divisor<<up)
	root, exact := root128(q1, q0)
	return roundOdd(root, rest != 0 || !exact, (up-shift)/2)
}

// normalize returns (high:low) * 2^shift, which is not zero, as three words that
// begin with zeros zero bits. zeros is from 1 to 63.
func normalize(high, low uint64, zeros int) (top, middle, bottom uint64, shift int) {
	if high == 0 {
		high, low, shift = low, 0, 64
	}
	leading := bits.LeadingZeros64(high)
	high, low = high<<leading|low>>(64-leading), low<<leading
	return high >> zeros, high<<(64-zeros) | low>>zeros, low << (64 - zeros), shift + leading + 64 - zeros
}

// root128 returns the square root of q1:q0, rounded down, and whether it is exact.
// q1:q0 is from 2^125 to 2^127.
func root128(q1, q0 uint64) (root uint64, exact bool) {
	root = uint64(math.Sqrt(float64(q1)*(1<<64) + float64(q0))) // wrong by less than 2^13
	quotient, _ := bits.Div64(q1, q0, root)                     // q1 < 2^63 * root / 2^62
	root = root/2 + quotient/2                                  // Newton's iteration: wrong by less than 3
	for {
		high, low := bits.Mul64(root, root)
		if less(q1, q0, high, low) {
			root--
			continue
		}
		nextHigh, nextLow := bits.Mul64(root+1, root+1)
		if less(q1, q0, nextHigh, nextLow) {
			return root, high == q1 && low == q0
		}
		root++
	}
}

// less reports whether a1:a0 is less than b1:b0.
func less(a1, a0, b1, b0 uint64) bool { return a1 < b1 || a1 == b1 && a0 < b0 }

// roundOdd returns the float64 nearest to v * 2^exponent, ties to even. v has at
// least 62 bits. More means that it is the number without a part between 0 and 1.
// That part decides only whether v is in the middle of two float64s, so that any odd
// bit below these stands for it.
func roundOdd(v uint64, more bool, exponent int) float64 {
	if more {
		v |= 1
	}
	return math.Ldexp(float64(v), exponent)
}

// divideBig is divide128 for large numbers.
func divideBig(numerator, divisor *big.Int) float64 {
	if numerator.Sign() == 0 {
		return 0
	}
	shift := 64 - (numerator.BitLen() - divisor.BitLen())
	quotient, more := shiftQuotient(numerator, divisor, shift) // of 64 or 65 bits
	return roundBig(quotient, more, -shift)
}

// sqrtBig is sqrt128 for large numbers.
func sqrtBig(numerator, divisor *big.Int) float64 {
	if numerator.Sign() == 0 {
		return 0
	}
	shift := (128 - (numerator.BitLen() - divisor.BitLen())) &^ 1
	quotient, more := shiftQuotient(numerator, divisor, shift) // of 127 to 129 bits
	root := new(big.Int).Sqrt(quotient)
	more = more || new(big.Int).Mul(root, root).Cmp(quotient) != 0
	return roundBig(root, more, -shift/2)
}

// shiftQuotient returns numerator * 2^shift / divisor, rounded down, and whether
// there is a rest.
func shiftQuotient(numerator, divisor *big.Int, shift int) (quotient *big.Int, more bool) {
	n, d := new(big.Int), new(big.Int)
	if shift >= 0 {
		n.Lsh(numerator, uint(shift))
		d.Set(divisor)
	} else {
		n.Set(numerator)
		d.Lsh(divisor, uint(-shift))
	}
	quotient, rest := n.QuoRem(n, d, new(big.Int))
	return quotient, rest.Sign() != 0
}

// roundBig is roundOdd for v of 64 or 65 bits.
func roundBig(v *big.Int, more bool, exponent int) float64 {
	more = more || v.Bit(0) == 1 || v.Bit(1) == 1
	return roundOdd(new(big.Int).Rsh(v, 2).Uint64(), more, exponent+2)
}

// bigFromWords returns the unsigned integer with the given words, the lowest first.
func bigFromWords(words ...uint64) *big.Int {
	v, word := new(big.Int), new(big.Int)
	for i := len(words) - 1; i >= 0; i-- {
		v.Lsh(v, 64).Or(v, word.SetUint64(words[i]))
	}
	return v
}

// powersOf10 are those that fit in a uint64.
var powersOf10 = func() (powers [20]uint64) {
	for i, power := 0, uint64(1); i < len(powers); i, power = i+1, power*10 {
		powers[i] = power
	}
	return powers
}()

// bigPower returns a new integer, 10^n.
func bigPower(n int) *big.Int {
	if n < len(powersOf10) {
		return new(big.Int).SetUint64(powersOf10[n])
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// appendScaled appends the integer with the given digits, divided by 10^decimals, as
// a decimal. It never appends -0.
func appendScaled(b []byte, negative bool, digits []byte, decimals int) []byte {
	if negative && !(len(digits) == 1 && digits[0] == '0') {
		b = append(b, '-')
	}
	if decimals == 0 {
		return append(b, digits...)
	}
	whole := len(digits) - decimals
	if whole > 0 {
		b = append(b, digits[:whole]...)
		return append(append(b, '.'), digits[whole:]...)
	}
	b = append(b, "0."...)
	for range -whole {
		b = append(b, '0')
	}
	return append(b, digits...)
}
