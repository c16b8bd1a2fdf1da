package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

const (
	// redrawEvery is the least time between two drawings of a bar.
	redrawEvery = 100 * time.Millisecond
	// rateAfter is how long a bar waits before it shows a rate: the rate of the
	// first moments says nothing.
	rateAfter = time.Second
	// minBarColumns and maxBarColumns bound the graphic part of a bar.
	minBarColumns, maxBarColumns = 10, 30
	// maxLeft is the longest time left that a bar shows.
	maxLeft = 999 * time.Hour
)

// Bar is a progress bar: one line on a terminal, never wider than the terminal.
// Its methods may be called by several goroutines. Those of a nil *Bar do
// nothing.
type Bar struct {
	out        io.Writer
	columns    func() int // of the terminal
	now        func() time.Time
	name, unit string
	total      int64

	mu             sync.Mutex
	started, drawn time.Time
	length         int // of the line on the terminal
	cleared        bool
}

// HasBars reports whether NewBar returns bars, for those who take long to know a total.
func HasBars() bool { return term.IsTerminal(int(os.Stderr.Fd())) }

// NewBar returns a bar on standard error that counts to total, or nil if
// standard error is not a terminal. The bar shows the rate and the time left in
// units unless unit is empty.
func NewBar(name, unit string, total int64) *Bar {
	if !HasBars() {
		return nil
	}
	terminal := int(os.Stderr.Fd())
	columns := func() int {
		columns, _, err := term.GetSize(terminal)
		if err != nil || columns == 0 { // unknown
			return 80
		}
		return columns
	}
	return &Bar{
		out: os.Stderr, columns: columns, now: time.Now,
		name: name, unit: unit, total: total, started: time.Now(),
	}
}

// Set draws the bar with a new count, unless it was drawn a moment ago.
func (b *Bar) Set(done int64) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if b.cleared || now.Sub(b.drawn) < redrawEvery {
		return
	}
	b.drawn = now
	b.draw(b.line(done, now.Sub(b.started), b.columns()-1)) // the last column may wrap
}

// Clear erases the bar, for good.
func (b *Bar) Clear() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cleared = true
	if b.length > 0 {
		b.draw("")
		fmt.Fprint(b.out, "\r")
	}
}

// draw replaces the line on the terminal. A terminal that cannot be written to is
// no reason to stop.
func (b *Bar) draw(line string) {
	pad := max(min(b.length, b.columns()-1)-len(line), 0)
	fmt.Fprint(b.out, "\r", line, strings.Repeat(" ", pad))
	b.length = len(line)
}

// line returns the bar in at most columns columns. It leaves out what does not
// fit, the least important first.
func (b *Bar) line(done int64, elapsed time.Duration, columns int) string {
	share := 1.0
	if b.total > 0 {
		share = min(max(float64(done)/float64(b.total), 0), 1)
	}
	line := fmt.Sprintf("%3.0f %%", 100*share)
	if len(line) > columns {
		return ""
	}
	if with := b.name + " " + line; len(with) <= columns {
		line = with
	}
	extras := []string{fmt.Sprintf("%d of %d", done, b.total)}
	if rate := float64(done) / elapsed.Seconds(); b.unit != "" && elapsed >= rateAfter && rate > 0 {
		seconds := min(max(float64(b.total-done)/rate, 0), maxLeft.Seconds())
		extras = []string{
			(time.Duration(seconds) * time.Second).String() + " left", short(rate) + " " + b.unit + "/s", extras[0],
		}
	}
	tail := ""
	for _, extra := range extras {
		if len(line)+len(tail)+len(", ")+len(extra) > columns {
			break
		}
		tail += ", " + extra
	}
	// The graphic takes a space and two brackets more.
	if graphic := min(columns-len(line)-len(tail)-3, maxBarColumns); graphic >= minBarColumns {
		full := int(share * float64(graphic))
		line += " [" + strings.Repeat("=", full) + strings.Repeat(" ", graphic-full) + "]"
	}
	return line + tail
}

// short formats a number with three digits and a suffix of SI.
func short(n float64) string {
	for _, unit := range []struct {
		of     float64
		suffix string
	}{{1e9, " G"}, {1e6, " M"}, {1e3, " k"}} {
		if n >= unit.of {
			return fmt.Sprintf("%.3g%s", n/unit.of, unit.suffix)
		}
	}
	return fmt.Sprintf("%.3g", n)
}
