package partition_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/probing"
)

// unlessShort returns n, or less in short tests.
func unlessShort(n int) int {
	if testing.Short() {
		return n / 8
	}
	return n
}

// keySets are n keys of each kind, in the order in which workers append them.
func keySets(n int) map[string][]string {
	r := rand.New(rand.NewPCG(1, 2))
	sets := map[string][]string{"none": nil, "one": {"a"}}
	for i := range n {
		for name, key := range map[string]string{
			"random":     fmt.Sprintf("%016x", r.Uint64()),
			"duplicates": fmt.Sprint(r.IntN(100)),
			"sequential": fmt.Sprintf("%08d", i),
			"prefix":     fmt.Sprintf("the same prefix %d", r.IntN(n)),
			"same":       "same",
			"short":      string([]byte{byte(r.IntN(4)), byte(r.IntN(256))}[:r.IntN(3)]),
			"stations":   fmt.Sprintf("station-%04d-%d", r.IntN(8), r.IntN(n)),
			"zeros":      strings.Repeat("\x00", r.IntN(20)),
			"lengths":    strings.Repeat("x", r.IntN(300)) + fmt.Sprint(r.IntN(n)),
		} {
			sets[name] = append(sets[name], key)
		}
		if i < max(n/1000, 12) {
			sets["long"] = append(sets["long"], strings.Repeat("y", 1<<r.IntN(19)+r.IntN(3)))
		}
	}
	return sets
}

// appendKeys appends the keys, with one goroutine for each worker.
func appendKeys(s *partition.Store, workers int, keys []string) error {
	errs := make([]error, workers)
	var wait sync.WaitGroup
	for i := range workers {
		wait.Go(func() {
			w := s.Writer(i)
			for k := i; k < len(keys); k += workers {
				record, err := w.Append(probing.Hash64([]byte(keys[k]), w.Secret()), 8+len(keys[k]))
				if err != nil {
					errs[i] = err
					return
				}
				countRecord(record, keys[k], 1)
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// countKeys returns the lines that collect is to return.
func countKeys(format partition.Format, keys []string) []string {
	counts := map[string]int{}
	for _, key := range keys {
		counts[key]++
	}
	lines := []string{}
	for _, key := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return format.Compare([]byte(a), []byte(b))
	}) {
		lines = append(lines, fmt.Sprintf("%q %d\n", key, counts[key]))
	}
	return lines
}

// collect returns a line for each record of s, made by convert.
func collect(ctx context.Context, s *partition.Store) ([]string, error) {
	lines := []string{}
	err := s.Each(ctx, func(b *partition.Batch) error {
		if len(b.Out) != 0 {
			return fmt.Errorf("Out has %d bytes", len(b.Out))
		}
		for record := range b.All() {
			b.Out = fmt.Appendf(b.Out, "%q %d\n", record[8:], binary.LittleEndian.Uint64(record))
		}
		return nil
	}, func(b *partition.Batch) error {
		before := len(lines)
		lines = slices.AppendSeq(lines, strings.Lines(string(b.Out)))
		if len(lines)-before != b.Len() {
			return fmt.Errorf("%d lines of %d records", len(lines)-before, b.Len())
		}
		return nil
	})
	return lines, err
}

// TestStore compares what a Store returns with a map that is sorted.
func TestStore(t *testing.T) {
	for name, keys := range keySets(unlessShort(20_000)) {
		for i, format := range []partition.Format{counts{}, ranked{}, ranked{}, counts{}, counts{}} {
			want := countKeys(format, keys)
			partitions := 1 << (3 * i)
			for _, workers := range []int{1, 2, 4} {
				budget := memory.NewBudget(memory.NoLimit)
				s := partition.New(partition.Config{Format: format, Workers: workers, Partitions: partitions, Budget: budget})
				require.False(t, s.Used())
				require.NoError(t, appendKeys(s, workers, keys))
				require.Equal(t, len(keys) > 0, s.Used())
				require.NoError(t, s.Merge(context.Background()))
				require.EqualValues(t, len(want), s.Len())
				got, err := collect(context.Background(), s)
				require.NoError(t, err)
				require.Equal(t, want, got, "%s, %d partitions, %d workers", name, partitions, workers)
				stats := s.Stats()
				require.EqualValues(t, len(keys), stats.Appended)
				require.Zero(t, stats.SpilledBytes)
				s.Free()
				s.Free()
				require.Equal(t, stats, s.Stats())
				require.Zero(t, budget.Used())
			}
		}
	}
}

// TestDistinct checks the estimate of keys.
func TestDistinct(t *testing.T) {
	for _, distinct := range []int{1, 1000, 8000, 100_000, 1_000_000} {
		s := partition.New(partition.Config{Format: counts{}, Workers: 1})
		w := s.Writer(0)
		require.Zero(t, w.Distinct())
		for i := range max(2*distinct, 1000) {
			key := binary.LittleEndian.AppendUint64(nil, uint64(i%distinct))
			record, err := w.Append(probing.Hash64(key, w.Secret()), 16)
			require.NoError(t, err)
			countRecord(record, string(key), 1)
		}
		require.EqualValues(t, max(2*distinct, 1000), w.Appended())
		require.InEpsilon(t, distinct, w.Distinct(), 0.1)
		s.Free()
	}
}
