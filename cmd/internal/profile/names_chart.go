package profile

import (
	"fmt"
	"math"
	"time"

	"onebrc/cmd/internal/compare"
)

// The layout of the chart of names, in pixels.
const (
	namesAxis   = 72  // width of the labels of a vertical axis
	namesHeight = 180 // of the area of a plot
	namesGap    = 24  // between two plots
	namesLegend = 190 // width of a program in the legend
	legendRow   = 20
)

// dashes tell the lines of one colour apart.
var dashes = []string{"none", "6 3", "2 3", "8 3 2 3"}

// plot is a part of the chart of names, with logarithmic axes.
type plot struct {
	Title                    string
	Left, Right, Top, Bottom int
	X, Y                     []tick
	Lines                    []plotLine
}

// tick is a labelled line of an axis.
type tick struct {
	At    float64
	Label string
}

// plotLine is a line through the medians of a program, with a dot for each sample.
type plotLine struct {
	Name, Colour, Dash string
	At                 [2]int // where the legend has it
	Points, Dots       [][2]float64
}

// quantity is what a plot shows of a program.
type quantity struct {
	title   string
	label   func(value float64) string // of a tick
	summary func(compare.Summary) float64
	sample  func(compare.Sample) float64
}

// quantities are the columns of the chart. A value of 0 is unknown.
var quantities = []quantity{
	{
		"time", func(seconds float64) string {
			if seconds < 1 {
				return fmt.Sprintf("%.4g ms", 1e3*seconds)
			}
			return fmt.Sprintf("%.0f s", seconds)
		},
		func(s compare.Summary) float64 { return s.MedianSeconds },
		func(s compare.Sample) float64 { return s.WallSeconds },
	},
	{
		"own memory", func(mib float64) string {
			if mib < 1 {
				return fmt.Sprintf("%.3g MiB", mib)
			}
			return thousands(int64(mib)) + " MiB"
		},
		func(s compare.Summary) float64 { return float64(s.PeakOwnBytes) / (1 << 20) },
		func(s compare.Sample) float64 { return float64(s.PeakOwnBytes) / (1 << 20) },
	},
}

// axis is a logarithmic axis from 10^low to 10^high.
type axis struct {
	low, high  int
	begin, end float64 // in pixels
}

// newAxis returns an axis that has room for all values above 0.
func newAxis(values []float64, begin, end float64) axis {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if v > 0 {
			low, high = min(low, v), max(high, v)
		}
	}
	if low > high {
		low, high = 1, 10
	}
	a := axis{int(math.Floor(math.Log10(low))), int(math.Ceil(math.Log10(high))), begin, end}
	a.high = max(a.high, a.low+1)
	return a
}

// at returns the position of a value.
func (a axis) at(value float64) float64 {
	return a.begin + (a.end-a.begin)*(math.Log10(value)-float64(a.low))/float64(a.high-a.low)
}

// ticks returns a tick for each power of ten.
func (a axis) ticks(label func(float64) string) []tick {
	var all []tick
	for power := a.low; power <= a.high; power++ {
		value := math.Pow10(power)
		all = append(all, tick{a.at(value), label(value)})
	}
	return all
}

// drawNames draws the newest set: a row for each data profile with a plot for each of
// quantities. All plots have the same axis of names, and those of a quantity the same
// axis of values.
func drawNames(sets []sideSet, colours theme) ([]byte, error) {
	var data struct {
		frame
		Legend []plotLine
		Plots  []plot
	}
	caption, y := notMeasured, chartMargin
	if len(sets) > 0 {
		set := sets[0]
		first := set.cases[0].report
		caption = fmt.Sprintf("Both axes are logarithmic; lower is better. Line: median time, largest memory; dot: one run. %s with %d CPUs (%s).",
			machine(first.Environment), first.Environment.CPUs, first.Time.UTC().Format(time.DateOnly))
		data.Legend = set.legend(colours, y)
		y = data.Legend[len(data.Legend)-1].At[1] + legendRow
		for _, cases := range set.profilesOf() {
			for column, q := range quantities {
				data.Plots = append(data.Plots, set.plot(cases, q, column, y, data.Legend))
			}
			y += chartHead + namesHeight + chartHead
		}
	}
	data.frame = newFrame(colours, y, caption)
	return draw("names.svg.tmpl", data)
}

// legend returns the line of each program, without points. Those of this project
// have a colour of their own.
func (s sideSet) legend(colours theme, y int) []plotLine {
	var lines []plotLine
	drawn := map[bool]int{}
	perRow := (chartWidth - 2*chartMargin) / namesLegend
	for i, e := range s.programs() {
		line := plotLine{Name: e.Name, Colour: colours.Muted, Dash: dashes[drawn[e.Own]%len(dashes)]}
		if e.Own {
			line.Colour = colours.Own
		}
		drawn[e.Own]++
		line.At = [2]int{chartMargin + i%perRow*namesLegend, y + i/perRow*legendRow}
		lines = append(lines, line)
	}
	return lines
}

// plot returns the plot of a quantity in some cases of the set, whose top is y.
func (s sideSet) plot(cases []sideCase, q quantity, column, y int, legend []plotLine) plot {
	width := (chartWidth - 2*chartMargin - namesGap) / len(quantities)
	p := plot{Left: chartMargin + column*(width+namesGap) + namesAxis, Top: y + chartHead}
	p.Right, p.Bottom = p.Left-namesAxis+width, p.Top+namesHeight
	p.Title = q.title + ", " + cases[0].dataProfile()
	if rows := cases[0].report.Input.Rows; rows == cases[len(cases)-1].report.Input.Rows && len(cases) > 1 {
		p.Title += ", " + thousands(rows) + " rows"
	}
	var names, values []float64
	for _, c := range s.cases {
		names = append(names, float64(c.report.Input.Names))
		for _, e := range c.report.Entries {
			values = append(values, q.summary(e.Summary))
			for _, sample := range e.Samples {
				values = append(values, q.sample(sample))
			}
		}
	}
	horizontal := newAxis(names, float64(p.Left), float64(p.Right))
	vertical := newAxis(values, float64(p.Bottom), float64(p.Top))
	p.X = horizontal.ticks(func(n float64) string { return fmt.Sprintf("1e%.0f", math.Log10(n)) })
	p.Y = vertical.ticks(q.label)
	for _, line := range legend {
		for _, c := range cases {
			x := horizontal.at(float64(c.report.Input.Names))
			for _, e := range c.report.Entries {
				if e.Name == line.Name && e.Result != compare.Failed {
					line.add(x, vertical, q, e)
				}
			}
		}
		p.Lines = append(p.Lines, line)
	}
	return p
}

// add adds an entry at x. What is unknown has no point.
func (l *plotLine) add(x float64, vertical axis, q quantity, e compare.Entry) {
	if value := q.summary(e.Summary); value > 0 {
		l.Points = append(l.Points, [2]float64{x, vertical.at(value)})
	}
	for _, sample := range e.Samples {
		if value := q.sample(sample); value > 0 {
			l.Dots = append(l.Dots, [2]float64{x, vertical.at(value)})
		}
	}
}
