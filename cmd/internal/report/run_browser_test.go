//go:build !js && !wasip1 && !plan9

package report

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/browser"
)

// TestRunInBrowser looks at the page of a run with hostile names, which it sorts and
// searches.
func TestRunInBrowser(t *testing.T) {
	b := browser.Start(t)
	r := recording(3, 20)
	r.Stats.Run.Workers[1].Stolen, r.Stats.Run.Workers[1].Spans[3].Stolen = 1, 1
	r.Result.Rows = nil
	for i, name := range append(hostileNames[:len(hostileNames):len(hostileNames)], "Zürich", "E\u0301clair", "plain") {
		r.Result.Rows = append(r.Result.Rows, []string{Visible(name), fmt.Sprint(-i), "1.0", fmt.Sprint(9 - i), fmt.Sprint(i * 5 % 7)})
	}
	r.Stats.Names = len(r.Result.Rows)
	var names []string
	for _, row := range r.Result.Rows {
		names = append(names, row[0])
	}
	file := savePage(t, r.WritePage)
	look(t, b, "run", file, names...)

	p := b.Open(t, file, browser.View{})
	shown := func() []string { // the names of the rows that are shown, in their order
		return browser.Eval[[]string](p, `Array.from(document.querySelectorAll("#listing tbody tr:not([hidden]) th")).map(c => c.textContent)`)
	}
	column := func(n int) string {
		return browser.Eval[string](p, fmt.Sprintf(`Array.from(document.querySelectorAll("#listing tbody tr")).map(r => r.cells[%d].textContent).join(" ")`, n))
	}
	sorted := func() string {
		return browser.Eval[string](p, `Array.from(document.querySelectorAll("#listing thead th")).map(h => h.getAttribute("aria-sort") || "-").join(" ")`)
	}
	all := len(names)
	require.Equal(t, names, shown())
	require.Equal(t, "- - - - - -", sorted())

	p.Click("#listing th:nth-child(2) button")
	require.Equal(t, "- ascending - - - -", sorted())
	require.Equal(t, fmt.Sprint(-(all - 1)), strings.Fields(column(1))[0], "numbers, not texts")
	require.Equal(t, "0", strings.Fields(column(1))[all-1])
	p.Press(kb.Enter)
	require.Equal(t, "- descending - - - -", sorted(), "the button has the focus")
	require.Equal(t, names, shown())
	p.FocusOn("#listing th:nth-child(3) button")
	p.Press(" ")
	require.Equal(t, names, shown(), "all are equal: the order of the page stays")
	p.Click("#listing th:nth-child(1) button")
	p.Click("#listing th:nth-child(1) button")
	require.Equal(t, "descending - - - - -", sorted())
	require.Equal(t, names[0], shown()[all-1])
	p.Click("#listing th:nth-child(1) button")

	find := func(text string) []string {
		p.FocusOn("#find")
		browser.Eval[bool](p, `(document.querySelector("#find").select(), true)`)
		p.Press(kb.Backspace)
		p.Press(text)
		require.Equal(t, fmt.Sprintf("%d of %d", len(shown()), all), browser.Eval[string](p, `document.querySelector("#found").textContent`))
		return shown()
	}
	require.Equal(t, []string{"Zürich"}, find("zÜRI"), "without regard to case")
	require.Equal(t, []string{"E\u0301clair"}, find("éclair"), "or to how accents are encoded")
	require.Empty(t, find("no such name"))
	for _, name := range names { // some have characters that no key has
		text, err := json.Marshal(name)
		require.NoError(t, err)
		browser.Eval[bool](p, fmt.Sprintf(`(f => { f.value = %s; f.dispatchEvent(new Event("input")); return true })(document.querySelector("#find"))`, text))
		require.Contains(t, shown(), name)
	}
	require.Empty(t, p.Faults())
	require.False(t, browser.Eval[bool](p, `"hostile" in window`))
}

// TestRunsInBrowser looks at pages of runs that are not usual.
func TestRunsInBrowser(t *testing.T) {
	b := browser.Start(t)
	failed := recording(2, 3)
	failed.Stats.Error, failed.Result = hostileNames[0], nil
	look(t, b, "run-failed", savePage(t, failed.WritePage), "The run failed")
	look(t, b, "run-workers", savePage(t, recording(40, 100).WritePage), "busy with a chunk on a CPU of node 3")
	stage := recording(1, 1)
	stage.Stats.Run = nil
	look(t, b, "run-stage", savePage(t, stage.WritePage), "Resident memory")
	look(t, b, "run-empty", savePage(t, (&Recording{Result: &Table{}, Counted: "groups"}).WritePage), "The result has no groups.")
}
