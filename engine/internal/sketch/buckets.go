// Package sketch has what is counted instead of values, so that few codes stand for many
// values: buckets of numbers, for percentiles, and registers of contents, for how many
// different ones there are. Which codes there are does not depend on the order of the
// values, and neither do the results.
package sketch

import (
	"math"
	"strconv"
)

// Buckets are ranges of numbers. The bounds of a bucket of positive numbers are b and
// (1+error)*b; those of negative numbers mirror them, and 0 is a bucket of its own. It is
// the logarithmic mapping of DDSketch (Masson, Rim and Lee, VLDB 2019).
type Buckets struct {
	perUnit float64 // how many there are for each unit of the natural logarithm
	first   float64 // the index of a bucket below all numbers: see Code
}

// least is below all positive numbers, which have at most 18 decimals.
const least = 0.5e-18

// NewBuckets returns buckets in which numbers differ by a relative error of at most one.
func NewBuckets(relativeError float64) *Buckets {
	b := &Buckets{perUnit: 1 / math.Log(1+relativeError)}
	b.first = b.index(least)
	return b
}

// index returns the index of the bucket of a positive number.
func (b *Buckets) index(v float64) float64 { return math.Floor(math.Log(v) * b.perUnit) }

// exactFloats is how many integers from 0 on are float64s.
const exactFloats = 1 << 53

// powersOf10 are those of decimals, all of which are float64s.
var powersOf10 = func() (powers [19]float64) {
	for i, power := 0, 1.0; i < len(powers); i, power = i+1, power*10 {
		powers[i] = power
	}
	return powers
}()

// Code returns the code of the bucket of coefficient * 10^-decimals. A larger number has no
// smaller code, and equal numbers have the same. decimals is at most 18.
func (b *Buckets) Code(coefficient int64, decimals int) int64 {
	u, sign := uint64(coefficient), int64(1)
	switch {
	case coefficient == 0:
		return 0
	case coefficient < 0:
		u, sign = -u, -1
	}
	for u >= exactFloats && decimals > 0 && u%10 == 0 {
		u, decimals = u/10, decimals-1 // an equal number would be rounded in another way
	}
	return sign * int64(b.index(float64(u)/powersOf10[decimals])-b.first)
}

// maxDigits is enough to tell a float64 from all others.
const maxDigits = 17

// Value returns the number with the fewest significant digits in the bucket of a code, or
// of several such numbers the one nearest to the middle.
func (b *Buckets) Value(code int64) float64 {
	switch {
	case code == 0:
		return 0
	case code < 0:
		return -b.Value(-code)
	}
	index := b.first + float64(code)
	middle := (math.Exp(index/b.perUnit) + math.Exp((index+1)/b.perUnit)) / 2
	var text [32]byte
	for digits := 1; digits < maxDigits; digits++ {
		v, err := strconv.ParseFloat(string(strconv.AppendFloat(text[:0], middle, 'e', digits-1, 64)), 64)
		if err == nil && b.index(v) == index {
			return v
		}
	}
	return middle
}
