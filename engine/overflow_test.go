package engine

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/run"
	"onebrc/parse/oracle"
)

// overflowing returns options that make tables overflow in every way: for numbers of
// workers and partitions, in memory and to files in folder. They take turns in kernels.
func overflowing(t *testing.T, folder string, workers ...int) (all []Options) {
	partitions := []int{1, 2, 16, partition.DefaultPartitions, partition.MaxPartitions}
	if testing.Short() {
		partitions = []int{1, 16}
	}
	kernels := TestedKernels(t)
	for _, workers := range workers {
		for _, p := range partitions {
			for _, spill := range []bool{false, true} {
				s := fake(1, 4)
				s.Overflow = run.Overflow{Partitions: p, Spill: spill}
				all = append(all, Options{
					Workers: workers, ChunkBytes: MinChunkBytes, Kernel: kernels[len(all)%len(kernels)],
					TempDir: folder, system: s,
				})
			}
		}
	}
	return all
}

func overflowLabel(o Options) string {
	return fmt.Sprintf("kernel=%s/workers=%d/partitions=%d/spill=%t",
		o.Kernel, o.Workers, o.system.Overflow.Partitions, o.system.Overflow.Spill)
}

// requireEmpty checks that no file is left in a folder.
func requireEmpty(t *testing.T, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, entries)
}

// TestGoldenOverflow runs all golden pairs with tables that overflow.
func TestGoldenOverflow(t *testing.T) {
	pairs := oracle.Golden(t)
	folder := t.TempDir()
	for _, o := range overflowing(t, folder, 1, 2, 3) {
		t.Run(overflowLabel(o), func(t *testing.T) {
			for _, p := range pairs {
				result, err := Aggregate(context.Background(), o, Bytes("input", []byte(p.Input)))
				require.NoError(t, err, p.Name)
				require.Equal(t, p.Output, result.String(), p.Name)
			}
			requireEmpty(t, folder)
		})
	}
}

// TestBadRowsOverflow runs all bad inputs with tables that overflow.
func TestBadRowsOverflow(t *testing.T) {
	folder := t.TempDir()
	for _, o := range overflowing(t, folder, 3) {
		t.Run(overflowLabel(o), func(t *testing.T) {
			for _, b := range oracle.BadInputs(t) {
				_, err := Aggregate(context.Background(), o, Bytes("input", []byte(b.Input)))
				var row *RowError
				require.ErrorAs(t, err, &row, b.Name)
				require.Equal(t, b.Line, row.Line, b.Name)
				require.Equal(t, b.Reason, string(row.Reason), b.Name)
			}
			requireEmpty(t, folder)
		})
	}
}

// TestOverflowIsForced checks that the options of overflowing do what they say: without
// a folder for temporary files, exactly those that spill fail.
func TestOverflowIsForced(t *testing.T) {
	pairs := oracle.Golden(t)
	for _, o := range overflowing(t, filepath.Join(t.TempDir(), "missing"), 2) {
		failed := 0
		for _, p := range pairs {
			_, err := Aggregate(context.Background(), o, Bytes("input", []byte(p.Input)))
			if err != nil {
				require.ErrorIs(t, err, fs.ErrNotExist, p.Name)
				failed++
			}
		}
		switch {
		case !o.system.Overflow.Spill:
			require.Zero(t, failed, overflowLabel(o))
		case o.system.Overflow.Partitions > 2: // names of one partition may fit in a block
			require.Greater(t, failed, len(pairs)/2, overflowLabel(o))
		}
	}
}
