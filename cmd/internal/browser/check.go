//go:build !js && !wasip1 && !plan9

package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Pictures returns the folder for pictures of pages, for a person to look at:
// .cache/report in the folder of the module.
func Pictures(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return filepath.Join(folder, ".cache", "report")
		}
		parent := filepath.Dir(folder)
		require.NotEqual(t, folder, parent, "the test runs in the module")
		folder = parent
	}
}

// Check checks the page in file in all ways that every page must pass, and makes
// pictures of it with that name, and a PDF. A name with a "-" is that of a variant, of
// which two pictures are enough. Check looks at the page in light and dark and in three
// widths, with everything open that can be closed. The page must have each of the texts,
// also without scripts, and must not have executed a script that sets window.hostile.
func (b *Browser) Check(t testing.TB, name, file string, texts ...string) {
	t.Helper()
	pictures := Pictures(t)
	isVariant := strings.Contains(name, "-")
	p := b.Open(t, file, View{})
	require.Empty(t, p.Semantics(), "%s", name)
	require.Empty(t, p.Focus(), "%s", name)
	if !isVariant {
		p.PDF(filepath.Join(pictures, name+".pdf"))
	}
	for _, width := range []int{400, 800, 1600} {
		for _, dark := range []bool{false, true} {
			scheme := map[bool]string{false: "light", true: "dark"}[dark]
			p.Look(View{Width: width, Dark: dark})
			if width == 800 && dark {
				continue // between the other two
			}
			if width != 800 && (!isVariant || dark == (width == 400)) {
				p.Screenshot(filepath.Join(pictures, fmt.Sprintf("%s-%s-%d.png", name, scheme, width)))
			}
			Eval[bool](p, `(document.querySelectorAll("details:not([open])").forEach(d => { d.open = true; d.dataset.opened = "" }), true)`)
			p.settle()
			if width != 800 {
				require.Empty(t, p.Contrast(), "%s in %s, width %d", name, scheme, width)
			}
			if !dark {
				require.Empty(t, p.Layout(), "%s, width %d", name, width)
			}
			Eval[bool](p, `(document.querySelectorAll("[data-opened]").forEach(d => { d.open = false; delete d.dataset.opened }), true)`)
		}
	}
	plain := b.Open(t, file, View{NoScripts: true})
	for scripts, text := range map[string]string{"with": Eval[string](p, "document.body.textContent"), "without": Eval[string](plain, "document.body.innerText")} {
		for _, want := range texts {
			require.Contains(t, text, want, "%s %s scripts", name, scripts)
		}
	}
	require.Empty(t, p.Faults(), "%s", name)
	require.Empty(t, plain.Faults(), "%s without scripts", name)
	require.False(t, Eval[bool](p, `"hostile" in window`), "%s executes data", name)
}
