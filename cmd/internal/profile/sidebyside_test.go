package profile

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/compare"
)

// TestSideBySide renders the comparisons in testdata. They are of two machines, and
// of programs that are right, wrong, broken or faster.
func TestSideBySide(t *testing.T) {
	sets, err := readSideBySide("testdata")
	require.NoError(t, err)
	got := setsText(sets, sideSet.write)
	want, err := os.ReadFile(filepath.Join("testdata", "side-by-side.md"))
	require.NoError(t, err)
	require.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), got)
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "|") {
			require.Len(t, regexp.MustCompile(`(^|[^\\])\|`).FindAllString(line, -1), 14, line)
		}
	}
	require.NotContains(t, got, "NaN")
	require.Equal(t, "No run has been published yet.\n", setsText(nil, sideSet.write))
}

// TestReadSideBySide checks that invalid comparisons and wrong folders are refused.
func TestReadSideBySide(t *testing.T) {
	const folder = "2026-01-02-example-2cpu"
	for want, change := range map[string]func(path string, r *compare.Report) string{
		"": func(path string, _ *compare.Report) string { return path },
		"must start with 2026-01-02-": func(path string, _ *compare.Report) string {
			return filepath.Join(filepath.Dir(path), "..", "2026-01-02-x", "a.json")
		},
		"a.json: ":               func(string, *compare.Report) string { return "" },
		"must be this project":   func(path string, r *compare.Report) string { r.Entries[0].Own = false; return path },
		"first entry must":       func(path string, r *compare.Report) string { r.Entries = nil; return path },
		`entry "b" has no times`: func(path string, r *compare.Report) string { r.Entries[1].Comparison = nil; return path },
		`entry "a" has no times`: func(path string, r *compare.Report) string { r.Entries[0].Summary.MinSeconds = 0; return path },
		"b is of another machine than": func(path string, r *compare.Report) string {
			require.NoError(t, writeJSON(path, r))
			r.Environment.CPUFlags = []string{"sse2"}
			return filepath.Join(filepath.Dir(path), "b.json")
		},
	} {
		root := t.TempDir()
		run := newRun()
		run.Environment.CPUModel, run.Environment.CPUs = "Example", 2
		summary := run.Measured[0].Summary
		r := &compare.Report{Time: run.Time, Environment: run.Environment, Entries: []compare.Entry{
			{Name: "a", Own: true, Summary: summary}, {Name: "b", Summary: summary, Comparison: &compare.Comparison{Ratio: 1, Low: 1, High: 1}},
		}}
		path := filepath.Join(root, sideFolder, folder, "a.json")
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		if to := change(path, r); to != "" {
			require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o777))
			require.NoError(t, writeJSON(to, r))
		} else {
			require.NoError(t, os.WriteFile(path, []byte("{"), 0o666))
		}
		sets, err := readSideBySide(root)
		if want == "" {
			require.NoError(t, err)
			require.Len(t, sets, 1)
			continue
		}
		require.ErrorContains(t, err, want)
	}
}

// TestUntilGone checks that the median is known only if all samples have the time of
// the tree.
func TestUntilGone(t *testing.T) {
	of := func(seconds ...float64) []compare.Sample {
		var all []compare.Sample
		for _, s := range seconds {
			all = append(all, compare.Sample{TreeSeconds: s})
		}
		return all
	}
	require.Equal(t, []string{"unknown", "unknown", "2.00 s", "2.50 s"}, []string{
		untilGone(nil), untilGone(of(1, 0)), untilGone(of(3, 1, 2)), untilGone(of(4, 1, 3, 2))})
	set := func(samples []compare.Sample) string {
		return sideSet{cases: []sideCase{{"x", compare.Report{Entries: []compare.Entry{{Samples: samples}}}}}}.coverage()
	}
	require.Contains(t, set(of(1)), "whole process tree")
	require.Contains(t, set(of(0)), "the process that was started")
}

// TestLosses checks that a program which is faster by either measure is a loss, and
// that a variant of this project or a failed program is not.
func TestLosses(t *testing.T) {
	entry := func(name string, least, median float64, own bool, result string) compare.Entry {
		return compare.Entry{Name: name, Own: own, Result: result, Summary: compare.Summary{MinSeconds: least, MedianSeconds: median}}
	}
	first := entry("onebrc", 1, 2, true, compare.Same)
	of := func(others ...compare.Entry) string {
		return sideSet{cases: []sideCase{{"x", compare.Report{Entries: append([]compare.Entry{first}, others...)}}}}.losses()
	}
	require.Equal(t, "No other program was measured.", of(entry("own", 0.5, 0.5, true, compare.Same), entry("failed", 0, 0, false, compare.Failed)))
	require.Equal(t, "Where onebrc loses: nowhere in these cases.", of(entry("b", 1, 2, false, compare.Same), entry("c", 3, 3, false, compare.Different)))
	require.Equal(t, "Where onebrc loses: in `x` to b (ratio of least times 0.50, of medians 1.00), in `x` to c (ratio of least times 2.00, of medians 0.75; its result is different).",
		of(entry("b", 0.5, 2, false, compare.Same), entry("c", 2, 1.5, false, compare.Different)))
}
