package chart

import "math"

// Axis is a logarithmic axis from 10^low to 10^high.
type Axis struct {
	low, high  int
	begin, end float64 // in pixels
}

// Tick is a labelled line of an axis.
type Tick struct {
	At    float64 // in pixels
	Label string
}

// NewAxis returns an axis between two pixels that has room for all values above 0.
func NewAxis(values []float64, begin, end float64) Axis {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if v > 0 {
			low, high = min(low, v), max(high, v)
		}
	}
	if low > high {
		low, high = 1, 10
	}
	a := Axis{int(math.Floor(math.Log10(low))), int(math.Ceil(math.Log10(high))), begin, end}
	a.high = max(a.high, a.low+1)
	return a
}

// At returns the position of a value.
func (a Axis) At(value float64) float64 {
	return a.begin + (a.end-a.begin)*(math.Log10(value)-float64(a.low))/float64(a.high-a.low)
}

// Ticks returns a tick for each power of ten.
func (a Axis) Ticks(label func(float64) string) []Tick {
	var all []Tick
	for power := a.low; power <= a.high; power++ {
		value := math.Pow10(power)
		all = append(all, Tick{a.At(value), label(value)})
	}
	return all
}
