//go:build !js && !wasip1 && !plan9

package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/browser"
)

// TestReportInBrowser opens the pages of a run and of a comparison over a data set with
// hostile names. They show the names and do not execute them.
func TestReportInBrowser(t *testing.T) {
	b := browser.Start(t)
	names := []string{
		`<script>window.hostile = 1</script>`,
		`</script><img src=x onerror="window.hostile = 1">`,
		`"' onload='window.hostile = 1' ]]> &lt {{.}}`,
		"שלום \u202etxet neddih",
		strings.Repeat("ñ", 50), // of 100 bytes
		"Zürich",
	}
	var rows strings.Builder
	for _, name := range append(names, "not \xff UTF-8") {
		rows.WriteString(name + ";-1.5\n" + name + ";2.0\n")
	}
	path := write(t, "<b>&'rows'.txt", rows.String())
	folder := t.TempDir()
	shows := func(page string, texts ...string) *browser.Page {
		p := b.Open(t, page, browser.View{})
		text := browser.Eval[string](p, "document.body.innerText")
		for _, want := range texts {
			require.Contains(t, text, want)
		}
		require.False(t, browser.Eval[bool](p, `"hostile" in window`))
		require.Empty(t, p.Faults())
		return p
	}

	page := filepath.Join(folder, "run.html")
	got := execute(t, nil, path, "--report", page)
	require.Zero(t, got.code, got.stderr)
	p := shows(page, append(slices.Delete(slices.Clone(names), 3, 4), `שלום \u202etxet neddih`, `not \xff UTF-8`, filepath.Base(path))...)
	p.Click("#listing th:nth-child(1) button")
	p.Click("#listing th:nth-child(1) button")
	shown := browser.Eval[[]string](p, `[...document.querySelectorAll("#listing tbody th")].map(c => c.textContent)`)
	require.Len(t, shown, len(names)+1)
	require.Contains(t, shown[0], "שלום", "the last name in the order of bytes")
	p.Click("#find")
	p.Press("script>")
	require.Equal(t, []string{names[0], names[1]}, browser.Eval[[]string](p, `[...document.querySelectorAll("#listing tbody tr:not([hidden]) th")].map(c => c.textContent)`))
	require.Empty(t, p.Faults())

	page = filepath.Join(folder, "compare.html")
	args := []string{"compare", "--runs", "2", "--report", page, path}
	for _, name := range names {
		args = append(args, "--command", strings.ReplaceAll(name, "=", "-")+"='"+binary+"' {}")
	}
	got = execute(t, nil, args...)
	require.Zero(t, got.code, got.stderr)
	shows(page, names[0][:8], names[3], names[4], filepath.Base(path), "too few runs")
}
