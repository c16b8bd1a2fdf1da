package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/engine/internal/kernel"
	"onebrc/gen"
)

// BenchmarkAggregate measures the whole engine on 1e6 rows in memory, some 14 MB:
// cutting, the passes, the workers and the result.
func BenchmarkAggregate(b *testing.B) {
	const rows = 1e6
	content := map[string][]byte{} // rows of each profile, generated when needed
	workers := []int{1}
	if n := runtime.GOMAXPROCS(0); n > 1 {
		workers = append(workers, n)
	}
	for _, k := range kernel.All() {
		for _, profile := range gen.Profiles() {
			for _, workers := range workers {
				b.Run(fmt.Sprintf("kernel=%s/profile=%s/workers=%d", k.Name, profile, workers), func(b *testing.B) {
					data := content[profile]
					if data == nil {
						var buffer bytes.Buffer
						o := gen.Options{Rows: rows, Seed: 1, Profile: profile}
						require.NoError(b, gen.Write(context.Background(), &buffer, o))
						data = buffer.Bytes()
						content[profile] = data
					}
					o := engine.Options{Kernel: engine.Kernel(k.Name), Workers: workers}
					b.SetBytes(int64(len(data)))
					for b.Loop() {
						result, err := engine.Aggregate(context.Background(), o, engine.Bytes("rows", data))
						if err != nil || result.Rows != rows {
							b.Fatal(result, err)
						}
					}
					perRow := float64(b.Elapsed().Nanoseconds()) / rows / float64(b.N)
					b.ReportMetric(perRow, "ns/row")
					b.ReportMetric(1e9/perRow, "rows/s")
				})
			}
		}
	}
}
