package compare

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Where a report warns that the samples don't suffice for a conclusion.
const (
	// fewRuns: with fewer runs the bootstrap has too few different medians to
	// choose from.
	fewRuns = 5
	// wideSpread: the quartiles of a stage are further apart than this part of
	// the median.
	wideSpread = 0.05
	// wideInterval: no difference is shown, but the ends of the interval are
	// further apart than this, so that a real one of some per cent could hide.
	wideInterval = 0.10
)

// Report is what was measured, where, and what follows.
type Report struct {
	Time        time.Time     `json:"time"`
	Environment Environment   `json:"environment"`
	Unknown     []string      `json:"unknown"` // what the system doesn't tell of it
	Input       Input         `json:"input"`
	Settings    Settings      `json:"settings"`
	Stages      []StageReport `json:"stages"`
	Warnings    []string      `json:"warnings"`
}

// Settings are the options of a report that have an influence on it.
type Settings struct {
	Runs       int     `json:"runs"`
	WarmUps    int     `json:"warm_ups"`
	Workers    int     `json:"workers"` // 0: the program's default
	Pin        string  `json:"pin"`     // "": not pinned
	Confidence float64 `json:"confidence"`
	Resamples  int     `json:"resamples"`
	Seed       int     `json:"seed"`
}

// StageReport is what was measured of one stage.
type StageReport struct {
	Name    string  `json:"name"`
	Summary Summary `json:"summary"`
	// Comparison is nil for the first stage.
	Comparison *Comparison `json:"comparison"`
	Samples    []Sample    `json:"samples"`
}

func newReport(o Options, in Input, e Environment) *Report {
	r := &Report{
		Time: time.Now(), Environment: e, Unknown: e.unknown(), Input: in, Warnings: []string{},
		Settings: Settings{
			Runs: o.Runs, WarmUps: 1, Workers: o.Workers, Pin: formatCPUs(o.CPUs),
			Confidence: confidence, Resamples: resamples, Seed: seed,
		},
	}
	for _, stage := range o.Stages {
		r.Stages = append(r.Stages, StageReport{Name: stage})
	}
	return r
}

// evaluate takes in the samples of each stage.
func (r *Report) evaluate(samples [][]Sample) {
	for i := range r.Stages {
		s := &r.Stages[i]
		s.Samples, s.Summary = samples[i], summarize(samples[i])
		if i > 0 {
			c := compare(samples[0], samples[i], resamples)
			s.Comparison = &c
		}
	}
	r.warn()
}

// warn fills in the warnings.
func (r *Report) warn() {
	warnf := func(format string, args ...any) { r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...)) }
	if r.Settings.Runs < fewRuns {
		warnf("%d runs of each stage are too few to conclude: take at least %d", r.Settings.Runs, fewRuns)
	}
	for _, s := range r.Stages {
		if s.Summary.Spread > wideSpread {
			warnf("%s: the spread is wide: its quartiles are %.1f %% of the median apart (more than %.0f %%); use a quieter machine, --pin or more --runs",
				s.Name, 100*s.Summary.Spread, 100*wideSpread)
		}
	}
	for _, s := range r.Stages[1:] {
		if c := s.Comparison; !c.Different && c.High-c.Low > wideInterval {
			warnf("%s: the spread is too wide to conclude: its times may be %.2f to %.2f of those of %s",
				s.Name, c.Low, c.High, r.Stages[0].Name)
		}
	}
	cold, unknown, all := 0, 0, 0
	for _, s := range r.Stages {
		for _, sample := range s.Samples {
			all++
			switch cached := sample.CachedFraction; {
			case cached == nil:
				unknown++
			case *cached < 1:
				cold++
			}
		}
	}
	if cold > 0 {
		warnf("the input was not wholly in the page cache before %d of %d runs: they measure the disk, too", cold, all)
	}
	if unknown > 0 {
		warnf("whether the input was in the page cache is not known of %d of %d runs", unknown, all)
	}
}

// WriteJSON writes all of r, with the samples.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}

