package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/report"
)

// readReport runs the program with --report FILE.json and args, and returns the outcome
// and the recording.
func readReport(t *testing.T, args ...string) (outcome, *report.Recording) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run.JSON")
	got := execute(t, nil, append(args, "--report", path)...)
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	r, err := report.ReadRecording(file)
	require.NoError(t, err)
	return got, r
}

// requirePage checks that content is a complete page.
func requirePage(t *testing.T, content string) {
	t.Helper()
	require.True(t, strings.HasPrefix(content, "<!doctype html>"), content)
	require.True(t, strings.HasSuffix(content, "</html>\n"))
}

// TestRunReport checks that a report changes nothing else, what it has, and that the page
// is the same as that of the recording.
func TestRunReport(t *testing.T) {
	path := generate(t, "--rows", "1e6")
	plain := execute(t, nil, path)
	got, r := readReport(t, "--workers", "3", path)
	require.Equal(t, plain, got)
	require.Equal(t, []string{path}, r.Inputs)
	require.Equal(t, "names", r.Counted)
	require.Contains(t, r.Command, "--workers")
	s := r.Stats
	require.Equal(t, []int64{1e6, 413}, []int64{s.Rows, int64(s.Names)})
	require.Len(t, s.Run.Workers, 3)
	bytes := int64(0)
	for _, w := range s.Run.Workers {
		for _, span := range w.Spans {
			bytes += span.Bytes
		}
	}
	require.Equal(t, s.Bytes, bytes)
	require.Less(t, r.EngineSeconds+s.Run.PrepareSeconds+s.Run.WorkSeconds, s.WallSeconds)
	if runtime.GOOS == "linux" {
		require.NotEmpty(t, s.Memory.Timeline)
	}
	require.Len(t, r.Result.Rows, 413)
	var line strings.Builder // the result as it was printed
	for _, row := range r.Result.Rows {
		fmt.Fprintf(&line, ", %s=%s/%s/%s", row[0], row[1], row[2], row[3])
	}
	require.Equal(t, plain.stdout, "{"+line.String()[2:]+"}\n")

	dir := t.TempDir()
	page, recorded := filepath.Join(dir, "run.html"), filepath.Join(dir, "run.json")
	require.Equal(t, plain, execute(t, nil, "--report", page, path))
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	requirePage(t, string(content))
	require.Contains(t, string(content), r.Result.Rows[100][0])

	require.Equal(t, plain, execute(t, nil, "--report", recorded, path))
	again := execute(t, nil, "report", "--run", recorded, "-o", page)
	require.Equal(t, outcome{}, again)
	content, err = os.ReadFile(page)
	require.NoError(t, err)
	requirePage(t, string(content))
	require.Equal(t, string(content), execute(t, nil, "report", "--run", recorded).stdout)
	require.Equal(t, []string{"run.html", "run.json"}, entries(t, dir))
}

// TestRunReportOfManyNames has more names than a table takes, some of which are not
// UTF-8, in memory and in temporary files.
func TestRunReportOfManyNames(t *testing.T) {
	var rows bytes.Buffer
	for i := range report.MaxRows + 2000 {
		fmt.Fprintf(&rows, "<\xff%06d>;1.0\n", i)
	}
	path := write(t, "rows.txt", rows.String())
	for _, flags := range [][]string{nil, {"--max-memory", "6MiB", "--workers", "1"}} {
		plain := execute(t, nil, append(flags, path)...)
		got, r := readReport(t, append(flags, path)...)
		require.Equal(t, plain, got)
		require.Equal(t, report.MaxRows+2000, r.Stats.Names)
		require.Len(t, r.Result.Rows, report.MaxRows)
		require.Equal(t, `"<\xff009999>"`, r.Result.Rows[9999][0])
	}
}

// TestRunReportOfGroups has groups in each format, with and without a limit.
func TestRunReportOfGroups(t *testing.T) {
	path := write(t, "rows.csv", "city,temp\nb,1\na,2\nb,3\nc,\n")
	query := []string{"group", "-g", "city", "-a", "count,min(temp),mean(temp),max(temp)"}
	for _, format := range cli.Texts(groupFormats) {
		for _, flags := range [][]string{nil, {"--limit", "2"}, {"--sort", "-count"}, {"--sort", "-count", "--limit", "1"}} {
			args := append(append(append(query[:len(query):len(query)], "--format", format), flags...), path)
			got, r := readReport(t, args...)
			require.Equal(t, execute(t, nil, args...), got, args)
			want := [][]string{{"a", "1", "2", "2", "2"}, {"b", "2", "1", "2", "3"}, {"c", "1", "", "", ""}}
			if len(flags) > 0 && flags[0] == "--sort" {
				want[0], want[1] = want[1], want[0]
			}
			if len(flags) > 1 {
				want = want[:map[string]int{"--limit 2": 2, "--sort -count": 3, "--sort -count --limit 1": 1}[strings.Join(flags, " ")]]
			}
			require.Equal(t, want, r.Result.Rows, args)
			require.Equal(t, &report.Range{Min: 2, Mean: 3, Max: 4}, r.Result.Range)
			require.Equal(t, report.Column{Name: "max(temp)", Number: true}, r.Result.Columns[4])
			require.Equal(t, report.Column{Name: "city"}, r.Result.Columns[0])
			require.Equal(t, "groups", r.Counted)
		}
	}
	_, r := readReport(t, "group", "-a", "min(temp)", path)
	require.Nil(t, r.Result.Range, "there is no max")
	_, r = readReport(t, "group", "-g", "city", "-a", "min(temp),max(temp)", write(t, "empty.csv", "city,temp\n"))
	require.Empty(t, r.Result.Rows)
}

