package sketch

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/DataDog/sketches-go/ddsketch/mapping"
	"github.com/stretchr/testify/require"
)

// relativeErrors are those that tests try: the limits, and some between them.
var relativeErrors = []float64{0.00001, 0.001, 0.01, 0.02, 0.07, 0.1, 0.25, 0.5}

// randomNumber returns a number of the grammar, coefficient * 10^-decimals.
func randomNumber(r *rand.Rand) (coefficient int64, decimals int) {
	coefficient = r.Int64N(int64(powersOf10[1+r.IntN(18)]))
	if r.IntN(4) == 0 {
		coefficient = -coefficient
	}
	return coefficient, r.IntN(19)
}

// TestBucketsError checks that each number is in a bucket whose number is near to it, and
// that the order of codes is that of the numbers.
func TestBucketsError(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 1))
	for _, relative := range relativeErrors {
		b := NewBuckets(relative)
		var lastCode int64
		var last *big.Rat
		for i := range 5000 {
			coefficient, decimals := randomNumber(r)
			if i == 0 {
				coefficient, decimals = 1, 18 // the least number
			}
			code := b.Code(coefficient, decimals)
			exact := new(big.Rat).SetFrac(big.NewInt(coefficient), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
			if coefficient == 0 {
				require.Zero(t, code)
				require.Zero(t, b.Value(0))
				continue
			}
			require.Equal(t, exact.Sign() > 0, code > 0)
			value := b.Value(code)
			distance, _ := new(big.Rat).Quo(new(big.Rat).Sub(new(big.Rat).SetFloat64(value), exact), exact).Float64()
			require.LessOrEqual(t, math.Abs(distance), relative+1e-9, "%d e-%d: %v", coefficient, decimals, value)
			if last != nil && code != lastCode {
				require.Equal(t, exact.Cmp(last) > 0, code > lastCode)
			}
			last, lastCode = exact, code
		}
	}
}

// TestBucketsMapping compares the buckets with those of the library of DDSketch, which is
// not in the programs because it makes their start slower.
func TestBucketsMapping(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 2))
	for _, relative := range relativeErrors {
		b := NewBuckets(relative)
		m, err := mapping.NewLogarithmicMappingWithGamma(1+relative, 0)
		require.NoError(t, err)
		for range 5000 {
			coefficient, decimals := randomNumber(r)
			coefficient = max(coefficient, -coefficient, 1)
			v := float64(coefficient) / powersOf10[decimals]
			require.EqualValues(t, m.Index(v), b.index(v), v)
			require.InEpsilon(t, m.Value(m.Index(v)), b.Value(b.Code(coefficient, decimals)), relative)
		}
	}
}

// TestBucketsEqualNumbers checks that zeros at the end of a number do not matter.
func TestBucketsEqualNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 3))
	b := NewBuckets(0.00001)
	for range 20_000 {
		coefficient, decimals := randomNumber(r)
		code := b.Code(coefficient, decimals)
		for coefficient < 1e17 && -coefficient < 1e17 && decimals < 18 {
			coefficient, decimals = 10*coefficient, decimals+1
			require.Equal(t, code, b.Code(coefficient, decimals))
		}
	}
}

// TestBucketsValue checks that numbers have few digits. A number that is alone in its
// bucket is exact.
func TestBucketsValue(t *testing.T) {
	b := NewBuckets(0.01)
	for v := range int64(100) {
		require.Equal(t, float64(v), b.Value(b.Code(v, 0)))
		require.Equal(t, -float64(v)/10, b.Value(b.Code(-v, 1)))
	}
	for _, test := range []struct {
		coefficient int64
		decimals    int
		want        string
	}{
		{200, 0, "200"}, {201, 0, "200"}, {123456, 0, "1.24e+05"}, {-123456, 3, "-123"}, {999999, 0, "1e+06"}, {1, 18, "1e-18"},
		{999_999_999_999_999_999, 0, "1e+18"}, {999_999_999_999_999_999, 18, "1"},
	} {
		require.Equal(t, test.want, strconv.FormatFloat(b.Value(b.Code(test.coefficient, test.decimals)), 'g', 3, 64))
	}
	fine := NewBuckets(0.00001)
	require.Equal(t, 54321.0, fine.Value(fine.Code(54321, 0)))
}

func BenchmarkBucketsCode(b *testing.B) {
	buckets := NewBuckets(0.01)
	sum, v := int64(0), int64(0)
	for b.Loop() {
		v = (v + 7919) & (1<<20 - 1)
		sum += buckets.Code(v, 1)
	}
	require.NotZero(b, sum)
}

func BenchmarkBucketsValue(b *testing.B) {
	buckets := NewBuckets(0.01)
	sum, code := 0.0, int64(0)
	for b.Loop() {
		code = (code + 7919) & (1<<12 - 1)
		sum += buckets.Value(code)
	}
	require.NotZero(b, sum)
}