// WriteText writes r as tables, without the samples.
func (r *Report) WriteText(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	r.writeContext(out)
	fmt.Fprintln(out)
	if err := out.Flush(); err != nil {
		return err
	}
	out = tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(out, "stage\tmin s\tmedian s\t95 % s\tuser s\tsystem s\tpeak MiB\town MiB\tGC\tlongest pause\t\n")
	for _, s := range r.Stages {
		m := s.Summary
		fmt.Fprintf(out, "%s\t%.4f\t%.4f\t%.4f\t%.3f\t%.3f\t%s\t%s\t%.0f\t%v\t\n",
			s.Name, m.MinSeconds, m.MedianSeconds, m.P95Seconds, m.UserSeconds, m.SystemSeconds,
			mebibytes(m.PeakResidentBytes), mebibytes(m.OwnResidentBytes), m.GCCycles, seconds(m.GCLongestPauseSeconds))
	}
	if len(r.Stages) > 1 {
		fmt.Fprintln(out)
		if err := out.Flush(); err != nil {
			return err
		}
		fmt.Fprintf(out, "against %s\tratio\t95 %% interval\tp\t\n", r.Stages[0].Name)
		for _, s := range r.Stages[1:] {
			c := s.Comparison
			fmt.Fprintf(out, "%s\t%.4f\t%.4f to %.4f\t%s\t  %s\n", s.Name, c.Ratio, c.Low, c.High, c.Welch, c.verdict())
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, r.legend())
	return err
}

// writeContext writes what was measured, and where.
func (r *Report) writeContext(w io.Writer) {
	e, s := r.Environment, r.Settings
	fmt.Fprintf(w, "input\t%s, %d bytes, SHA-256 %s\n", r.Input.Path, r.Input.Bytes, r.Input.SHA256)
	fmt.Fprintf(w, "\t%s\n", r.cached())
	pin, workers := "any CPU", "default"
	if s.Pin != "" {
		pin = "CPUs " + s.Pin
	}
	if s.Workers > 0 {
		workers = fmt.Sprint(s.Workers)
	}
	fmt.Fprintf(w, "runs\t%d of each stage in turns, after a warm-up of %d; workers: %s; on %s\n", s.Runs, s.WarmUps, workers, pin)
	line := func(label string, value any) {
		if text := fmt.Sprint(value); text != "" && text != "0" {
			fmt.Fprintf(w, "%s\t%s\n", label, text)
		}
	}
	line("CPU", e.CPUModel)
	line("cores", e.Cores)
	line("CPUs", fmt.Sprintf("%d online, usable: %s, GOMAXPROCS %d", e.CPUs, orUnknown(e.UsableCPUs), e.GOMAXPROCS))
	line("governor", e.Governor)
	line("NUMA nodes", e.NUMANodes)
	if e.MemoryBytes > 0 {
		line("memory", mebibytes(e.MemoryBytes)+" MiB")
	}
	line("huge pages", e.TransparentHugePages)
	line("system", strings.TrimSpace(e.OS+"/"+e.Architecture+" "+e.Kernel))
	line("program", strings.TrimSpace(e.GoVersion+", version "+orUnknown(e.Version)))
	for _, name := range slices.Sorted(maps.Keys(e.Variables)) {
		line(name, e.Variables[name])
	}
	line("CPU flags", strings.Join(e.CPUFlags, " "))
	if len(r.Unknown) > 0 {
		line("unknown", strings.Join(r.Unknown, ", "))
	}
}

// cached says how much of the input was in the page cache.
func (r *Report) cached() string {
	least, known := 1.0, false
	for _, s := range r.Stages {
		for _, sample := range s.Samples {
			if sample.CachedFraction != nil {
				least, known = min(least, *sample.CachedFraction), true
			}
		}
	}
	if !known {
		return "page cache unknown"
	}
	return fmt.Sprintf("at least %.1f %% in the page cache before each run", 100*least)
}

// legend explains the tables, and warns.
func (r *Report) legend() string {
	var b strings.Builder
	b.WriteString(`
Wall time from start to exit of the process. User, system and GC cycles are
medians; memory and pause are the largest of all runs. Peak memory includes the
pages of a mapped file, own memory does not.
`)
	if len(r.Stages) > 1 {
		fmt.Fprintf(&b, `Ratio of medians, below 1 is faster; interval by bootstrap (percentiles, %d
resamples, seed %d); p of Welch's t-test of the means.
`, r.Settings.Resamples, r.Settings.Seed)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", warning)
	}
	return b.String()
}

// verdict is the comparison in words.
func (c Comparison) verdict() string {
	switch {
	case !c.Different:
		return "no difference shown"
	case c.Ratio < 1:
		return fmt.Sprintf("%.2f times as fast", 1/c.Ratio)
	}
	return fmt.Sprintf("%.2f times as slow", c.Ratio)
}

// String returns P, as far as it is of interest.
func (w *Welch) String() string {
	switch {
	case w == nil:
		return "unknown"
	case w.P < 0.0001:
		return "<0.0001"
	}
	return fmt.Sprintf("%.4f", w.P)
}

func mebibytes(n int64) string {
	if n == 0 {
		return "unknown"
	}
	return fmt.Sprintf("%.1f", float64(n)/(1<<20))
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(time.Microsecond)
}

func orUnknown(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}
