package compare

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVerdict(t *testing.T) {
	quiet := samplesOf(1.00, 1.01, 0.99, 1.00, 1.02, 0.98, 1.00)
	noisy := samplesOf(1.0, 1.6, 0.7, 1.2, 0.8, 1.4, 1.0)
	fast, slow := samplesOf(0.5, 0.51, 0.49, 0.5, 0.5, 0.5, 0.5), samplesOf(2, 2, 2.1, 2, 2, 2, 1.9)
	for _, test := range []struct {
		second []Sample
		want   Verdict
	}{{quiet, NotShown}, {noisy, TooWide}, {fast, Faster}, {slow, Slower}} {
		r := reportOf(quiet, test.second)
		require.Equal(t, []Verdict{First, test.want}, []Verdict{r.Verdict(0), r.Verdict(1)})
	}
	for _, test := range []struct {
		first, second outcome
		want          []Verdict
	}{
		{outcome{samples: quiet}, outcome{samples: fast, different: "x"}, []Verdict{First, OtherOutput}},
		{outcome{samples: quiet}, outcome{failed: "x"}, []Verdict{First, NotMeasured}},
		{outcome{samples: quiet, different: "x"}, outcome{samples: fast}, []Verdict{OtherOutput, NoReference}},
	} {
		r := reportOf(quiet, quiet)
		r.evaluate([]outcome{test.first, test.second})
		require.Equal(t, test.want, []Verdict{r.Verdict(0), r.Verdict(1)})
	}
	r := reportOf(samplesOf(1), samplesOf(2))
	require.Equal(t, TooFew, r.Verdict(1), "the interval of one run excludes 1")
}

func TestMedianInterval(t *testing.T) {
	low, high := MedianInterval([]float64{3, 1, 2, 5, 4})
	require.Equal(t, []float64{1, 5}, []float64{low, high})
	low, high = MedianInterval([]float64{7})
	require.Equal(t, []float64{7, 7}, []float64{low, high})
	var many []float64
	for i := range 1001 {
		many = append(many, float64(i))
	}
	low, high = MedianInterval(many)
	// The exact interval of order statistics has half a width of 1.96·√1001/2 = 31 ranks.
	require.InDelta(t, 500-31, low, 4)
	require.InDelta(t, 500+31, high, 4)
}
