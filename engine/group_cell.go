package engine

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"

	"onebrc/engine/internal/percent"
)

// Cell is the result of an aggregate for a group. The zero Cell is not valid.
type Cell struct {
	group     Group
	aggregate int
}

// Missing reports whether there is no result: the group has no values, or fewer than
// two for FuncVar and FuncStddev. FuncCount and FuncDistinct are never missing.
func (c Cell) Missing() bool {
	switch c.function() {
	case FuncCount, FuncDistinct:
		return false
	case FuncVar, FuncStddev:
		return c.count() < 2
	}
	return c.count() == 0
}

// Exact reports whether the text of the Cell is the exact result. It is not for FuncMean,
// FuncVar, FuncStddev, percentiles with [Query.Interpolate], and percentiles and
// FuncDistinct with [Query.Approx].
func (c Cell) Exact() bool {
	switch c.function() {
	case FuncMean, FuncVar, FuncStddev:
		return false
	}
	return !c.output().interpolate && !c.output().approx
}

// isDecimal reports whether the text of the Cell has the decimals of the column, or is an
// integer or a text.
func (c Cell) isDecimal() bool { return c.Exact() || c.function() == FuncDistinct }

// IsText reports whether the result is a text, and not a number.
func (c Cell) IsText() bool { return c.function().IsText() }

// Float64 returns the float64 nearest to the exact result, or NaN if it is missing or a
// text.
func (c Cell) Float64() float64 {
	if c.Missing() || c.IsText() {
		return math.NaN()
	}
	if buckets := c.output().buckets; buckets != nil {
		return buckets.Value(c.code())
	}
	f := c.fraction()
	if c.function() == FuncStddev {
		return f.sqrt()
	}
	return f.float64()
}

// AppendText appends the result to b. It appends nothing if the result is missing.
//
// FuncCount and FuncDistinct are integers. FuncSum, FuncMin, FuncMax and percentiles are
// decimals with as many digits after the point as the value of the column that has most of
// them, in any group. Texts are contents of the column. The others, and percentiles with
// [Query.Interpolate] or [Query.Approx], are the shortest decimal that is nearer to Float64 than to any
// other float64, with an exponent, as in JSON, if the number is below 1e-6 or at least
// 1e21.
func (c Cell) AppendText(b []byte) []byte {
	switch {
	case c.Missing():
		return b
	case c.isDecimal():
		return c.appendExact(b)
	}
	return appendFloat(b, c.Float64())
}

// AppendDecimals appends the exact result to b, rounded to the given number of decimals,
// which must not be negative. Ties are rounded to even. A result that is Exact, and
// FuncDistinct, is appended as AppendText does.
func (c Cell) AppendDecimals(b []byte, decimals int) []byte {
	switch {
	case c.Missing():
		return b
	case c.isDecimal():
		return c.appendExact(b)
	}
	f := c.fraction()
	if c.function() == FuncStddev {
		return f.appendSqrtRounded(b, decimals)
	}
	return f.appendRounded(b, decimals)
}

// String returns what AppendText appends.
func (c Cell) String() string { return string(c.AppendText(nil)) }

// appendFloat appends the shortest text of v, which is finite, as package
// encoding/json does.
func appendFloat(b []byte, v float64) []byte {
	abs := math.Abs(v)
	if abs == 0 || abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	}
	b = strconv.AppendFloat(b, v, 'e', -1, 64)
	if n := len(b); b[n-4] == 'e' && b[n-2] == '0' { // e-09 becomes e-9
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b
}

// appendExact appends a result that is an integer divided by a power of 10.
func (c Cell) appendExact(b []byte) []byte {
	if c.IsText() {
		return append(b, c.text()...)
	}
	v := c.integer()
	scale := 0
	if f := c.function(); f != FuncCount && f != FuncDistinct {
		scale = c.number().scale
	}
	var digits [40]byte
	return appendScaled(b, v.negative(), v.appendDigits(digits[:0]), scale)
}

// fraction returns the exact result, or the square of that of FuncStddev. The result
// must not be missing.
func (c Cell) fraction() fraction {
	switch c.function() {
	case FuncCount, FuncDistinct:
		return c.integer().over(1, 0)
	case FuncMean:
		return c.integer().over(uint64(c.count()), c.number().scale)
	case FuncVar, FuncStddev:
		return c.variance()
	}
	switch o := c.output(); {
	case o.interpolate:
		return c.interpolated()
	case o.buckets != nil:
		return shortestFraction(o.buckets.Value(c.code()))
	}
	return c.integer().over(1, c.number().scale)
}

// code returns the code of the bucket of an approximate percentile.
func (c Cell) code() int64 { return int64(c.words(0).low) }

