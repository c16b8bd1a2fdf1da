package engine

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// halfUnit is half a unit of the last of the given decimals.
func halfUnit(decimals int) *big.Rat {
	return new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Mul(big.NewInt(2), bigPower(decimals)))
}

// requireNearest requires that got is nearer to the exact number than the floats next
// to it, or as near and even. compare compares a number to the exact one.
func requireNearest(t *testing.T, got float64, compare func(*big.Rat) int, args ...any) {
	t.Helper()
	require.False(t, math.IsNaN(got) || math.IsInf(got, 0) || got == 0 && math.Signbit(got), args...)
	even := math.Float64bits(got)&1 == 0
	middle := func(to float64) *big.Rat {
		next := math.Nextafter(got, to)
		sum := new(big.Rat).Add(new(big.Rat).SetFloat64(got), new(big.Rat).SetFloat64(next))
		return sum.Mul(sum, big.NewRat(1, 2))
	}
	below, above := compare(middle(math.Inf(-1))), compare(middle(math.Inf(1)))
	require.True(t, below < 0 || below == 0 && even, args...)
	require.True(t, above > 0 || above == 0 && even, args...)
}

// requireRounded requires that text has the given number of decimals and is the exact
// number rounded to them, ties to even.
func requireRounded(t *testing.T, text string, decimals int, compare func(*big.Rat) int) {
	t.Helper()
	v, ok := new(big.Rat).SetString(text)
	require.True(t, ok, text)
	whole, fraction, found := strings.Cut(text, ".")
	require.Equal(t, decimals > 0, found, text)
	require.Len(t, fraction, decimals, text)
	require.False(t, v.Sign() == 0 && text[0] == '-', text)
	require.True(t, len(strings.TrimPrefix(whole, "-")) == 1 || strings.TrimPrefix(whole, "-")[0] != '0', text)
	even := (text[len(text)-1]-'0')%2 == 0
	half := halfUnit(decimals)
	below, above := compare(new(big.Rat).Sub(v, half)), compare(new(big.Rat).Add(v, half))
	require.True(t, below < 0 || below == 0 && even, "%s is too large", text)
	require.True(t, above > 0 || above == 0 && even, "%s is too small", text)
}

// requireFraction tests all that a fraction can do, in words if it has words, and with
// big numbers.
func requireFraction(t *testing.T, f fraction, decimals int) {
	t.Helper()
	numerator, divisor := f.big()
	signed := new(big.Int).Set(numerator)
	if f.negative {
		signed.Neg(signed)
	}
	exact := new(big.Rat).SetFrac(signed, divisor)
	compare := func(r *big.Rat) int { return r.Cmp(exact) }
	compareRoot := func(r *big.Rat) int {
		if r.Sign() < 0 {
			return -1
		}
		return new(big.Rat).Mul(r, r).Cmp(exact)
	}
	large := fraction{negative: f.negative, bigNumerator: numerator, bigDivisor: divisor}
	for _, f := range []fraction{f, large} {
		v := f.float64()
		requireNearest(t, v, compare, "%s", exact)
		want, _ := exact.Float64()
		require.Equal(t, want, v)
		requireRounded(t, string(f.appendRounded(nil, decimals)), decimals, compare)
		if f.negative {
			continue
		}
		requireNearest(t, f.sqrt(), compareRoot, "square root of %s", exact)
		requireRounded(t, string(f.appendSqrtRounded(nil, decimals)), decimals, compareRoot)
	}
}

// randomWord returns a number of up to bits bits, often with few ones or few zeros.
func randomWord(r *rand.Rand, bits int) uint64 {
	v := r.Uint64() >> (64 - 1 - r.IntN(bits))
	switch r.IntN(4) {
	case 0:
		v &= r.Uint64() & r.Uint64()
	case 1:
		v |= (r.Uint64() | r.Uint64()) >> (64 - bits)
	}
	return v
}

