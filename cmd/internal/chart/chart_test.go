package chart

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
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
