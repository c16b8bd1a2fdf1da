package report

import (
	"fmt"
	"html/template"
	"io"
	"strings"

	"onebrc/cmd/internal/chart"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/format"
)

// maxSamples is the largest number of runs that the page of a comparison lists.
const maxSamples = 1000

// drawing is a chart as it is drawn for wide and for narrow pages.
type drawing struct{ Wide, Narrow template.HTML }

// The widths of charts, in pixels, and the classes of style.css that choose one.
const (
	wide   = 960
	narrow = 360
)

// comparison is the data of the page of a comparison.
type comparison struct {
	*compare.Report
	Entries    []comparedEntry
	Times      drawing
	TimesNote  string   // about the axis
	Ratios     *drawing // nil without a ratio
	Samples    []comparedSample
	SamplesAll int // with those that are not listed
}

// comparedEntry is an entry with what follows from its samples.
type comparedEntry struct {
	compare.Entry
	Verdict   compare.Verdict
	Class     string  // of the verdict
	Says      string  // the verdict in words
	Low, High float64 // interval of the median, 0 without a time
	Spread    float64 // in per cent
	MinRatio  float64 // of the least times
}

// comparedSample is a run of an entry.
type comparedSample struct {
	compare.Sample
	Name, Cached string
}

// Comparison writes the page of a comparison.
func Comparison(w io.Writer, r *compare.Report) error {
	c := comparison{Report: r}
	for i := range r.Entries {
		c.Entries = append(c.Entries, newComparedEntry(r, i))
	}
	c.listSamples()
	if err := c.drawTimes(); err != nil {
		return err
	}
	if err := c.drawRatios(); err != nil {
		return err
	}
	rows := ""
	if r.Input.Rows > 0 {
		rows = format.Thousands(r.Input.Rows) + " rows, "
	}
	return write(w, page{
		Kind:  "compare",
		Title: "Comparison on " + Visible(r.Input.Path),
		Lead: fmt.Sprintf("%s, %s of each: %s%s.", counted(len(r.Entries), "entry", "entries"), counted(r.Settings.Runs, "run", "runs"),
			rows, size(r.Input.Bytes)),
		Time: r.Time,
		Data: c,
	})
}

// size formats the size of a file.
func size(bytes int64) string {
	if bytes < 1e5 {
		return format.Thousands(bytes) + " bytes"
	}
	return format.Gigabytes(bytes)
}

// counted returns a number of things.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return format.Thousands(int64(n)) + " " + many
}

// newComparedEntry evaluates an entry of r.
func newComparedEntry(r *compare.Report, i int) comparedEntry {
	e := comparedEntry{Entry: r.Entries[i], Verdict: r.Verdict(i), Spread: 100 * r.Entries[i].Summary.Spread}
	if e.Result != compare.Failed {
		e.Low, e.High = compare.MedianInterval(e.walls())
	}
	e.Class = map[compare.Verdict]string{
		compare.First: "first", compare.Faster: "faster", compare.Slower: "slower",
		compare.OtherOutput: "wrong", compare.NotMeasured: "wrong",
	}[e.Verdict]
	if e.Comparison != nil {
		e.MinRatio = e.Summary.MinSeconds / r.Entries[0].Summary.MinSeconds
	}
	e.Says = e.words(r.Settings.Runs)
	return e
}

// words returns the verdict in words that follow the name.
func (e comparedEntry) words(runs int) string {
	var ratio, interval string
	if c := e.Comparison; c != nil {
		ratio = fmt.Sprintf("takes %s times as long as the reference", times(c.Ratio))
		interval = fmt.Sprintf("%s to %s", times(c.Low), times(c.High))
	}
	switch e.Verdict {
	case compare.First:
		text := "takes " + format.Duration(e.Summary.MedianSeconds)
		if len(e.Samples) == 1 {
			return text + ", by one run."
		}
		return fmt.Sprintf("%s (95 %% interval of the median: %s to %s).", text, format.Duration(e.Low), format.Duration(e.High))
	case compare.NotShown:
		return fmt.Sprintf("%s, but the 95 %% interval, %s, includes 1. This does not show that they are equally fast.", ratio, interval)
	case compare.TooWide:
		return fmt.Sprintf("%s, but the runs differ so much that the 95 %% interval is %s.", ratio, interval)
	case compare.TooFew:
		return fmt.Sprintf("%s. %s of each cannot show that this is more than chance: take at least %d.", ratio, counted(runs, "run", "runs"), compare.FewRuns)
	case compare.OtherOutput:
		return "printed another result than expected, so that its time is not that of the same work: " + sentence(e.Detail)
	case compare.NotMeasured:
		return "has no time: " + sentence(e.Detail)
	case compare.NoReference:
		return "cannot be judged, because the first entry printed another result."
	}
	text := fmt.Sprintf("%s (95 %% interval: %s).", ratio, interval)
	if p := e.Comparison.Welch; p != nil && p.P >= 0.05 {
		text += fmt.Sprintf(" Welch's t-test of the means does not confirm it (p = %v).", p)
	}
	return text
}