// fractionOf returns the fraction n/d, in words if they fit.
func fractionOf(n, d *big.Int) fraction {
	abs := new(big.Int).Abs(n)
	if abs.BitLen() > 128 || d.BitLen() > 64 {
		return fraction{negative: n.Sign() < 0, bigNumerator: abs, bigDivisor: d}
	}
	high := new(big.Int).Rsh(abs, 64).Uint64()
	return fraction{
		negative: n.Sign() < 0, high: high, low: abs.Sub(abs, new(big.Int).Lsh(new(big.Int).SetUint64(high), 64)).Uint64(),
		divisor: d.Uint64(),
	}
}

// TestFraction tests random fractions of all sizes.
func TestFraction(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5_000 {
		f := fraction{low: randomWord(r, 64), divisor: max(randomWord(r, 64), 1)}
		if r.IntN(2) == 0 {
			f.high = randomWord(r, 64)
		}
		f.negative = r.IntN(2) == 0 && f.high|f.low != 0
		requireFraction(t, f, r.IntN(25))
	}
	for _, high := range []uint64{0, 1, 1 << 63, math.MaxUint64} {
		for _, low := range []uint64{0, 1, 1 << 53, 1<<53 - 1, 1 << 63, math.MaxUint64} {
			for _, divisor := range []uint64{1, 2, 3, 1<<53 - 1, 1 << 53, 1<<53 + 1, 1 << 63, 1<<63 + 1, math.MaxUint64} {
				requireFraction(t, fraction{high: high, low: low, divisor: divisor}, 3)
			}
		}
	}
}

// TestFractionMiddle tests fractions that lie in the middle of two float64s or next
// to it, and their square roots.
func TestFractionMiddle(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 1_500 {
		middle := new(big.Int).SetUint64(r.Uint64()>>10 | 1<<53 | 1) // 54 bits, the last of which is set
		divisor := new(big.Int).SetUint64(max(randomWord(r, 70-54), 1))
		divisor.Lsh(divisor, uint(r.IntN(40)))
		for _, root := range []bool{false, true} {
			n := new(big.Int).Set(middle)
			if root {
				n.Mul(n, n)
			}
			n.Mul(n, divisor)
			n.Lsh(n, uint(2*r.IntN(10)))
			for delta := int64(-1); delta <= 1; delta++ {
				d := new(big.Int).Set(divisor)
				if r.IntN(2) == 0 {
					d = new(big.Int).Lsh(big.NewInt(1), uint(2*r.IntN(32))) // of another exponent
				}
				requireFraction(t, fractionOf(new(big.Int).Add(n, big.NewInt(delta)), d), r.IntN(4))
				requireFraction(t, fractionOf(new(big.Int).Add(n, big.NewInt(delta)), divisor), r.IntN(4))
			}
		}
	}
}

// TestFractionDecimals tests decimals that end in 5, and numbers next to them.
func TestFractionDecimals(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 1_500 {
		decimals := r.IntN(20)
		unit := new(big.Int).Mul(big.NewInt(2), bigPower(decimals)) // of which an odd number is a tie
		odd := new(big.Int).SetUint64(randomWord(r, 60) | 1)
		for _, root := range []bool{false, true} {
			factor := new(big.Int).SetUint64(max(randomWord(r, 20), 1))
			n, d := new(big.Int).Set(odd), new(big.Int).Set(unit)
			if root {
				n.Mul(n, n)
				d.Mul(d, d)
			}
			n.Mul(n, factor)
			d.Mul(d, factor)
			for delta := int64(-1); delta <= 1; delta++ {
				m := new(big.Int).Add(n, big.NewInt(delta))
				requireFraction(t, fractionOf(m, d), decimals)
				requireFraction(t, fractionOf(new(big.Int).Neg(m), d), decimals)
			}
		}
	}
	text := func(n, d int64, decimals int) string {
		f := fractionOf(big.NewInt(n), big.NewInt(d))
		return string(f.appendRounded(nil, decimals))
	}
	require.Equal(t, "0", text(1, 2, 0))
	require.Equal(t, "2", text(3, 2, 0))
	require.Equal(t, "-2", text(-5, 2, 0))
	require.Equal(t, "0.0", text(-1, 20, 1))
	require.Equal(t, "-0.1", text(-11, 200, 1))
	require.Equal(t, "12.34", text(12345, 1000, 2))
	require.Equal(t, "0.125000000000000000000000000000", text(1, 8, 30))
}
