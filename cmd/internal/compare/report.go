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

	"onebrc/cmd/internal/cli"
	"onebrc/engine"
)

// The limits at which a report warns that the samples do not suffice for a
// conclusion.
const (
	// FewRuns is the least number of runs without a warning. With fewer, the
	// bootstrap has too few different medians to choose from.
	FewRuns = 5
	// wideSpread is the largest Summary.Spread without a warning.
	wideSpread = 0.05
	// wideInterval is the largest width of an interval without a warning where
	// no difference is shown. A real difference of some per cent could hide in a
	// wider one.
	wideInterval = 0.10
)

// Report is the result of a comparison: the measurements, where they were made,
// and what follows from them.
type Report struct {
	Time        time.Time   `json:"time"`
	Environment Environment `json:"environment"`
	Unknown     []string    `json:"unknown"` // what the system does not tell about the Environment
	Input       Input       `json:"input"`
	Settings    Settings    `json:"settings"`
	Entries     []Entry     `json:"entries"` // in the order of Options
	Warnings    []string    `json:"warnings"`
}

// Settings are the options that influence a report.
type Settings struct {
	Runs       int     `json:"runs"`
	WarmUps    int     `json:"warm_ups"`
	Workers    int     `json:"workers"`         // of a stage; 0: the default of the program
	Pin        string  `json:"pin"`             // "": not pinned
	Timeout    float64 `json:"timeout_seconds"` // 0: none
	Confidence float64 `json:"confidence"`
	Resamples  int     `json:"resamples"`
	Seed       int     `json:"seed"`
	// ExpectFirst is Options.ExpectFirst: a result is the same if it is the first entry's.
	ExpectFirst bool `json:"expect_first,omitempty"`
}

// The results of an entry.
const (
	Same      = "same"      // every run printed the expected result
	Different = "different" // at least one printed something else
	Failed    = "failed"    // one failed, and there were no more runs
)

// Entry is the measurement of a stage or a command.
type Entry struct {
	Name string `json:"name"`
	// Command is the program and its arguments, without directories of the
	// machine. FilePlaceholder stands for the input.
	Command []string `json:"command"`
	Stage   bool     `json:"stage"` // a stage, not a command
	// Own says that the program is the one that computes the expected result:
	// the entry is a variant of this project.
	Own    bool   `json:"own"`
	Commit string `json:"commit,omitempty"` // Options.Commits
	Note   string `json:"note"`             // Options.Notes
	Result string `json:"result"`
	Detail string `json:"detail"` // what happened, if the Result is not Same
	// Summary is zero if the Result is Failed.
	Summary Summary `json:"summary"`
	// Comparison is nil for the first entry, and if the Result is Failed.
	Comparison *Comparison `json:"comparison"`
	Samples    []Sample    `json:"samples"`
}

func newReport(o Options, in Input, e Environment) *Report {
	r := &Report{
		Time: time.Now(), Environment: e, Unknown: e.unknown(), Input: in, Warnings: []string{},
		Settings: Settings{
			Runs: o.Runs, WarmUps: 1, Workers: o.Workers, Pin: engine.CPUSet(o.CPUs).String(), Timeout: o.Timeout.Seconds(),
			Confidence: confidence, Resamples: resamples, Seed: seed, ExpectFirst: o.ExpectFirst,
		},
	}
	for _, e := range o.entries() {
		r.Entries = append(r.Entries, Entry{Name: e.name, Command: e.publicArgs(), Stage: e.isStage, Own: e.isOwn, Commit: o.Commits[e.name], Note: o.Notes[e.name]})
	}
	return r
}

// evaluate adds the outcomes, one for each entry, and what follows from them.
func (r *Report) evaluate(outcomes []outcome) {
	for i := range r.Entries {
		e, out := &r.Entries[i], outcomes[i]
		e.Samples = append([]Sample{}, out.samples...)
		switch {
		case out.failed != "":
			e.Result, e.Detail = Failed, withoutFolders(out.failed)
			continue
		case out.different != "":
			e.Result, e.Detail = Different, withoutFolders(out.different)
		default:
			e.Result = Same
		}
		e.Summary = summarize(out.samples)
		if i > 0 {
			c := compare(outcomes[0].samples, out.samples, resamples)
			e.Comparison = &c
		}
	}
	r.warn()
}

