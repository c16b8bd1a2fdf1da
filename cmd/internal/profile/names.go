package profile

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"

	"onebrc/cmd/internal/chart"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/format"
	"onebrc/gen"
)

// The page of time and memory by the number of names, its chart, and the folder of
// its samples. As in sideFolder, that has a folder for each machine and day; it has a
// file PROFILE-NAMES.json for each case, where PROFILE is one of package gen.
const (
	namesFile   = "NAMES.md"
	namesChart  = "names"
	namesFolder = "names"
)

// RenderNames writes the page and the charts of time and memory by the number of
// names, from the samples in folder.
func RenderNames(folder string) error {
	files, err := renderNames(folder)
	for path, content := range files {
		err = errors.Join(err, writeFile(path, content))
	}
	return err
}

// renderNames returns the files that RenderNames writes, by path.
func renderNames(folder string) (map[string][]byte, error) {
	sets, err := readNames(folder)
	if err != nil {
		return nil, err
	}
	text, err := pages.ReadFile("pages/" + namesFile + ".tmpl")
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	files := map[string][]byte{}
	files[filepath.Join(folder, namesFile)], err = execute(namesFile, string(text), template.FuncMap{
		"names": func() string { return setsText(sets, sideSet.writeNames) },
		"light": func() string { return chart.Light.File(namesChart) },
		"dark":  func() string { return chart.Dark.File(namesChart) },
	}, nil)
	for _, theme := range chart.Themes() {
		content, e := drawNames(sets, theme)
		files[filepath.Join(folder, theme.File(namesChart))] = content
		err = errors.Join(err, e)
	}
	return files, err
}

// readNames returns the samples of names in a folder of profiles, the newest set
// first. The cases of a profile are in the order of their names' number.
func readNames(folder string) ([]sideSet, error) {
	sets, err := readCases(filepath.Join(folder, namesFolder))
	if err != nil {
		return nil, err
	}
	for _, set := range sets {
		for _, c := range set.cases {
			profile := c.dataProfile()
			if profile == "" || gen.DescribeProfile(profile) == "" || c.report.Input.Names < 1 || c.report.Input.Rows < 1 {
				return nil, fmt.Errorf("profile: %s/%s: want PROFILE-NAMES.json with rows and names", set.name, c.name)
			}
		}
		slices.SortStableFunc(set.cases, func(a, b sideCase) int {
			if a.dataProfile() != b.dataProfile() {
				return strings.Compare(a.dataProfile(), b.dataProfile())
			}
			return a.report.Input.Names - b.report.Input.Names
		})
	}
	return sets, nil
}

// dataProfile returns the profile of a case of names.
func (c sideCase) dataProfile() string {
	return c.name[:max(0, strings.LastIndexByte(c.name, '-'))]
}

// profilesOf returns the cases of each data profile.
func (s sideSet) profilesOf() [][]sideCase {
	var all [][]sideCase
	for i, c := range s.cases {
		if i == 0 || c.dataProfile() != s.cases[i-1].dataProfile() {
			all = append(all, nil)
		}
		last := &all[len(all)-1]
		*last = append(*last, c)
	}
	return all
}

// writeNames writes the cases of a set as a table for each data profile.
func (s sideSet) writeNames(b *strings.Builder) {
	first := s.cases[0].report
	e := first.Environment
	fmt.Fprintf(b, "**%s** with %d CPUs%s and %s, %s/%s %s, transparent huge pages: %s, %s; [all samples](%s/%s).\n",
		cell(format.Machine(e)), e.CPUs, vectors(e), format.Mebibytes(e.MemoryBytes), e.OS, e.Architecture, e.Kernel,
		unknownIfEmpty(e.TransparentHugePages), first.Time.UTC().Format(time.DateOnly), s.parent, s.name)
	for _, cases := range s.profilesOf() {
		profile := cases[0].dataProfile()
		fmt.Fprintf(b, "\nProfile %s: %s.\n\n", code(profile), gen.DescribeProfile(profile))
		b.WriteString("| names | rows | file | program | least time | median | quartiles apart | rows/s | user | system | own memory | bytes a name | with pages of files | ratio of least times | ratio of medians | ratio of own memory | result |\n")
		b.WriteString("|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|\n")
		for _, c := range cases {
			c.writeNames(b)
		}
	}
	b.WriteString("\nThe programs:\n\n")
	for _, e := range s.programs() {
		version := ""
		if e.Version() != "" {
			version = "; " + cell(e.Version())
		}
		fmt.Fprintf(b, "- %s: %s%s\n", cell(e.Name), code(e.CommandLine()), version)
	}
	b.WriteString("\nThe cases:\n\n")
	for _, c := range s.cases {
		c.writeContext(b)
	}
}

// programs returns the first entry of each name.
func (s sideSet) programs() []compare.Entry {
	var all []compare.Entry
	for _, c := range s.cases {
		for _, e := range c.report.Entries {
			if !slices.ContainsFunc(all, func(known compare.Entry) bool { return known.Name == e.Name }) {
				all = append(all, e)
			}
		}
	}
	return all
}

// writeNames writes the lines of a case in the table of its data profile.
func (c sideCase) writeNames(b *strings.Builder) {
	in := c.report.Input
	for i, e := range c.report.Entries {
		if i == 0 {
			fmt.Fprintf(b, "| %s | %s | %s | %s |", format.Thousands(int64(in.Names)), format.Thousands(in.Rows), format.Gigabytes(in.Bytes), cell(e.Name))
		} else {
			fmt.Fprintf(b, "| | | | %s |", cell(e.Name))
		}
		if e.Result == compare.Failed {
			fmt.Fprintf(b, "%s %s |\n", strings.Repeat(" |", 12), e.Result)
			continue
		}
		m := e.Summary
		perName := "unknown"
		if m.PeakOwnBytes > 0 {
			perName = format.Number(float64(m.PeakOwnBytes) / float64(in.Names))
		}
		fmt.Fprintf(b, " %s | %s | %.1f %% | %s | %s | %s | %s | %s | %s |",
			format.Duration(m.MinSeconds), format.Duration(m.MedianSeconds), 100*m.Spread, format.Thousands(int64(float64(in.Rows)/m.MedianSeconds)),
			format.Duration(m.UserSeconds), format.Duration(m.SystemSeconds), format.Mebibytes(m.PeakOwnBytes), perName, format.Mebibytes(m.PeakResidentBytes))
		if i == 0 {
			b.WriteString(" | | |")
		} else {
			own := "unknown"
			if first := c.report.Entries[0].Summary; m.PeakOwnBytes > 0 && first.PeakOwnBytes > 0 {
				own = format.Number(float64(m.PeakOwnBytes) / float64(first.PeakOwnBytes))
			}
			least, median := c.ratios(e)
			fmt.Fprintf(b, " %.2f | %.2f (%.2f to %.2f) | %s |", least, median, e.Comparison.Low, e.Comparison.High, own)
		}
		fmt.Fprintf(b, " %s |\n", e.Result)
	}
}

func unknownIfEmpty(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}
