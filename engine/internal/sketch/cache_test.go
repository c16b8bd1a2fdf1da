package sketch

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCache compares codes of a cache with those of its buckets, of few values and of many,
// while the number of decimals changes.
func TestCache(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	b := NewBuckets(0.01)
	c := NewCache(b)
	for try := range 200 {
		decimals, most := r.IntN(19), int64(1)<<r.IntN(60)
		if try%4 > 0 {
			decimals = c.decimals
		}
		values := make([]int64, 1+r.IntN(5000))
		want := make([]int64, len(values))
		for i := range values {
			values[i] = r.Int64N(2*most) - most
			if r.IntN(1000) == 0 {
				values[i] = []int64{0, math.MaxInt64, math.MinInt64, -1}[r.IntN(4)]
			}
			want[i] = b.Code(values[i], decimals)
		}
		c.Replace(values, decimals)
		require.Equal(t, want, values)
	}
}

func BenchmarkCache(b *testing.B) {
	for name, most := range map[string]int64{"values=100": 100, "values=2000": 2000, "values=10000": 10_000, "values=1e6": 1e6} {
		values := make([]int64, 1<<16)
		r := rand.New(rand.NewPCG(1, 1))
		for i := range values {
			values[i] = r.Int64N(most)
		}
		buckets := NewBuckets(0.01)
		c := NewCache(buckets)
		tile := make([]int64, 512)
		b.Run(name+"/cache", func(b *testing.B) {
			for i := range b.N {
				copy(tile, values[i*len(tile)%len(values):])
				c.Replace(tile, 1)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(tile)), "ns/value")
		})
		b.Run(name+"/log", func(b *testing.B) {
			for i := range b.N {
				copy(tile, values[i*len(tile)%len(values):])
				for k, v := range tile {
					tile[k] = buckets.Code(v, 1)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(tile)), "ns/value")
		})
	}
}
