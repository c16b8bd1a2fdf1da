package profile

import (
	"fmt"
	"math"
	"time"

	"onebrc/cmd/internal/chart"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/format"
)

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
			return format.Thousands(int64(mib)) + " MiB"
		},
		func(s compare.Summary) float64 { return float64(s.PeakOwnBytes) / (1 << 20) },
		func(s compare.Sample) float64 { return float64(s.PeakOwnBytes) / (1 << 20) },
	},
}

// drawNames draws the newest set: a row for each data profile with a plot for each of
// quantities, in which a program has a line through its medians and a dot for each
// sample.
func drawNames(sets []sideSet, colours chart.Theme) ([]byte, error) {
	c := chart.Plots{Caption: notMeasured}
	if len(sets) > 0 {
		set := sets[0]
		first := set.cases[0].report
		c.Caption = fmt.Sprintf("Both axes are logarithmic; lower is better. Line: median time, largest memory; dot: one run. %s with %d CPUs (%s).",
			format.Machine(first.Environment), first.Environment.CPUs, first.Time.UTC().Format(time.DateOnly))
		for _, e := range set.programs() {
			c.Legend = append(c.Legend, chart.Series{Name: e.Name, Own: e.Own})
		}
		for _, cases := range set.profilesOf() {
			var row []chart.Plot
			for _, q := range quantities {
				row = append(row, q.plot(cases, c.Legend))
			}
			c.Rows = append(c.Rows, row)
		}
	}
	return c.Draw(colours)
}

// plot returns the plot of a quantity in the cases of a data profile.
func (q quantity) plot(cases []sideCase, legend []chart.Series) chart.Plot {
	p := chart.Plot{
		Title:  q.title + ", " + cases[0].dataProfile(),
		XLabel: func(n float64) string { return fmt.Sprintf("1e%.0f", math.Log10(n)) },
		YLabel: q.label,
	}
	if rows := cases[0].report.Input.Rows; rows == cases[len(cases)-1].report.Input.Rows && len(cases) > 1 {
		p.Title += ", " + format.Thousands(rows) + " rows"
	}
	for _, series := range legend {
		var line chart.Line
		for _, c := range cases {
			x := float64(c.report.Input.Names)
			for _, e := range c.report.Entries {
				if e.Name == series.Name && e.Result != compare.Failed {
					q.add(&line, x, e)
				}
			}
		}
		p.Lines = append(p.Lines, line)
	}
	return p
}

// add adds an entry at x. What is unknown has no point.
func (q quantity) add(line *chart.Line, x float64, e compare.Entry) {
	if value := q.summary(e.Summary); value > 0 {
		line.Points = append(line.Points, [2]float64{x, value})
	}
	for _, sample := range e.Samples {
		if value := q.sample(sample); value > 0 {
			line.Dots = append(line.Dots, [2]float64{x, value})
		}
	}
}
