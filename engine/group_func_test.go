package engine

import (
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
