package chart

import "math"

// Linear is a linear axis from 0.
type Linear struct {
	most, step float64
	begin, end float64 // in pixels
}

// NewLinear returns an axis between two pixels for values from 0 to most, with at most
// so many ticks after 0. They are at multiples of 1, 2 or 5 times a power of ten. If
// whole is set, the axis ends at a tick.
func NewLinear(most, begin, end float64, ticks int, whole bool) Linear {
	if !(most > 0) || math.IsInf(most, 1) {
		most = 1
	}
	a := Linear{most: most, begin: begin, end: end}
	power := math.Pow(10, math.Floor(math.Log10(most/float64(ticks))))
	for _, factor := range []float64{1, 2, 5, 10} {
		a.step = factor * power
		if whole {
			a.most = a.step * math.Ceil(most/a.step*(1-1e-9))
		}
		if math.Floor(a.most/a.step*(1+1e-9)) <= float64(ticks) {
			break
		}
	}
	return a
}

// At returns the position of a value.
func (a Linear) At(value float64) float64 { return a.begin + (a.end-a.begin)*value/a.most }

// Ticks returns the ticks, the first of which is 0.
func (a Linear) Ticks(label func(float64) string) []Tick {
	var all []Tick
	for i := 0.0; i*a.step <= a.most*(1+1e-9); i++ {
		all = append(all, Tick{a.At(i * a.step), label(i * a.step)})
	}
	return all
}
