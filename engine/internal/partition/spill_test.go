package partition_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
)

// entries returns the number of entries of folder.
func entries(t *testing.T, folder string) int {
	list, err := os.ReadDir(folder)
	require.NoError(t, err)
	return len(list)
}

// TestLimits gives a Store more and more memory. It checks that the Store fails with
// ErrMemory up to some limit, and from there on has the right result.
func TestLimits(t *testing.T) {
	folder := t.TempDir()
	for name, keys := range keySets(unlessShort(24_000)) {
		if len(keys) < 2 {
			continue
		}
		want := countKeys(counts{}, keys)
		for _, workers := range []int{1, 3} {
			for _, partitions := range []int{1, 16, 256} {
				failed, spilled, succeeded := 0, 0, 0
				for limit := int64(20_000); limit < 100<<20; limit += limit*3/4 + int64(rand.IntN(1000)) {
					budget := memory.NewBudget(limit)
					s := partition.New(partition.Config{Format: counts{}, Workers: workers, Partitions: partitions, Budget: budget, TempDir: folder})
					err := appendKeys(s, workers, keys)
					if err == nil {
						err = s.Merge(context.Background())
					}
					var got []string
					if err == nil {
						require.EqualValues(t, len(want), s.Len())
						got, err = collect(context.Background(), s)
					}
					if err == nil {
						require.Equal(t, want, got, "%s, %d workers, %d partitions, limit %d", name, workers, partitions, limit)
						succeeded++
						if s.Stats().SpilledBytes > 0 {
							spilled++
						}
					} else {
						require.ErrorIs(t, err, memory.ErrMemory)
						require.Zero(t, succeeded, "%s, %d workers, %d partitions: less than %d was enough: %v", name, workers, partitions, limit, err)
						failed++
					}
					require.Zero(t, entries(t, folder))
					s.Free()
					require.Zero(t, entries(t, folder))
					require.Zero(t, budget.Used())
				}
				t.Logf("%s, %d workers, %d partitions: %d limits were too small, %d enough (%d with spilling)", name, workers, partitions, failed, succeeded, spilled)
				require.NotZero(t, succeeded)
			}
		}
	}
}

// TestNoSpill gives more and more memory to a Store that may not spill. It checks that
// the Store never does, and that others have the same result with less memory.
func TestNoSpill(t *testing.T) {
	keys := keySets(20_000)["random"]
	want := countKeys(counts{}, keys)
	least := map[bool]int64{}
	for _, noSpill := range []bool{false, true} {
		for limit := int64(100_000); least[noSpill] == 0; limit += limit / 4 {
			budget := memory.NewBudget(limit)
			s := partition.New(partition.Config{
				Format: counts{}, Workers: 2, Partitions: 16, Budget: budget, NoSpill: noSpill, TempDir: t.TempDir(),
			})
			err := appendKeys(s, 2, keys)
			if err == nil {
				err = s.Merge(context.Background())
			}
			var got []string
			if err == nil {
				got, err = collect(context.Background(), s)
			}
			s.Free()
			require.Zero(t, budget.Used())
			if noSpill {
				require.Zero(t, s.Stats().SpilledBytes)
			}
			if err == nil {
				require.Equal(t, want, got)
				least[noSpill] = limit
				continue
			}
			require.ErrorIs(t, err, memory.ErrMemory)
		}
	}
	require.Less(t, 2*least[false], least[true], "%v", least)
}

// TestFolder checks the errors of folders that have no place for temporary files.
func TestFolder(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	locked := filepath.Join(folder, "locked")
	require.NoError(t, os.Mkdir(locked, 0o500))
	if os.Getuid() == 0 {
		locked = "/sys" // where not even root can create files
	}
	for dir, want := range map[string]error{filepath.Join(folder, "missing"): os.ErrNotExist, file: nil, locked: os.ErrPermission} {
		s := partition.New(partition.Config{Format: counts{}, Workers: 2, Budget: memory.NewBudget(1 << 20), TempDir: dir})
		err := appendKeys(s, 2, keySets(60_000)["random"])
		require.ErrorContains(t, err, "partition: temporary file in "+dir+": ")
		require.False(t, errors.Is(err, memory.ErrMemory))
		if want != nil {
			require.ErrorIs(t, err, want)
		}
		s.Free()
	}
}

// TestSpillAtLimit lets others take nearly all memory, to the last byte, so that spilling
// begins when none is left for anything.
func TestSpillAtLimit(t *testing.T) {
	for others := int64(500 << 10); others < 700<<10; others += 10_007 {
		budget := memory.NewBudget(1 << 20)
		s := partition.New(partition.Config{Format: counts{}, Workers: 1, Partitions: 16, Budget: budget, TempDir: t.TempDir()})
		require.NoError(t, budget.Take(others))
		keys := keySets(60_000)["random"]
		for i, key := range keys {
			if left := budget.Limit() - budget.Used(); i == 5000 {
				require.NoError(t, budget.Take(left)) // what a new block does not need
				others += left
			}
			err := appendKeys(s, 1, []string{key})
			require.NoError(t, err, "key %d, others %d, used %d, spilled %d", i, others, budget.Used(), s.Stats().SpilledBytes)
		}
		require.NotZero(t, s.Stats().SpilledBytes)
		budget.Give(others)
		require.NoError(t, s.Merge(context.Background()))
		got, err := collect(context.Background(), s)
		require.NoError(t, err)
		require.Equal(t, countKeys(counts{}, keys), got)
		s.Free()
	}
}
