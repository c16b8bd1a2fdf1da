package chart

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// parse returns the texts of an SVG, and how many elements it has by name.
func parse(t *testing.T, svg []byte) (texts []string, elements map[string]int) {
	t.Helper()
	elements = map[string]int{}
	decoder := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return texts, elements
		}
		require.NoError(t, err, string(svg))
		switch token := token.(type) {
		case xml.StartElement:
			elements[token.Name.Local]++
		case xml.CharData:
			if text := strings.TrimSpace(string(token)); text != "" {
				texts = append(texts, text)
			}
		}
	}
}

// hostile is a name that ends elements and attributes if it is not escaped.
const hostile = `"'></text><script>alert(1)</script>]]>&`

func TestBars(t *testing.T) {
	c := Bars{Caption: "caption", Panels: []Panel{{"panel", []Bar{
		{Name: "a", Note: "note", Value: "1 s", Length: 1, Own: true, Dots: []float64{1, 2}},
		{Name: hostile, Value: "1.5 s", Length: 1.5},
	}}}}
	for _, theme := range append(Themes(), Page) {
		svg, err := c.Draw(theme)
		require.NoError(t, err)
		texts, elements := parse(t, svg)
		require.Equal(t, []string{"panel", "a", "note", "1 s", hostile, "1.5 s", "caption"}, texts)
		require.Equal(t, 2, elements["circle"])
		require.Zero(t, elements["script"])
		width := float64(Width - 2*margin - barLabels - barValues)
		require.Contains(t, string(svg), fmt.Sprintf(`width="%.1f" height="14" fill="%s"`, width/2, theme.Own), "half as long as the dot at 2")
		require.Contains(t, string(svg), fmt.Sprintf(`width="%.1f" height="14" fill="%s"`, width*3/4, theme.Peer))
	}
}

func TestPlots(t *testing.T) {
	label := func(v float64) string { return fmt.Sprint(v) }
	plot := func(title string, lines ...Line) Plot { return Plot{title, label, label, lines} }
	c := Plots{
		Legend: []Series{{"a", true}, {hostile, false}},
		Rows: [][]Plot{{
			plot("first", Line{Points: [][2]float64{{1, 20}, {100, 90}}}, Line{Dots: [][2]float64{{10, 50}}}),
			plot("second", Line{Points: [][2]float64{{1, 0.5}}}, Line{}),
		}},
		Caption: "caption",
	}
	svg, err := c.Draw(Light)
	require.NoError(t, err)
	texts, elements := parse(t, svg)
	require.Equal(t, []string{"a", hostile, "first", "1", "10", "100", "10", "100", "second", "1", "10", "100", "0.1", "1", "caption"}, texts)
	require.Equal(t, 1, elements["circle"])
	require.Equal(t, 4, elements["polyline"])
}

func TestAxis(t *testing.T) {
	a := NewAxis([]float64{0, 20, 3000}, 100, 400)
	require.Equal(t, Axis{1, 4, 100, 400}, a)
	require.Equal(t, []Tick{{100, "10"}, {200, "100"}, {300, "1000"}, {400, "10000"}}, a.Ticks(func(v float64) string { return fmt.Sprint(v) }))
	require.InDelta(t, 300, a.At(1000), 1e-9)
	require.Equal(t, Axis{2, 3, 0, 1}, NewAxis([]float64{100}, 0, 1), "one value")
	require.Equal(t, Axis{0, 1, 0, 1}, NewAxis([]float64{0}, 0, 1), "none")
}

func TestIntervals(t *testing.T) {
	c := Intervals{
		Width: 400, Class: "narrow", Label: "times of " + hostile, Reference: 1, Tick: Decimal,
		Rows: []Interval{
			{Name: "a", Value: "2 s", At: 2, Low: 1.5, High: 2.5, Dots: []float64{1, 2, 3, 3}, Colour: Page.Own},
			{Name: hostile, Value: "failed", Colour: Page.Peer},
			{Name: strings.Repeat("long ", 30), At: 1.5, Low: 1.5, High: 1.5, Colour: Page.Peer},
		},
	}
	svg, err := c.Draw()
	require.NoError(t, err)
	texts, elements := parse(t, []byte(svg))
	require.Equal(t, []string{"1", "2", "3", "a", "2 s"}, texts[:5])
	require.True(t, strings.HasPrefix(texts[5], `"'></text>`), texts[5])
	require.Equal(t, []string{"failed"}, texts[6:7])
	require.True(t, strings.HasSuffix(texts[7], "…"), "cut")
	require.Equal(t, 4, elements["circle"])
	require.Equal(t, 2, elements["rect"])
	require.Equal(t, 2, elements["path"])
	require.Zero(t, elements["script"])
	at := func(value float64) string { return fmt.Sprintf("%.1f", c.Scale().At(value)) }
	require.Contains(t, string(svg), `<rect x="`+at(1.5)+`"`)
	require.Contains(t, string(svg), fmt.Sprintf(`width="%.1f" height="26"`, c.Scale().At(2.5)-c.Scale().At(1.5)))
	require.Contains(t, string(svg), `<path d="M`+at(2)+` `)
	require.Contains(t, string(svg), `<line x1="`+at(1)+`" y1="4" x2="`+at(1)+`" y2="`, "the reference")

	many := Interval{Name: "many", At: 1, Low: 1, High: 1}
	for i := range 100_000 {
		many.Dots = append(many.Dots, 1+float64(i%7)/1e4)
	}
	svg, err = Intervals{Width: 800, Tick: Decimal, Rows: []Interval{many}}.Draw()
	require.NoError(t, err)
	require.Less(t, len(svg), 100_000, "dots at one place are drawn once")
}

func TestScale(t *testing.T) {
	for _, test := range []struct {
		values []float64
		most   int
		log    bool
		want   string
	}{
		{[]float64{1, 2}, 6, false, "1 1.2 1.4 1.6 1.8 2"},
		{[]float64{0.4123, 0.4139}, 6, false, "0.412 0.413 0.414"},
		{[]float64{3}, 8, false, "2.996 2.998 3 3.002 3.004"},
		{[]float64{0.5, 8, 0, math.Inf(1)}, 8, true, "0.5 1 2 5"},
		{[]float64{0.02, 90}, 8, true, "0.03 0.1 0.3 1 3 10 30 100"},
		{[]float64{1e-6, 1e9}, 6, true, "0.0001 0.1 100 100000 100000000"},
		{nil, 3, false, "0.999 1 1.001"},
	} {
		s := NewScale(test.values, 0, 100)
		require.Equal(t, test.log, s.Log)
		var got []string
		last := 0.0
		for _, tick := range s.Ticks(test.most, Decimal) {
			got = append(got, tick.Label)
			require.Greater(t, tick.At, last)
			require.Less(t, tick.At, 100.0)
			last = tick.At
		}
		require.Equal(t, test.want, strings.Join(got, " "))
	}
	s := NewScale([]float64{1, 100}, 0, 100)
	require.InDelta(t, 50, s.At(10), 1e-9)
	require.InDelta(t, 50, NewScale([]float64{10, 20}, 0, 100).At(15), 1e-9)
}
