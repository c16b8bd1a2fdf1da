package table

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/parse"
)

// newStore returns a store for tables, and its budget.
func newStore(t testing.TB, workers int, limit int64) (*partition.Store, *memory.Budget) {
	t.Helper()
	budget := memory.NewBudget(limit)
	store := partition.New(partition.Config{
		Format: Format{}, Workers: workers, Budget: budget, TempDir: t.TempDir(), Partitions: 16,
	})
	t.Cleanup(store.Free)
	return store, budget
}

// stored merges store and returns its statistics, without names in them.
func stored(t testing.TB, store *partition.Store) map[string]Stats {
	t.Helper()
	require.NoError(t, store.Merge(context.Background()))
	all := map[string]Stats{}
	var last []byte
	require.NoError(t, store.Each(context.Background(), nil, func(b *partition.Batch) error {
		for record := range b.All() {
			s := Decode(record)
			require.Negative(t, Compare(last, s.Name))
			last = append(last[:0], s.Name...)
			s.Name = nil
			all[string(last)] = s
		}
		return nil
	}))
	require.EqualValues(t, len(all), store.Len())
	return all
}

// cappedRows are rows for a table of which every mode is asked: many new names, few
// names, and again new names.
func cappedRows(r *rand.Rand) []observation {
	var rows []observation
	add := func(count, names int) {
		first := r.IntN(1 << 20)
		for range count {
			rows = append(rows, observation{fmt.Sprintf("%0*d", 1+r.IntN(2)*40, first+r.IntN(names)), parse.MinTenths + r.IntN(2*parse.MaxTenths+1)})
		}
	}
	add(30_000, 1<<30)
	add(30_000, 300)
	add(30_000, 10_000)
	add(5_000, 1<<30)
	add(5_000, 1)
	return append(rows, collidingRows(9_000, 1)...)
}

// small makes t overflow with few names and rows.
func small(t *Table) {
	t.limit = 700
	t.overflow.slots = len(t.slots)
}

// TestOverflowEqualsMap fills two tables that overflow, and compares what the store has
// with a map.
func TestOverflowEqualsMap(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	rows := cappedRows(r)
	want := inMap(rows)
	for _, limit := range []int64{memory.NoLimit, 12 << 20} {
		store, budget := newStore(t, 2, limit)
		for i := range 2 {
			to, err := NewOverflowing(budget, store.Writer(i))
			require.NoError(t, err)
			small(to)
			accumulateAll(t, to, rows[i*len(rows)/2:][:len(rows)/2])
			require.NoError(t, to.Evict())
			to.Free()
		}
		require.Equal(t, want, stored(t, store))
		store.Free()
		require.Zero(t, budget.Used())
	}
}
