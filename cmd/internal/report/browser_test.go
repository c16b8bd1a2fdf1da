//go:build !js && !wasip1 && !plan9

package report

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/browser"
)

// pictures is the folder for screenshots, for a person to look at.
var pictures = filepath.Join("..", "..", "..", ".cache", "report")

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

// look checks a page in light and dark and in three widths, with everything open that
// can be closed, and makes pictures with the name. It checks that each of texts is
// there, with and without scripts.
func look(t *testing.T, b *browser.Browser, name, file string, texts ...string) {
	t.Helper()
	p := b.Open(t, file, browser.View{})
	require.Empty(t, p.Semantics(), "%s", name)
	require.Empty(t, p.Focus(), "%s", name)
	p.PDF(filepath.Join(pictures, name+".pdf"))
	for _, width := range []int{400, 800, 1600} {
		for _, dark := range []bool{false, true} {
			scheme := map[bool]string{false: "light", true: "dark"}[dark]
			p.Look(browser.View{Width: width, Dark: dark})
			if width != 800 {
				p.Screenshot(filepath.Join(pictures, fmt.Sprintf("%s-%s-%d.png", name, scheme, width)))
			}
			browser.Eval[bool](p, `(document.querySelectorAll("details:not([open])").forEach(d => { d.open = true; d.dataset.opened = true }), true)`)
			require.Empty(t, p.Contrast(), "%s in %s, width %d", name, scheme, width)
			if !dark {
				require.Empty(t, p.Layout(), "%s, width %d", name, width)
			}
			browser.Eval[bool](p, `(document.querySelectorAll("[data-opened]").forEach(d => { d.open = false }), true)`)
		}
	}
	shown := browser.Eval[string](p, "document.body.textContent")
	plain := b.Open(t, file, browser.View{NoScripts: true})
	shownPlain := browser.Eval[string](plain, "document.body.textContent")
	for _, text := range texts {
		require.Contains(t, shown, text, "%s", name)
		require.Contains(t, shownPlain, text, "%s without scripts", name)
	}
	require.Empty(t, p.Faults(), "%s", name)
	require.Empty(t, plain.Faults(), "%s without scripts", name)
	require.False(t, browser.Eval[bool](p, `"hostile" in window`), "%s executes data", name)
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
