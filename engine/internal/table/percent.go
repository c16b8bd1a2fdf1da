package table

import (
	"fmt"
	"math/bits"
	"strings"
)

// percentDecimals is the largest number of decimals of a Percent. More would not fit.
const percentDecimals = 15

// Percent is a percentage, from 0 to 100, times 10^percentDecimals.
type Percent uint64

const onePercent = Percent(1e15)

// ParsePercent returns the percentage that text is: digits, and maybe a point and more
// digits.
func ParsePercent(text string) (Percent, error) {
	whole, decimals, hasPoint := strings.Cut(text, ".")
	legal := len(whole) >= 1 && len(whole) <= 3 && hasPoint == (decimals != "") && len(decimals) <= percentDecimals
	p := Percent(0)
	if legal {
		for _, c := range []byte(whole + decimals + strings.Repeat("0", percentDecimals-len(decimals))) {
			legal = legal && '0' <= c && c <= '9'
			p = 10*p + Percent(c-'0')
		}
	}
	if !legal || p > 100*onePercent {
		return 0, fmt.Errorf("must be a number from 0 to 100 with at most %d decimals, got %q", percentDecimals, text)
	}
	return p, nil
}

// rank returns the rank of percentile p among count values in ascending order, at least
// one: the nearest rank, p/100*count rounded up, and at least 1.
func (p Percent) rank(count uint64) uint64 {
	const all = uint64(100 * onePercent)
	high, low := bits.Mul64(uint64(p), count)
	rank, rest := bits.Div64(high, low, all) // p <= all, so that high < all if count < all
	if rest > 0 {
		rank++
	}
	return max(rank, 1)
}
