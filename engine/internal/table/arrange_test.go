package table

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/kernel"
)

// displaced returns the number of names of t that are not where they belong. It checks
// that the buckets have each name once, and that a pass finds those that are.
func displaced(t *testing.T, table *Table) int {
	t.Helper()
	count := 0
	for i := range table.slots {
		if s := &table.slots[i]; s.Entry != 0 && table.home(s.Hash) != i {
			count++
		}
	}
	if table.buckets.first == nil {
		return count
	}
	if small := table.array.SmallMultipliers; len(table.buckets.multipliers) <= len(small) {
		for bucket, multiplier := range table.buckets.multipliers {
			require.EqualValues(t, multiplier, small[bucket])
		}
	}
	seen := map[uint32]bool{}
	for bucket, name := range table.buckets.first {
		for ; name != 0; name = table.buckets.names[name-1].next {
			require.False(t, seen[name])
			seen[name] = true
			require.EqualValues(t, bucket, table.buckets.names[name-1].hash>>table.array.Shift)
		}
	}
	require.Len(t, seen, table.Len())
	return count
}

// TestArrange checks that names are where they belong in a table of few slots, and
// that they stay there when it grows or takes a seed.
func TestArrange(t *testing.T) {
	table := newTable(t)
	for i := range limitOf(arrangedSlots) {
		addAll(t, table, []observation{{fmt.Sprint("name ", i), 1}})
		if n := i + 1; n == 400 || n == limitOf(initialSlots) || n == 10_000 {
			require.Zero(t, displaced(t, table), "%d names in %d slots", n, len(table.slots))
		}
	}
	require.Len(t, table.slots, arrangedSlots)
	require.Less(t, displaced(t, table), table.Len()/500)
	require.NoError(t, table.reseed())
	require.Less(t, displaced(t, table), table.Len()/500)
	require.Len(t, statsOf(t, table), limitOf(arrangedSlots))
}

// TestArrangeFewAfterReseed checks a table with small multipliers that takes a seed, which
// makes it arrange its names anew.
func TestArrangeFewAfterReseed(t *testing.T) {
	table := newTable(t)
	for i := range 900 {
		addAll(t, table, []observation{{fmt.Sprint("name ", i), 1}})
	}
	require.Len(t, table.slots, initialSlots)
	require.Greater(t, table.Arranged(), 10, "buckets")
	require.NoError(t, table.reseed())
	require.Less(t, displaced(t, table), 900/50)
}

// TestArrangeAroundCollisions adds names with the same hash, which cannot be arranged,
// among others. Those that are moved must not hide them.
func TestArrangeAroundCollisions(t *testing.T) {
	for _, every := range []int{2, 5, 40} {
		table := newTable(t)
		var rows []observation
		for i := range 900 {
			name := fmt.Sprint("name ", i)
			if i%every == 0 {
				// A few names have the same hash.
				name = fmt.Sprintf("same_%03d%012d____same", i/every/4, i)
			}
			rows = append(rows, observation{name, i%1999 - 999})
			addAll(t, table, rows[i:])
			if i%50 == 0 {
				addAll(t, table, rows)
				require.Equal(t, i+1, table.Len())
			}
		}
		require.False(t, table.seeded)
		require.Positive(t, displaced(t, table))
		require.Equal(t, len(rows), table.Len())
		accumulateAll(t, table, rows)
		require.Equal(t, len(rows), table.Len())
		for name, s := range statsOf(t, table) {
			require.GreaterOrEqual(t, s.Count, int64(2), name)
		}
	}
}

// TestCrowdedBucket adds names of one bucket: more than are arranged.
func TestCrowdedBucket(t *testing.T) {
	table := newTable(t)
	table.spread()
	var rows []observation
	for i := 0; len(rows) < 3*arrangedNames; i++ {
		name := fmt.Sprint(i)
		if kernel.HashName([]byte(name))>>table.array.Shift == 5 {
			rows = append(rows, observation{name, i % 999})
		}
	}
	addAll(t, table, rows)
	addAll(t, table, rows)
	require.Equal(t, inMap(append(rows, rows...)), statsOf(t, table))
	displaced(t, table)
}
