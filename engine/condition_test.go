package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// compare returns a comparison of the second column of a query without a header.
func compare(op engine.Op, value string) engine.Comparison {
	return engine.Comparison{Column: engine.Column{Position: 2}, Op: op, Value: value}
}

// rowsWhere returns the first fields of the rows whose second fields are contents and for
// which a condition is true. A row's first field is its number. It checks all kernels,
// rows that are read by passes and rows that are read one by one.
func rowsWhere(t *testing.T, q engine.Query, contents ...string) string {
	t.Helper()
	var in strings.Builder
	for i, content := range contents {
		fmt.Fprintf(&in, "%d;%s\n", i, content)
	}
	q.Delimiter, q.NoHeader, q.By = ';', true, []engine.Column{{Position: 1}}
	result := ""
	for i, k := range engine.TestedKernels(t) {
		for _, rest := range []string{"", strings.Repeat("l", 60_000) + ";" + contents[0] + "\n"} {
			g, err := engine.GroupBy(t.Context(), q, engine.Options{Kernel: k}, engine.Bytes("in", []byte(in.String()+rest)))
			require.NoError(t, err)
			require.EqualValues(t, strings.Count(in.String()+rest, "\n"), g.Rows+g.DroppedRows)
			var rows []string
			for group := range g.All() {
				if key := group.Key(0); len(key) < 100 {
					rows = append(rows, key)
				}
			}
			if got := strings.Join(rows, " "); i == 0 && rest == "" {
				result = got
			} else {
				require.Equal(t, result, got, "kernel %s", k)
			}
		}
	}
	return result
}

func TestCondition(t *testing.T) {
	contents := []string{"5", "-5", "", "5.00", "abc", "+5", "05", "50", `"5"`, `"5;"`}
	for _, test := range []struct {
		condition engine.Condition
		want      string
	}{
		{compare(engine.OpEqual, "5"), "0 3 5 6 8"},
		{compare(engine.OpNotEqual, "5"), "1 2 4 7 9"},
		{compare(engine.OpLess, "5"), "1"}, // not the empty field
		{compare(engine.OpLessEqual, "5.0"), "0 1 3 5 6 8"},
		{compare(engine.OpGreater, "5"), "4 7 9"}, // abc and 5; as bytes
		{compare(engine.OpGreaterEqual, "5"), "0 3 4 5 6 7 8 9"},
		{engine.Comparison{Column: engine.Column{Position: 2}, Op: engine.OpEqual, Value: "5", Text: true}, "0 8"},
		{engine.Comparison{Column: engine.Column{Position: 2}, Op: engine.OpLess, Value: "5", Text: true}, "1 5 6"},
		{compare(engine.OpEqual, ""), "2"},
		{compare(engine.OpNotEqual, ""), "0 1 3 4 5 6 7 8 9"},
		{compare(engine.OpGreaterEqual, ""), "0 1 3 4 5 6 7 8 9"},
		{compare(engine.OpContains, "5"), "0 1 3 5 6 7 8 9"},
		{compare(engine.OpContains, ""), "0 1 2 3 4 5 6 7 8 9"},
		{compare(engine.OpContains, "5;"), "9"},
		{engine.And{}, "0 1 2 3 4 5 6 7 8 9"},
		{engine.Or{}, ""},
		{engine.Not{Condition: compare(engine.OpLess, "5")}, "0 2 3 4 5 6 7 8 9"},
		{engine.And{compare(engine.OpGreater, "-10"), engine.Or{compare(engine.OpContains, "+"), compare(engine.OpLess, "0")}}, "1 5"},
	} {
		require.Equal(t, test.want, rowsWhere(t, engine.Query{Where: test.condition}, contents...), "%+v", test.condition)
	}
}

// TestConditionExact compares numbers that no float64 and no int64 tells apart, and of all
// sizes that the passes do and do not read.
func TestConditionExact(t *testing.T) {
	contents := []string{
		"9007199254740993", "9007199254740992", "0.1", "0.10", "0.100000000000000000001", "123456789012345678901234567890",
		"123456789012345678901234567891", "-0", "00000000000000000000000000000000000007", "99999999", "100000000", "9999999999999999", "10000000000000000",
	}
	for _, test := range []struct {
		op          engine.Op
		value, want string
	}{
		{engine.OpEqual, "9007199254740993", "0"},
		{engine.OpEqual, "0.1", "2 3"},
		{engine.OpGreater, "123456789012345678901234567890.0", "6"},
		{engine.OpGreaterEqual, "123456789012345678901234567890", "5 6"},
		{engine.OpEqual, "+0.0", "7"},
		{engine.OpLess, "0.10000000000000000000001", "2 3 7"},
		{engine.OpEqual, "7", "8"},
		{engine.OpGreater, "99999999", "0 1 10 11 12 5 6"},
		{engine.OpLessEqual, "9999999999999999", "0 1 10 11 2 3 4 7 8 9"},
	} {
		require.Equal(t, test.want, rowsWhere(t, engine.Query{Where: compare(test.op, test.value)}, contents...), "%s %s", test.op, test.value)
	}
	// In columns of one form, the passes read all numbers.
	for _, form := range []string{"%d", "%d.5", "-%d", "%d.25", "%d000000000", "%d.123456789"} {
		contents = contents[:0]
		for i := range 10 {
			contents = append(contents, fmt.Sprintf(form, i))
		}
		ascending := strings.Join([]string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, " ")
		less, greater := engine.OpLess, engine.OpGreaterEqual
		if form[0] == '-' {
			less, greater = engine.OpGreater, engine.OpLessEqual
		}
		for i := range 10 {
			require.Equal(t, strings.TrimSpace(ascending[:2*i]), rowsWhere(t, engine.Query{Where: compare(less, contents[i])}, contents...), form)
			require.Equal(t, ascending[2*i:], rowsWhere(t, engine.Query{Where: compare(greater, contents[i]+strings.Repeat("0", strings.Count(form, ".")))}, contents...), form)
		}
	}
}

