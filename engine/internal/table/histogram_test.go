package table

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/percent"
	"onebrc/parse"
)

func mustPercent(text string) percent.Percent {
	p, err := percent.Parse(text)
	if err != nil {
		panic(err)
	}
	return p
}

// tested are percentiles in no order.
var tested = NewPercentiles([]percent.Percent{
	mustPercent("50"), mustPercent("100"), mustPercent("0"), mustPercent("99.9"), mustPercent("33.333333333333333"), mustPercent("1"),
})

// withPercentiles returns the statistics of rows as a table that computes those of tested
// has them, without names.
func withPercentiles(rows []observation) map[string]Stats {
	all := inMap(rows)
	values := map[string][]int{}
	for _, r := range rows {
		values[r.name] = append(values[r.name], r.tenths)
	}
	for name, s := range all {
		slices.Sort(values[name])
		for _, p := range tested.percents {
			v := values[name][p.Rank(uint64(len(values[name])))-1]
			s.Percentiles = binary.LittleEndian.AppendUint16(s.Percentiles, uint16(v+kernel.ValueBias))
		}
		all[name] = s
	}
	return all
}

// newCounting returns a table that computes tested, and its store.
func newCounting(t testing.TB, limit int64) (*Table, *partition.Store) {
	t.Helper()
	budget := memory.NewBudget(limit)
	store := partition.New(partition.Config{
		Format: HistogramFormat{Percentiles: tested}, Workers: 1, Budget: budget, TempDir: t.TempDir(), Partitions: 16,
	})
	t.Cleanup(store.Free)
	table, err := NewCounting(budget, store.Writer(0), tested)
	require.NoError(t, err)
	t.Cleanup(table.Free)
	return table, store
}

// countAll adds rows with the count pass of k.
func countAll(t testing.TB, k *kernel.Kernel, to *Table, rows []observation) {
	t.Helper()
	counting := *k
	counting.Accumulate = k.Count
	accumulateWith(t, &counting, to, rows)
}

// inTable returns what is in table, which has not overflowed.
func inTable(t testing.TB, table *Table) map[string]Stats {
	t.Helper()
	all := map[string]Stats{}
	for s := range table.Stats() {
		name := string(s.Name)
		s.Name, s.Percentiles = nil, slices.Clone(s.Percentiles)
		all[name] = s
	}
	return all
}

// inStore returns what is in the store after the rows of table have been evicted.
func inStore(t testing.TB, table *Table, store *partition.Store) map[string]Stats {
	t.Helper()
	require.NoError(t, table.Evict())
	require.NoError(t, store.Merge(context.Background()))
	all := map[string]Stats{}
	require.NoError(t, store.Each(context.Background(), nil, func(b *partition.Batch) error {
		for record := range b.All() {
			s := HistogramFormat{Percentiles: tested}.Decode(record)
			name := string(s.Name)
			s.Name, s.Percentiles = nil, slices.Clone(s.Percentiles)
			all[name] = s
		}
		return nil
	}))
	require.EqualValues(t, len(all), store.Len())
	return all
}

// manyRows returns rows of names that fit and of names that do not.
func manyRows(r *rand.Rand, names, rows int) []observation {
	var all []observation
	for range rows {
		name := int(float64(names) * r.Float64() * r.Float64())
		value := max(min(int(r.NormFloat64()*100)+name%100, parse.MaxTenths), parse.MinTenths)
		if r.IntN(50) == 0 {
			value = []int{parse.MinTenths, parse.MaxTenths}[r.IntN(2)]
		}
		all = append(all, observation{fmt.Sprintf("%0*d", 1+name%2*40, name), value})
	}
	return all
}

// TestCounting compares tables of several sizes with sorting.
func TestCounting(t *testing.T) {
	for _, names := range []int{1, 3, 400, 600, 3000} {
		rows := manyRows(rand.New(rand.NewPCG(1, uint64(names))), names, 20_000)
		want := withPercentiles(rows)
		for _, k := range kernel.All() {
			table, store := newCounting(t, memory.NoLimit)
			countAll(t, k, table, rows[:15_000])
			addAll(t, table, rows[15_000:])
			require.False(t, store.Used())
			require.Equal(t, want, inTable(t, table), k.Name)
			require.Equal(t, want, inStore(t, table, store), k.Name)
			require.Empty(t, table.counters.wraps)
			require.Equal(t, -1, slices.IndexFunc(table.counters.counts, func(n uint16) bool { return n != 0 }), "an evicted name has left a count")
		}
	}
}

