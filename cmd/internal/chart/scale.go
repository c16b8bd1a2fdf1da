package chart

import (
	"math"
	"strconv"
)

// mostLinear is the largest ratio of two values of a linear Scale.
const mostLinear = 5

// Scale is an axis that need not begin at 0. It is logarithmic if the largest value is
// more than five times the least one, so that what is small is not lost.
type Scale struct {
	Log        bool
	low, high  float64
	begin, end float64 // in pixels
}

// NewScale returns an axis between two pixels with room for values above 0 and a margin
// at both ends.
func NewScale(values []float64, begin, end float64) Scale {
	low, high := math.Inf(1), 0.0
	for _, v := range values {
		if v > 0 && !math.IsInf(v, 1) {
			low, high = min(low, v), max(high, v)
		}
	}
	if high == 0 {
		low, high = 1, 1
	}
	if high/low > mostLinear {
		margin := math.Pow(high/low, 0.03)
		return Scale{true, low / margin, high * margin, begin, end}
	}
	// Values that hardly differ do not fill the axis.
	margin := max(0.03*(high-low), 0.002*high)
	return Scale{false, low - margin, high + margin, begin, end}
}

// At returns the position of a value.
func (s Scale) At(value float64) float64 {
	share := (value - s.low) / (s.high - s.low)
	if s.Log {
		share = math.Log(value/s.low) / math.Log(s.high/s.low)
	}
	return s.begin + (s.end-s.begin)*share
}

// Ticks returns at most so many ticks, or a few more on a logarithmic axis, at values that are 1, 2
// or 5 times a power of ten, or multiples of one on a linear axis.
func (s Scale) Ticks(most int, label func(value float64) string) []Tick {
	var all []Tick
	for _, value := range s.values(most) {
		all = append(all, Tick{s.At(value), label(value)})
	}
	return all
}

// values returns the values of ticks.
func (s Scale) values(most int) []float64 {
	if !s.Log {
		return multiples(s.low, s.high, most)
	}
	low, high := int(math.Floor(math.Log10(s.low))), int(math.Ceil(math.Log10(s.high)))
	for _, factors := range [][]float64{{1, 2, 5}, {1, 3}, {1}} {
		var all []float64
		for power := low; power <= high; power++ {
			for _, factor := range factors {
				if value := factor * math.Pow10(power); s.low <= value && value <= s.high {
					all = append(all, value)
				}
			}
		}
		if len(all) <= most {
			return all
		}
	}
	var all []float64
	for power := low; power <= high; power += (high-low)/most + 1 {
		if value := math.Pow10(power); s.low <= value && value <= s.high {
			all = append(all, value)
		}
	}
	return all
}

// multiples returns the at most so many multiples of 1, 2 or 5 times a power of ten
// between low and high. An end is none of them, whatever its last digit.
func multiples(low, high float64, most int) []float64 {
	power := math.Pow10(int(math.Floor(math.Log10((high - low) / float64(most)))))
	for _, factor := range []float64{1, 2, 5, 10} {
		step := factor * power
		first, last := math.Floor(low/step+1e-6)+1, math.Ceil(high/step-1e-6)-1
		if last-first+1 > float64(most) {
			continue
		}
		var all []float64
		for i := first; i <= last; i++ {
			all = append(all, i*step)
		}
		return all
	}
	return nil
}

// Decimal formats the value of a tick with as few digits as it needs.
func Decimal(value float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(value, 'g', 6, 64), 64)
	if err != nil {
		rounded = value
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
