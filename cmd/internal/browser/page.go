//go:build !js && !wasip1 && !plan9

package browser

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// windowHeight is the height of the window, in CSS pixels.
const windowHeight = 900

// View is how a page is looked at.
type View struct {
	Width     int // of the window, in CSS pixels; 0 means 1280
	Dark      bool
	NoScripts bool // the page's scripts do not run; those of Eval do
}

// Page is an open page. Its methods fail the test on any error.
type Page struct {
	t   testing.TB
	ctx context.Context
	url string

	noScripts bool
	width     int

	mu     sync.Mutex
	faults []string
}

// Open opens the page in file, in a tab of its own that is closed with the test.
func (b *Browser) Open(t testing.TB, file string, view View) *Page {
	t.Helper()
	path, err := filepath.Abs(file)
	require.NoError(t, err)
	p := &Page{t: t, url: (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String(), noScripts: view.NoScripts}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithListener(p.listen))
	t.Cleanup(cancel)
	p.ctx = ctx
	require.NoError(t, chromedp.Do(ctx)) // opens the tab, which must live longer than patience
	p.look(view)
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: view.NoScripts})
	run(p, "open", chromedp.Navigate(p.url))
	return p
}

// look makes the window as view tells, except for the scripts.
func (p *Page) look(view View) {
	p.t.Helper()
	if view.Width == 0 {
		view.Width = 1280
	}
	scheme := "light"
	if view.Dark {
		scheme = "dark"
	}
	p.resize(view.Width, windowHeight)
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// resize makes the window that large.
func (p *Page) resize(width, height int) {
	p.t.Helper()
	p.width = width
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: int64(width), Height: int64(height), DeviceScaleFactor: 1})
}

// Look changes the width and the colours of the open page. It leaves the scripts as
// they are.
func (p *Page) Look(view View) {
	p.t.Helper()
	p.look(view)
	p.settle()
}

// run runs an action, for patience at most.
func run[T any](p *Page, name string, action chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	require.NoError(p.t, err, "%s", name)
	return value
}

// call sends a command of the protocol.
func call[P, R any](p *Page, command cdp.Command[P, R], params P) {
	p.t.Helper()
	run(p, command.Method, func(ctx context.Context, t *chromedp.Target) (R, error) {
		return cdp.Call(ctx, t, command, params)
	})
}

// listen records the faults among the events of the page.
func (p *Page) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		var words []string
		for _, arg := range e.Args {
			words = append(words, strings.Trim(string(arg.Value)+arg.Description, `"`))
		}
		p.fault("console: %s: %s", e.Type, strings.Join(words, " "))
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		p.fault("exception: %s", text)
	case *log.EventEntryAdded:
		p.fault("log: %s: %s: %s", e.Entry.Source, e.Entry.Level, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		if e.Request.URL != p.url {
			p.fault("request: %s", e.Request.URL)
		}
	case *page.EventWindowOpen:
		p.fault("window: %s", e.URL)
	case *page.EventJavascriptDialogOpening:
		p.fault("dialog: %s: %s", e.Type, e.Message)
		go func() { // the page waits for an answer; a listener must not send commands
			_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
		}()
	case *inspector.EventTargetCrashed:
		p.fault("the page crashed")
	}
}

func (p *Page) fault(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, fmt.Sprintf(format, args...))
}

// settle waits until what the page has begun is drawn and reported. A page behind
// another window draws nothing, and one without scripts has no timers.
func (p *Page) settle() {
	p.t.Helper()
	if p.noScripts {
		time.Sleep(100 * time.Millisecond)
		return
	}
	Eval[bool](p, `new Promise(done => [requestAnimationFrame, f => setTimeout(f, 200)].forEach(wait => wait(() => setTimeout(done, 20, true))))`)
}

// Faults returns what the page has reported or requested since it was opened: messages
// of the console, exceptions, violations of its policy, dialogs, and requests
// for anything but the page itself.
func (p *Page) Faults() []string {
	p.t.Helper()
	p.settle()
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.faults...)
}

// Eval evaluates a JavaScript expression in the page and returns its value, or that of
// the promise.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	return run(p, fmt.Sprintf("evaluate %.200s", expression), chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Click clicks the middle of the first element that matches the CSS selector, with the
// mouse: it fails if there is no such element, but not if another one covers it.
func (p *Page) Click(selector string) {
	p.t.Helper()
	run(p, "click "+selector, chromedp.Click(chromedp.CSS(selector)))
	p.settle()
}

// FocusOn gives the first element that matches the CSS selector the focus.
func (p *Page) FocusOn(selector string) {
	p.t.Helper()
	run(p, "focus "+selector, chromedp.Focus(chromedp.CSS(selector)))
}

// Press presses keys, one after the other: characters, or those of package kb.
func (p *Page) Press(keys string) {
	p.t.Helper()
	run(p, "press "+keys, chromedp.KeyEvent(keys))
	p.settle()
}

// Screenshot writes a picture of the whole page into a PNG file.
func (p *Page) Screenshot(file string) {
	p.t.Helper()
	p.write(file, run(p, "screenshot", chromedp.FullScreenshot(100)))
}

// PDF prints the page into a PDF file.
func (p *Page) PDF(file string) {
	p.t.Helper()
	content := run(p, "print", chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4)))
	require.True(p.t, bytes.HasPrefix(content, []byte("%PDF-")))
	p.write(file, content)
}

func (p *Page) write(file string, content []byte) {
	p.t.Helper()
	require.NoError(p.t, os.MkdirAll(filepath.Dir(file), 0o777))
	require.NoError(p.t, os.WriteFile(file, content, 0o666))
}
