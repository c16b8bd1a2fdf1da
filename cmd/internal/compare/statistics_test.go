package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// sorted sorts values and returns them.
func sorted(values ...float64) []float64 {
	slices.Sort(values)
	return values
}

// TestWelchAgainstPublished compares the t-test with published results.
func TestWelchAgainstPublished(t *testing.T) {
	for _, test := range []struct {
		source             string
		a, b               []float64
		t, dof, p          float64 // NaN: not published
		tWithin, dofWithin float64
		pWithin            float64
	}{
		{
			"R 4, example of t.test: t.test(extra ~ group, data = sleep); the data are Student's of 1908",
			[]float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0},
			[]float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4},
			-1.8608, 17.776, 0.07939, 0.00005, 0.0005, 0.000005,
		},
		{
			"Wikipedia, Welch's t-test, example 1 (equal variances and sizes); p also in Rosetta Code, Welch's t-test",
			[]float64{27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4},
			[]float64{27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4},
			-2.46, 25.0, 0.021378001462867, 0.005, 0.05, 1e-12,
		},
		{
			"Wikipedia, example 2 (unequal variances, larger sample with the smaller one); p also in Rosetta Code",
			[]float64{17.2, 20.9, 22.6, 18.1, 21.7, 21.4, 23.5, 24.2, 14.7, 21.8},
			[]float64{
				21.5, 22.8, 21.0, 23.0, 21.6, 23.6, 22.5, 20.7, 23.4, 21.8,
				20.7, 21.7, 21.5, 22.5, 23.6, 21.5, 22.5, 23.5, 21.5, 21.8,
			},
			-1.57, 9.9, 0.148841696605327, 0.005, 0.05, 1e-12,
		},
		{
			"Wikipedia, example 3 (unequal variances, larger sample with the larger one); p also in Rosetta Code",
			[]float64{19.8, 20.4, 19.6, 17.8, 18.5, 18.9, 18.3, 18.9, 19.5, 22.0},
			[]float64{
				28.2, 26.6, 20.1, 23.3, 25.2, 22.1, 17.7, 27.6, 20.6, 13.7,
				23.2, 17.5, 20.6, 18.0, 23.9, 21.6, 24.3, 20.4, 24.0, 13.2,
			},
			-2.22, 24.5, 0.0359722710297968, 0.005, 0.05, 1e-12,
		},
		{
			"Rosetta Code, Welch's t-test, third pair of its test data in C",
			[]float64{30.02, 29.99, 30.11, 29.97, 30.01, 29.99},
			[]float64{29.89, 29.93, 29.72, 29.98, 30.02, 29.98},
			math.NaN(), math.NaN(), 0.090773324285671, 0, 0, 1e-12,
		},
		{
			"Rosetta Code, Welch's t-test, x and y",
			[]float64{3.0, 4.0, 1.0, 2.1},
			[]float64{490.2, 340.0, 433.9},
			math.NaN(), math.NaN(), 0.0107515611497845, 0, 0, 1e-12,
		},
	} {
		// welch tests its second argument against its first one.
		got := welch(sorted(test.b...), sorted(test.a...))
		require.NotNil(t, got, test.source)
		require.InDelta(t, test.p, got.P, test.pWithin, test.source)
		if !math.IsNaN(test.t) {
			require.InDelta(t, test.t, got.T, test.tWithin, test.source)
			require.InDelta(t, test.dof, got.DegreesOfFreedom, test.dofWithin, test.source)
		}
		swapped := welch(sorted(test.a...), sorted(test.b...))
		require.InDelta(t, -got.T, swapped.T, 1e-12)
		require.InDelta(t, got.P, swapped.P, 1e-12)
	}
}

func TestWelchWithoutVariance(t *testing.T) {
	require.Nil(t, welch([]float64{1}, []float64{2}))
	require.Nil(t, welch([]float64{1, 1}, []float64{2, 2}))
	require.Equal(t, &Welch{T: 0, DegreesOfFreedom: 3, P: 1}, welch([]float64{1, 1}, []float64{1, 1, 1}))
	require.NotNil(t, welch([]float64{1, 1}, []float64{1, 2}))
}

// TestQuantile compares quantiles with those of quantile(x, type = 7) in R.
func TestQuantile(t *testing.T) {
	ten := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for _, test := range []struct {
		values  []float64
		q, want float64
	}{
		{ten, 0, 1}, {ten, 0.25, 3.25}, {ten, 0.5, 5.5}, {ten, 0.75, 7.75}, {ten, 0.95, 9.55}, {ten, 1, 10},
		{[]float64{1, 3, 7}, 0.5, 3}, {[]float64{1, 3, 7}, 0.95, 6.6}, {[]float64{5}, 0.95, 5}, {[]float64{5}, 0, 5},
	} {
		require.InDelta(t, test.want, quantile(test.values, test.q), 1e-12, "%+v", test)
	}
}