// TestConditionNull checks that no order is true for a missing field, whatever it looks
// like.
func TestConditionNull(t *testing.T) {
	for _, null := range []string{"-1", "NA", "-1.0"} {
		contents := []string{"-1", "NA", "-1.0", "-2"}
		var want []string
		for i, content := range contents {
			if content != null {
				want = append(want, fmt.Sprint(i))
			}
		}
		all := engine.Or{compare(engine.OpLess, "0"), compare(engine.OpGreaterEqual, "0")}
		require.Equal(t, strings.Join(want, " "), rowsWhere(t, engine.Query{Null: null, Where: all}, contents...), null)
		require.Equal(t, "0 2", rowsWhere(t, engine.Query{Null: null, Where: compare(engine.OpEqual, "-1")}, contents...), null)
	}
}

// TestConditionBadRows checks which rows are bad: the number of fields and quotes count in
// all of them, numbers only where the condition is true.
func TestConditionBadRows(t *testing.T) {
	in := engine.Bytes("in", []byte("k,v\na,x\nb,1\nc\nd,y\n\"e\"f,1\nb,2\n"))
	q := engine.Query{
		By: []engine.Column{{Name: "k"}}, Aggregates: []engine.Aggregation{{Func: engine.FuncSum, Of: column("v")}},
		Where: engine.Or{
			engine.Comparison{Column: engine.Column{Name: "k"}, Op: engine.OpEqual, Value: "b"},
			engine.Comparison{Column: engine.Column{Name: "k"}, Op: engine.OpEqual, Value: "d"},
		},
	}
	var bad []string
	g, err := engine.GroupBy(t.Context(), q, engine.Options{OnBadRow: func(e *engine.RowError) error {
		bad = append(bad, e.Error())
		return nil
	}}, in)
	require.NoError(t, err)
	require.Equal(t, []string{`in:4: byte 12: field-count: "c"`, `in:5: byte 14: bad-value: "d,y"`, `in:6: byte 18: bad-quote: "\"e\"f,1"`}, bad)
	require.Equal(t, "k,sum(v)\nb,3\n", textOf(g))
	require.EqualValues(t, 2, g.Rows)
	require.EqualValues(t, 1, g.DroppedRows)
}

func TestConditionErrors(t *testing.T) {
	for want, c := range map[string]engine.Condition{
		`unknown operator "=="; there are: =, !=, <, <=, >, >=, ~`: engine.Comparison{Column: engine.Column{Name: "k"}, Op: "=="},
		`positions of columns count from 1, got -1`:                engine.Not{Condition: engine.Comparison{Column: engine.Column{Position: -1}, Op: "="}},
		`a part of a condition is nil`:                             engine.And{engine.Or{nil}},
		`no column "x"; the header has: k, v`:                      engine.And{engine.Comparison{Column: engine.Column{Name: "x"}, Op: "="}},
		`a column has a name or a position, got both "k" and 1`:    engine.Or{engine.Comparison{Column: engine.Column{Name: "k", Position: 1}, Op: "="}},
		`no column 3; the header has 2 columns: k, v`:              engine.Not{Condition: compareAt(3)},
	} {
		_, err := engine.GroupBy(t.Context(), engine.Query{Where: c}, engine.Options{}, engine.Bytes("in", []byte("k,v\n")))
		require.EqualError(t, err, want)
	}
	// Without any row, a column without a name may be at any position.
	g, err := engine.GroupBy(t.Context(), engine.Query{NoHeader: true, Where: compareAt(3)}, engine.Options{}, engine.Bytes("in", nil))
	require.NoError(t, err)
	require.Equal(t, "count\n0\n", textOf(g))
}

func compareAt(position int) engine.Comparison {
	return engine.Comparison{Column: engine.Column{Position: position}, Op: engine.OpEqual}
}
