package gen

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// manyName returns name k of the profiles uniform and zipf, from 0.
func manyName(k int64) string {
	var dst [maxUniqueBytes + 1]byte
	length, _ := newNamePairs().put(dst[:], random(manyNamesKey, k))
	return string(dst[:length])
}

func TestManyNamesDiffer(t *testing.T) {
	seen := map[string]bool{}
	for k := range int64(20_000) {
		name := manyName(k)
		require.True(t, len(name) >= 13 && len(name) <= 20, name)
		seen[name[:13]] = true
	}
	require.Len(t, seen, 20_000, "even the first 13 characters differ")
}

// requireShares compares the number of rows of each name with its share, and the
// mean and sigma of the frequent names with those of all.
func requireShares(t *testing.T, o Options, share func(k int64) float64) {
	t.Helper()
	all := tallies(t, o)
	total := 0.0
	for k := range o.Names {
		name := manyName(k)
		want := float64(o.Rows) * share(k)
		total += want
		s := all[name]
		if s == nil {
			require.Less(t, want, 20.0, "%s is name %d and has no row", name, k)
			continue
		}
		delete(all, name)
		require.InDelta(t, want, s.count, 5.5*math.Sqrt(want)+4, "rows of name %d", k)
		if s.count > 1000 {
			m := s.sum / s.count
			require.InDelta(t, 12, m, 5.5*10/math.Sqrt(s.count), "mean of name %d", k)
			require.InDelta(t, 10, math.Sqrt(s.squares/s.count-m*m), 5.5*10/math.Sqrt(2*s.count), "sigma of name %d", k)
		}
	}
	require.Empty(t, all, "names beyond Options.Names")
	require.InDelta(t, o.Rows, total, 1e-3)
}

func TestUniform(t *testing.T) {
	long(t)
	for _, names := range []int64{1, 2, 3, 100, 1000, 1 << 12} {
		requireShares(t, Options{Rows: 200_000, Seed: 3, Profile: "uniform", Names: names}, func(int64) float64 {
			return 1 / float64(names)
		})
	}
}

func TestZipf(t *testing.T) {
	long(t)
	for _, names := range []int64{1, 2, 3, 4, 7, 8, 9, 1000, 20_000} {
		harmonic := 0.0
		for k := range names {
			harmonic += 1 / float64(k+1)
		}
		requireShares(t, Options{Rows: 300_000, Seed: 3, Profile: "zipf", Names: names}, func(k int64) float64 {
			return 1 / float64(k+1) / harmonic
		})
	}
}

// TestZipfRank compares the ranges of ranks with Zipf's law for the largest numbers
// of names, whose last octave is whole, a rank short and a rank more.
func TestZipfRank(t *testing.T) {
	long(t)
	for _, names := range []int64{1<<20 - 1, 1 << 20, 1<<20 + 1, MaxNames} {
		const draws = 300_000
		span := zipfSpan(names)
		counts := map[int]int{} // by octave
		key := mix64(uint64(names))
		taken, tries := 0, int64(0)
		for ; taken < draws; tries++ {
			rank, ok := zipfRank(random(key, tries), span)
			require.True(t, rank >= 1 && rank <= uint64(names), "rank %d of %d", rank, names)
			if ok {
				counts[int(math.Log2(float64(rank)))]++
				taken++
			}
		}
		require.Less(t, tries, int64(draws*1.5))
		harmonic := func(n int64) float64 { // the asymptotic series; exact for small n
			if n < 100 {
				sum := 0.0
				for k := range n {
					sum += 1 / float64(k+1)
				}
				return sum
			}
			const euler = 0.57721566490153286061
			return math.Log(float64(n)) + euler + 1/(2*float64(n))
		}
		for octave := 0; int64(1)<<octave <= names; octave++ {
			first, end := int64(1)<<octave, min(int64(2)<<octave-1, names)
			want := draws * (harmonic(end) - harmonic(first-1)) / harmonic(names)
			require.InDelta(t, want, counts[octave], 5.5*math.Sqrt(want)+3, "ranks %d to %d of %d", first, end, names)
		}
	}
}

// TestZipfRankBounds checks the ends of the scale.
func TestZipfRankBounds(t *testing.T) {
	for _, names := range []int64{1, 2, 3, 4, 5, 1000, 1 << 29, MaxNames} {
		span := zipfSpan(names)
		rank, ok := zipfRank(0, span)
		require.True(t, ok)
		require.EqualValues(t, 1, rank)
		rank, _ = zipfRank(math.MaxUint64, span)
		require.EqualValues(t, names, rank)
	}
}

func TestNamesChangeBytes(t *testing.T) {
	for _, profile := range []string{"uniform", "zipf"} {
		o := Options{Rows: 1000, Profile: profile}
		byDefault := generate(t, o)
		o.Names = DefaultNames
		require.Equal(t, string(byDefault), string(generate(t, o)))
		o.Names--
		require.NotEqual(t, string(byDefault), string(generate(t, o)))
	}
}