// TestCountersOverflow counts more rows of a value than a counter has room for.
func TestCountersOverflow(t *testing.T) {
	var rows []observation
	for i := range 3<<counterBits + 1000 {
		value := 1
		if i%100 == 0 {
			value = i % 7
		}
		rows = append(rows, observation{"a", value}, observation{"b", -value})
	}
	want := withPercentiles(rows)
	table, store := newCounting(t, memory.NoLimit)
	other, _ := newCounting(t, memory.NoLimit)
	half := 1<<counterBits + 1 // wraps in one of them, and in the sum
	countAll(t, generic, table, rows[:half])
	countAll(t, generic, other, rows[half:])
	require.Empty(t, table.counters.wraps)
	require.NotEmpty(t, other.counters.wraps)
	require.NoError(t, table.Merge(other))
	require.Equal(t, want, inTable(t, table))
	require.Equal(t, want, inStore(t, table, store))
	require.Empty(t, table.counters.wraps)
}

// TestCountingMerge joins tables whose names differ.
func TestCountingMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	rows := manyRows(r, 2000, 30_000)
	table, _ := newCounting(t, memory.NoLimit)
	for part := range slices.Chunk(rows, 10_000) {
		other, _ := newCounting(t, memory.NoLimit)
		countAll(t, generic, other, part)
		require.NoError(t, table.Merge(other))
		other.Free()
	}
	require.Equal(t, withPercentiles(rows), inTable(t, table))
}

// TestCountingOverflow gives tables less memory than their names need.
func TestCountingOverflow(t *testing.T) {
	for _, names := range []int{2_000, 40_000} {
		rows := manyRows(rand.New(rand.NewPCG(3, uint64(names))), names, 40_000)
		want := withPercentiles(rows)
		for _, limit := range []int64{12 << 20, 40 << 20, 300 << 20} {
			table, store := newCounting(t, limit)
			for part := range slices.Chunk(rows, 7_000) {
				countAll(t, generic, table, part)
				if names == 2_000 && limit < 20<<20 {
					require.NoError(t, table.Evict())
				}
			}
			if names > arrangedSlots/arrangedLoad {
				require.True(t, store.Used())
			}
			got := inStore(t, table, store)
			require.True(t, maps.EqualFunc(want, got, func(a, b Stats) bool {
				return a.Min == b.Min && a.Max == b.Max && a.Sum == b.Sum && a.Count == b.Count && string(a.Percentiles) == string(b.Percentiles)
			}), "%d names, %d bytes", names, limit)
		}
	}
}

// TestHistogramMergerJoins gives a merger so many records of few names that it has to
// join them again and again.
func TestHistogramMergerJoins(t *testing.T) {
	rows := manyRows(rand.New(rand.NewPCG(4, 1)), 50, 200_000)
	format := HistogramFormat{Percentiles: tested}
	m, err := format.NewMerger(memory.NewBudget(1 << 20))
	require.NoError(t, err)
	defer m.Free()
	var records partition.Records
	add := func(record []byte) {
		records = binary.AppendUvarint(records, uint64(len(record)))
		records = append(records, record...)
	}
	var h histogram
	h.reset()
	byName := map[string][]int{}
	for i, r := range rows {
		if i%2 == 0 { // a row alone
			add(append(binary.LittleEndian.AppendUint16(nil, uint16(r.tenths+kernel.ValueBias)), r.name...))
		} else if byName[r.name] = append(byName[r.name], r.tenths); len(byName[r.name]) == 50 {
			h.reset()
			for _, v := range byName[r.name] {
				h.add(uint32(v+kernel.ValueBias), 1)
			}
			add(h.appendRecord(nil, []byte(r.name)))
			byName[r.name] = nil
		}
		if len(records) > 10_000 {
			require.NoError(t, m.Add(records))
			records = records[:0]
		}
	}
	for name, values := range byName {
		for _, v := range values {
			add(append(binary.LittleEndian.AppendUint16(nil, uint16(v+kernel.ValueBias)), name...))
		}
	}
	require.NoError(t, m.Add(records))
	for range 2 { // the second time, nothing is left
		got := map[string]Stats{}
		require.NoError(t, m.Drain(func(record []byte) error {
			s := format.Decode(slices.Clone(record))
			name := string(s.Name)
			require.Equal(t, name, string(format.Key(record)))
			s.Name = nil
			got[name] = s
			return nil
		}))
		require.Equal(t, withPercentiles(rows), got)
		rows = nil
		require.Zero(t, m.Len())
	}
}

// TestLargestHistogramRecord checks that the size of an item has room for any record.
func TestLargestHistogramRecord(t *testing.T) {
	var h histogram
	h.reset()
	for v := range uint32(parse.MaxTenths + kernel.ValueBias + 1) {
		h.add(v, 1<<60+uint64(v))
	}
	name := []byte(strings.Repeat("n", parse.MaxNameBytes))
	record := h.appendRecord(nil, name)
	require.LessOrEqual(t, len(record), maxHistogramRecord)
	var again histogram
	again.reset()
	again.addRecord(record)
	require.Equal(t, h, again)
	require.Equal(t, name, HistogramFormat{}.Key(record))
}
