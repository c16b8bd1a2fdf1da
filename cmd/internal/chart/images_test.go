package chart

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLinear(t *testing.T) {
	label := func(v float64) string { return fmt.Sprintf("%.3g", v) }
	for _, test := range []struct {
		most  float64
		ticks int
		whole bool
		want  string
	}{
		{1, 4, true, "0 0.5 1"},
		{1, 4, false, "0 0.5 1"},
		{0.316, 6, false, "0 0.05 0.1 0.15 0.2 0.25 0.3"},
		{0.316, 5, false, "0 0.1 0.2 0.3"},
		{0.316, 4, true, "0 0.1 0.2 0.3 0.4"},
		{7, 4, true, "0 2 4 6 8"},
		{3, 3, true, "0 1 2 3"},
		{1, 1, true, "0 1"},
		{99, 4, true, "0 50 100"},
		{1e-9, 4, true, "0 5e-10 1e-09"},
		{6e22, 4, true, "0 2e+22 4e+22 6e+22"},
		{0, 2, true, "0 0.5 1"},
		{-3, 2, true, "0 0.5 1"},
		{math.NaN(), 2, true, "0 0.5 1"},
		{math.Inf(1), 2, true, "0 0.5 1"},
	} {
		a := NewLinear(test.most, 100, 300, test.ticks, test.whole)
		var got []string
		for _, tick := range a.Ticks(label) {
			require.GreaterOrEqual(t, tick.At, 100.0)
			require.LessOrEqual(t, tick.At, 300.001)
			got = append(got, tick.Label)
		}
		require.Equal(t, test.want, strings.Join(got, " "), "%+v", test)
		require.LessOrEqual(t, len(got)-1, test.ticks)
	}
	require.InDelta(t, 200, NewLinear(1, 100, 300, 4, false).At(0.5), 1e-9)
	require.InDelta(t, 200, NewLinear(1, 300, 100, 4, false).At(0.5), 1e-9)
}

// requireImage checks that svg is an image with a hostile label.
func requireImage(t *testing.T, svg template.HTML, err error) (texts []string, elements map[string]int) {
	t.Helper()
	require.NoError(t, err)
	texts, elements = parse(t, []byte(svg))
	require.Zero(t, elements["script"])
	require.Contains(t, string(svg), ` role="img" aria-label="&#34;&#39;&gt;`)
	require.Contains(t, string(svg), ` class="wide"`)
	return texts, elements
}

var image = Image{Width: 800, Class: "wide", Label: hostile}

func TestTimeline(t *testing.T) {
	seconds := func(v float64) string { return fmt.Sprint(v) }
	lanes := func(n int) []Lane {
		all := make([]Lane, n)
		for i := range all {
			all[i] = Lane{Name: fmt.Sprintf("lane %d", i), Spans: []Span{{Start: 1, End: 2, Title: hostile}}}
		}
		return all
	}
	c := Timeline{Image: image, ID: "t", Seconds: 4, Time: seconds, Lanes: []Lane{
		{Name: "phases", Spans: []Span{{Start: 0, End: 1, Kind: SpanPhase, Text: hostile[:9]}, {Start: 1, End: 1.01, Kind: SpanPhase, Text: "no room"}}},
		{Name: hostile, Spans: []Span{
			{Start: 0, End: 1, Kind: SpanWait},
			{Start: 1, End: 2, Kind: SpanInput},
			{Start: 2, End: 3, Group: 1, Outlined: true, Title: hostile},
			{Start: 3, End: 3},
		}, Marks: []Mark{{2, 3, "1"}}},
	}}
	svg, err := c.Draw()
	texts, elements := requireImage(t, svg, err)
	require.Equal(t, []string{"0", "1", "2", "3", "4", "phases", hostile[:9], hostile, hostile, "1"}, texts)
	require.Equal(t, 7, elements["rect"])
	text := string(svg)
	require.Contains(t, text, `id="t-hatch"`)
	require.Contains(t, text, `fill="url(#t-hatch)"`)
	left, right := 84.0, 772.0
	at := func(v float64) string { return fmt.Sprintf(`x="%.1f"`, left+(right-left)*v/4) }
	require.Contains(t, text, at(2)+` y="27" width="171.3" height="20" fill="var(--group1)" stroke="var(--ink)" stroke-dasharray="3 2"><title>`)
	require.Contains(t, text, at(2)+` y="27" width="171.3" height="20" fill="none" stroke="var(--ink)"></rect>`)
	require.Contains(t, text, at(3)+` y="27" width="0.5"`, "a span of no time can be seen")

	for _, n := range []int{1, 16, 17, 64, 65, 256} {
		c.Lanes = lanes(n)
		svg, err := c.Draw()
		texts, elements := requireImage(t, svg, err)
		require.Equal(t, n, elements["rect"])
		names := 0
		for _, text := range texts {
			if strings.HasPrefix(text, "lane ") {
				names++
			}
		}
		require.LessOrEqual(t, names*12, n*LaneHeight(n)+12, "names have room")
		require.Positive(t, names)
	}
	require.Equal(t, GroupColour(0), GroupColour(-1))
	require.Equal(t, GroupColour(1), GroupColour(1+len(groupColours)))
}