func TestSummarize(t *testing.T) {
	s := summarize([]Sample{
		{WallSeconds: 4, TreeSeconds: 4, UserSeconds: 1, SystemSeconds: 5, PeakResidentBytes: 10, OwnResidentBytes: 3, GCCycles: 2, GCLongestPauseSeconds: 0.1},
		{WallSeconds: 2, TreeSeconds: 7, UserSeconds: 2, SystemSeconds: 6, PeakResidentBytes: 30, OwnResidentBytes: 1, GCCycles: 9, GCLongestPauseSeconds: 0.3},
		{WallSeconds: 3, TreeSeconds: 5, UserSeconds: 9, SystemSeconds: 7, PeakResidentBytes: 20, OwnResidentBytes: 2, GCCycles: 3, GCLongestPauseSeconds: 0.2},
	})
	require.InDelta(t, 3.9, s.P95Seconds, 1e-12)
	s.P95Seconds = 0
	require.Equal(t, Summary{
		MinSeconds: 2, MedianSeconds: 3, Spread: 1.0 / 3, TreeSeconds: 5, UserSeconds: 2, SystemSeconds: 6, GCCycles: 3,
		PeakResidentBytes: 30, OwnResidentBytes: 3, GCLongestPauseSeconds: 0.3,
	}, s)
}

// TestMedianOfDraw compares the median with that of drawing and sorting.
func TestMedianOfDraw(t *testing.T) {
	values := rand.New(rand.NewPCG(7, 7))
	for n := 1; n <= 30; n++ {
		sample := make([]float64, n)
		for i := range sample {
			sample[i] = float64(values.IntN(10))
		}
		slices.Sort(sample)
		fast, plain := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(1, 2))
		for range 200 {
			drawn := make([]float64, n)
			for i := range drawn {
				drawn[i] = sample[plain.IntN(n)]
			}
			slices.Sort(drawn)
			require.InDelta(t, quantile(drawn, 0.5), medianOfDraw(fast, sample, make([]int, n)), 1e-12)
		}
	}
}

func TestBootstrapIsReproducible(t *testing.T) {
	a, b := sorted(10, 11, 12, 13, 14, 15, 16), sorted(20, 21, 22, 23, 24, 25, 26)
	low, high := bootstrap(a, b, resamples)
	again, andHigh := bootstrap(a, b, resamples)
	require.Equal(t, [2]float64{low, high}, [2]float64{again, andHigh})
	require.Less(t, low, 23.0/13)
	require.Greater(t, high, 23.0/13)
	require.GreaterOrEqual(t, low, 20.0/16)
	require.LessOrEqual(t, high, 26.0/10)
	low, high = bootstrap([]float64{2}, []float64{3}, resamples)
	require.Equal(t, [2]float64{1.5, 1.5}, [2]float64{low, high})
}

// TestErrorRates simulates comparisons. The interval and the t-test call about 5 %
// of the pairs with equal distributions different, and always find a shift of 10 %
// under a noise of 2 %. One distribution is skewed, as wall times are. The
// interval is wrong in 3 to 6 %: the percentile method is known to be cautious
// with the median of a small sample, and the t-test with small skewed samples. The
// standard error of a rate is 0.5 %.
func TestErrorRates(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector, which has nothing to find here")
	}
	const (
		simulations = 2000
		shifts      = 200
		fewer       = 500 // resamples, to save time
	)
	normal := func(r *rand.Rand) float64 { return 1 + 0.02*r.NormFloat64() }
	skewed := func(r *rand.Rand) float64 { return 1 + 0.02*r.ExpFloat64() }
	for _, test := range []struct {
		name string
		runs int
		of   func(*rand.Rand) float64
	}{
		{"normal", 10, normal}, {"normal", 25, normal}, {"skewed", 10, skewed}, {"skewed", 25, skewed},
	} {
		t.Run(fmt.Sprintf("%s/runs=%d", test.name, test.runs), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(20, 26))
			draw := func(center float64) []Sample {
				samples := make([]Sample, test.runs)
				for i := range samples {
					samples[i].WallSeconds = center * test.of(random)
				}
				return samples
			}
			byInterval, byWelch := 0, 0
			for range simulations {
				c := compare(draw(1), draw(1), fewer)
				byInterval += count(c.Different)
				byWelch += count(c.Welch.P < 0.05)
			}
			t.Logf("called different: interval %.3f, Welch %.3f", float64(byInterval)/simulations, float64(byWelch)/simulations)
			require.InDelta(t, 0.045, float64(byInterval)/simulations, 0.025)
			require.InDelta(t, 0.05, float64(byWelch)/simulations, 0.02)
			for range shifts {
				c := compare(draw(1), draw(1.1), fewer)
				require.True(t, c.Different && c.Low > 1, "%+v", c)
				require.Less(t, c.Welch.P, 0.001)
				require.InDelta(t, 1.1, c.Ratio, 0.06)
				c = compare(draw(1.1), draw(1), fewer)
				require.True(t, c.Different && c.High < 1, "%+v", c)
			}
		})
	}
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}
