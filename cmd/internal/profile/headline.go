package profile

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"onebrc/cmd/internal/chart"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/format"
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
`, format.Thousands(r.Input.Rows), format.Gigabytes(r.Input.Bytes), format.Duration(s.MedianSeconds), format.Machine(e), e.CPUs,
		r.Settings.Runs, code(r.Entries[0].CommandLine()), format.Duration(s.MinSeconds), 100*s.Spread,
		chart.Dark.File(headlineChart), chart.Light.File(headlineChart))
}

// headlineLosses returns what the newest run lost, for the main README.
func headlineLosses(sets []sideSet) string {
	if len(sets) == 0 {
		return "- Nothing has been measured yet.\n"
	}
	return "- Side by side: " + strings.TrimPrefix(sets[0].losses(), lossesPrefix) + "\n"
}

// headlineChart is the chart of the main README.
const headlineChart = "headline"

// notMeasured is the caption of an empty chart.
const notMeasured = "nothing has been measured yet"

// drawHeadline draws the headline cases: a bar to the median of each program, and a
// dot for each sample. Each panel has its own scale, from 0.
func drawHeadline(sets []sideSet, colours chart.Theme) ([]byte, error) {
	set, cases := headlineCases(sets)
	c := chart.Bars{Caption: notMeasured}
	for _, one := range cases {
		p := chart.Panel{Title: fmt.Sprintf("%s rows, %s", format.Thousands(one.report.Input.Rows), format.Gigabytes(one.report.Input.Bytes))}
		for _, e := range one.report.Entries {
			if e.Result != compare.Failed {
				p.Bars = append(p.Bars, newBar(e))
			}
		}
		c.Panels = append(c.Panels, p)
	}
	if len(cases) > 0 {
		e := cases[0].report.Environment
		c.Caption = fmt.Sprintf("Wall time, lower is better. Bar: median; dot: one run. %s with %d CPUs, %s, %s (%s).",
			format.Machine(e), e.CPUs, e.GoVersion, cases[0].report.Time.UTC().Format(time.DateOnly), set.name)
	}
	return c.Draw(colours)
}

// newBar returns the bar of an entry.
func newBar(e compare.Entry) chart.Bar {
	note, _, _ := strings.Cut(cmp.Or(e.Note, e.CommandLine()), ",")
	if e.Result == compare.Different {
		note = note + "; other result"
	}
	bar := chart.Bar{Name: e.Name, Note: note, Value: format.Duration(e.Summary.MedianSeconds), Length: e.Summary.MedianSeconds, Own: e.Own}
	for _, s := range e.Samples {
		bar.Dots = append(bar.Dots, s.WallSeconds)
	}
	return bar
}
