// Package percent has percentages as they are written, and the ranks of percentiles.
package percent

import (
	"fmt"
	"math/bits"
	"strings"
)

const (
	// Decimals is the largest number of decimals of a Percent. More would not fit.
	Decimals = 15
	// One is 1 %, and All 100 %.
	One = Percent(1e15)
	All = 100 * One
)

// Percent is a percentage, from 0 to 100, times 10^Decimals.
type Percent uint64

// Parse returns the percentage that text is: digits, and maybe a point and more digits.
func Parse(text string) (Percent, error) {
	whole, decimals, hasPoint := strings.Cut(text, ".")
	legal := len(whole) >= 1 && len(whole) <= 3 && hasPoint == (decimals != "") && len(decimals) <= Decimals
	p := Percent(0)
	if legal {
		for _, c := range []byte(whole + decimals + strings.Repeat("0", Decimals-len(decimals))) {
			legal = legal && '0' <= c && c <= '9'
			p = 10*p + Percent(c-'0')
		}
	}
	if !legal || p > All {
		return 0, fmt.Errorf("must be a number from 0 to 100 with at most %d decimals, got %q", Decimals, text)
	}
	return p, nil
}

// of returns p percent of count, rounded down, and how much was lost, as a part of All.
// count is less than 2^63.
func (p Percent) of(count uint64) (quotient, rest uint64) {
	high, low := bits.Mul64(uint64(p), count)
	return bits.Div64(high, low, uint64(All)) // p <= All, so that high < All
}

// Rank returns the rank, from 1, of percentile p of count values in ascending order, at
// least one: the nearest rank, p/100*count rounded up, and at least 1.
func (p Percent) Rank(count uint64) uint64 {
	rank, rest := p.of(count)
	if rest > 0 {
		rank++
	}
	return max(rank, 1)
}

// Between returns where percentile p of count values in ascending order, at least one, is
// if it is linear between values: at rank, from 1, or rest after it on the way to the
// next rank, as a part of All. That is at 1 + p/100*(count-1).
func (p Percent) Between(count uint64) (rank, rest uint64) {
	rank, rest = p.of(count - 1)
	return rank + 1, rest
}
