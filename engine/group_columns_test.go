package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/group"
)

// TestResolve tests which fields a query needs, and for what.
func TestResolve(t *testing.T) {
	h := header{names: []string{"city", "temp", "day", "temp", "rain"}, columns: 5}
	of := func(name string) *Column { return &Column{Name: name} }
	s, err := Query{
		By: []Column{{Name: "day"}, {Position: 1}, {Position: 3}},
		Aggregates: []Aggregation{
			{Func: FuncCount, Of: of("rain")}, {Func: FuncCount}, {Func: FuncStddev, Of: of("rain")}, {Func: FuncMin, Of: of("rain"), As: "least"},
			{Func: FuncMean, Of: &Column{Position: 4}}, {Func: FuncCount, Of: of("day")}, {Func: FuncCount, Of: of("city")},
			{Func: FuncCount, Of: &Column{Position: 3}}, {Func: FuncMax, Of: &Column{Position: 2}},
			{Func: FuncMedian, Of: of("rain")}, {Func: FuncMode, Of: of("rain")}, {Func: "p99.9", Of: of("rain")}, {Func: FuncDistinct, Of: &Column{Position: 3}},
			{Func: FuncDistinct, Of: of("rain")},
		},
	}.resolve(h)
	require.NoError(t, err)
	require.Equal(t, &selection{
		columns: []string{
			"day", "city", "day",
			"count(rain)", "count", "stddev(rain)", "least", "mean(temp)", "count(day)", "count(city)", "count(day)", "max(temp)",
			"median(rain)", "mode(rain)", "p99.9(rain)", "distinct(day)", "distinct(rain)",
		},
		keys: []int{2, 0, 2},
		numbers: []group.Number{
			{Field: 4, Min: true, Sum: true, Squares: true}, {Field: 3, Sum: true}, {Field: 1, Max: true},
		},
		present: []int{2, 0},
		values:  []group.Values{{Field: 4, Number: 0}, {Field: 4, Number: -1}, {Field: 2, Number: -1, Distinct: true}},
		outputs: []output{
			{function: FuncCount, index: 0}, {function: FuncCount, index: -1}, {function: FuncStddev, index: 0}, {function: FuncMin, index: 0}, {function: FuncMean, index: 1},
			{function: FuncCount, index: 0, present: true}, {function: FuncCount, index: 1, present: true}, {function: FuncCount, index: 0, present: true}, {function: FuncMax, index: 2},
			{function: FuncMedian, percent: 50e15}, {function: FuncMode, index: -1, values: 1}, {function: "p99.9", percent: 99.9e15},
			{function: FuncDistinct, index: -1, values: 2}, {function: FuncDistinct, index: -1, values: 1},
		},
	}, s)

	// With Approx, percentiles and numbers of different contents have columns of codes.
	s, err = Query{Approx: 0.01, Aggregates: []Aggregation{
		{Func: FuncMedian, Of: of("rain")}, {Func: FuncMax, Of: of("rain")}, {Func: "p99", Of: of("rain")}, {Func: FuncDistinct, Of: of("rain")},
		{Func: FuncDistinct, Of: of("day")}, {Func: FuncMode, Of: of("day")}, {Func: FuncCount, Of: of("day")},
	}}.resolve(h)
	require.NoError(t, err)
	buckets := s.numbers[1].Buckets
	require.NotNil(t, buckets)
	require.Equal(t, []group.Number{{Field: 4, Max: true}, {Field: 4, Buckets: buckets}, {Field: 4, Registers: 14}, {Field: 2, Registers: 14}}, s.numbers)
	require.Equal(t, []group.Values{{Field: 4, Number: 1}, {Field: 4, Number: 2}, {Field: 2, Number: 3}, {Field: 2, Number: -1}}, s.values)
	require.Equal(t, []output{
		{function: FuncMedian, index: 1, percent: 50e15, approx: true, buckets: buckets}, {function: FuncMax, index: 0},
		{function: "p99", index: 1, percent: 99e15, approx: true, buckets: buckets}, {function: FuncDistinct, index: 2, values: 1, approx: true},
		{function: FuncDistinct, index: 3, values: 2, approx: true}, {function: FuncMode, index: -1, values: 3}, {function: FuncCount, index: 0, present: true},
	}, s.outputs)

	s, err = Query{NoHeader: true, By: []Column{{Position: 2}}, Aggregates: []Aggregation{{Func: FuncSum, Of: &Column{Position: 10}}}}.resolve(header{columns: 10})
	require.NoError(t, err)
	require.Equal(t, []string{"2", "sum(10)"}, s.columns)
}

// TestResolveErrors tests the errors for columns that the input does not have.
func TestResolveErrors(t *testing.T) {
	resolve := func(c Column, columns int, names ...string) error {
		_, byKey := Query{By: []Column{c}}.resolve(header{names, columns})
		_, byFunc := Query{Aggregates: []Aggregation{{Func: FuncCount, Of: &c}}}.resolve(header{names, columns})
		require.Equal(t, byKey, byFunc)
		return byKey
	}
	require.EqualError(t, resolve(Column{Name: "tmep"}, 3, "city", "temp", "day"), `no column "tmep"; the header has: city, temp, day`)
	require.EqualError(t, resolve(Column{Name: "City"}, 1, "city"), `no column "City"; the header has: city`)
	require.EqualError(t, resolve(Column{Position: 4}, 3, "city", "temp", "day"), `no column 4; the header has 3 columns: city, temp, day`)
	require.EqualError(t, resolve(Column{Position: 2}, 1), `no column 2; the first row has 1 column`)
	require.EqualError(t, resolve(Column{Name: "a"}, 4, "a,b", "", " x", "\x1b[31m"), `no column "a"; the header has: "a,b", "", " x", "\x1b[31m"`)
	require.EqualError(t, resolve(Column{Name: "a"}, 3, "a", "b", "a"), `column "a" is ambiguous: it is in the header at positions 1, 3`)
	require.NoError(t, resolve(Column{Name: ""}, 2, "", "a"))

	var names []string
	for i := range 4000 {
		names = append(names, fmt.Sprintf("column %d", i))
	}
	text := resolve(Column{Name: "a"}, len(names), names...).Error()
	require.Less(t, len(text), 2*listedBytes)
	require.Regexp(t, `, column 91, and 3908 more$`, text)
	text = resolve(Column{Name: "a"}, 2, strings.Repeat("x", 60_000), "b").Error()
	require.Less(t, len(text), 2*listedBytes)
}
