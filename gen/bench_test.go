package gen

import (
	"context"
	"io"
	"testing"
)

// benchmarkRows is a whole number of blocks and fills a few caches.
const benchmarkRows = 32 * blockRows

// BenchmarkWrite measures each profile with one worker, so that the metric is rows
// per second and core.
func BenchmarkWrite(b *testing.B) {
	for _, profile := range allProfiles() {
		b.Run("profile="+profile, func(b *testing.B) {
			var bytes int64
			o := Options{
				Rows: benchmarkRows, Seed: 1, Profile: profile, Workers: 1,
				Progress: func(_, n int64) { bytes = n },
			}
			for b.Loop() {
				if err := Write(context.Background(), io.Discard, o); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(bytes)
			b.ReportMetric(float64(b.N)*benchmarkRows/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
