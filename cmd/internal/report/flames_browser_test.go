//go:build !js && !wasip1 && !plan9

package report

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/browser"
	"onebrc/cmd/internal/journey"
)

// shareOf returns the share of a tree that has a function whose name contains part.
func (d decodedFlames) shareOf(branch []any, part string) float64 {
	var found func(b []any) float64
	found = func(b []any) float64 {
		if strings.Contains(strings.ToLower(d.Names[int(b[0].(float64))]), part) {
			return sum(b)
		}
		total := 0.0
		for _, child := range b[2:] {
			total += found(child.([]any))
		}
		return total
	}
	return found(branch) / sum(branch)
}

// bar is a bar of a flame graph as the page shows it.
type bar struct {
	Words, Fill, Text string
	X, Width          float64
	Focused           bool
}

// barsOf returns the bars of the flame graph in the element with an id.
func barsOf(p *browser.Page, id string) []bar {
	return browser.Eval[[]bar](p, fmt.Sprintf(`[...document.querySelectorAll("#%s svg g.bar")].map(g => {
		const rect = g.querySelector("rect");
		return {Words: g.getAttribute("aria-label"), Fill: getComputedStyle(rect).fill, Text: g.querySelector("text").textContent,
			X: +rect.getAttribute("x"), Width: +rect.getAttribute("width"), Focused: g === document.activeElement};
	})`, id))
}

// focused returns the bar that has the focus.
func focused(t *testing.T, bars []bar) bar {
	t.Helper()
	for _, b := range bars {
		if b.Focused {
			return b
		}
	}
	require.Fail(t, "no bar has the focus")
	return bar{}
}

// openJourney opens the page of the newest run.
func openJourney(t *testing.T, b *browser.Browser) (p *browser.Page, data decodedFlames) {
	t.Helper()
	runs, err := journey.Runs(filepath.Join("..", "..", "..", "profiles"))
	require.NoError(t, err)
	var markup bytes.Buffer
	p = b.Open(t, savePage(t, func(w io.Writer) error { return Journey(io.MultiWriter(w, &markup), runs[0], "") }), browser.View{Width: 1200})
	return p, flamesOf(t, markup.String())
}

// TestJourneyInBrowser looks at the page of the newest run, and at one whose functions
// and stages have hostile names.
func TestJourneyInBrowser(t *testing.T) {
	b := browser.Start(t)
	runs, err := journey.Runs(filepath.Join("..", "..", "..", "profiles"))
	require.NoError(t, err)
	file := savePage(t, func(w io.Writer) error { return Journey(w, runs[0], "") })
	look(t, b, "journey", file, runs[0].Measured[0].Idea, "Exercise", "with callees")

	stacks := "main.main 1000000\n"
	for _, name := range hostileNames {
		stacks += "main.main;" + strings.ReplaceAll(name, ";", "") + " 2000000\n"
	}
	hostile := newRun(t, stacks, hostileNames[0], "b", "c")
	file = savePage(t, func(w io.Writer) error { return Journey(w, hostile, "") })
	look(t, b, "journey-hostile", file, hostileNames[0], hostileNames[1])
	p := b.Open(t, file, browser.View{})
	p.Click(`button[data-open="true"]`)
	bars := browser.Eval[string](p, `[...document.querySelectorAll("svg g.bar")].map(g => g.getAttribute("aria-label")).join("\n")`)
	require.Contains(t, bars, hostileNames[1]+": ")
	require.Contains(t, bars, Visible(hostileNames[3])+": ")
	require.False(t, browser.Eval[bool](p, `"hostile" in window`))
	require.Empty(t, p.Faults())
}

