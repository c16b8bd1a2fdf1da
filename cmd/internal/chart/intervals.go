package chart

import (
	"html/template"
	"math"

	"github.com/clipperhouse/displaywidth"
)

// The layout of intervals, in pixels.
const (
	intervalSide  = 28 // half of the label of a tick
	intervalName  = 18 // height of the names
	intervalLane  = 26 // height of the dots
	intervalThin  = 12 // height of a row without dots
	intervalGap   = 14 // between two rows
	intervalTicks = 100
	intervalChars = 9.2 // width of a bold letter at most, on average
)

// Intervals is a chart of values with their intervals and the samples they come from,
// one row each, on one Scale.
type Intervals struct {
	Width     int // in pixels
	Class     string
	Label     string  // words for readers who do not see the chart
	Reference float64 // a vertical line at this value; 0 means none
	Tick      func(value float64) string
	Rows      []Interval
}

// Interval is a row: a line at At on a bar from Low to High, and a dot for each sample,
// the first one at the top. All values are above 0. An At of 0 is not drawn.
type Interval struct {
	Name, Value   string
	At, Low, High float64
	Dots          []float64
	Colour        string // of the bar
}

// drawnIntervals is the data of the template.
type drawnIntervals struct {
	Theme
	Intervals
	Height, Top, Bottom int
	Ticks               []Tick
	Line                float64
	Drawn               []drawnInterval
}

// drawnInterval is a row with its places in pixels.
type drawnInterval struct {
	Interval
	Text, Y, Tall     int // of the texts, of the bar, and its height
	At, Low, BarWidth float64
	Dots              [][2]float64
}

// Scale returns the axis of the chart.
func (c Intervals) Scale() Scale {
	var values []float64
	for _, row := range c.Rows {
		values = append(append(values, row.At, row.Low, row.High), row.Dots...)
	}
	return NewScale(append(values, c.Reference), intervalSide, float64(c.Width-intervalSide))
}

// Draw returns the chart as SVG, in the colours of Page.
func (c Intervals) Draw() (template.HTML, error) {
	scale := c.Scale()
	data := drawnIntervals{
		Theme: Page, Intervals: c, Top: 4,
		Ticks: scale.Ticks(c.Width/intervalTicks, c.Tick),
	}
	if c.Reference > 0 {
		data.Line = scale.At(c.Reference)
	}
	y := data.Top
	for _, row := range c.Rows {
		drawn := row.draw(y, scale)
		room := float64(c.Width)/intervalChars - float64(displaywidth.String(row.Value)) - 2
		drawn.Name = displaywidth.TruncateString(row.Name, max(int(room), 8), "…")
		data.Drawn = append(data.Drawn, drawn)
		y = drawn.Y + drawn.Tall + intervalGap
	}
	data.Bottom = y
	data.Height = y + 22
	svg, err := draw("intervals.svg.tmpl", data)
	return template.HTML(svg), err
}

// draw returns the row at y.
func (r Interval) draw(y int, scale Scale) drawnInterval {
	drawn := drawnInterval{Interval: r, Text: y + intervalName - 5, Y: y + intervalName, Tall: intervalThin}
	if len(r.Dots) > 0 {
		drawn.Tall = intervalLane
	}
	if r.At > 0 {
		drawn.At, drawn.Low = scale.At(r.At), scale.At(r.Low)
		drawn.BarWidth = max(scale.At(r.High)-drawn.Low, 1)
	}
	// Dots at the same place are drawn once.
	seen := map[[2]float64]bool{}
	for i, value := range r.Dots {
		share := (float64(i) + 0.5) / float64(len(r.Dots))
		at := [2]float64{math.Round(2*scale.At(value)) / 2, math.Round(2*(float64(drawn.Y)+2+share*(intervalLane-4))) / 2}
		if !seen[at] {
			seen[at] = true
			drawn.Dots = append(drawn.Dots, at)
		}
	}
	return drawn
}
