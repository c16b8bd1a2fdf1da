package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/compare"
)

func TestCompare(t *testing.T) {
	path := write(t, "rows.txt", "a;1.0\nb;2.0\n")
	got := execute(t, nil, "compare", "--stages", "naive,tiles,tiles", "--runs", "3", "--workers", "2", path)
	require.Equal(t, 0, got.code, got.stderr)
	require.Empty(t, got.stderr, "no progress without a terminal")
	for _, want := range []string{
		" rows.txt, 2 rows, 12 bytes, SHA-256 ", "3 of each in turns, after a warm-up of 1; workers: 2; on any CPU",
		runtime.Version(), "against naive: ratio of times; above 1: slower than naive\n", "warning: 3 runs of each are too few for a conclusion",
	} {
		require.Contains(t, got.stdout, want)
	}
	require.Regexp(t, `(?m)^ +entry +min s +median s +95 % s +spread +tree s +user s +system s +peak MiB +own MiB +GC +longest pause +result$`, got.stdout)
	require.Regexp(t, `(?m)^ +tiles +[0-9.]+ +[0-9.]+ +[0-9.]+ to [0-9.]+ +<?[0-9.]+ +too few runs$`, got.stdout)
}

func TestCompareJSON(t *testing.T) {
	path := write(t, "rows.txt", "a;1.0\nb;2.0\n")
	args := []string{"compare", "--stages", "naive", "--stages=tiles", "--runs=2", "--json", path}
	if runtime.GOOS == "linux" {
		args = append(args, "--pin", firstCPU(t))
	}
	got := execute(t, nil, args...)
	require.Equal(t, 0, got.code, got.stderr)
	var report compare.Report
	decoder := json.NewDecoder(strings.NewReader(got.stdout))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&report))
	require.Equal(t, "rows.txt", report.Input.Path, "without the folder of this machine")
	require.EqualValues(t, 12, report.Input.Bytes)
	require.Len(t, report.Entries, 2)
	for i, s := range report.Entries {
		require.Equal(t, []string{"naive", "tiles"}[i], s.Name)
		require.Len(t, s.Samples, 2)
		for j, sample := range s.Samples {
			require.Equal(t, 1+i+2*j, sample.Sequence, "in turns")
			require.Positive(t, sample.WallSeconds)
			require.Positive(t, sample.UserSeconds+sample.SystemSeconds)
		}
	}
	require.NotNil(t, report.Entries[1].Comparison)
	if runtime.GOOS == "linux" {
		require.Equal(t, firstCPU(t), report.Settings.Pin)
		require.Greater(t, report.Entries[0].Summary.PeakResidentBytes, report.Entries[0].Summary.OwnResidentBytes)
		require.Equal(t, 1.0, *report.Entries[0].Samples[0].CachedFraction)
	}
}

// TestCompareCommands compares 1brc with a flag, a program with another output and
// one that fails.
func TestCompareCommands(t *testing.T) {
	path := write(t, "rows.txt", "a;1.0\nb;2.0\n")
	got := execute(t, nil, "compare", "--command", "one='"+binary+"' --workers 1 -- {}", "--command", "wrong='"+genBinary+"' --help {}",
		"--command", "broken='"+binary+"' --no-such-flag {}", "--note", "wrong=a note", "--commit", "wrong=4b825dc", "--data", "two rows", "--runs", "2", "--json", path)
	require.Equal(t, 0, got.code, got.stderr)
	require.Empty(t, got.stderr)
	require.NotContains(t, got.stdout, filepath.Dir(path))
	require.NotContains(t, got.stdout, filepath.Dir(binary))
	var report compare.Report
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &report))
	require.Equal(t, "two rows", report.Input.Note)
	require.EqualValues(t, 2, report.Input.Rows)
	one, wrong, broken := report.Entries[0], report.Entries[1], report.Entries[2]
	require.Equal(t, []any{compare.Same, true, 2}, []any{one.Result, one.Own, len(one.Samples)})
	require.Equal(t, []string{filepath.Base(binary), "--workers", "1", "--", "{}"}, one.Command)
	require.Equal(t, []any{compare.Different, false, 2, "a note", "4b825dc"}, []any{wrong.Result, wrong.Own, len(wrong.Samples), wrong.Note, wrong.Commit})
	require.Equal(t, []any{compare.Failed, true, 0}, []any{broken.Result, broken.Own, len(broken.Samples)})
	require.Contains(t, broken.Detail, "unknown flag: --no-such-flag")
}

