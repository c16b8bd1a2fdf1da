package compare

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/aclements/go-moremath/stats"
)

const (
	// confidence is the confidence level of the intervals.
	confidence = 0.95
	// resamples and seed are those of the bootstrap. With 10,000 resamples, 250
	// values are beyond each end of an interval of 95 %. The seed is fixed: the
	// same samples give the same interval.
	resamples = 10_000
	seed      = 1
)

// Summary summarizes the samples of an entry.
type Summary struct {
	MinSeconds    float64 `json:"min_seconds"`
	MedianSeconds float64 `json:"median_seconds"`
	P95Seconds    float64 `json:"p95_seconds"`
	// Spread is the distance of the quartiles of the wall time, divided by its
	// median.
	Spread float64 `json:"spread"`
	// The following are medians of the runs.
	TreeSeconds   float64 `json:"tree_seconds,omitempty"` // 0 is unknown
	UserSeconds   float64 `json:"user_seconds"`
	SystemSeconds float64 `json:"system_seconds"`
	GCCycles      float64 `json:"gc_cycles"`
	// The following are the largest values of the runs.
	PeakResidentBytes     int64   `json:"peak_resident_bytes"`
	PeakOwnBytes          int64   `json:"peak_own_bytes,omitempty"` // 0 is unknown
	OwnResidentBytes      int64   `json:"own_resident_bytes"`
	GCLongestPauseSeconds float64 `json:"gc_longest_pause_seconds"`
}

// Comparison compares an entry with the first one.
type Comparison struct {
	// Ratio is the median of the wall times divided by that of the first entry:
	// above 1, the entry is slower. Low and High are the ends of its confidence
	// interval.
	Ratio float64 `json:"ratio"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	// Different says that the interval does not include 1.
	Different bool `json:"different"`
	// Welch is nil if the test is not possible: with one run of each, or if each
	// of the two always takes exactly the same time, but not the other's.
	Welch *Welch `json:"welch"`
}

// Welch is the result of Welch's t-test (unequal variances, two-sided) of the
// wall times. P is the probability of a T at least as far from 0 if the means
// are equal.
type Welch struct {
	T                float64 `json:"t"`
	DegreesOfFreedom float64 `json:"degrees_of_freedom"`
	P                float64 `json:"p"`
}

// quantile returns the quantile q, from 0 to 1, of sorted values. It interpolates
// linearly between two values: type 7 of Hyndman and Fan, "Sample Quantiles in
// Statistical Packages" (1996), the default of R and NumPy.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// column returns one value of each sample, sorted.
func column(samples []Sample, of func(Sample) float64) []float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values
}

func wallOf(s Sample) float64 { return s.WallSeconds }

// summarize returns the summary of one or more samples.
func summarize(samples []Sample) Summary {
	median := func(of func(Sample) float64) float64 { return quantile(column(samples, of), 0.5) }
	wall := column(samples, wallOf)
	s := Summary{
		MinSeconds:    wall[0],
		MedianSeconds: quantile(wall, 0.5),
		P95Seconds:    quantile(wall, 0.95),
		TreeSeconds:   median(func(s Sample) float64 { return s.TreeSeconds }),
		UserSeconds:   median(func(s Sample) float64 { return s.UserSeconds }),
		SystemSeconds: median(func(s Sample) float64 { return s.SystemSeconds }),
		GCCycles:      median(func(s Sample) float64 { return float64(s.GCCycles) }),
	}
	s.Spread = (quantile(wall, 0.75) - quantile(wall, 0.25)) / s.MedianSeconds
	for _, sample := range samples {
		s.PeakResidentBytes = max(s.PeakResidentBytes, sample.PeakResidentBytes)
		s.PeakOwnBytes = max(s.PeakOwnBytes, sample.PeakOwnBytes)
		s.OwnResidentBytes = max(s.OwnResidentBytes, sample.OwnResidentBytes)
		s.GCLongestPauseSeconds = max(s.GCLongestPauseSeconds, sample.GCLongestPauseSeconds)
	}
	return s
}

// compare compares the wall times of other with those of first. The interval is
// from n resamples.
func compare(first, other []Sample, n int) Comparison {
	a, b := column(first, wallOf), column(other, wallOf)
	c := Comparison{Ratio: quantile(b, 0.5) / quantile(a, 0.5)}
	c.Low, c.High = bootstrap(a, b, n)
	c.Different = c.Low > 1 || c.High < 1
	c.Welch = welch(a, b)
	return c
}

// bootstrap returns the ends of the confidence interval of the ratio of the
// median of b to that of a, which are sorted. It uses the percentile method
// (Efron, "Bootstrap Methods: Another Look at the Jackknife", 1979): it draws
// from both samples with replacement n times, and the interval contains the
// middle 95 % of the ratios.
func bootstrap(a, b []float64, n int) (low, high float64) {
	random := rand.New(rand.NewPCG(seed, 0))
	drawsA, drawsB := make([]int, len(a)), make([]int, len(b))
	ratios := make([]float64, n)
	for i := range ratios {
		ratios[i] = medianOfDraw(random, b, drawsB) / medianOfDraw(random, a, drawsA)
	}
	slices.Sort(ratios)
	return quantile(ratios, (1-confidence)/2), quantile(ratios, (1+confidence)/2)
}

// MedianInterval returns the ends of the confidence interval of the median of one or
// more values, by the same bootstrap as that of a Comparison.
func MedianInterval(values []float64) (low, high float64) {
	sorted := slices.Sorted(slices.Values(values))
	random := rand.New(rand.NewPCG(seed, 0))
	draws := make([]int, len(sorted))
	medians := make([]float64, resamples)
	for i := range medians {
		medians[i] = medianOfDraw(random, sorted, draws)
	}
	slices.Sort(medians)
	return quantile(medians, (1-confidence)/2), quantile(medians, (1+confidence)/2)
}

// medianOfDraw draws len(sorted) values with replacement and returns their
// median. As the values are sorted, it need only count how often each is drawn,
// in draws, which has the same length.
func medianOfDraw(random *rand.Rand, sorted []float64, draws []int) float64 {
	clear(draws)
	for range sorted {
		draws[random.IntN(len(sorted))]++
	}
	// The values at lower and upper are in the middle.
	lower, upper := (len(sorted)-1)/2, len(sorted)/2
	i, seen := 0, draws[0]
	for seen <= lower {
		i++
		seen += draws[i]
	}
	median := sorted[i]
	for seen <= upper {
		i++
		seen += draws[i]
	}
	return median + (sorted[i]-median)/2
}

// welch returns the result of Welch's t-test of b against a, or nil if the test is
// not possible. The test is that of the library of benchstat.
func welch(a, b []float64) *Welch {
	r, err := stats.TwoSampleWelchTTest(stats.Sample{Xs: b}, stats.Sample{Xs: a}, stats.LocationDiffers)
	switch {
	case errors.Is(err, stats.ErrZeroVariance):
		// A coarse clock may show no noise at all.
		if a[0] == b[0] {
			return &Welch{T: 0, DegreesOfFreedom: float64(len(a) + len(b) - 2), P: 1}
		}
		return nil
	case err != nil:
		return nil
	}
	return &Welch{T: r.T, DegreesOfFreedom: r.DoF, P: math.Min(r.P, 1)}
}
