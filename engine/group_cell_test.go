package engine

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// testGroup is a group of one column of numbers, divided by 10^scale.
type testGroup struct {
	key    string
	rows   int64
	values []*big.Int
}

// plainFuncs are the functions that need no more of a column than its sum and the like.
var plainFuncs = slices.DeleteFunc(Funcs(), func(f Func) bool { return f.kind().hasValues() })

// allFuncs asks for plainFuncs of column 2, and counts rows and column 3.
var allFuncs = func() Query {
	q := Query{By: []Column{{Position: 1}}, NoHeader: true}
	for _, f := range plainFuncs {
		q.Aggregates = append(q.Aggregates, Aggregation{Func: f, Of: &Column{Position: 2}})
	}
	q.Aggregates = append(q.Aggregates, Aggregation{Func: FuncCount}, Aggregation{Func: FuncCount, Of: &Column{Position: 3}})
	return q
}()

// integerFrom returns v in words if it fits.
func integerFrom(v *big.Int) integer {
	if v.BitLen() > 127 {
		return integer{big: v}
	}
	word := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 64), big.NewInt(1))
	return integer{low: new(big.Int).And(v, word).Uint64(), high: new(big.Int).And(new(big.Int).Rsh(v, 64), word).Uint64()}
}

// resultOf returns the result of the query allFuncs.
func resultOf(t *testing.T, scale int, groups []testGroup) *Groups {
	t.Helper()
	s, err := allFuncs.resolve(header{columns: 3})
	require.NoError(t, err)
	g := newGroups(s, []int{scale})
	g.grow(len(groups), 0)
	for _, group := range groups {
		sum, squares := new(big.Int), new(big.Int)
		for _, v := range group.values {
			sum.Add(sum, v)
			squares.Add(squares, new(big.Int).Mul(v, v))
		}
		of := statistics{count: int64(len(group.values)), sum: integerFrom(sum), squares: integerFrom(squares)}
		if len(group.values) > 0 {
			of.min = integerFrom(slices.MinFunc(group.values, (*big.Int).Cmp))
			of.max = integerFrom(slices.MaxFunc(group.values, (*big.Int).Cmp))
		}
		g.add([][]byte{[]byte(group.key)}, group.rows, []statistics{of}, []int64{group.rows / 2}, nil)
	}
	g.sortByKeys()
	return g
}

// exactOf returns the exact result of a function, or the square of FuncStddev, or nil
// if it is missing.
func (g testGroup) exactOf(f Func, scale int) *big.Rat {
	n := int64(len(g.values))
	sum, lowest, highest := new(big.Rat), new(big.Rat), new(big.Rat)
	var values []*big.Rat
	for i, v := range g.values {
		r := new(big.Rat).SetFrac(v, bigPower(scale))
		values = append(values, r)
		sum.Add(sum, r)
		if i == 0 || r.Cmp(lowest) < 0 {
			lowest = r
		}
		if i == 0 || r.Cmp(highest) > 0 {
			highest = r
		}
	}
	switch {
	case f == FuncCount:
		return big.NewRat(n, 1)
	case n == 0 || n < 2 && (f == FuncVar || f == FuncStddev):
		return nil
	case f == FuncSum:
		return sum
	case f == FuncMin:
		return lowest
	case f == FuncMax:
		return highest
	}
	mean := new(big.Rat).Mul(sum, big.NewRat(1, n))
	if f == FuncMean {
		return mean
	}
	variance := new(big.Rat)
	for _, v := range values {
		difference := new(big.Rat).Sub(v, mean)
		variance.Add(variance, difference.Mul(difference, difference))
	}
	return variance.Mul(variance, big.NewRat(1, n-1))
}

// randomValue returns a number of at most 18 digits, times a power of 10.
func randomValue(r *rand.Rand, scale int) *big.Int {
	v := new(big.Int).SetUint64(randomWord(r, 60) % powersOf10[1+r.IntN(18)])
	v.Mul(v, bigPower(r.IntN(scale+1)))
	if r.IntN(2) == 0 {
		v.Neg(v)
	}
	return v
}