// warn adds the warnings.
func (r *Report) warn() {
	warnf := func(format string, args ...any) { r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...)) }
	if r.Settings.Runs < FewRuns {
		text := "%d runs of each are too few for a conclusion: take at least %d"
		if r.Settings.Runs == 1 {
			text = "%d run of each is not enough for a conclusion: take at least %d"
		}
		warnf(text, r.Settings.Runs, FewRuns)
	}
	for _, e := range r.Entries {
		if e.Summary.Spread > wideSpread {
			warnf("%s: the spread is wide: the quartiles are %.1f %% of the median apart (more than %.0f %%); use a quieter machine, --pin or more --runs",
				e.Name, 100*e.Summary.Spread, 100*wideSpread)
		}
	}
	for _, e := range r.Entries[1:] {
		if c := e.Comparison; c != nil && !c.Different && c.High-c.Low > wideInterval {
			warnf("%s: the spread is too wide for a conclusion: the ratio to %s may be %.2f to %.2f",
				e.Name, r.Entries[0].Name, c.Low, c.High)
		}
	}
	cold, unknown, all := 0, 0, 0
	for _, e := range r.Entries {
		for _, sample := range e.Samples {
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
		warnf("before %d of %d runs a part of the input was not in the page cache: they measure the disk, too", cold, all)
	}
	if unknown > 0 {
		warnf("for %d of %d runs it is unknown whether the input was in the page cache", unknown, all)
	}
}

// WriteJSON writes r with its samples.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}

