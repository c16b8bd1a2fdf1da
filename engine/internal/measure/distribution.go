package measure

import (
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// highest is the highest value that a distribution distinguishes from
	// higher ones: a day in nanoseconds, or 79 TiB in bytes.
	highest = int64(24 * time.Hour)
	// digits is the number of significant digits of a value: 2 are 1 %.
	digits = 2
)

// distribution counts values of 0 or more, and keeps the largest one.
type distribution struct {
	histogram *hdrhistogram.Histogram
	max       int64
}

func newDistribution() distribution {
	return distribution{histogram: hdrhistogram.New(1, highest, digits)}
}

// add counts value the given number of times.
func (d *distribution) add(value, times int64) {
	d.max = max(d.max, value)
	// The histogram refuses only values below 0 or above highest.
	_ = d.histogram.RecordValues(min(max(value, 0), highest), times)
}

// merge adds the counts of other.
func (d *distribution) merge(other distribution) {
	d.max = max(d.max, other.max)
	d.histogram.Merge(other.histogram)
}

// at returns the value that percent of the counts do not exceed.
func (d *distribution) at(percent float64) int64 {
	return min(d.histogram.ValueAtPercentile(percent), d.max)
}

// bucketsPerDecade is the number of buckets of a factor of 10. All have the same width on
// a logarithmic axis.
const bucketsPerDecade = 10

// buckets returns how many values of nanoseconds there are in ranges of them.
func (d *distribution) buckets() []Bucket {
	var all []Bucket
	at := func(bucket float64) float64 { return math.Pow(10, bucket/bucketsPerDecade) / 1e9 }
	last := math.Inf(-1)
	for _, bar := range d.histogram.Distribution() {
		if bar.Count == 0 {
			continue
		}
		bucket := math.Floor(bucketsPerDecade * math.Log10(max(float64(bar.From+bar.To)/2, 1)))
		if bucket > last {
			all = append(all, Bucket{FromSeconds: at(bucket), ToSeconds: at(bucket + 1)})
			last = bucket
		}
		all[len(all)-1].Count += bar.Count
	}
	return all
}

// percentiles returns the percentiles of nanoseconds, in seconds.
func (d *distribution) percentiles() Percentiles {
	return Percentiles{
		P50: seconds(d.at(50)), P90: seconds(d.at(90)), P99: seconds(d.at(99)), P999: seconds(d.at(99.9)),
		Max: seconds(d.max),
	}
}

// seconds converts nanoseconds to seconds.
func seconds[T ~int64](nanoseconds T) float64 { return time.Duration(nanoseconds).Seconds() }
