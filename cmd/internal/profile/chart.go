package profile

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"strings"
	"time"

	"onebrc/cmd/internal/compare"
)

// headlinePrefix starts the names of the cases that the main README shows.
const headlinePrefix = "default-"

// headlineCases returns the newest side-by-side run and its headline cases,
// the one with the most rows first.
func headlineCases(sets []sideSet) (set sideSet, cases []sideCase) {
	if len(sets) == 0 {
		return set, nil
	}
	for _, c := range sets[0].cases {
		switch {
		case !strings.HasPrefix(c.name, headlinePrefix):
		case len(cases) > 0 && c.report.Input.Rows > cases[0].report.Input.Rows:
			cases = append([]sideCase{c}, cases...)
		default:
			cases = append(cases, c)
		}
	}
	return sets[0], cases
}

// headline returns the sentence at the top of the main README, with the chart.
func headline(sets []sideSet) string {
	_, cases := headlineCases(sets)
	if len(cases) == 0 {
		return "Nothing has been measured yet.\n"
	}
	r := cases[0].report
	s, e := r.Entries[0].Summary, r.Environment
	return fmt.Sprintf(`**%s rows (%s) in %s** on %s with %d CPUs, file in the page cache:
the median of %d runs of %s; least %s, quartiles %.1f %% apart.

<picture>
  <source media="(prefers-color-scheme: dark)" srcset="profiles/%s">
  <img alt="Times of onebrc and other programs; the numbers are in profiles/SIDE-BY-SIDE.md" src="profiles/%s">
</picture>
`, thousands(r.Input.Rows), gigabytes(r.Input.Bytes), duration(s.MedianSeconds), machine(e), e.CPUs,
		r.Settings.Runs, code(r.Entries[0].CommandLine()), duration(s.MinSeconds), 100*s.Spread,
		dark.file(headlineChart), light.file(headlineChart))
}

// headlineLosses returns what the newest run lost, for the main README.
func headlineLosses(sets []sideSet) string {
	if len(sets) == 0 {
		return "- Nothing has been measured yet.\n"
	}
	return "- Side by side: " + strings.TrimPrefix(sets[0].losses(), lossesPrefix) + "\n"
}

// theme is the colours of a chart.
type theme struct {
	name                               string
	Ground, Ink, Muted, Own, Peer, Dot string
}

var (
	light  = theme{"light", "#ffffff", "#1f2328", "#59636e", "#0969da", "#afb8c1", "#1f2328"}
	dark   = theme{"dark", "#0d1117", "#f0f6fc", "#9198a1", "#4493f8", "#3d444d", "#f0f6fc"}
	themes = []theme{light, dark}
)

// headlineChart is the chart of the main README.
const headlineChart = "headline"

// file returns the name of the file of a chart.
func (t theme) file(chart string) string { return chart + "-" + t.name + ".svg" }

// frame is what all charts have: colours, a size, and a caption below.
type frame struct {
	theme
	Width, Height, Margin int
	Caption               string
	CaptionY              int
}

// newFrame returns the frame of a chart whose panels end at y.
func newFrame(colours theme, y int, caption string) frame {
	return frame{colours, chartWidth, y + 2*chartMargin, chartMargin, caption, y + chartMargin}
}

// notMeasured is the caption of an empty chart.
const notMeasured = "nothing has been measured yet"

// draw executes the template of a chart.
func draw(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := chartTemplates.ExecuteTemplate(&b, name, data); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return b.Bytes(), nil
}

// The layout of the chart, in pixels.
const (
	chartWidth  = 800
	chartMargin = 16
	chartLabels = 250 // width of the names
	chartValues = 80  // width of the numbers
	chartRow    = 34
	chartHeight = 14 // of a bar
	chartHead   = 30 // of a panel
)

//go:embed *.svg.tmpl
var chartFiles embed.FS

// chartTemplates are the template of each chart, and those of the frame in
// frame.svg.tmpl.
var chartTemplates = template.Must(template.ParseFS(chartFiles, "*.svg.tmpl"))

// chartPanel is a panel of the chart: one case.
type chartPanel struct {
	Title string
	Y     int
	Bars  []chartBar
}

// chartBar is a bar with its labels and a dot for each sample.
type chartBar struct {
	Name, Note, Value string
	Y                 int
	Width             float64
	Fill              string
	Dots              []float64
}

// chart draws the headline cases: a bar to the median of each program, and a dot
// for each sample. Each panel has its own scale, from 0.
func chart(sets []sideSet, colours theme) ([]byte, error) {
	set, cases := headlineCases(sets)
	data := struct {
		frame
		Left, Bar, Right int
		Panels           []chartPanel
	}{Left: chartMargin + chartLabels, Bar: chartHeight, Right: chartWidth - chartMargin}
	y := chartMargin
	for _, c := range cases {
		p := chartPanel{Title: fmt.Sprintf("%s rows, %s", thousands(c.report.Input.Rows), gigabytes(c.report.Input.Bytes)), Y: y + 14}
		y += chartHead
		scale := float64(chartWidth-2*chartMargin-chartLabels-chartValues) / slowest(c.report.Entries)
		for _, e := range c.report.Entries {
			if e.Result == compare.Failed {
				continue
			}
			p.Bars = append(p.Bars, newChartBar(e, y, scale, colours))
			y += chartRow
		}
		data.Panels = append(data.Panels, p)
		y += chartMargin / 2
	}
	caption := notMeasured
	if len(cases) > 0 {
		e := cases[0].report.Environment
		caption = fmt.Sprintf("Wall time, lower is better. Bar: median; dot: one run. %s with %d CPUs, %s, %s (%s).",
			machine(e), e.CPUs, e.GoVersion, cases[0].report.Time.UTC().Format(time.DateOnly), set.name)
	}
	data.frame = newFrame(colours, y, caption)
	return draw("headline.svg.tmpl", data)
}

// newChartBar returns the bar of an entry at y. A second is scale pixels wide.
func newChartBar(e compare.Entry, y int, scale float64, colours theme) chartBar {
	note, _, _ := strings.Cut(cmp.Or(e.Note, e.CommandLine()), ",")
	if e.Result == compare.Different {
		note = note + "; other result"
	}
	bar := chartBar{
		Name: e.Name, Note: note, Y: y, Width: e.Summary.MedianSeconds * scale, Fill: colours.Peer,
		Value: duration(e.Summary.MedianSeconds),
	}
	if e.Own {
		bar.Fill = colours.Own
	}
	for _, s := range e.Samples {
		bar.Dots = append(bar.Dots, float64(chartMargin+chartLabels)+s.WallSeconds*scale)
	}
	return bar
}

// slowest returns the longest time of all samples.
func slowest(entries []compare.Entry) float64 {
	var most float64
	for _, e := range entries {
		most = max(most, e.Summary.MedianSeconds)
		for _, s := range e.Samples {
			most = max(most, s.WallSeconds)
		}
	}
	return most
}
