package partition_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
)

// FuzzStore compares what a Store returns for the lines of a text, each taken several
// times with other ends, with a map that is sorted.
func FuzzStore(f *testing.F) {
	f.Add("", uint8(0), uint8(0), uint8(0))
	f.Add("a\nb\na", uint8(1), uint8(2), uint8(20))
	f.Add("station\nstation 1\nstation 2\n\n\x00\n\x00\x00", uint8(5), uint8(1), uint8(200))
	f.Add(strings.Repeat("long", 500)+"\nlong", uint8(2), uint8(3), uint8(255))
	f.Fuzz(func(t *testing.T, text string, logPartitions, workers, copies uint8) {
		keys := []string{}
		for i := range int(copies%32) + 1 {
			for line := range strings.SplitSeq(text, "\n") {
				keys = append(keys, line+"suffix"[:i%7]+string([]byte{byte(i), byte(i / 7)}))
			}
		}
		for _, format := range []partition.Format{counts{}, ranked{}} {
			budget := memory.NewBudget(8 << 20)
			s := partition.New(partition.Config{
				Format: format, Workers: 1 + int(workers%4), Partitions: 1 << (logPartitions % 9), Budget: budget, TempDir: t.TempDir(),
			})
			err := appendKeys(s, 1+int(workers%4), keys)
			if err == nil {
				err = s.Merge(context.Background())
			}
			var got []string
			if err == nil {
				got, err = collect(context.Background(), s)
			}
			s.Free()
			require.Zero(t, budget.Used())
			if err != nil {
				require.ErrorIs(t, err, memory.ErrMemory)
				continue
			}
			require.Equal(t, countKeys(format, keys), got)
		}
	})
}