// WriteText writes r as tables, without its samples.
func (r *Report) WriteText(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	r.writeContext(out)
	fmt.Fprintln(out)
	if err := out.Flush(); err != nil {
		return err
	}
	out = tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(out, "entry\tmin s\tmedian s\t95 % s\tspread\ttree s\tuser s\tsystem s\tpeak MiB\town MiB\tGC\tlongest pause\tresult\t\n")
	for _, e := range r.Entries {
		e.writeRow(out)
	}
	if len(r.Entries) > 1 {
		if err := out.Flush(); err != nil {
			return err
		}
		first := r.Entries[0]
		if _, err := fmt.Fprintf(w, "\nagainst %s: ratio of times; above 1: slower than %[1]s\n", first.Name); err != nil {
			return err
		}
		fmt.Fprint(out, "entry\tof min\tof median\t95 % interval\tp\t\n")
		for i, e := range r.Entries {
			if c := e.Comparison; c != nil {
				fmt.Fprintf(out, "%s\t%.4f\t%.4f\t%.4f to %.4f\t%s\t  %s\n", e.Name,
					e.Summary.MinSeconds/first.Summary.MinSeconds, c.Ratio, c.Low, c.High, c.Welch, r.Verdict(i))
			}
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, r.legend())
	return err
}

// writeRow writes the summary of an entry.
func (e Entry) writeRow(w io.Writer) {
	if e.Result == Failed {
		fmt.Fprintf(w, "%s%s%s\t\n", e.Name, strings.Repeat("\t", 12), e.Result)
		return
	}
	m := e.Summary
	tree := "unknown"
	if m.TreeSeconds > 0 {
		tree = fmt.Sprintf("%.4f", m.TreeSeconds)
	}
	fmt.Fprintf(w, "%s\t%.4f\t%.4f\t%.4f\t%.1f %%\t%s\t%.3f\t%.3f\t%s\t",
		e.Name, m.MinSeconds, m.MedianSeconds, m.P95Seconds, 100*m.Spread, tree, m.UserSeconds, m.SystemSeconds, mebibytes(m.PeakResidentBytes))
	switch {
	case e.Stage:
		fmt.Fprintf(w, "%s\t%.0f\t%v\t", mebibytes(m.OwnResidentBytes), m.GCCycles, seconds(m.GCLongestPauseSeconds))
	case m.PeakOwnBytes > 0:
		fmt.Fprintf(w, "%s\t\t\t", mebibytes(m.PeakOwnBytes))
	default:
		fmt.Fprint(w, "\t\t\t") // unknown for a command
	}
	fmt.Fprintf(w, "%s\t\n", e.Result)
}

// writeContext writes what was measured and where.
func (r *Report) writeContext(w io.Writer) {
	for _, fact := range r.Facts() {
		fmt.Fprintf(w, "%s\t%s\n", fact[0], fact[1])
	}
}

// Facts returns what was measured and where, as pairs of a label and a text. Without a
// label, the text continues the one before it. What is not known is in the last pair.
func (r *Report) Facts() [][2]string {
	var facts [][2]string
	add := func(label, text string) {
		if text != "" && text != "0" {
			facts = append(facts, [2]string{label, text})
		}
	}
	e, s := r.Environment, r.Settings
	rows := ""
	if r.Input.Rows > 0 {
		rows = fmt.Sprintf("%d rows, ", r.Input.Rows)
	}
	add("input", fmt.Sprintf("%s, %s%d bytes, SHA-256 %s", r.Input.Path, rows, r.Input.Bytes, r.Input.SHA256))
	add("", r.Input.Note)
	add("", r.PageCache())
	pin, workers := "any CPU", "default"
	if s.Pin != "" {
		pin = "CPUs " + s.Pin
	}
	if s.Workers > 0 {
		workers = fmt.Sprint(s.Workers)
	}
	add("runs", fmt.Sprintf("%d of each in turns, after a warm-up of %d; workers: %s; on %s", s.Runs, s.WarmUps, workers, pin))
	label := "commands"
	for _, e := range r.Entries {
		add(label, e.Name+": "+e.CommandLine())
		label = ""
	}
	add("CPU", e.CPUModel)
	add("cores", fmt.Sprint(e.Cores))
	add("CPUs", fmt.Sprintf("%d online, usable: %s, GOMAXPROCS %d", e.CPUs, orUnknown(e.UsableCPUs), e.GOMAXPROCS))
	add("governor", e.Governor)
	add("NUMA nodes", fmt.Sprint(e.NUMANodes))
	if e.MemoryBytes > 0 {
		add("memory", mebibytes(e.MemoryBytes)+" MiB")
	}
	add("huge pages", e.TransparentHugePages)
	add("system", strings.TrimSpace(e.OS+"/"+e.Architecture+" "+e.Kernel))
	add("program", strings.TrimSpace(e.GoVersion+", version "+orUnknown(e.Version)))
	for _, name := range slices.Sorted(maps.Keys(e.Variables)) {
		add(name, e.Variables[name])
	}
	add("CPU flags", strings.Join(e.CPUFlags, " "))
	add("unknown", strings.Join(r.Unknown, ", "))
	return facts
}

// PageCache describes how much of the input was in the page cache.
func (r *Report) PageCache() string {
	least, known := 1.0, false
	for _, e := range r.Entries {
		for _, sample := range e.Samples {
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

// aboutTimes and aboutRatios say what the numbers of a report are.
const (
	aboutTimes = `Times are wall times from the start of a process to its exit. Spread is the
distance of their quartiles in per cent of the median; tree is the time until the
last process that it left behind has gone. Tree, user, system and GC cycles are
medians of the runs, and include these processes; memory and pause are the largest
of all runs. Peak memory is that of the largest process and includes the pages of
a mapped file. Own memory does not; for a command it is unknown.
`
	aboutRatios = `The interval is that of the ratio of medians, by bootstrap (percentiles, %d
resamples, seed %d); p is that of Welch's t-test of the means.
`
)

// About returns paragraphs that say what the numbers are.
func (r *Report) About() []string {
	if len(r.Entries) < 2 {
		return []string{aboutTimes}
	}
	return []string{aboutTimes, fmt.Sprintf(aboutRatios, r.Settings.Resamples, r.Settings.Seed)}
}

// legend returns what the tables have no room for: what they mean, texts about
// entries, and warnings.
func (r *Report) legend() string {
	var b strings.Builder
	b.WriteString("\n" + strings.Join(r.About(), ""))
	for _, e := range r.Entries {
		if e.Commit != "" {
			fmt.Fprintf(&b, "commit: %s: %s\n", e.Name, e.Commit)
		}
		if e.Note != "" {
			fmt.Fprintf(&b, "note: %s: %s\n", e.Name, e.Note)
		}
	}
	for _, e := range r.Entries {
		if e.Result != Same {
			fmt.Fprintf(&b, "%s: %s: %s\n", e.Result, e.Name, e.Detail)
		}
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", warning)
	}
	return b.String()
}

// String returns P, with as many digits as matter.
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
	return cli.MiB(n)
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
