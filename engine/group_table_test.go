package engine

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/group"
	"onebrc/engine/internal/memory"
	"onebrc/parse/delimited"
)

// tableOf returns a plan of q for rows of the given columns, and an empty table of it.
func tableOf(t *testing.T, q Query, columns int, budget *memory.Budget) (*selection, *group.Plan, *group.Table) {
	t.Helper()
	s, err := q.resolve(header{columns: columns})
	require.NoError(t, err)
	k, err := fields.Select("generic")
	require.NoError(t, err)
	p := q.plan(s, columns, k)
	table, err := group.NewTable(p, budget)
	require.NoError(t, err)
	t.Cleanup(table.Free)
	return s, p, table
}

// TestGroupsOf tests the results of a table with random numbers of up to 18 digits
// against rational numbers.
func TestGroupsOf(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for round := range 40 {
		digits := 1 + round%18
		s, p, table := tableOf(t, allFuncs, 3, nil)
		groups := map[string]*testGroup{}
		scale := 0
		for range 200 {
			key := fmt.Sprintf("%x,\"", r.IntN(50))
			at, err := table.Slot([]byte(key))
			require.NoError(t, err)
			require.NoError(t, table.AddRow(at))
			g := groups[key]
			if g == nil {
				g = &testGroup{key: key}
				groups[key] = g
			}
			g.rows++
			if r.IntN(3) == 0 {
				require.NoError(t, table.AddMissing(at, 0))
			} else {
				decimals, v := r.IntN(digits+1), r.Int64N(int64(powersOf10[digits]))
				v -= r.Int64N(2) * 2 * v // either sign
				require.NoError(t, table.AddNumber(at, 0, v, decimals))
				scale = max(scale, decimals)
				g.values = append(g.values, new(big.Int).Mul(big.NewInt(v), bigPower(18-decimals)))
			}
			if r.IntN(3) == 0 {
				require.NoError(t, table.AddAbsent(at, 0))
				g.rows += 1 << 32 // counts absent values
			}
		}
		result, err := groupsOf(s, p, table, memory.NewBudget(1<<20))
		require.NoError(t, err)
		require.Equal(t, int64(200), result.Rows)
		require.Equal(t, len(groups), result.Len())
		last := ""
		for from := range result.All() {
			require.Less(t, last, from.Key(0))
			last = from.Key(0)
			want := groups[from.Key(0)]
			rows, absent := want.rows&(1<<32-1), want.rows>>32
			require.Equal(t, strconv.FormatInt(rows, 10), from.Cell(len(plainFuncs)).String())
			require.Equal(t, strconv.FormatInt(rows-absent, 10), from.Cell(len(plainFuncs)+1).String())
			for i, f := range plainFuncs {
				requireCell(t, from.Cell(i), f, want.exactOf(f, 18), scale, r.IntN(12))
			}
		}
	}
}

// TestGroupsOfKeys tests keys of several columns, and the group of all rows.
func TestGroupsOfKeys(t *testing.T) {
	s, p, table := tableOf(t, Query{NoHeader: true, By: []Column{{Position: 2}, {Position: 1}, {Position: 2}}}, 2, nil)
	for _, key := range [][]string{{"b", "a,\"\n"}, {"", "\r"}, {"a", ""}} {
		var b []byte
		for i, content := range []string{key[0], key[1], key[0]} {
			b = p.AppendKey(b, i, []byte(content))
		}
		at, err := table.Slot(b)
		require.NoError(t, err)
		require.NoError(t, table.AddRow(at))
	}
	g, err := groupsOf(s, p, table, nil)
	require.NoError(t, err)
	var keys [][]string
	for from := range g.All() {
		keys = append(keys, []string{from.Key(0), from.Key(1), from.Key(2)})
	}
	require.Equal(t, [][]string{{"", "\r", ""}, {"a", "", "a"}, {"b", "a,\"\n", "b"}}, keys)

	q := Query{NoHeader: true, Aggregates: []Aggregation{{Func: FuncCount}, {Func: FuncSum, Of: &Column{Position: 1}}}}
	s, p, table = tableOf(t, q, 1, nil)
	g, err = groupsOf(s, p, table, nil)
	require.NoError(t, err)
	require.Equal(t, 1, g.Len())
	for from := range g.All() {
		require.Equal(t, "0", from.Cell(0).String())
		require.True(t, from.Cell(1).Missing())
	}
}

// TestGroupsOfMemory tests that the memory of a result counts, with that of numbers
// of many digits.
func TestGroupsOfMemory(t *testing.T) {
	s, p, table := tableOf(t, allFuncs, 3, nil)
	for i := range 100 {
		at, err := table.Slot([]byte(strconv.Itoa(i)))
		require.NoError(t, err)
		require.NoError(t, table.AddRow(at))
		require.NoError(t, table.AddNumber(at, 0, 1e17, i%2*17))
	}
	result := 100*newGroups(s, []int{17}).groupBytes() + int64(table.KeyBytes())
	const wide = 50 // every other group
	for _, limit := range []int64{100, result - 1, result, result + wide*wideBytes - 1} {
		_, err := groupsOf(s, p, table, memory.NewBudget(limit))
		require.ErrorIs(t, err, memory.ErrMemory)
		require.ErrorContains(t, err, "engine: result of 100 groups: ")
	}
	g, err := groupsOf(s, p, table, memory.NewBudget(result+wide*wideBytes))
	require.NoError(t, err)
	require.Len(t, g.wide, wide)
}

// TestPlanOfQuery tests the plan that a query becomes.
func TestPlanOfQuery(t *testing.T) {
	q := Query{Delimiter: ';', Quote: '\'', Null: "NA", DecimalComma: true, NoHeader: true, By: []Column{{Position: 3}}}
	_, p, _ := tableOf(t, q, 3, nil)
	require.Equal(t, delimited.Syntax{Delimiter: ';', Quote: '\'', HasQuote: true},
		delimited.Syntax{Delimiter: p.Syntax.Delimiter, Quote: p.Syntax.Quote, HasQuote: p.Syntax.HasQuote})
	require.Equal(t, 3, p.Syntax.Columns)
	require.Equal(t, []int{2}, p.Keys)
	require.Equal(t, "NA", string(p.Null))
	require.Equal(t, byte(','), p.Point)
	_, p, _ = tableOf(t, Query{NoQuote: true, NoHeader: true}, 3, nil)
	require.False(t, p.Syntax.HasQuote)
	require.Equal(t, byte('.'), p.Point)
}
