package profile

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/format"
	"onebrc/cmd/internal/journey"
)

// sideFolder is the folder of comparisons with other programs. It has a folder for
// each machine and day, with a file CASE.json for each case, which is the output of
// 1brc compare --json.
const sideFolder = "side-by-side"

// queriesFolder is that of comparisons of other queries than that of the challenge, such
// as those of 1brc group.
const queriesFolder = "queries"

// sideCase is a case: programs that ran side by side on one file. The first entry
// is this project.
type sideCase struct {
	name   string
	report compare.Report
}

// sideSet holds the cases of one machine and day.
type sideSet struct {
	parent string // name of the folder that its folder is in, such as sideFolder
	name   string // of its folder
	cases  []sideCase
}

// readSideBySide returns the comparisons in a folder of profiles in reverse order
// of their names: the newest comes first. There may be none.
func readSideBySide(folder string) ([]sideSet, error) {
	return readCases(filepath.Join(folder, sideFolder))
}

// queriesText returns the tables of queriesFolder in a folder of profiles.
func queriesText(folder string) (string, error) {
	sets, err := readCases(filepath.Join(folder, queriesFolder))
	return setsText(sets, sideSet.write), err
}

// readCases returns the cases in the folders of parent, in reverse order of the names
// of the folders.
func readCases(parent string) ([]sideSet, error) {
	paths, err := filepath.Glob(filepath.Join(parent, "*", "*.json"))
	if err != nil {
		return nil, err
	}
	var sets []sideSet
	for _, path := range paths { // sorted by Glob
		c, err := readSideCase(path)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(filepath.Dir(path))
		if len(sets) == 0 || sets[len(sets)-1].name != name {
			sets = append(sets, sideSet{parent: filepath.Base(parent), name: name})
		}
		set := &sets[len(sets)-1]
		set.cases = append(set.cases, c)
		if !isSameMachine(set.cases[0].report.Environment, c.report.Environment) {
			return nil, fmt.Errorf("profile: %s: %s is of another machine than %s", name, c.name, set.cases[0].name)
		}
	}
	for _, set := range sets {
		first := slices.MinFunc(set.cases, func(a, b sideCase) int { return a.report.Time.Compare(b.report.Time) }).report
		if want := folderName(first.Time, first.Environment); !strings.HasPrefix(set.name, want) {
			return nil, fmt.Errorf("profile: %s: the name of the folder must start with %s", set.name, want)
		}
	}
	slices.Reverse(sets)
	return sets, nil
}

// readSideCase reads the output of 1brc compare --json.
func readSideCase(path string) (sideCase, error) {
	c := sideCase{name: strings.TrimSuffix(filepath.Base(path), ".json")}
	if err := journey.ReadJSON(path, &c.report); err != nil {
		return c, err
	}
	if len(c.report.Entries) == 0 || !c.report.Entries[0].Own {
		return c, fmt.Errorf("profile: %s: the first entry must be this project", path)
	}
	for i, e := range c.report.Entries {
		isMeasured := e.Summary.MinSeconds > 0 && e.Summary.MedianSeconds > 0 && (i == 0 || e.Comparison != nil)
		if isFailed := e.Result == compare.Failed; isFailed && i == 0 || !isFailed && !isMeasured {
			return c, fmt.Errorf("profile: %s: entry %q has no times", path, e.Name)
		}
	}
	return c, nil
}

// isSameMachine reports whether two environments have the same CPUs and kernel.
func isSameMachine(a, b compare.Environment) bool {
	return a.CPUModel == b.CPUModel && a.CPUs == b.CPUs && a.Kernel == b.Kernel && reflect.DeepEqual(a.CPUFlags, b.CPUFlags)
}

// setsText returns the tables of all sets, each of which write writes.
func setsText(sets []sideSet, write func(sideSet, *strings.Builder)) string {
	if len(sets) == 0 {
		return "No run has been published yet.\n"
	}
	var b strings.Builder
	for i, set := range sets {
		if i > 0 {
			b.WriteString("\n")
		}
		write(set, &b)
	}
	return b.String()
}

// write writes the cases of a set.
func (s sideSet) write(b *strings.Builder) {
	e := s.cases[0].report.Environment
	fmt.Fprintf(b, "**%s** with %d CPUs%s, %s/%s %s, 1brc built with %s, %s; [all samples](%s/%s).\n\n",
		cell(format.Machine(e)), e.CPUs, vectors(e), e.OS, e.Architecture, e.Kernel, e.GoVersion,
		s.cases[0].report.Time.UTC().Format(time.DateOnly), s.parent, s.name)
	b.WriteString("| case | program | version | command | least time | median | quartiles apart | until all have gone | CPU time | peak memory | ratio of least times | ratio of medians | result |\n")
	b.WriteString("|---|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|\n")
	for _, c := range s.cases {
		c.writeRows(b)
	}
	b.WriteString("\n")
	for _, c := range s.cases {
		c.writeContext(b)
	}
	b.WriteString("\n" + s.coverage() + "\n\n" + s.losses() + "\n")
}

