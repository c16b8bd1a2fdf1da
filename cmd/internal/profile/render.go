package profile

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"
)

// What Render reads and writes in the folder of profiles.
const (
	readmeFile          = "README.md"
	lessonsFile         = "LESSONS.md"
	lessonsTemplateFile = "LESSONS.md.tmpl"
)

// The lines of a README that the table of stages goes between, and those for
// the table of other programs and that of scaling.
const (
	beginMarker        = "<!-- stages table: begin -->"
	endMarker          = "<!-- stages table: end -->"
	sideBeginMarker    = "<!-- side by side: begin -->"
	sideEndMarker      = "<!-- side by side: end -->"
	scalingBeginMarker = "<!-- scaling table: begin -->"
	scalingEndMarker   = "<!-- scaling table: end -->"
)

//go:embed README.md.tmpl
var readmeTemplate string

// Render writes from the newest run in folder what tells of it: the README and
// the lessons there, and the table of stages in the file readme. The table of
// scaling there comes from scaling.json in folder, that of other programs from
// the JSON files in side-by-side.
func Render(folder, readme string) error {
	files, err := render(folder, readme)
	// What could be made is written, also if the rest could not.
	for path, content := range files {
		err = errors.Join(err, writeFile(path, content))
	}
	return err
}

// render returns what Render writes, by path.
func render(folder, readme string) (map[string][]byte, error) {
	runs, err := Runs(folder)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	var errs []error
	for _, file := range []struct {
		path string
		make func() ([]byte, error)
	}{
		{filepath.Join(folder, readmeFile), func() ([]byte, error) { return renderReadme(runs) }},
		{filepath.Join(folder, lessonsFile), func() ([]byte, error) { return renderLessons(folder, runs[0]) }},
		{readme, func() ([]byte, error) { return renderTables(readme, folder, runs[0]) }},
	} {
		content, err := file.make()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		files[file.path] = content
	}
	return files, errors.Join(errs...)
}

// renderTables returns the file readme with the tables that it has markers for.
func renderTables(readme, folder string, run *Run) ([]byte, error) {
	content, err := os.ReadFile(readme)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	prefix := filepath.Base(folder) + "/"
	text, err := ReplaceBetween(string(content), beginMarker, endMarker, stagesTable(run, prefix))
	if err == nil {
		text, err = renderSideBySide(text, folder, prefix)
	}
	if err == nil {
		text, err = renderScaling(text, folder, prefix)
	}
	if err != nil {
		return nil, fmt.Errorf("profile: %s: %w", readme, err)
	}
	return []byte(text), nil
}

// ReplaceBetween returns content with table between the lines begin and end.
func ReplaceBetween(content, begin, end, table string) (string, error) {
	before, rest, begins := strings.Cut(content, begin)
	_, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return "", fmt.Errorf("a table has no place: the lines %q and %q are missing", begin, end)
	}
	// A README with CR LF, as git may lay it on Windows, stays one.
	text := begin + "\n" + table + end
	if strings.Contains(before, "\r\n") {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return before + text + after, nil
}

// stagesTable is the table of the stages of a run. prefix is put before links
// to the run's folder.
func stagesTable(run *Run, prefix string) string {
	var b strings.Builder
	e := run.Environment
	fmt.Fprintf(&b, "%s rows (%s of the data set `%s`) on %s with %d CPUs, %s, %s, %d runs of each stage; [the run's folder](%s%s).\n\n",
		thousands(run.Rows), gigabytes(run.Input.Bytes), run.DataProfile, machine(e), e.CPUs, e.GoVersion,
		run.Time.Format(time.DateOnly), run.Settings.Runs, prefix, run.Name())
	b.WriteString("| stage | idea | least time | median | times as fast as the one before | GB/s | peak memory | of it own | longest GC pause | top function of the CPU profile | files |\n")
	b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|---|---|\n")
	for i, s := range run.stages {
		faster := ""
		if i > 0 {
			faster = number(run.stages[i-1].Summary.MedianSeconds / s.Summary.MedianSeconds)
		}
		m := s.Summary
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %.2f | %s | %s | %s | `%s` %s | %s |\n",
			s.Name, s.Idea, duration(m.MinSeconds), duration(m.MedianSeconds), faster, s.BytesPerSecond/1e9,
			mebibytes(m.PeakResidentBytes), mebibytes(m.OwnResidentBytes), pause(m.GCLongestPauseSeconds),
			s.CPU.TopFunction, percent(s.CPU.TopShare), links(s, prefix+run.Name()+"/"+s.Name+"/"))
	}
	return b.String()
}

// links are the files of a stage.
func links(s Stage, folder string) string {
	names := [][2]string{{"flame graph", flameFile}, {"top", topFile}, {"CPU", cpuFile}, {"allocations", allocsFile}, {"numbers", runFile}}
	if s.Trace != nil {
		names = append(names, [2]string{"trace", traceFile})
	}
	var all []string
	for _, n := range names {
		all = append(all, fmt.Sprintf("[%s](%s%s)", n[0], folder, n[1]))
	}
	return strings.Join(all, ", ")
}

// renderReadme returns the README of the folder of profiles.
func renderReadme(runs []*Run) ([]byte, error) {
	functions := template.FuncMap{
		"table":     func() string { return stagesTable(runs[0], "") },
		"machine":   machine,
		"thousands": thousands,
		"duration":  duration,
		"mebibytes": mebibytes,
		"traces":    func() []Stage { return withTrace(runs[0]) },
	}
	return execute(readmeFile, readmeTemplate, functions, map[string]any{
		"Run": runs[0], "Runs": runs, "Folder": runs[0].Name(), "TraceLimit": int64(traceLimit),
	})
}

// withTrace are the stages of a run that have a trace.
func withTrace(run *Run) []Stage {
	var all []Stage
	for _, s := range run.stages {
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
