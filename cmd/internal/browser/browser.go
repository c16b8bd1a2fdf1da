//go:build !js && !wasip1 && !plan9

package browser

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Variable is the environment variable that names the browser's program.
const Variable = "ONEBRC_BROWSER"

// programs are the usual names of Chromium and of what is built from it.
var programs = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell"}

// patience is the time that one action may take, on a busy machine.
const patience = 2 * time.Minute

// Browser is a running browser.
type Browser struct{ ctx context.Context }

// Start starts a browser that ends with the test. Without a browser it skips the
// test, or fails it if ONEBRC_REQUIRE contains "browser". It skips short tests.
func Start(t testing.TB) *Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("short: no browser is started")
	}
	program := find()
	if program == "" {
		reason := "no browser: none of " + strings.Join(programs, ", ") + " is in $PATH (Debian: apt-get install chromium), and " + Variable + " names none"
		if slices.Contains(strings.Split(os.Getenv("ONEBRC_REQUIRE"), ","), "browser") {
			t.Fatal("ONEBRC_REQUIRE: ", reason)
		}
		t.Skip(reason)
	}
	options := slices.Concat(chromedp.DefaultExecAllocatorOptions[:], []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(program),
		chromedp.NoSandbox, // root has none; the pages are our own
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("hide-scrollbars", false), // they take room from a page
		chromedp.WSURLReadTimeout(patience),     // for its start
	})
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("browser %s: %v", program, err)
	}
	return &Browser{ctx}
}

// find returns the path of the browser's program, or "".
func find() string {
	if program := os.Getenv(Variable); program != "" {
		return program
	}
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