// randomGroups returns groups of values of all sizes, and many equal ones.
func randomGroups(r *rand.Rand, n, scale int) []testGroup {
	var groups []testGroup
	for i := range n {
		g := testGroup{key: fmt.Sprintf("%x", i*7919%n), rows: r.Int64N(5)}
		narrow := r.IntN(2) == 0
		for range r.IntN(5) {
			v := big.NewInt(r.Int64N(5) - 2)
			if !narrow {
				v = randomValue(r, scale)
			}
			g.values = append(g.values, v)
		}
		groups = append(groups, g)
	}
	return groups
}

// TestCell tests all results of random groups against rational numbers.
func TestCell(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	wide := 0
	for round := range 300 {
		scale := round % 19
		groups := randomGroups(r, 20, scale)
		g := resultOf(t, scale, groups)
		wide += len(g.wide)
		for group := range g.All() {
			want := groups[slices.IndexFunc(groups, func(w testGroup) bool { return w.key == group.Key(0) })]
			require.Equal(t, strconv.FormatInt(want.rows, 10), group.Cell(len(plainFuncs)).String())
			require.Equal(t, strconv.FormatInt(want.rows/2, 10), group.Cell(len(plainFuncs)+1).String())
			for i, f := range plainFuncs {
				requireCell(t, group.Cell(i), f, want.exactOf(f, scale), scale, r.IntN(20))
			}
		}
	}
	require.NotZero(t, wide) // or nothing was tested there
}

// requireCell requires that a cell has an exact result and prints it.
func requireCell(t *testing.T, c Cell, f Func, exact *big.Rat, scale, decimals int) {
	t.Helper()
	require.Equal(t, exact == nil, c.Missing())
	if exact == nil {
		require.True(t, math.IsNaN(c.Float64()))
		require.Empty(t, c.String())
		require.Empty(t, c.AppendDecimals(nil, decimals))
		return
	}
	compare := func(r *big.Rat) int {
		switch {
		case f != FuncStddev:
			return r.Cmp(exact)
		case r.Sign() < 0:
			return -1
		}
		return new(big.Rat).Mul(r, r).Cmp(exact)
	}
	requireNearest(t, c.Float64(), compare)
	prefix := []byte("x")
	text := string(c.AppendText(prefix))[1:]
	require.Equal(t, text, c.String())
	if c.Exact() {
		if f == FuncCount {
			scale = 0
		}
		require.Equal(t, exact.FloatString(scale), text)
		require.Equal(t, text, string(c.AppendDecimals(nil, decimals)))
		return
	}
	want, err := json.Marshal(c.Float64())
	require.NoError(t, err)
	require.Equal(t, string(want), text)
	requireRounded(t, string(c.AppendDecimals(nil, decimals)), decimals, compare)
}

// TestCellText tests the text of single results.
func TestCellText(t *testing.T) {
	number := func(text string) *big.Int {
		v, ok := new(big.Int).SetString(text, 10)
		require.True(t, ok)
		return v
	}
	cells := func(scale int, values ...string) (texts []string) {
		g := testGroup{key: "k"}
		for _, v := range values {
			g.values = append(g.values, number(v))
		}
		for group := range resultOf(t, scale, []testGroup{g}).All() {
			for i := range plainFuncs {
				texts = append(texts, group.Cell(i).String())
			}
		}
		return texts
	}
	largest, smallest := "999999999999999999000000000000000000", "-999999999999999999000000000000000000"
	// count, sum, min, max, mean, var, stddev
	require.Equal(t, []string{"0", "", "", "", "", "", ""}, cells(2))
	require.Equal(t, []string{"1", "3.00", "3.00", "3.00", "3", "", ""}, cells(2, "300"))
	require.Equal(t, []string{"2", "0.0", "-0.1", "0.1", "0", "0.02", "0.1414213562373095"}, cells(1, "-1", "1"))
	require.Equal(t, []string{"2", "2", "1", "1", "1", "0", "0"}, cells(0, "1", "1"))
	require.Equal(t, []string{"3", "-0.000000000000000003", "-0.000000000000000001", "-0.000000000000000001", "-1e-18", "0", "0"},
		cells(18, "-1", "-1", "-1"))
	require.Equal(t, []string{"2", "0.000000000000000000", smallest[:19] + ".000000000000000000", largest[:18] + ".000000000000000000",
		"0", "2e+36", "1414213562373095200"}, cells(18, largest, smallest))
	require.Equal(t, []string{"4", "12", "1", "6", "3", "4.666666666666667", "2.160246899469287"}, cells(0, "1", "2", "3", "6"))
}

