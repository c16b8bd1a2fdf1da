package group

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/source"
	"onebrc/parse"
)

// gridRows returns rows of a time in seconds, a name and a number.
func gridRows(r *rand.Rand, rows, names int, days int64, odd bool) []byte {
	var b strings.Builder
	for range rows {
		at, end := strconv.FormatInt(1_790_000_000+r.Int64N(days*daySeconds), 10), "\n"
		number := r.IntN(names)
		name := fmt.Sprintf("%0*x", 1+number%80, number)
		if odd {
			switch r.IntN(400) {
			case 0:
				at = ""
			case 1:
				at = "-" + at
			case 2:
				name = `"a ""quoted"", name"`
			case 3:
				name = ""
			case 4:
				end = "\r\n"
			}
		}
		fmt.Fprintf(&b, "%s,%d,%s%s", at, r.IntN(1000), name, end)
	}
	return []byte(b.String())
}

// noBadRows fails for a bad row.
type noBadRows struct{ t *testing.T }

func (n noBadRows) BadRow(row []byte, _ parse.Reason, _, _ int64) error {
	require.Fail(n.t, "a row is bad", "%q", row)
	return nil
}

// readGroups reads input into a table, with a grid or without one. It returns the groups,
// and how many rows had no cell.
func readGroups(t *testing.T, p *Plan, input []byte, budget *memory.Budget, noGrid bool) (groups map[string]string, table *Table) {
	table, err := NewTable(p, budget)
	require.NoError(t, err)
	t.Cleanup(table.Free)
	table.gridAfter, table.noGrid = 0, noGrid
	r := NewReader(p, table, noBadRows{t}, nil)
	r.Begin(&source.Chunk{Size: int64(len(input)), Final: true})
	for w, at := (source.Window{Bytes: input, Size: len(input)}), 0; at < len(input); {
		n, err := r.Tile(&w, at, int64(at), true, true)
		require.NoError(t, err)
		require.Positive(t, n)
		at += n
	}
	groups = map[string]string{}
	for g := range table.Groups() {
		groups[string(g.Key)] = fmt.Sprint(g.Rows, g.Number(0))
	}
	return groups, table
}

// TestGrid compares groups that were found by a grid with those found by their keys.
func TestGrid(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, c := range []struct {
		part        TimePart
		names       int
		days        int64
		odd, closed bool
	}{
		{Month, 300, 700, false, false},
		{Month, 20_000, 700, true, false},
		{Month, 100_000, 300, false, true}, // too many names
		{Year, 10, 3000, true, false},
		{Day, 10, 3000, true, false},
		{Day, 10, 20_000, false, true}, // too many days
		{Weekday, 1000, 100, true, false},
		{Hour, 30, 20, true, false},
		{Minute, 3, 30, false, false},
		{Minute, 3000, 30, false, true}, // too many cells
	} {
		rows := 4000
		switch {
		case c.names == 100_000:
			rows = 50_000
		case c.days == 20_000:
			rows = 8000
		}
		input := gridRows(r, rows, c.names, c.days, c.odd)
		for _, k := range fields.All() {
			for _, keys := range [][]int{{0, 2}, {2, 0}, {0}} {
				p := Plan{
					Kernel: k, Syntax: fields.NewSyntax(',', '"', true, 3), Point: '.', Keys: keys,
					Numbers: []Number{{Field: 1, Min: true, Max: true, Sum: true}},
				}
				for _, field := range keys {
					p.Times = append(p.Times, nil)
					if field == 0 {
						p.Times[len(p.Times)-1] = &Time{Part: c.part}
					}
				}
				want, _ := readGroups(t, NewPlan(p), input, nil, true)
				budget := memory.NewBudget(memory.NoLimit)
				got, table := readGroups(t, NewPlan(p), input, budget, false)
				name := fmt.Sprint(k.Name, " ", keys, c)
				require.Equal(t, c.closed && (len(keys) > 1 || c.part == Day), table.grid == nil, name)
				if table.grid != nil {
					require.Positive(t, table.grid.misses, name)
					require.Less(t, table.grid.misses, int64(2*len(want)+2000), name)
				}
				table.Free()
				require.Zero(t, budget.Used(), name)
				if !maps.Equal(want, got) {
					require.Equal(t, len(want), len(got), name)
					for _, key := range slices.Sorted(maps.Keys(want)) {
						require.Equal(t, want[key], got[key], "%s: %q", name, key)
					}
				}
			}
		}
	}
}

// TestGridHasRoom sets the cell of a large number when there are many names.
func TestGridHasRoom(t *testing.T) {
	plan := NewPlan(Plan{Kernel: generic, Syntax: testPlan(generic, 1).Syntax, Keys: []int{0, 1}, Times: []*Time{nil, {Part: Minute}}})
	table, err := NewTable(plan, nil)
	require.NoError(t, err)
	defer table.Free()
	table.openGrid()
	g := table.grid
	require.NotNil(t, g)
	g.last, g.lines[0] = 1<<12, 7
	require.False(t, g.set(table, 0, mostCells-1, 1))
}
