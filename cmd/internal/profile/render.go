package profile

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"onebrc/cmd/internal/chart"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/flame"
	"onebrc/cmd/internal/format"
	"onebrc/cmd/internal/journey"
)

// The lessons and their template, in the folder of profiles.
const (
	lessonsFile         = "LESSONS.md"
	lessonsTemplateFile = "LESSONS.md.tmpl"
)

// pageFiles names the other pages in the folder of profiles. Their templates
// are pages/*.tmpl.
var pageFiles = []string{"README.md", "SIDE-BY-SIDE.md", "QUERIES.md", "SCALING.md"}

//go:embed pages
var pages embed.FS

// The markers in the main README.
const (
	headlineBegin = "<!-- headline: begin -->"
	headlineEnd   = "<!-- headline: end -->"
	lossesBegin   = "<!-- losses: begin -->"
	lossesEnd     = "<!-- losses: end -->"
)

// Render writes the pages and charts in folder, from the newest run and the
// other samples there, and what the main README has between markers.
func Render(folder, readme string) error {
	files, err := render(folder, readme)
	// One page that fails does not keep the others from being written.
	for path, content := range files {
		err = errors.Join(err, writeFile(path, content))
	}
	return err
}

// render returns the files that Render writes, by path.
func render(folder, readme string) (map[string][]byte, error) {
	runs, err := journey.Runs(folder)
	if err != nil {
		return nil, err
	}
	sets, err := readSideBySide(folder)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	var errs []error
	add := func(path string, content []byte, err error) {
		if err != nil {
			errs = append(errs, err)
			return
		}
		files[path] = content
	}
	for _, page := range pageFiles {
		content, err := renderPage(page, folder, runs, sets)
		add(filepath.Join(folder, page), content, err)
	}
	content, err := renderLessons(folder, runs)
	add(filepath.Join(folder, lessonsFile), content, err)
	content, err = renderReadme(readme, sets)
	add(readme, content, err)
	names, err := renderNames(folder)
	if err != nil {
		errs = append(errs, err)
	}
	maps.Copy(files, names)
	for _, run := range runs {
		for _, stage := range run.Stages {
			content, err := collapsed(run, stage)
			add(run.Path(stage, journey.StacksFile), content, err)
		}
	}
	for _, theme := range chart.Themes() {
		content, err := drawHeadline(sets, theme)
		add(filepath.Join(folder, theme.File(headlineChart)), content, err)
	}
	return files, errors.Join(errs...)
}

// collapsed returns the stacks of a stage's CPU profile, for 1brc report.
func collapsed(run *journey.Run, stage string) ([]byte, error) {
	p, err := readProfile(run.Path(stage, journey.CPUFile))
	if err != nil {
		return nil, fmt.Errorf("profile: stage %s: %w", stage, err)
	}
	var b bytes.Buffer
	err = flame.Write(&b, stacksOf(p, cpuValue))
	return b.Bytes(), err
}

// renderPage returns one of pageFiles.
func renderPage(page, folder string, runs []*journey.Run, sets []sideSet) ([]byte, error) {
	text, err := pages.ReadFile("pages/" + page + ".tmpl")
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	functions := template.FuncMap{
		"table":      func() string { return stagesTable(runs[0]) },
		"sideBySide": func() string { return setsText(sets, sideSet.write) },
		"queries":    func() (string, error) { return queriesText(folder) },
		"scaling":    func() (string, error) { return scalingText(folder) },
		"name":       nameOf,
		"machine":    format.Machine,
		"thousands":  format.Thousands,
		"mebibytes":  format.Mebibytes,
		"rows":       rowsOf,
		"traces":     func() []journey.Stage { return withTrace(runs[0]) },
	}
	return execute(page, string(text), functions, map[string]any{
		"Run": runs[0], "Runs": runs, "TraceLimit": int64(traceLimit),
	})
}