// coverage says which processes the CPU time and the memory are of.
func (s sideSet) coverage() string {
	for _, c := range s.cases {
		for _, e := range c.report.Entries {
			if e.Result != compare.Failed && !knowsTree(e.Samples) {
				return "**CPU time and peak memory are those of the process that was started and of children that it waited for.** " +
					"A program that leaves its work to a child that outlives it used more."
			}
		}
	}
	return "CPU time and peak memory are those of the whole process tree: the memory is the peak of its largest process."
}

// knowsTree reports whether the samples cover processes that a program left
// behind.
func knowsTree(samples []compare.Sample) bool {
	return !slices.ContainsFunc(samples, func(s compare.Sample) bool { return s.TreeSeconds == 0 })
}

// untilGone returns the median time until the last process of a program has
// gone.
func untilGone(samples []compare.Sample) string {
	if len(samples) == 0 || !knowsTree(samples) {
		return "unknown"
	}
	var times []float64
	for _, s := range samples {
		times = append(times, s.TreeSeconds)
	}
	slices.Sort(times)
	half := len(times) / 2
	return format.Duration((times[half] + times[len(times)-1-half]) / 2)
}

// writeRows writes the lines of a case in the table.
func (c sideCase) writeRows(b *strings.Builder) {
	for i, e := range c.report.Entries {
		label := ""
		if i == 0 {
			label = code(c.name)
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |", label, cell(e.Name), cell(e.Version()), code(e.CommandLine()))
		if e.Result == compare.Failed {
			fmt.Fprintf(b, "%s %s |\n", strings.Repeat(" |", 8), e.Result)
			continue
		}
		m := e.Summary
		memory := format.Mebibytes(m.PeakResidentBytes)
		if m.PeakOwnBytes > 0 {
			memory += ", own " + format.Mebibytes(m.PeakOwnBytes)
		}
		fmt.Fprintf(b, " %s | %s | %.1f %% | %s | %s | %s |",
			format.Duration(m.MinSeconds), format.Duration(m.MedianSeconds), 100*m.Spread, untilGone(e.Samples), format.Duration(m.UserSeconds+m.SystemSeconds), memory)
		if i == 0 {
			b.WriteString(" | |")
		} else {
			least, median := c.ratios(e)
			fmt.Fprintf(b, " %.2f | %.2f (%.2f to %.2f) |", least, median, e.Comparison.Low, e.Comparison.High)
		}
		fmt.Fprintf(b, " %s |\n", e.Result)
	}
}

// ratios returns the times of e divided by those of the first entry: above 1, e
// is slower.
func (c sideCase) ratios(e compare.Entry) (least, median float64) {
	first := c.report.Entries[0].Summary
	return e.Summary.MinSeconds / first.MinSeconds, e.Summary.MedianSeconds / first.MedianSeconds
}

// writeContext writes the input and the settings of a case, and what was wrong with
// its programs.
func (c sideCase) writeContext(b *strings.Builder) {
	r := c.report
	rows, data := "", ""
	if r.Input.Rows > 0 {
		rows = format.Thousands(r.Input.Rows) + " rows, "
	}
	if r.Input.Note != "" {
		data = " (" + cell(r.Input.Note) + ")"
	}
	fmt.Fprintf(b, "- %s: %s%s%s; %d runs of each in turns after a warm-up of %d; %s", code(c.name),
		rows, format.Gigabytes(r.Input.Bytes), data, r.Settings.Runs, r.Settings.WarmUps, r.PageCache())
	if r.Settings.Pin != "" {
		fmt.Fprintf(b, "; on CPUs %s", r.Settings.Pin)
	}
	b.WriteString("\n")
	for _, e := range r.Entries {
		if e.Result != compare.Same {
			fmt.Fprintf(b, "  - %s: %s: %s\n", cell(e.Name), e.Result, cell(e.Detail))
		}
	}
}

// lossesPrefix starts what losses returns, if other programs were measured.
const lossesPrefix = "Where onebrc loses: "

// losses names the other programs that are faster than the first entry of their
// case, by least time or by median.
func (s sideSet) losses() string {
	var lost []string
	others := 0
	for _, c := range s.cases {
		for _, e := range c.report.Entries[1:] {
			if e.Own || e.Result == compare.Failed {
				continue
			}
			others++
			least, median := c.ratios(e)
			if least >= 1 && median >= 1 {
				continue
			}
			text := fmt.Sprintf("in %s to %s (ratio of least times %.2f, of medians %.2f", code(c.name), cell(e.Name), least, median)
			if e.Result == compare.Different {
				text += "; its result is different"
			}
			lost = append(lost, text+")")
		}
	}
	switch {
	case others == 0:
		return "No other program was measured."
	case len(lost) == 0:
		return lossesPrefix + "nowhere in these cases."
	}
	return lossesPrefix + strings.Join(lost, ", ") + "."
}

// vectors names the vector instructions of the CPUs, which their name may not tell.
func vectors(e compare.Environment) string {
	for _, set := range []struct{ flag, name string }{{"avx512f", "AVX-512"}, {"avx2", "AVX2"}} {
		if slices.Contains(e.CPUFlags, set.flag) {
			return " and " + set.name
		}
	}
	return ""
}

// cell escapes text for a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "`", "\\`", "\n", " ", "\r", " ").Replace(text)
}

// code formats text in a table as code.
func code(text string) string {
	text = strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ").Replace(text)
	if strings.Contains(text, "`") {
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}