func TestSwatch(t *testing.T) {
	for _, span := range []Span{{}, {Kind: SpanWait}, {Kind: SpanInput}, {Outlined: true, Group: 2}} {
		svg, err := Swatch("s", span, false)
		require.NoError(t, err)
		_, elements := parse(t, []byte(svg))
		require.Equal(t, 1, elements["rect"])
	}
	svg, err := Swatch("s", Span{}, true)
	require.NoError(t, err)
	require.Contains(t, string(svg), `stroke="var(--ink)"`)
}

func TestCourse(t *testing.T) {
	label := func(v float64) string { return fmt.Sprint(v) }
	c := Course{Image: image, Seconds: 2, Time: label, Value: label, Curves: []Curve{
		{[][2]float64{{0, 0}, {1, 30}}}, {[][2]float64{{2, 15}}},
	}}
	svg, err := c.Draw()
	texts, elements := requireImage(t, svg, err)
	require.Equal(t, []string{"0", "0.5", "1", "1.5", "2", "0", "10", "20", "30"}, texts)
	require.Equal(t, 2, elements["polyline"])
	require.Contains(t, string(svg), `stroke-dasharray="none" points="84.0,128.0 428.0,8.0 "`)
	require.Contains(t, string(svg), `stroke-dasharray="6 3" points="772.0,68.0 "`)

	c.Whole, c.Curves = true, []Curve{{[][2]float64{{0, 1}}}}
	svg, err = c.Draw()
	texts, _ = requireImage(t, svg, err)
	require.Equal(t, []string{"0", "1"}, texts[len(texts)-2:], "no fractions")
	c.Curves = nil
	svg, err = c.Draw()
	requireImage(t, svg, err)
}

func TestHistogram(t *testing.T) {
	label := func(v float64) string { return fmt.Sprint(v) }
	c := Histogram{Image: image, Value: label, Count: label, Columns: []Column{
		{From: 1, To: 10, Count: 3, Title: hostile}, {From: 10, To: 100, Count: 1},
	}, Marks: []ValueMark{{2, "p50"}, {90, hostile}}}
	svg, err := c.Draw()
	texts, elements := requireImage(t, svg, err)
	require.Equal(t, []string{"1", "10", "100", "0", "1", "2", "3", hostile, "p50", hostile}, texts)
	require.Equal(t, 2, elements["rect"])
	require.Contains(t, string(svg), `text-anchor="start"`)
	require.Contains(t, string(svg), `text-anchor="end"`)
	require.Contains(t, string(svg), `x="84.5" y="40.0" width="343.0" height="160.0"`)
}
