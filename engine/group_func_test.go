package engine

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFuncCheck(t *testing.T) {
	for _, f := range append(Funcs(), "p0", "p100", "p99.9", "p050", "p50.0", "p0.000000000000001", "p100.000000000000000") {
		require.NoError(t, f.Check(), f)
	}
	for f, want := range map[Func]string{
		"":                    `unknown function ""; there are: count, sum, min, max, mean, var, stddev, median, distinct, mode, first, last, any, and percentiles such as p99.9`,
		"p":                   `unknown function "p"; there are: count, sum, min, max, mean, var, stddev, median, distinct, mode, first, last, any, and percentiles such as p99.9`,
		"p1e2":                `unknown function "p1e2"; there are: count, sum, min, max, mean, var, stddev, median, distinct, mode, first, last, any, and percentiles such as p99.9`,
		"p-1":                 `unknown function "p-1"; there are: count, sum, min, max, mean, var, stddev, median, distinct, mode, first, last, any, and percentiles such as p99.9`,
		"p101":                `"p101" is no percentile; there are p0 to p100, with at most 15 decimals`,
		"p100.1":              `"p100.1" is no percentile; there are p0 to p100, with at most 15 decimals`,
		"p9999999999999999":   `"p9999999999999999" is no percentile; there are p0 to p100, with at most 15 decimals`,
		"p1.":                 `"p1." is no percentile; there are p0 to p100, with at most 15 decimals`,
		"p.5":                 `"p.5" is no percentile; there are p0 to p100, with at most 15 decimals`,
		"p1.2.3":              `"p1.2.3" is no percentile; there are p0 to p100, with at most 15 decimals`,
		"p1.0000000000000001": `"p1.0000000000000001" is no percentile; there are p0 to p100, with at most 15 decimals`,
	} {
		var wrong *QueryError
		require.ErrorAs(t, f.Check(), &wrong)
		require.EqualError(t, wrong, want)
	}
	var many []Aggregation
	for i := range 256 {
		many = append(many, Aggregation{Func: FuncMode, Of: &Column{Position: i + 1}}, Aggregation{Func: FuncDistinct, Of: &Column{Position: i + 1}})
	}
	require.NoError(t, Query{Aggregates: many[:510]}.Check())
	require.EqualError(t, Query{Aggregates: many}.Check(), "medians, percentiles, distinct, mode, first, last and any need 256 columns of values; at most 255 are possible")
}

// TestRank tests ranks of percentiles against rational numbers.
func TestRank(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	check := func(p percent, n int64) {
		part := new(big.Rat).SetFrac(new(big.Int).SetUint64(uint64(p)), big.NewInt(percentOne))
		rank, rest := p.rank(n, false)
		require.Zero(t, rest)
		place := new(big.Rat).Mul(part, new(big.Rat).SetInt64(n))
		require.True(t, rank == 1 || new(big.Rat).SetInt64(rank-1).Cmp(place) < 0, "%d of %d: %d", p, n, rank)
		require.GreaterOrEqual(t, new(big.Rat).SetInt64(rank).Cmp(place), 0, "%d of %d: %d", p, n, rank)

		rank, rest = p.rank(n, true)
		require.Less(t, rest, uint64(percentOne))
		place.Mul(part, new(big.Rat).SetInt64(n-1))
		got := new(big.Rat).SetFrac(new(big.Int).SetUint64(rest), big.NewInt(percentOne))
		require.Zero(t, place.Cmp(got.Add(got, new(big.Rat).SetInt64(rank-1))), "%d of %d: %d, %d", p, n, rank, rest)
		require.LessOrEqual(t, rank, n)
	}
	for _, p := range []percent{0, 1, percentOne / 2, percentOne - 1, percentOne} {
		for _, n := range []int64{1, 2, 3, 100, 1<<62 + 1, 1<<63 - 1} {
			check(p, n)
		}
	}
	for range 10_000 {
		check(percent(r.Uint64N(percentOne+1)), 1+r.Int64N(1<<(1+r.IntN(62))))
	}
}