// TestFlamesInBrowser opens a stage from the chart, and uses its flame graph with mouse
// and keyboard.
func TestFlamesInBrowser(t *testing.T) {
	p, data := openJourney(t, browser.Start(t))
	const stage = "naive"
	isOpen := func(id string) bool {
		return browser.Eval[bool](p, fmt.Sprintf(`document.getElementById("%s").open`, id))
	}
	require.False(t, isOpen(stage))
	p.FocusOn(`.wide a[href="#naive"]`)
	p.Press(kb.Enter)
	require.True(t, isOpen(stage), "a bar of the chart leads to its stage")

	all := barsOf(p, stage)
	require.Greater(t, len(all), 10)
	require.True(t, strings.HasPrefix(all[0].Words, "all: 100.0 % of CPU time"), all[0].Words)

	// A click zooms to a bar in the middle.
	middle := -1
	for i, b := range all {
		if 100 < b.Width && b.Width < all[0].Width/2 && strings.Contains(b.Words, ".") {
			middle = i
		}
	}
	require.GreaterOrEqual(t, middle, 0)
	browser.Eval[bool](p, fmt.Sprintf(`(document.querySelectorAll("#naive svg g.bar")[%d].setAttribute("id", "middle"), true)`, middle))
	p.Click("#middle text")
	zoomed := barsOf(p, stage)
	now := focused(t, zoomed)
	require.Equal(t, all[middle].Words, now.Words)
	require.InDelta(t, all[0].Width, now.Width, 1, "as wide as the graph")
	require.Less(t, len(zoomed), len(all))

	// The keyboard moves, zooms and goes back.
	p.Press(kb.ArrowDown)
	caller := focused(t, barsOf(p, stage))
	require.NotEqual(t, now.Words, caller.Words)
	require.Equal(t, caller.Words, browser.Eval[string](p, `document.querySelector("#naive .flame .details").textContent`))
	p.Press(kb.ArrowUp)
	require.NotEqual(t, caller.Words, focused(t, barsOf(p, stage)).Words)
	p.Press(kb.Escape)
	require.Len(t, barsOf(p, stage), len(all))
	require.True(t, strings.HasPrefix(focused(t, barsOf(p, stage)).Words, "all: "))
	p.Press(kb.ArrowUp + kb.Enter)
	require.InDelta(t, all[0].Width, focused(t, barsOf(p, stage)).Width, 1)
	p.Press(kb.Escape)

	// The search shows the share that the data has.
	p.Click("#naive .flame input")
	p.Press("MapAssign")
	found := browser.Eval[string](p, `document.querySelector("#naive .flame output").textContent`)
	share, err := strconv.ParseFloat(regexp.MustCompile(`^[0-9.]+`).FindString(found), 64)
	require.NoError(t, err, found)
	want := 100 * data.shareOf(data.Stages[0].Tree, "mapassign")
	require.Positive(t, want, "of stage %s", data.Stages[0].Name)
	require.InDelta(t, want, share, 0.06)
	highlighted := browser.Eval[int](p, `document.querySelectorAll("#naive svg g.bar.found").length`)
	require.Positive(t, highlighted)
	for _, b := range barsOf(p, stage) {
		if !strings.Contains(strings.ToLower(b.Words), "mapassign") {
			require.Equal(t, "rgb(226, 226, 226)", b.Fill, b.Words)
		}
	}
	p.Click("#naive .flame button")
	require.Empty(t, browser.Eval[string](p, `document.querySelector("#naive .flame input").value + document.querySelector("#naive .flame output").textContent`))
	require.Equal(t, len(all), len(barsOf(p, stage)))
	require.Zero(t, browser.Eval[int](p, `document.querySelectorAll("#naive svg g.bar.found").length`))

	p.Click(`button[data-open="true"]`)
	require.Equal(t, len(data.Stages), browser.Eval[int](p, `document.querySelectorAll("details.stage[open] svg g.bar[tabindex='0']").length`), "each graph has one stop of the tab key")
	p.Click(`button[data-open="false"]`)
	require.False(t, isOpen(stage))
	require.Empty(t, p.Faults())
}

// TestFlamesDifferenceInBrowser compares the flame graphs of two stages.
func TestFlamesDifferenceInBrowser(t *testing.T) {
	p, data := openJourney(t, browser.Start(t))
	words := regexp.MustCompile(`^(.*): ([0-9.]+) % of CPU time in (.*), ([0-9.]+) % in (.*) \(([+−])([0-9.]+) points\)`)
	number := func(text string) float64 {
		n, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err)
		return n
	}
	// check checks the words and colours of all bars, and returns the points by name.
	check := func(first, second string) map[string]float64 {
		points := map[string]float64{}
		reds, blues := 0, 0
		for _, b := range barsOf(p, "differential") {
			m := words.FindStringSubmatch(b.Words)
			require.NotNil(t, m, b.Words)
			require.Equal(t, []string{first, second}, []string{m[3], m[5]})
			change := number(m[7]) * map[string]float64{"+": 1, "−": -1}[m[6]]
			require.InDelta(t, number(m[4])-number(m[2]), change, 0.11, b.Words)
			points[m[1]] += change
			var red, green, blue int
			_, err := fmt.Sscanf(b.Fill, "rgb(%d, %d, %d)", &red, &green, &blue)
			require.NoError(t, err, b.Fill)
			switch {
			case change > 0.06:
				require.Greater(t, red, blue, b.Words)
				reds++
			case change < -0.06:
				require.Greater(t, blue, red, b.Words)
				blues++
			}
			switch {
			case b.Text == "" || math.Abs(math.Abs(change)-0.5) < 0.06: // too narrow, or rounded
			case change > 0.5:
				require.True(t, strings.HasPrefix(b.Text, "▲ "), "%q: %s", b.Text, b.Words)
			case change < -0.5:
				require.True(t, strings.HasPrefix(b.Text, "▼ "), "%q: %s", b.Text, b.Words)
			}
		}
		require.Positive(t, reds)
		require.Positive(t, blues)
		return points
	}
	names := []string{data.Stages[0].Name, data.Stages[len(data.Stages)-1].Name}
	forth := check(names[0], names[1])
	p.Click("#swap")
	back := check(names[1], names[0])
	for name, points := range forth {
		require.InDelta(t, -points, back[name], 0.5, name)
	}
	p.FocusOn("#first")
	p.Press(kb.Home)
	p.FocusOn("#second")
	p.Press(kb.Home + kb.ArrowDown + kb.ArrowDown)
	check(names[0], data.Stages[2].Name)
	require.Contains(t, browser.Eval[string](p, `document.querySelector("#differential svg").getAttribute("aria-label")`), names[0]+" and "+data.Stages[2].Name)
	require.Empty(t, p.Faults())
}
