//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/profile"
)

// count counts the tries of a kind.
type count struct {
	Kind    string `json:"kind"`
	Tries   int    `json:"tries"` // that ended
	Wrong   int    `json:"wrong"`
	Crashes int    `json:"crashes"`
	Hangs   int    `json:"hangs"`
}

// report is the report of a soak, as it is saved.
type report struct {
	Time        time.Time           `json:"time"` // of the start
	Environment compare.Environment `json:"environment"`
	Asked       float64             `json:"asked_minutes"` // --minutes
	Minutes     float64             `json:"minutes"`       // that it took
	Seed        uint64              `json:"seed"`
	Cases       uint64              `json:"cases"`
	Counts      []count             `json:"counts"`
}

// newReport makes the report of a soak that began at start.
func newReport(c config, start time.Time, cases uint64, counts []count) report {
	return report{
		Time: start.UTC().Truncate(time.Second), Environment: compare.CurrentEnvironment(),
		Asked: c.minutes, Minutes: time.Since(start).Minutes(), Seed: c.seed, Cases: cases, Counts: counts,
	}
}

// add adds what a run before this one, with the same seed and the same kinds, has found.
func (r *report) add(before report) error {
	if len(before.Counts) != len(r.Counts) {
		return fmt.Errorf("the saved counts are of %d kinds; there are %d", len(before.Counts), len(r.Counts))
	}
	for i := range r.Counts {
		c, b := &r.Counts[i], before.Counts[i]
		if c.Kind != b.Kind {
			return fmt.Errorf("the saved counts are of another kind: %q, not %q", b.Kind, c.Kind)
		}
		c.Tries, c.Wrong, c.Crashes, c.Hangs = c.Tries+b.Tries, c.Wrong+b.Wrong, c.Crashes+b.Crashes, c.Hangs+b.Hangs
	}
	r.Asked += before.Asked
	r.Minutes += before.Minutes
	r.Cases += before.Cases
	return nil
}

// table returns the report in Markdown.
func (r report) table() string {
	var b strings.Builder
	e := r.Environment
	fmt.Fprintf(&b, "%s, %s with %d CPUs, %s: %d cases in %v minutes, `make soak MINUTES=%v SEED=%d`.\n\n",
		r.Time.Format(time.DateOnly), e.CPUModel, e.CPUs, e.GoVersion, r.Cases, math.Round(10*r.Minutes)/10, r.Asked, r.Seed)
	b.WriteString("| kind | tried | wrong | crashes | hangs |\n|---|--:|--:|--:|--:|\n")
	all := count{Kind: "all"}
	for _, c := range r.Counts {
		c.row(&b)
		all.Tries += c.Tries
		all.Wrong += c.Wrong
		all.Crashes += c.Crashes
		all.Hangs += c.Hangs
	}
	all.row(&b)
	return b.String()
}

// row writes c as a row of the table.
func (c count) row(b *strings.Builder) {
	fmt.Fprintf(b, "| %s | %d | %d | %d | %d |\n", c.Kind, c.Tries, c.Wrong, c.Crashes, c.Hangs)
}

// countsFile is the name of a saved report.
const countsFile = "counts.json"

// The table goes between these lines of the page.
const (
	beginMarker = "<!-- soak table: begin -->"
	endMarker   = "<!-- soak table: end -->"
)

// save writes the report to folder.
func (r report) save(folder string) error {
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, countsFile), append(content, '\n'), 0o666)
}

// errNoReport means that no report is saved yet.
var errNoReport = errors.New("no soak is saved yet (make soak WRITE=1 saves one)")

// load reads the report from folder.
func load(folder string) (r report, err error) {
	content, err := os.ReadFile(filepath.Join(folder, countsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return r, errNoReport
	}
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(content, &r)
}

// render writes the table of the report in folder into the file page.
func render(folder, page string) error {
	r, err := load(folder)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	text, err := profile.ReplaceBetween(string(content), beginMarker, endMarker, r.table())
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, []byte(text), 0o666)
}
