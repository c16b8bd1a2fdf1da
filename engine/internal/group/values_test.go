package group

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
)

// TestRaiseEvicts raises the scale of a column when there is no room for more numbers
// that do not fit in lanes.
func TestRaiseEvicts(t *testing.T) {
	const groups, numbers = 50_000, 4
	p := Plan{Kernel: generic, Syntax: testPlan(generic, 1).Syntax, Keys: []int{0}, Values: []Values{{Field: 1, Number: 0}}}
	for i := range numbers {
		p.Numbers = append(p.Numbers, Number{Field: i + 1, Max: true})
	}
	plan := NewPlan(p)
	f, budget := newFormat(plan), memory.NewBudget(memory.NoLimit)
	store := partition.New(partition.Config{Format: f, Workers: 1, Partitions: 4, Budget: budget, TempDir: t.TempDir()})
	defer store.Free()
	to, err := NewOverflowing(plan, budget, store.Writer(0))
	require.NoError(t, err)
	add := func(coefficient int64, decimals int) {
		for i := range groups {
			key := fmt.Appendf(nil, "key %d", i)
			require.NoError(t, to.Reserve(Need{Rows: 1, KeyBytes: len(key)}))
			require.NoError(t, to.ReserveValues(1, 0))
			at, err := to.Slot(key)
			require.NoError(t, err)
			require.NoError(t, to.AddRow(at))
			for n := range numbers {
				require.NoError(t, to.AddNumber(at, n, coefficient, decimals))
			}
			value, ok := times(coefficient, to.Scale(0)-decimals)
			require.True(t, ok)
			to.AddValues(0, []uint32{at}, []int64{value})
		}
	}
	add(1e18-1, 0)
	for n := range numbers - 1 {
		require.NoError(t, to.Raise(n, 1))
	}
	add(5, 0)
	require.Equal(t, groups, to.count)
	require.NoError(t, to.Raise(0, 2))
	require.Zero(t, to.count, "the table had room for more numbers")
	require.NoError(t, to.Evict())
	to.Free()
	require.NoError(t, store.Merge(t.Context()))
	got := storedValues(t, f, store, 2, func(Record) string { return "" })
	require.Equal(t, map[string]int64{"500": groups, "99999999999999999900": groups}, got)
}

// storedValues returns how many rows have each value of a store, by the text that label makes
// of its group, and the value at a scale.
func storedValues(t *testing.T, f *Format, store *partition.Store, scale int, label func(Record) string) map[string]int64 {
	values := map[string]int64{}
	var group Record
	add := func(v *Value) { values[label(group)+v.Number(scale).Big().String()] += v.Count }
	require.NoError(t, store.Each(t.Context(), nil, func(b *partition.Batch) error {
		for encoded := range b.All() {
			if v, ok := f.Value(encoded); ok {
				add(&v)
				continue
			}
			f.Decode(&group, encoded)
			for runs := f.Runs(&group); ; {
				v, ok := runs.Next()
				if !ok {
					break
				}
				add(&v)
			}
		}
		return nil
	}))
	return values
}

// TestReserveValuesCounts checks the bound of counts after an eviction in ReserveValues.
func TestReserveValuesCounts(t *testing.T) {
	plan := NewPlan(Plan{Kernel: generic, Syntax: testPlan(generic, 1).Syntax, Keys: []int{0}, Numbers: []Number{{Field: 1}}, Values: []Values{{Field: 1, Number: 0}}})
	budget := memory.NewBudget(memory.NoLimit)
	store := partition.New(partition.Config{Format: newFormat(plan), Workers: 1, Partitions: 4, Budget: budget, TempDir: t.TempDir()})
	defer store.Free()
	to, err := NewOverflowing(plan, budget, store.Writer(0))
	require.NoError(t, err)
	defer to.Free()
	to.values.counter.rows = math.MaxUint32
	require.NoError(t, to.Reserve(Need{Rows: 1000, KeyBytes: 1000}))
	require.NoError(t, to.ReserveValues(1000, 0))
	require.EqualValues(t, 1000, to.values.counter.rows)
}

// TestEvictSorted evicts values that were sorted before, as a run does if its result does not
// fit in memory.
func TestEvictSorted(t *testing.T) {
	plan := NewPlan(Plan{Kernel: generic, Syntax: testPlan(generic, 1).Syntax, Keys: []int{0}, Numbers: []Number{{Field: 1}}, Values: []Values{{Field: 1, Number: 0}}})
	budget, f := memory.NewBudget(memory.NoLimit), newFormat(plan)
	store := partition.New(partition.Config{Format: f, Workers: 1, Partitions: 4, Budget: budget, TempDir: t.TempDir()})
	defer store.Free()
	to, err := NewOverflowing(plan, budget, store.Writer(0))
	require.NoError(t, err)
	defer to.Free()
	want := map[string]int64{}
	for i := range 3000 {
		key, value := fmt.Appendf(nil, "key %d", i%70), int64(i%1000)
		require.NoError(t, to.Reserve(Need{Rows: 1, KeyBytes: len(key)}))
		require.NoError(t, to.ReserveValues(1, 0))
		at, err := to.Slot(key)
		require.NoError(t, err)
		require.NoError(t, to.AddRow(at))
		require.NoError(t, to.AddNumber(at, 0, value, 0))
		to.AddValues(0, []uint32{at}, []int64{value})
		want[fmt.Sprint(string(key), " ", value)]++
	}
	require.NoError(t, to.SortValues())
	require.NoError(t, to.Evict())
	require.NoError(t, store.Merge(t.Context()))
	got := storedValues(t, f, store, 0, func(r Record) string { return string(r.Key[0]) + " " })
	require.Equal(t, want, got)
}