// interpolated returns the percentile between two values, low + rest * (high - low).
func (c Cell) interpolated() fraction {
	scale := c.number().scale
	low, high := c.words(0), c.words(2)
	_, rest := c.output().percent.Between(uint64(c.count()))
	if rest == 0 || low == high {
		return low.over(1, scale)
	}
	one := big.NewInt(int64(percent.All))
	numerator := high.toBig()
	numerator.Sub(numerator, low.toBig()).Mul(numerator, new(big.Int).SetUint64(rest))
	first := low.toBig()
	numerator.Add(numerator, first.Mul(first, one))
	f := fraction{negative: numerator.Sign() < 0, bigNumerator: numerator, bigDivisor: one.Mul(one, bigPower(scale))}
	numerator.Abs(numerator)
	return f
}

// place returns where the words of the result are in the record.
func (c Cell) place() int { return c.group.groups.places[c.aggregate] }

// words returns the integer in two of the words of the result.
func (c Cell) words(i int) integer { return c.long(c.place()+i, nil) }

// text returns a result that is a text.
func (c Cell) text() []byte {
	g := c.group.groups
	return c.group.name(g.Keys + g.texts[c.aggregate])
}

func (c Cell) output() *output { return &c.group.groups.outputs[c.aggregate] }

func (c Cell) function() Func { return c.output().function }

// number returns where the column of numbers is, which the aggregate must have.
func (c Cell) number() numberWords { return c.group.groups.numbers[c.output().index] }

// count returns the number of values, or of rows if there is no column. For FuncDistinct it
// is that of different values, and for a text 0 if it is missing.
func (c Cell) count() int64 {
	o, record := c.output(), c.group.record()
	switch {
	case o.function.kind() == different || o.function.IsText():
		return int64(record[c.place()])
	case o.index < 0:
		return int64(record[0])
	case o.present:
		return int64(record[c.group.groups.present+o.index])
	}
	return int64(record[c.number().count])
}

// integer returns the result of a Func that is an integer or a decimal. FuncMean has its
// sum.
func (c Cell) integer() integer {
	switch c.function() {
	case FuncCount, FuncDistinct:
		return integerOf(c.count())
	case FuncMin:
		if wide := c.wide().min; wide != nil {
			return integer{big: wide}
		}
		return integerOf(int64(c.group.record()[c.number().min]))
	case FuncMax:
		if wide := c.wide().max; wide != nil {
			return integer{big: wide}
		}
		return integerOf(int64(c.group.record()[c.number().max]))
	}
	if c.function().kind() == percentile {
		return c.words(0)
	}
	return c.sum()
}

// sum returns the sum of the values.
func (c Cell) sum() integer { return c.long(c.number().sum, c.wide().sum) }

// squares returns the sum of the squares of the values.
func (c Cell) squares() integer { return c.long(c.number().squares, c.wide().squares) }

// long returns wide, or if that is nil the two words at a place of the record.
func (c Cell) long(at int, wide *big.Int) integer {
	record := c.group.record()
	return integer{low: record[at], high: record[at+1], big: wide}
}

func (c Cell) wide() wideStatistics { return c.group.wide(c.output().index) }

// variance returns the sample variance. With n values, their sum s and the sum q of
// their squares, it is (n*q - s*s) / (n*(n-1)).
func (c Cell) variance() fraction {
	n, scale := uint64(c.count()), c.number().scale
	s, q := c.sum(), c.squares()
	if f, ok := variance128(n, s, q, scale); ok {
		return f
	}
	count := new(big.Int).SetUint64(n)
	numerator := q.toBig()
	numerator.Mul(numerator, count)
	square := s.toBig()
	numerator.Sub(numerator, square.Mul(square, square))
	divisor := new(big.Int).Sub(count, big.NewInt(1))
	divisor.Mul(divisor, count).Mul(divisor, bigPower(2*scale))
	return fraction{bigNumerator: numerator, bigDivisor: divisor}
}

// variance128 returns the variance if its parts fit in the words of a fraction.
func variance128(n uint64, s, q integer, scale int) (fraction, bool) {
	if s.big != nil || q.big != nil || 2*scale >= len(powersOf10) {
		return fraction{}, false
	}
	sHigh, sLow := s.abs()
	over, pairs := bits.Mul64(n, n-1)
	more, divisor := bits.Mul64(pairs, powersOf10[2*scale])
	carry, low := bits.Mul64(q.low, n)
	up, high := bits.Mul64(q.high, n)
	high, carry = bits.Add64(high, carry, 0)
	if sHigh|over|more|up|carry != 0 {
		return fraction{}, false
	}
	squareHigh, squareLow := bits.Mul64(sLow, sLow)
	low, borrow := bits.Sub64(low, squareLow, 0)
	high, _ = bits.Sub64(high, squareHigh, borrow) // q*n >= s*s
	return fraction{high: high, low: low, divisor: divisor}, true
}
