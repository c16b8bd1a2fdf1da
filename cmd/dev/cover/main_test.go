package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTable(t *testing.T) {
	const blocks = "mode: set\n" +
		"onebrc/parse/row.go:1.2,3.4 3 0\nonebrc/parse/row.go:5.2,6.4 1 0\nonebrc/gen/a.go:1.2,3.4 2 0\n" +
		"onebrc/parse/row.go:1.2,3.4 3 7\nonebrc/parse/row.go:1.2,3.4 3 1\n" // from other test programs
	table, err := tableOf(strings.NewReader(blocks), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	require.NoError(t, err)
	require.Equal(t, "2026-01-02, "+runtime.GOOS+"/"+runtime.GOARCH+", "+runtime.Version()+": `make cover`.\n\n| package | statements | covered |\n|---|--:|--:|\n| `onebrc/gen` | 2 | 0.0 % |\n| `onebrc/parse` | 4 | 75.0 % |\n", table)
	_, err = tableOf(strings.NewReader("mode: set\n"), time.Now())
	require.ErrorContains(t, err, "has no blocks")
}

func TestRun(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	require.NoError(t, os.WriteFile(page, []byte("a\n"+beginMarker+"\n"+endMarker+"\nb\n"), 0o666))
	require.NoError(t, run(strings.NewReader("mode: set\np/f.go:1.1,2.2 3 1\n"), page))
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Contains(t, string(content), "| `p` | 3 | 100.0 % |\n"+endMarker+"\nb\n")
}

// TestPlaceInPage checks that the page has the markers.
func TestPlaceInPage(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "..", "..", "profiles", "COVERAGE.md"))
	require.NoError(t, err)
	require.Contains(t, string(content), beginMarker)
	require.Contains(t, string(content), endMarker)
}
