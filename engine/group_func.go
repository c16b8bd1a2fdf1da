package engine

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"onebrc/engine/internal/group"
)

// kind says what of the values of a column a Func needs, and what its result is.
type kind uint8

const (
	counted    kind = iota // how many there are: an integer
	moments                // their sum and the like: a number
	percentile             // each number and how often it occurs: one of them
	different              // each content: an integer
	common                 // each content and how often it occurs: one of them
	first                  // the first content
	last                   // the last content
)

// kind returns the kind of a Func that passes Check.
func (f Func) kind() kind {
	switch f {
	case FuncCount:
		return counted
	case FuncSum, FuncMin, FuncMax, FuncMean, FuncVar, FuncStddev:
		return moments
	case FuncDistinct:
		return different
	case FuncMode:
		return common
	case FuncFirst, FuncAny:
		return first
	case FuncLast:
		return last
	}
	return percentile
}

// hasValues reports whether the values are counted one by one.
func (k kind) hasValues() bool { return k >= percentile }

// place returns which contents of a group matter.
func (k kind) place() group.Place {
	switch k {
	case first:
		return group.First
	case last:
		return group.Last
	}
	return group.Everywhere
}

// isText reports whether the result is a text.
func (k kind) isText() bool { return k >= common }

// IsText reports whether results of f are texts, not numbers.
func (f Func) IsText() bool { return f.kind().isText() }

// Check returns the *[QueryError] of a Func that is not one of Funcs nor a percentile.
func (f Func) Check() error {
	if slices.Contains(Funcs(), f) {
		return nil
	}
	number, isP := strings.CutPrefix(string(f), "p")
	if !isP || number == "" || strings.Trim(number, "0123456789.") != "" {
		return &QueryError{fmt.Sprintf("unknown function %q; there are: %s, and percentiles such as p99.9", f, joined(Funcs()))}
	}
	if _, ok := f.percent(); !ok {
		return &QueryError{fmt.Sprintf("%q is no percentile; there are p0 to p100, with at most %d decimals", f, percentDecimals)}
	}
	return nil
}

const (
	// percentDecimals is the number of decimals of a percentile. More would not fit.
	percentDecimals = 15
	// percentOne is 100 % as a percent.
	percentOne = 100 * 1e15
)

// percent is a percentage times 10^percentDecimals.
type percent uint64

// percent returns the percentage of a percentile.
func (f Func) percent() (percent, bool) {
	if f == FuncMedian {
		return percentOne / 2, true
	}
	whole, fraction, hasPoint := strings.Cut(strings.TrimPrefix(string(f), "p"), ".")
	if whole == "" || hasPoint && fraction == "" || len(fraction) > percentDecimals || len(whole) > 3 {
		return 0, false
	}
	p := percent(0)
	for _, c := range whole + fraction + strings.Repeat("0", percentDecimals-len(fraction)) {
		if c < '0' || c > '9' {
			return 0, false
		}
		p = p*10 + percent(c-'0')
	}
	return p, p <= percentOne
}

// of returns p percent of n, rounded down, and how much was lost, as a part of
// percentOne. n is not negative.
func (p percent) of(n int64) (quotient int64, rest uint64) {
	high, low := bits.Mul64(uint64(p), uint64(n))
	q, r := bits.Div64(high, low, percentOne) // p <= percentOne, so that high < percentOne
	return int64(q), r
}

// rank returns the rank, from 1, of the percentile of n values, at least one. With
// interpolation, rest is how far it is from there to the next rank, as a part of
// percentOne.
func (p percent) rank(n int64, interpolate bool) (rank int64, rest uint64) {
	if interpolate {
		rank, rest = p.of(n - 1)
		return rank + 1, rest
	}
	rank, rest = p.of(n)
	if rest > 0 {
		rank++
	}
	return max(rank, 1), 0
}
