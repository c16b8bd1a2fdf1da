package stages

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/gen"
)

// Usage: go test -bench BenchmarkStages ./engine/stages -rows 10000000
var benchmarkRows = flag.Int64("rows", 1e6, "rows of the data sets of BenchmarkStages")

// BenchmarkStages runs each stage on each data set, with GOMAXPROCS workers.
func BenchmarkStages(b *testing.B) {
	for _, s := range All() {
		for _, profile := range []string{"default", "10k"} {
			b.Run(fmt.Sprintf("stage=%s/profile=%s/rows=%d", s.Name, profile, *benchmarkRows), func(b *testing.B) {
				path, size := dataSet(b, profile, *benchmarkRows)
				b.SetBytes(size)
				b.ReportAllocs()
				for b.Loop() {
					result, err := s.Run(context.Background(), path, 0)
					require.NoError(b, err)
					require.Equal(b, *benchmarkRows, result.Rows)
				}
				b.ReportMetric(float64(*benchmarkRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

// dataSet returns the path and the size of a data set of package gen, in the folder
// .cache of the module. It makes the data set if it is not there.
func dataSet(b *testing.B, profile string, rows int64) (path string, size int64) {
	folder := filepath.Join("..", "..", ".cache")
	require.NoError(b, os.MkdirAll(folder, 0o777))
	path = filepath.Join(folder, fmt.Sprintf("%s-%d.txt", profile, rows))
	info, err := os.Stat(path)
	if os.IsNotExist(err) {
		o := gen.Options{Rows: rows, Seed: 1, Profile: profile}
		require.NoError(b, gen.WriteFile(context.Background(), path, o))
		info, err = os.Stat(path)
	}
	require.NoError(b, err)
	return path, info.Size()
}