// TestRunReportOfFailure checks that a report shows how far a run came and what went
// wrong, and that a run that never began leaves an old report as it was.
func TestRunReportOfFailure(t *testing.T) {
	content, err := os.ReadFile(generate(t, "--rows", "1e5"))
	require.NoError(t, err)
	bad := write(t, "bad.txt", string(content)+"x\n")
	for _, args := range [][]string{{bad}, {"--stage", "naive", bad}, {"--on-error", "skip", "--max-rejects", "1", bad}} {
		got, r := readReport(t, args...)
		require.Contains(t, requireFailure(t, got), r.Stats.Error)
		require.Contains(t, r.Stats.Error, "bad.txt:100001: byte ")
		require.Nil(t, r.Result)
		if r.Stats.Run != nil {
			require.EqualValues(t, 100_001, r.Stats.Rows)
		}
	}
	got := execute(t, nil, "--report", filepath.Join(t.TempDir(), "run.html"), "--stats=json", bad)
	require.Contains(t, decodeStats(t, got).Error, "bad.txt:100001: ")

	old := write(t, "old.html", oldContent)
	folder := t.TempDir()
	require.Contains(t, requireFailure(t, execute(t, nil, "--report", folder, bad)), "--report: open "+folder+": ")
	for _, args := range [][]string{{"missing"}, {"--cpuprofile", filepath.Join(t.TempDir(), "no", "file"), bad}} {
		requireFailure(t, execute(t, nil, append(args, "--report", old)...))
		kept, err := os.ReadFile(old)
		require.NoError(t, err)
		require.Equal(t, oldContent, string(kept))
		require.Equal(t, []string{"old.html"}, entries(t, filepath.Dir(old)))
	}
	// The report itself cannot be written.
	good := write(t, "good.txt", "a;1.0\n")
	into := filepath.Join(t.TempDir(), "missing", "r.html")
	require.Contains(t, requireFailure(t, execute(t, nil, "--report", into, good)), "--report: open "+into+": ")
	if _, err := os.Stat("/dev/full"); err == nil {
		require.Equal(t, outcome{1, "{a=1.0/1.0/1.0}\n", "1brc: --report: write /dev/full: no space left on device\n"}, execute(t, nil, "--report", "/dev/full", good))
	}
}

func TestRunReportOfStage(t *testing.T) {
	path := generate(t, "--rows", "1e5")
	got, r := readReport(t, "--stage", "naive", path)
	require.Equal(t, execute(t, nil, path), got)
	require.Nil(t, r.Stats.Run)
	require.Len(t, r.Result.Rows, 413)
}

func TestRunReportUsage(t *testing.T) {
	path := write(t, "rows.txt", "a;1.0\n")
	requireUsage(t, execute(t, nil, "--report", "", path), "--report must name a file")
	requireUsage(t, execute(t, nil, "--report", path, path), "would overwrite the input")
	requireUsage(t, execute(t, nil, "--report", "x", "--cpuprofile", "x", path), "must name different files")
	requireUsage(t, execute(t, nil, "report", "--run", "x", "folder"), "need FOLDER or --run, not both")
	requireUsage(t, execute(t, nil, "report", "--run", "x", "--compare", "y"), "need --run or --compare, not both")
	requireUsage(t, execute(t, nil, "report", "--run", path, "-o", path), "would overwrite the input")
	require.Contains(t, requireFailure(t, execute(t, nil, "report", "--run", "missing.json")), "missing.json: ")
	require.Contains(t, requireFailure(t, execute(t, nil, "report", "--run", path)), path+": not a recording of a run: ")
}

// TestRunReportStats checks that --stats=json still is one line, with the spans.
func TestRunReportStats(t *testing.T) {
	path := write(t, "rows.txt", "a;1.0\n")
	got, r := readReport(t, "--stats=json", path)
	require.Equal(t, 0, got.code)
	s := decodeStats(t, got)
	line, err := json.Marshal(s)
	require.NoError(t, err)
	recorded, err := json.Marshal(r.Stats)
	require.NoError(t, err)
	require.JSONEq(t, string(recorded), string(line))
}
