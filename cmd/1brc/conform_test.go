package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/conform"
)

// conformTo runs 1brc conform on 1brc with flags.
func conformTo(t *testing.T, flags string, args ...string) (outcome, conform.Report) {
	t.Helper()
	got := execute(t, nil, append([]string{"conform", "--table", "json", "--command", "'" + binary + "' " + flags + " -- {}"}, args...)...)
	var report conform.Report
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &report), got.stderr)
	return got, report
}

// requireConforming checks that all legal cases are right and all others are refused.
func requireConforming(t *testing.T, report conform.Report) {
	t.Helper()
	for _, r := range report.Results {
		want := conform.Right
		if r.Class == conform.Malformed {
			want = conform.Refused
		}
		require.Equal(t, want, r.Verdict, "%+v", r)
	}
}

// TestConformEngine runs the engine on all cases, or on most small ones.
func TestConformEngine(t *testing.T) {
	var args []string
	if testing.Short() {
		args = []string{"--case", strings.Join(smallCases(t, 3), ",")}
	}
	got, report := conformTo(t, "--workers 3", args...)
	require.Equal(t, 0, got.code, got.stderr)
	require.Empty(t, got.stderr)
	requireConforming(t, report)
	require.Equal(t, filepath.Base(binary)+" --workers 3 -- {}", report.Command)
}

// TestConformStages runs stages on small cases.
func TestConformStages(t *testing.T) {
	for _, name := range names() {
		_, report := conformTo(t, "--stage "+name, "--case", strings.Join(smallCases(t, 25), ","))
		requireConforming(t, report)
	}
	if !testing.Short() {
		_, report := conformTo(t, "--stage naive", "--case", strings.Join(smallCases(t, 1), ","))
		requireConforming(t, report)
	}
}

// smallCases returns the name of every nth case that has a file in testdata.
func smallCases(t *testing.T, n int) (all []string) {
	t.Helper()
	for _, folder := range []string{"golden", "bad"} {
		paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", folder, "*.txt"))
		require.NoError(t, err)
		for i := 0; i < len(paths); i += n {
			all = append(all, strings.TrimSuffix(filepath.Base(paths[i]), ".txt"))
		}
	}
	require.Greater(t, len(all), 10)
	return all
}

// TestConformAccepted checks a program that skips bad rows.
func TestConformAccepted(t *testing.T) {
	got, report := conformTo(t, "--on-error skip", "--case", "single-row,bad-value-two-fraction-digits,late-empty-row")
	require.Equal(t, 0, got.code, "only legal cases count")
	for _, r := range report.Results[1:] {
		require.Equal(t, []any{conform.Accepted, "it leaves bad rows out"}, []any{r.Verdict, r.Detail})
	}
}

// TestConformTies checks that the exact engine misses the ties of the baseline.
func TestConformTies(t *testing.T) {
	keep := t.TempDir()
	got, report := conformTo(t, "", "--ties", "double", "--case", "mean-tie-six-rows,mean-tie-20124-rows", "--keep", keep)
	require.Equal(t, 1, got.code)
	require.Equal(t, []conform.Verdict{conform.Wrong, conform.Right}, []conform.Verdict{report.Results[0].Verdict, report.Results[1].Verdict})
	files, err := os.ReadDir(keep)
	require.NoError(t, err)
	require.Len(t, files, 2)
}

func TestConformList(t *testing.T) {
	got := execute(t, nil, "conform", "--list", "--skip", "malformed")
	require.Equal(t, 0, got.code, got.stderr)
	require.Regexp(t, `\Acase +class +about\nmean-ties +rounding +exact ties of both signs`, got.stdout)
	require.NotContains(t, got.stdout, "bad-value")
	var cases []conform.Case
	require.NoError(t, json.Unmarshal([]byte(execute(t, nil, "conform", "--list", "--table", "json").stdout), &cases))
	require.Len(t, cases, len(conform.Cases()))
	require.Contains(t, execute(t, nil, "conform", "--list", "--table=markdown", "--class=order").stdout, "| `names-sorted` | order | ")
}

func TestConformErrors(t *testing.T) {
	file := write(t, "file", "")
	for reason, args := range map[string][]string{
		"need --command or --list":                       {},
		"--list runs no --command":                       {"--list", "--command", "x {}"},
		"--command: no argument contains {}":             {"--command", "x"},
		`--command: there is no shell for "| y"`:         {"--command", "x {} | y"},
		`takes no argument, got "{}": quote the command`: {"--command", "x", "{}"},
		"--class must be among rounding, order, ":        {"--class", "order,orders", "--list"},
		`--skip must be among rounding, order, `:         {"--skip", "x", "--list"},
		`--case: there is no case "x": see --list`:       {"--case", "x", "--list"},
		"no case is left":                                {"--class", "order", "--skip", "order", "--list"},
		"--timeout must be 0 or more, got -1s":           {"--timeout", "-1s", "--command", "x {}"},
		`--ties must be one of up, double, double-sum`:   {"--ties", "even", "--command", "x {}"},
		`--table must be one of text, markdown, json`:    {"--table", "html", "--list"},
		"--keep: stat ./none: no such file or directory": {"--keep", "./none", "--command", "x {}"},
		"--keep: " + file + " is not a folder":           {"--keep", file, "--command", "x {}"},
	} {
		requireUsage(t, execute(t, nil, append([]string{"conform"}, args...)...), reason)
	}
	require.Contains(t, requireFailure(t, execute(t, nil, "conform", "--command", "./no-such-program {}")), "no-such-program")
	require.Contains(t, execute(t, nil, "__complete", "conform", "--case", "").stdout, "mean-ties\n")
	require.Contains(t, execute(t, nil, "__complete", "conform", "--class", "").stdout, "page-sizes\n")
}
