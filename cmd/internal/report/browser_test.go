//go:build !js && !wasip1 && !plan9

package report

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/browser"
)

// savePage writes a page into a file for the browser.
func savePage(t *testing.T, write func(io.Writer) error) (file string) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, write(&b))
	checkPage(t, b.String())
	file = filepath.Join(t.TempDir(), "page.html")
	require.NoError(t, os.WriteFile(file, b.Bytes(), 0o666))
	return file
}

// look checks a page and makes pictures of it.
func look(t *testing.T, b *browser.Browser, name, file string, texts ...string) {
	t.Helper()
	b.Check(t, name, file, texts...)
}

func TestComparisonInBrowser(t *testing.T) {
	b := browser.Start(t)
	real := readComparison(t, filepath.Join("2026-11-27-amd-epyc-2cpu-avx2", "default-1e9.json"))
	file := savePage(t, func(w io.Writer) error { return Comparison(w, real) })
	look(t, b, "compare", file, real.Entries[0].Name, "takes 1.376 times as long", real.Environment.CPUModel)

	hostile := hostileComparison(t)
	var names []string
	for _, name := range hostileNames {
		names = append(names, Visible(name))
	}
	file = savePage(t, func(w io.Writer) error { return Comparison(w, hostile) })
	look(t, b, "compare-hostile", file, names...)

	p := b.Open(t, file, browser.View{})
	require.False(t, browser.Eval[bool](p, "document.querySelector('details').open"))
	p.FocusOn("summary")
	p.Press(kb.Enter)
	require.True(t, browser.Eval[bool](p, "document.querySelector('details').open"), "opened with the keyboard")
	p.Click("summary")
	require.False(t, browser.Eval[bool](p, "document.querySelector('details').open"), "closed with the mouse")
	require.Empty(t, p.Faults())
}