// sentence returns a text with one full stop at the end.
func sentence(text string) string { return strings.TrimRight(text, ". \n") + "." }

// walls returns the wall times in the order of the runs.
func (e comparedEntry) walls() []float64 {
	var walls []float64
	for _, s := range e.Samples {
		walls = append(walls, s.WallSeconds)
	}
	return walls
}

// times formats a ratio with at least four digits.
func times(ratio float64) string {
	if ratio >= 10 {
		return fmt.Sprintf("%.2f", ratio)
	}
	return fmt.Sprintf("%.3f", ratio)
}

// listSamples lists the runs in the order in which they took place.
func (c *comparison) listSamples() {
	at := make([]int, len(c.Report.Entries))
	for {
		next := -1
		for i, e := range c.Report.Entries {
			if at[i] < len(e.Samples) && (next < 0 || e.Samples[at[i]].Sequence < c.Report.Entries[next].Samples[at[next]].Sequence) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		if len(c.Samples) < maxSamples {
			e := c.Report.Entries[next]
			s := comparedSample{e.Samples[at[next]], e.Name, "unknown"}
			if s.CachedFraction != nil {
				s.Cached = fmt.Sprintf("%.1f %%", 100**s.CachedFraction)
			}
			c.Samples = append(c.Samples, s)
		}
		c.SamplesAll++
		at[next]++
	}
}

// draw draws a chart for wide and for narrow pages.
func (c *comparison) draw(ch chart.Intervals) (drawing, error) {
	var d drawing
	var err error
	ch.Width, ch.Class = wide, "wide"
	if d.Wide, err = ch.Draw(); err != nil {
		return d, err
	}
	ch.Width, ch.Class = narrow, "narrow"
	for i, row := range ch.Rows {
		ch.Rows[i].Value, _, _ = strings.Cut(row.Value, " (")
	}
	d.Narrow, err = ch.Draw()
	return d, err
}

// drawTimes draws all samples with their medians.
func (c *comparison) drawTimes() error {
	ch := chart.Intervals{Label: "Time of each run, with the median of each entry and its interval; the numbers are in the table of times", Tick: secondsTick}
	for _, e := range c.Entries {
		row := chart.Interval{Name: Visible(e.Name), Value: string(e.Verdict), Colour: chart.Page.Peer}
		if e.Own {
			row.Colour = chart.Page.Own
		}
		if e.Result != compare.Failed {
			row.Dots, row.At, row.Low, row.High = e.walls(), e.Summary.MedianSeconds, e.Low, e.High
			row.Value = format.Duration(row.At)
			if len(e.Samples) > 1 {
				row.Value += fmt.Sprintf(" (%s to %s)", format.Duration(row.Low), format.Duration(row.High))
			}
			if e.Result == compare.Different {
				row.Value = string(e.Verdict) + ", " + row.Value
			}
		}
		ch.Rows = append(ch.Rows, row)
	}
	c.TimesNote = "The axis does not begin at 0."
	if ch.Scale().Log {
		c.TimesNote = "The axis is logarithmic."
	}
	var err error
	c.Times, err = c.draw(ch)
	return err
}

// drawRatios draws the ratios to the first entry.
func (c *comparison) drawRatios() error {
	ch := chart.Intervals{Label: "Ratio of each entry's time to that of the reference, with its interval; the numbers are in the table of ratios", Reference: 1, Tick: chart.Decimal}
	for _, e := range c.Entries {
		if e.Comparison == nil {
			continue
		}
		row := chart.Interval{Name: Visible(e.Name), At: e.Comparison.Ratio, Low: e.Comparison.Low, High: e.Comparison.High, Colour: "var(--muted)"}
		row.Value = fmt.Sprintf("%s: %s", e.Verdict, times(row.At))
		if len(e.Samples) > 1 {
			row.Value += fmt.Sprintf(" (%s to %s)", times(row.Low), times(row.High))
		}
		switch e.Verdict {
		case compare.Faster:
			row.Colour = "var(--good)"
		case compare.Slower:
			row.Colour = "var(--bad)"
		}
		ch.Rows = append(ch.Rows, row)
	}
	if len(ch.Rows) == 0 {
		return nil
	}
	d, err := c.draw(ch)
	c.Ratios = &d
	return err
}

// secondsTick labels a time on an axis.
func secondsTick(seconds float64) string {
	if seconds >= 1 {
		return chart.Decimal(seconds) + " s"
	}
	return chart.Decimal(1000*seconds) + " ms"
}