// TestCompareFirst compares commands that do something else than 1brc FILE.
func TestCompareFirst(t *testing.T) {
	path := write(t, "rows.csv", "city,n\na,1\nb,2\na,3\n")
	group := "='" + binary + "' group -g city "
	got := execute(t, nil, "compare", "--expect-first", "--own-memory", "--command", "one"+group+"{}", "--command", "two"+group+"--workers 2 {}",
		"--command", "other"+group+"-a 'sum(n) as count' {}", "--runs", "2", "--json", path)
	require.Equal(t, 0, got.code, got.stderr)
	var report compare.Report
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &report))
	require.True(t, report.Settings.ExpectFirst)
	require.Zero(t, report.Input.Rows)
	results := []string{}
	for _, e := range report.Entries {
		results = append(results, e.Result+" "+e.Detail)
	}
	require.Equal(t, []string{"same ", "same ", `different line 2: "a,4", not "a,2"`}, results)
	if runtime.GOOS == "linux" {
		require.Positive(t, report.Entries[0].Summary.PeakOwnBytes)
	}
	got = execute(t, nil, "compare", "--expect-first", "--command", "one"+group+"{}", path)
	require.Equal(t, 0, got.code, got.stderr)
	require.Contains(t, got.stdout, "rows.csv, 19 bytes, SHA-256 ")
	got = execute(t, nil, "compare", "--expect-first", "--command", "one"+group+"{}", write(t, "bad.csv", "city\na,1\n"))
	require.Contains(t, requireFailure(t, got), "compare: expected result: ")
}

// TestCompareReport compares programs whose names and outputs are hostile, and makes the
// page at once and from JSON.
func TestCompareReport(t *testing.T) {
	path := write(t, "<b>&rows.txt", "a;1.0\nb;2.0\n")
	folder := t.TempDir()
	page := filepath.Join(folder, "page.html")
	args := []string{"compare", "--stages", "tiles", "--command", "<script>alert(1)</script>='" + binary + "' --no-such-flag {}",
		"--command", "wrong='" + genBinary + "' --help {}", "--runs", "1", "--json", "--report", page, path}
	got := execute(t, nil, args...)
	require.Equal(t, 0, got.code, got.stderr)
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	for _, want := range []string{
		"<h1>Comparison on &lt;b&gt;&amp;rows.txt</h1>", "3 entries, 1 run of each: 2 rows",
		"&lt;script&gt;alert(1)&lt;/script&gt;</bdi> has no time: warm-up: unknown flag: --no-such-flag\nRun &#39;1brc --help&#39; for usage.</span>", "tiles</bdi> takes ", ", by one run.", "wrong</bdi> printed another result than expected",
	} {
		require.True(t, strings.Contains(string(content), want), "%s", want) // not the whole page
	}
	require.False(t, strings.Contains(string(content), "<script>alert"))
	require.False(t, strings.Contains(string(content), filepath.Dir(binary)), "no folder of this machine")

	saved := filepath.Join(folder, "report.json")
	require.NoError(t, os.WriteFile(saved, []byte(got.stdout), 0o666))
	got = execute(t, nil, "report", "--compare", saved)
	require.True(t, success(string(content)) == got, "the same page from JSON")

	args[len(args)-1] = filepath.Join(folder, "missing.txt")
	require.Contains(t, requireFailure(t, execute(t, nil, args...)), "missing.txt: no such file or directory")
	still, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, string(content), string(still), "the old page stays if the comparison fails")
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, entries, 2, "no temporary file is left")
}

func TestCompareReportErrors(t *testing.T) {
	path := write(t, "rows.txt", "a;1.0\n")
	compare := func(page string) outcome {
		return execute(t, nil, "compare", "--stages", "tiles", "--report", page, path)
	}
	requireUsage(t, compare(path), "--report "+path+" would overwrite the input "+path)
	requireUsage(t, compare(""), "--report must name a file")
	missing := filepath.Join(t.TempDir(), "missing", "page.html")
	require.Contains(t, requireFailure(t, compare(missing)), "--report: open "+missing+": no such file or directory")

	show := func(args ...string) outcome {
		return execute(t, nil, append([]string{"report", "--compare"}, args...)...)
	}
	requireUsage(t, show(path, "folder"), "need FOLDER or --compare, not both")
	requireUsage(t, show(path, "-o", path), "--output "+path+" would overwrite the input "+path)
	require.Equal(t, path+": not a report of 1brc compare --json: invalid character 'a' looking for beginning of value", requireFailure(t, show(path)))
	require.Contains(t, requireFailure(t, show("missing.json")), "open missing.json: ")
	require.Contains(t, requireFailure(t, show("")), "open : ")
}

