package main

import (
	"debug/buildinfo"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReport(t *testing.T) {
	page := filepath.Join(t.TempDir(), "report.html")
	folder := filepath.Join("..", "..", "profiles")
	got := execute(t, nil, "report", "-o", page, folder)
	require.Zero(t, got.code, got.stderr)
	require.Empty(t, got.stdout)
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(content), "<!doctype html>"))

	runs, err := filepath.Glob(filepath.Join(folder, "2*", "run.json"))
	require.NoError(t, err)
	got = execute(t, nil, "report", filepath.Dir(runs[len(runs)-1]))
	require.Equal(t, string(content), got.stdout, "the newest run, on standard output")
}

func TestReportRefuses(t *testing.T) {
	requireUsage(t, execute(t, nil, "report", "a", "b"), "need at most one FOLDER, got 2")
	requireUsage(t, execute(t, nil, "report", "-o", ""), "--output must name a file")

	folder := t.TempDir()
	said := requireFailure(t, execute(t, nil, "report", filepath.Join(folder, "missing")))
	require.Contains(t, said, "no run of make profiles in ")
	require.NotContains(t, said, "journey: ")
	require.Contains(t, requireFailure(t, execute(t, nil, "report", "-o", filepath.Join(folder, "missing", "r.html"), filepath.Join("..", "..", "profiles"))), "--output: open ")

	require.NoError(t, os.WriteFile(filepath.Join(folder, "run.json"), []byte("{"), 0o666))
	old := filepath.Join(folder, "old.html")
	require.NoError(t, os.WriteFile(old, []byte("old"), 0o666))
	require.Contains(t, requireFailure(t, execute(t, nil, "report", "-o", old, folder)), "run.json: unexpected end of JSON input")
	content, err := os.ReadFile(old)
	require.NoError(t, err)
	require.Equal(t, "old", string(content))
}

// TestLinks checks that 1brc depends neither on google/pprof, whose package
// initialization would slow down every start, nor on the driver of the browser, which
// is for tests.
func TestLinks(t *testing.T) {
	info, err := buildinfo.ReadFile(binary)
	require.NoError(t, err)
	var modules []string
	for _, dependency := range info.Deps {
		modules = append(modules, dependency.Path)
	}
	require.Contains(t, modules, "github.com/spf13/cobra", "the modules that are linked are known")
	require.NotContains(t, modules, "github.com/google/pprof")
	require.NotContains(t, modules, "github.com/chromedp/chromedp")
	require.NotContains(t, modules, "github.com/chromedp/cdproto")
}
