package engine_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// TestQueryCheck tests what is wrong with a query for every input.
func TestQueryCheck(t *testing.T) {
	column := func(name string) []engine.Column { return []engine.Column{{Name: name}} }
	approx := func(relative float64, functions ...engine.Func) engine.Query {
		q := engine.Query{Approx: relative}
		for _, f := range functions {
			q.Aggregates = append(q.Aggregates, engine.Aggregation{Func: f, Of: &column("a")[0]})
		}
		return q
	}
	interpolated := approx(0.01, "median")
	interpolated.Interpolate = true
	for _, test := range []struct {
		query   engine.Query
		problem string // "" means none
	}{
		{engine.Query{}, ""},
		{engine.Query{By: column("")}, ""},
		{engine.Query{Delimiter: '\t', Quote: '\'', By: column("a"), DecimalComma: true, Null: "NA"}, ""},
		{engine.Query{Delimiter: '"', NoQuote: true}, ""},
		{engine.Query{Aggregates: []engine.Aggregation{{Func: "count"}, {Func: "sum", Of: &engine.Column{Position: 1}}}}, ""},
		{engine.Query{By: []engine.Column{{Input: true}}, NoHeader: true}, ""},
		{engine.Query{By: []engine.Column{{Input: true, Position: 1}}}, `a Column with Input must have no other fields`},
		{engine.Query{By: []engine.Column{{Input: true, Name: "a"}}}, `a Column with Input must have no other fields`},
		{engine.Query{By: []engine.Column{{Input: true, Part: "day"}}}, `a Column with Input must have no other fields`},
		{engine.Query{Aggregates: []engine.Aggregation{{Func: "count", Of: &engine.Column{Input: true}}}}, `only a key can be the name of the input`},
		{engine.Query{Where: engine.Comparison{Column: engine.Column{Input: true}, Op: "="}}, `only a key can be the name of the input`},
		{engine.Query{Delimiter: '\n'}, `the delimiter must not end a line, got '\n'`},
		{engine.Query{Delimiter: '\r'}, `the delimiter must not end a line, got '\r'`},
		{engine.Query{Quote: '\n'}, `the quote must not end a line, got '\n'`},
		{engine.Query{Quote: '\r'}, `the quote must not end a line, got '\r'`},
		{engine.Query{Quote: ','}, `the quote and the delimiter must differ, got ',' for both`},
		{engine.Query{Delimiter: '"'}, `the quote and the delimiter must differ, got '"' for both`},
		{engine.Query{Quote: '"', NoQuote: true}, `there cannot be both a quote, '"', and none`},
		{engine.Query{By: column("a"), NoHeader: true}, `columns have no names without a header, got "a"; use a position`},
		{engine.Query{By: []engine.Column{{Position: -1}}}, `positions of columns count from 1, got -1`},
		{engine.Query{By: []engine.Column{{Name: "a", Position: 2}}}, `a column has a name or a position, got both "a" and 2`},
		{engine.Query{Aggregates: []engine.Aggregation{{Func: "avg"}}}, `unknown function "avg"; there are: count, sum, min, max, mean, var, stddev, median, distinct, mode, first, last, any, and percentiles such as p99.9`},
		{approx(0.01, "sum", "p99"), ""},
		{approx(engine.MinApprox, "median"), ""},
		{approx(engine.MaxApprox, "distinct"), ""},
		{approx(engine.MinApproxDistinct, "distinct"), ""},
		{approx(0.002, "distinct", "p99"), `distinct has an error of at least 0.203125%, got 0.2%`},
		{approx(0.0000099, "p99"), `an error must be from 0.001% to 50%, got 0.00099%`},
		{approx(0.6, "p99"), `an error must be from 0.001% to 50%, got 60%`},
		{approx(-0.01, "p99"), `an error must be from 0.001% to 50%, got -1%`},
		{approx(math.NaN(), "p99"), `an error must be from 0.001% to 50%, got NaN%`},
		{approx(0.01, "mode", "sum"), `only percentiles, median and distinct can be approximate, and there is none of them`},
		{approx(0.01), `only percentiles, median and distinct can be approximate, and there is none of them`},
		{interpolated, `percentiles cannot be both approximate and interpolated`},
		{engine.Query{Aggregates: []engine.Aggregation{{Func: "mean"}}}, `mean needs a column`},
		{engine.Query{Aggregates: []engine.Aggregation{{Func: "min", Of: &engine.Column{Position: -3}}}}, `positions of columns count from 1, got -3`},
	} {
		err := test.query.Check()
		if test.problem == "" {
			require.NoError(t, err)
			continue
		}
		var wrong *engine.QueryError
		require.ErrorAs(t, err, &wrong)
		require.EqualError(t, err, test.problem)
	}
}
