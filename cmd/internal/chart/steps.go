package chart

import (
	"html/template"
	"math"

	"github.com/clipperhouse/displaywidth"
)

// The layout of steps, in pixels.
const (
	stepRow    = 24
	stepHeight = 14  // of a bar
	stepName   = 172 // width of the names, in a wide chart
	stepValue  = 84  // width of the numbers
	stepTicks  = 24  // height of the labels of ticks
	stepNarrow = 600 // in a narrower chart, names are above the bars
	stepSide   = 24  // half of the label of a tick
	stepLetter = 7.9 // width of a letter at most, on average
)

// Steps is a chart of bars on one logarithmic axis, with an interval at the end of each
// bar. A bar is a link. The axis begins at a power of ten below all values, so that
// the lengths of bars say nothing: their ends do.
type Steps struct {
	Width  int
	Class  string // of the element
	Label  string // words for readers who do not see the chart
	Tick   func(value float64) string
	Steps  []Step
	Engine string // the legend of steps that are Own, and of the others
	Others string
}

// Step is a bar. All values are above 0.
type Step struct {
	Name, Value   string
	Words         string // all that the bar says, in words
	Link          string
	At, Low, High float64
	Own           bool
}

// drawnStep is a step with its place in pixels.
type drawnStep struct {
	Step
	Top, Text, Bar int     // of the row, of the texts, and of the bar
	Length         float64 // of the bar
	Left, Right    float64 // of the interval
	ValueAt        float64 // the right end of the value, or its left one
	Fill           string
}

// Draw returns the chart as SVG, in the colours of Page.
func (c Steps) Draw() (template.HTML, error) {
	narrow := c.Width < stepNarrow
	begin, end, row := stepName, c.Width-stepValue, stepRow
	if narrow {
		begin, end, row = 1, c.Width-8, stepRow+16
	}
	axis := newSteps(c.Steps, float64(begin), float64(end))
	data := struct {
		Theme
		Steps
		Narrow                                   bool
		Height, Begin, BarHeight, Row, Top, Foot int
		Ticks                                    []stepTick
		Drawn                                    []drawnStep
	}{
		Theme: Page, Steps: c, Narrow: narrow, Begin: begin, BarHeight: stepHeight, Row: row, Top: stepTicks,
		Ticks: axis.ticks(c.Tick, narrow),
	}
	y := stepTicks + 4
	for _, s := range c.Steps {
		d := drawnStep{Step: s, Top: y, Text: y + 15, Bar: y + 4, Length: axis.at(s.At) - axis.begin, Left: axis.at(s.Low), Right: axis.at(s.High), Fill: Page.Peer}
		d.ValueAt = max(axis.at(s.At), d.Right) + 8
		room := begin - 6
		if narrow {
			d.Bar, d.ValueAt = y+20, float64(end)
			room = end - stepValue
		}
		d.Name = displaywidth.TruncateString(s.Name, int(float64(room)/stepLetter), "…")
		if s.Own {
			d.Fill = Page.Own
		}
		data.Drawn = append(data.Drawn, d)
		y += row
	}
	data.Foot = y + 4
	data.Height = y + 32
	svg, err := draw("steps.svg.tmpl", data)
	return template.HTML(svg), err
}

// stepTick is a tick and the part of its label that is at it: "middle" or "start".
type stepTick struct {
	Tick
	Anchor string
}

// stepAxis is a logarithmic axis from a power of ten to the largest value.
type stepAxis struct{ low, high, begin, end float64 }

// newSteps returns the axis of steps.
func newSteps(steps []Step, begin, end float64) stepAxis {
	low, high := math.Inf(1), 0.0
	for _, s := range steps {
		low, high = min(low, s.Low, s.At), max(high, s.High, s.At)
	}
	if high == 0 {
		low, high = 1, 10
	}
	floor := math.Pow10(int(math.Floor(math.Log10(low))))
	if low < 1.2*floor { // the bar would be too short to be seen
		floor /= 2
	}
	return stepAxis{floor, high, begin, end}
}

// at returns the position of a value.
func (a stepAxis) at(value float64) float64 {
	return a.begin + (a.end-a.begin)*math.Log(value/a.low)/math.Log(a.high/a.low)
}

// ticks returns ticks at 1, 2 and 5 times powers of ten, or at powers of ten.
func (a stepAxis) ticks(label func(float64) string, few bool) []stepTick {
	factors := []float64{1, 2, 5}
	if few {
		factors = factors[:1]
	}
	var all []stepTick
	for power := math.Floor(math.Log10(a.low)); power <= math.Log10(a.high); power++ {
		for _, factor := range factors {
			if value := factor * math.Pow10(int(power)); a.low <= value && value <= a.high {
				tick := stepTick{Tick{a.at(value), label(value)}, "middle"}
				if tick.At < stepSide { // half of the label would be cut off
					tick.Anchor = "start"
				}
				all = append(all, tick)
			}
		}
	}
	return all
}