func TestCompareErrors(t *testing.T) {
	path := write(t, "rows.txt", "a;1.0\n")
	for _, test := range []struct {
		reason string
		args   []string
	}{
		{"1brc compare: need exactly one FILE, got 0", []string{"--stages", "naive,tiles"}},
		{"1brc compare: need exactly one FILE, got 2", []string{"--stages", "naive,tiles", path, path}},
		{"1brc compare: need --stages or --command", []string{path}},
		{`--command: "1brc {}": want NAME=TEXT`, []string{"--command", "1brc {}", path}},
		{`there is no shell for "| wc"`, []string{"--command", "a=1brc {} | wc", path}},
		{"no argument contains {}", []string{"--command", "a=1brc " + path, path}},
		{`the name "naive" is used twice`, []string{"--stages", "naive", "--command", "naive=1brc {}", path}},
		{`a note or commit is for "x"`, []string{"--stages", "naive", "--note", "x=y", path}},
		{`--note: "x": want NAME=TEXT`, []string{"--stages", "naive", "--note", "x", path}},
		{"--expect-first needs commands only, got --stages, too", []string{"--expect-first", "--stages", "naive", path}},
		{"--timeout must be 0 or more, got -1s", []string{"--stages", "naive", "--timeout", "-1s", path}},
		{`unknown stage "none": want one of naive, `, []string{"--stages", "naive,none", path}},
		{`unknown stage ""`, []string{"--stages", "naive,,tiles", path}},
		{"--runs must be 1 or more, got 0", []string{"--stages", "naive", "--runs", "0", path}},
		{"--workers must be from 0 to 8192, got 8193", []string{"--stages", "naive", "--workers", "8193", path}},
		{"--workers must be from 0 to 8192, got -1", []string{"--stages", "naive", "--workers", "-1", path}},
		{`--pin must be a list of CPUs such as 0-3,8, got "3-1"`, []string{"--stages", "naive", "--pin", "3-1", path}},
		{"unknown flag: --kernel", []string{"--stages", "naive", "--kernel", "auto", path}},
	} {
		got := execute(t, nil, append([]string{"compare"}, test.args...)...)
		requireUsage(t, got, test.reason)
		require.Contains(t, got.stderr, "Run '1brc compare --help' for usage.")
	}
	bad := write(t, "bad.txt", "a;1.0\nx\n")
	require.Equal(t, "compare: expected result: "+bad+`:2: byte 6: missing-separator: "x"`,
		requireFailure(t, execute(t, nil, "compare", "--stages", "naive,tiles", bad)))
	missing := filepath.Join(t.TempDir(), "missing")
	require.Contains(t, requireFailure(t, execute(t, nil, "compare", "--stages", "naive", missing)), missing+": no such file or directory")
	require.Contains(t, requireFailure(t, execute(t, nil, "compare", "--stages", "naive", os.DevNull)), "not a regular file")
	if runtime.GOOS == "linux" {
		for _, cpu := range []string{"999", "0,1023", "65535"} {
			got := execute(t, nil, "compare", "--stages", "naive", "--pin", cpu, path)
			requireUsage(t, got, "--pin must be among the usable CPUs ")
			require.Contains(t, got.stderr, ", got "+cpu)
		}
	} else {
		requireUsage(t, execute(t, nil, "compare", "--stages", "naive", "--pin", "0", path), "--pin is not possible on")
	}
}

func TestCompareHelp(t *testing.T) {
	got := execute(t, nil, "compare", "--help")
	require.Equal(t, 0, got.code)
	for _, want := range []string{"--stages NAMES", "--runs int", "--pin CPUS", "--json", "--report FILE", "--command NAME=COMMAND", "--commit NAME=COMMIT", "--note NAME=TEXT", "--data TEXT", "(default 10m0s)", "taskset -c", "numactl --cpunodebind", "cgroup v2", "(default 10)"} {
		require.Contains(t, got.stdout, want)
	}
}
