//go:build !js && !wasip1 && !plan9

package browser

import (
	_ "embed"
	"fmt"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// checks is an object with the functions that look at a page.
//
//go:embed checks.js
var checks string

// MinContrast is the least contrast of text that level AA of WCAG 2.2 allows.
const MinContrast = 4.5

// mostStops is the number of elements after which Focus ends.
const mostStops = 60

// Contrast returns the texts whose contrast with what is behind them is less than
// MinContrast, and those that something covers. Of HTML texts that look alike it checks
// the first ones. It fails the test if the page shows no text.
func (p *Page) Contrast() []string {
	p.t.Helper()
	// With the whole page in the window, nothing need be scrolled, which takes most of the time.
	p.resize(p.width, max(windowHeight, Eval[int](p, "Math.ceil(document.documentElement.scrollHeight)")))
	defer p.resize(p.width, windowHeight)
	result := Eval[struct {
		Faults  []string
		Checked int
	}](p, fmt.Sprintf("(%s).contrast(%g)", checks, MinContrast))
	if result.Checked == 0 {
		p.t.Fatal("the page shows no text")
	}
	p.t.Logf("checked the contrast of %d texts", result.Checked)
	return result.Faults
}

// Layout returns the elements that make the body wider than the window, the texts of
// charts that overlap, and those that their chart cuts off.
func (p *Page) Layout() []string {
	p.t.Helper()
	return Eval[[]string](p, "("+checks+").layout()")
}

// Semantics returns what a screen reader would miss: a language, a title, headings in
// order, captions, names of controls and charts, and elements that others refer to.
func (p *Page) Semantics() []string {
	p.t.Helper()
	return Eval[[]string](p, "("+checks+").semantics()")
}

// Focus presses the tab key until the focus leaves the page, but not after more than 60
// elements. It returns the elements that do not show the focus. It fails
// the test if there is nothing to focus.
func (p *Page) Focus() (faults []string) {
	p.t.Helper()
	Eval[bool](p, "(document.activeElement.blur(), true)")
	for stop := range mostStops {
		run(p, "tab", chromedp.KeyEvent(kb.Tab))
		at := Eval[struct {
			Name  string
			Shown bool
		}](p, "("+checks+").focused()")
		if at.Name == "" {
			if stop == 0 {
				p.t.Fatal("the page has nothing to focus")
			}
			break
		}
		if !at.Shown {
			faults = append(faults, "does not show the focus: "+at.Name)
		}
	}
	return faults
}
