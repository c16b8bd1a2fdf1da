package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// screen is a terminal with a clock that the test sets.
type screen struct {
	strings.Builder
	columns int
	now     time.Time
}

func newScreen(unit string, total int64) (*screen, *Bar) {
	s := &screen{columns: 80, now: time.Unix(1000, 0)}
	return s, &Bar{
		out: s, columns: func() int { return s.columns }, now: func() time.Time { return s.now },
		name: "gen", unit: unit, total: total, started: s.now,
	}
}

func TestBar(t *testing.T) {
	s, b := newScreen("rows", 1e9)
	step := func(after time.Duration, done int64, want string) {
		t.Helper()
		s.Reset()
		s.now = s.now.Add(after)
		b.Set(done)
		require.Equal(t, want, s.String())
	}
	first := "\rgen   0 % [" + strings.Repeat(" ", 30) + "], 1000 of 1000000000"
	step(time.Microsecond, 1000, first) // 1e9 rows/s say nothing yet
	step(50*time.Millisecond, 1e6, "")
	step(9950*time.Millisecond, 250e6, "\rgen  25 % [===="+strings.Repeat(" ", 15)+"], 30s left, 25 M rows/s, 250000000 of 1000000000")
	s.columns = 30
	step(time.Second, 500e6, "\rgen  50 %, 11s left"+strings.Repeat(" ", 10))
	s.Reset()
	b.Clear()
	require.Equal(t, "\r"+strings.Repeat(" ", 19)+"\r", s.String())
	step(time.Second, 600e6, "")
}

// TestBarFits draws on terminals of every width. A line never fills the terminal,
// and a wide terminal shows everything.
func TestBarFits(t *testing.T) {
	for _, unit := range []string{"", "rows"} {
		s, b := newScreen(unit, 1e12)
		for _, elapsed := range []time.Duration{0, 1, time.Second, 100 * time.Hour} {
			for _, done := range []int64{0, 1, 5e11, 1e12, 2e12} {
				for columns := range 200 {
					s.columns = columns
					line := b.line(done, elapsed, columns-1)
					require.LessOrEqual(t, len(line), max(columns-1, 0))
					require.NotContains(t, line, "Inf")
					require.NotContains(t, line, "NaN")
					require.Equal(t, columns-1 >= 5, strings.Contains(line, "%"))
					if rate := strings.Contains(line, "rows/s"); unit == "" || elapsed < time.Second || done == 0 {
						require.False(t, rate)
					} else if columns > 60 {
						require.True(t, rate)
					}
				}
			}
		}
	}
}

func TestNilBar(t *testing.T) {
	var b *Bar
	b.Set(1)
	b.Clear()
}

func TestShort(t *testing.T) {
	for want, n := range map[string]float64{"0.5": 0.5, "999": 999, "1 k": 1000, "12.3 M": 12.345e6, "2.5 G": 2.5e9} {
		require.Equal(t, want, short(n))
	}
}