// renderReadme returns the main README with new text between its markers.
func renderReadme(readme string, sets []sideSet) ([]byte, error) {
	content, err := os.ReadFile(readme)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	text, err := ReplaceBetween(string(content), headlineBegin, headlineEnd, headline(sets))
	if err == nil {
		text, err = ReplaceBetween(text, lossesBegin, lossesEnd, headlineLosses(sets))
	}
	if err != nil {
		return nil, fmt.Errorf("profile: %s: %w", readme, err)
	}
	return []byte(text), nil
}

// ReplaceBetween returns content with text between the lines begin and end. It
// keeps CR LF if content has it.
func ReplaceBetween(content, begin, end, text string) (string, error) {
	before, rest, begins := strings.Cut(content, begin)
	_, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return "", fmt.Errorf("the lines %q and %q are missing", begin, end)
	}
	text = begin + "\n" + text + end
	if strings.Contains(before, "\r\n") {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return before + text + after, nil
}

// rowsOf says how many rows the stages of a run have.
func rowsOf(run *journey.Run) string {
	text := func(in compare.Input, rows int64) string {
		return fmt.Sprintf("%s rows (%s)", format.Thousands(rows), format.Gigabytes(in.Bytes))
	}
	words := text(run.Input, run.Rows)
	for _, s := range run.Measured {
		if s.Rows != run.Rows && run.FastInput != nil {
			return fmt.Sprintf("%s and, from `%s` on, %s", words, s.Name, text(*run.FastInput, s.Rows))
		}
	}
	return words
}

// stagesTable returns the table of a run's stages.
func stagesTable(run *journey.Run) string {
	var b strings.Builder
	e := run.Environment
	fmt.Fprintf(&b, "%s of the data set `%s` on %s with %d CPUs, %s, %s; %d runs of each stage by `make profiles`; [the run's folder](%s).\n\n",
		rowsOf(run), run.DataProfile, format.Machine(e), e.CPUs, e.GoVersion, run.Time.Format(time.DateOnly), run.Settings.Runs, nameOf(run))
	b.WriteString("| stage | idea | least time a row | median | quartiles apart | ratio of the stage before | GB/s | peak memory | own memory | longest GC pause | top function of the CPU profile | files |\n")
	b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|---|\n")
	for i, s := range run.Measured {
		before := ""
		if i > 0 {
			before = format.Number(ratio(&run.Measured[i-1], &s))
		}
		m := s.Summary
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %.1f %% | %s | %.2f | %s | %s | %s | `%s` %s | %s |\n",
			s.Name, s.Idea, format.Nanoseconds(s.PerRow(m.MinSeconds)), format.Nanoseconds(s.PerRow(m.MedianSeconds)), 100*m.Spread, before, s.BytesPerSecond/1e9,
			format.Mebibytes(m.PeakResidentBytes), format.Mebibytes(m.OwnResidentBytes), format.Pause(m.GCLongestPauseSeconds),
			s.CPU.TopFunction, format.Percent(s.CPU.TopShare), links(s, nameOf(run)+"/"+s.Name+"/"))
	}
	return b.String()
}

// links returns links to the files of a stage.
func links(s journey.Stage, folder string) string {
	names := [][2]string{{"flame graph", journey.FlameFile}, {"top", journey.TopFile}, {"CPU", journey.CPUFile}, {"allocations", journey.AllocsFile}, {"numbers", journey.RunFile}}
	if s.Trace != nil {
		names = append(names, [2]string{"trace", journey.TraceFile})
	}
	var all []string
	for _, n := range names {
		all = append(all, fmt.Sprintf("[%s](%s%s)", n[0], folder, n[1]))
	}
	return strings.Join(all, ", ")
}

// withTrace returns the stages of a run that have a trace.
func withTrace(run *journey.Run) []journey.Stage {
	var all []journey.Stage
	for _, s := range run.Measured {
		if s.Trace != nil {
			all = append(all, s)
		}
	}
	return all
}

// execute returns what a template makes of data.
func execute(name, text string, functions template.FuncMap, data any) ([]byte, error) {
	t, err := template.New(name).Option("missingkey=error").Funcs(functions).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return b.Bytes(), nil
}