// TestGroupsSortBy tests the order by every column, and that missing results come
// last.
func TestGroupsSortBy(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	sizes := []int{0, 1, 2, 50, 1000}
	if testing.Short() {
		sizes = []int{0, 1, 2, 100}
	}
	for _, n := range sizes {
		for _, scale := range []int{0, 2, 18} {
			groups := randomGroups(r, n, scale)
			g := resultOf(t, scale, groups)
			exact := map[string]testGroup{}
			for _, group := range groups {
				exact[group.key] = group
			}
			for column := range g.Columns {
				for _, descending := range []bool{false, true} {
					before := slices.Collect(g.All())
					g.SortBy(column, descending)
					slices.SortStableFunc(before, func(a, b Group) int {
						return compareGroups(exact[a.Key(0)], exact[b.Key(0)], column, scale, descending)
					})
					after := slices.Collect(g.All())
					require.Equal(t, len(before), len(after))
					for i := range before {
						require.Equal(t, before[i].Key(0), after[i].Key(0), "column %d", column)
					}
				}
			}
		}
	}
}

// compareGroups compares what two groups have in a column.
func compareGroups(a, b testGroup, column, scale int, descending bool) int {
	sign := 1
	if descending {
		sign = -1
	}
	switch column {
	case 0:
		return sign * cmp.Compare(a.key, b.key)
	case 1 + len(plainFuncs):
		return sign * cmp.Compare(a.rows, b.rows)
	case 2 + len(plainFuncs):
		return sign * cmp.Compare(a.rows/2, b.rows/2)
	}
	f := plainFuncs[column-1]
	x, y := a.exactOf(f, scale), b.exactOf(f, scale)
	if x == nil || y == nil {
		return map[bool]int{true: 1}[x == nil] - map[bool]int{true: 1}[y == nil]
	}
	if f == FuncMean || f == FuncVar || f == FuncStddev {
		v, _ := x.Float64()
		w, _ := y.Float64()
		if f == FuncStddev {
			v, w = math.Sqrt(v), math.Sqrt(w)
		}
		return sign * cmp.Compare(v, w)
	}
	return sign * x.Cmp(y)
}

// TestGroupsKeys tests the order of keys of several columns.
func TestGroupsKeys(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	contents := []string{"", "a", "a\x00", "aaaaaaaa", "aaaaaaaab", "aaaaaaaa\x00", "\xff", "é", "b"}
	s, err := Query{By: []Column{{Position: 2}, {Position: 1}}, NoHeader: true}.resolve(header{columns: 2})
	require.NoError(t, err)
	g := newGroups(s, nil)
	var want [][]string
	for _, i := range r.Perm(len(contents) * len(contents)) {
		key := []string{contents[i/len(contents)], contents[i%len(contents)]}
		want = append(want, key)
		g.add([][]byte{[]byte(key[0]), []byte(key[1])}, int64(i)+1, nil, nil, nil)
	}
	slices.SortFunc(want, slices.Compare[[]string])
	g.sortByKeys()
	require.Equal(t, []string{"2", "1", "count"}, g.Columns)
	require.Equal(t, len(want), g.Len())
	i := 0
	for group := range g.All() {
		require.Equal(t, want[i], []string{group.Key(0), group.Key(1)})
		i++
	}
	for range g.All() { // may stop
		break
	}
	g.SortBy(1, true)
	last := bytes.Repeat([]byte{0xff}, 2)
	for group := range g.All() {
		require.LessOrEqual(t, group.Key(1), string(last))
		last = []byte(group.Key(1))
	}
}

// BenchmarkCellFloat64 measures results of groups of 1,000 values.
func BenchmarkCellFloat64(b *testing.B) {
	s, err := allFuncs.resolve(header{columns: 3})
	require.NoError(b, err)
	g := newGroups(s, []int{2})
	g.add([][]byte{[]byte("k")}, 1000, []statistics{{
		count: 1000, min: integerOf(1), max: integerOf(99_99), sum: integerOf(1000*50_00 + 7), squares: integerOf(1000*50_00*60_00 + 3),
	}}, []int64{1}, nil)
	for group := range g.All() {
		for i, f := range plainFuncs {
			b.Run("func="+string(f), func(b *testing.B) {
				for b.Loop() {
					_ = group.Cell(i).Float64()
				}
			})
		}
	}
}
