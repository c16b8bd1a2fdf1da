package profile

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// bar is a bar of a flame graph, read from the file.
type bar struct {
	name, details, label string
	x, y, width          float64
}

// barsOf parses a flame graph.
func barsOf(t *testing.T, svg []byte) []bar {
	t.Helper()
	var file struct {
		XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
		Groups  []struct {
			Title string `xml:"title"`
			Text  string `xml:"text"`
			Rect  struct {
				X     float64 `xml:"x,attr"`
				Y     float64 `xml:"y,attr"`
				Width float64 `xml:"width,attr"`
			} `xml:"rect"`
		} `xml:"g"`
		Script string `xml:"script"`
	}
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	require.NoError(t, decoder.Decode(&file))
	_, err := decoder.Token()
	for err == nil {
		_, err = decoder.Token()
	}
	require.True(t, errors.Is(err, io.EOF), "the file is XML to its end: %v", err)
	require.Contains(t, file.Script, flameScript)
	var bars []bar
	for _, g := range file.Groups {
		name, details, _ := strings.Cut(g.Title, "\n")
		bars = append(bars, bar{name, details, g.Text, g.Rect.X, g.Rect.Y, g.Rect.Width})
	}
	return bars
}

func TestFlameGraph(t *testing.T) {
	bars := barsOf(t, flameGraph(newStacks(example(), cpuValue).tree, "<title>"))
	require.Equal(t, []bar{
		{"all", "10.00 s, 100.00 %; of it own: 0.00 s, 0.00 %", "all", 10, 103, 1180},
		{"main.main", "8.00 s, 80.00 %; of it own: 0.00 s, 0.00 %", "main.main", 10, 86, 944},
		{"onebrc/engine.a", "4.00 s, 40.00 %; of it own: 0.00 s, 0.00 %", "engine.a", 10, 69, 472},
		{"memeqbody", "4.00 s, 40.00 %; of it own: 4.00 s, 40.00 %", "memeqbody", 10, 52, 472},
		{"onebrc/engine.b", "4.00 s, 40.00 %; of it own: 0.00 s, 0.00 %", "engine.b", 482, 69, 472},
		{"onebrc/engine.b", "1.00 s, 10.00 %; of it own: 1.00 s, 10.00 %", "engine.b", 482, 52, 118},
		{"onebrc/engine.inlined", "3.00 s, 30.00 %; of it own: 3.00 s, 30.00 %", "engine.inlined", 600, 52, 354},
		{"runtime.gc", "2.00 s, 20.00 %; of it own: 0.00 s, 0.00 %", "runtime.gc", 954, 86, 236},
		{"memeqbody", "2.00 s, 20.00 %; of it own: 2.00 s, 20.00 %", "memeqbody", 954, 69, 236},
	}, bars)
}

func TestFlameGraphEscapes(t *testing.T) {
	name := "a/b.f[<&>\"']"
	bars := barsOf(t, flameGraph(newStacks(newProfile(stack{[][]string{{name}}, 1e7}), cpuValue).tree, "a & b"))
	require.Len(t, bars, 2)
	require.Equal(t, name, bars[1].name)
	require.Equal(t, "b.f[<&>\"']", bars[1].label)
}

func TestFlameGraphOmitsInvisibleBars(t *testing.T) {
	p := newProfile(stack{[][]string{{"large"}}, 1e12}, stack{[][]string{{"small"}, {"smaller"}}, 1e7})
	bars := barsOf(t, flameGraph(newStacks(p, cpuValue).tree, ""))
	require.Len(t, bars, 2)
	require.Len(t, barsOf(t, flameGraph(newStacks(newProfile(), cpuValue).tree, "")), 0)
}

func TestLabel(t *testing.T) {
	require.Equal(t, "stages.runNaive", label("onebrc/engine/stages.runNaive", 200))
	require.Equal(t, "stages.r..", label("onebrc/engine/stages.runNaive", 6+10.5*flameLetter))
	require.Equal(t, "s..", label("onebrc/engine/stages.runNaive", 6+3.5*flameLetter))
	require.Empty(t, label("onebrc/engine/stages.runNaive", 6+2.9*flameLetter))
}

// TestScriptHasTheLayout checks that the script and flame.go have the same layout.
func TestScriptHasTheLayout(t *testing.T) {
	require.Contains(t, flameScript, "margin = "+strconv.Itoa(flameMargin)+",")
	require.Contains(t, flameScript, "full = "+strconv.Itoa(flameWidth-2*flameMargin)+",")
	require.Contains(t, flameScript, "letter = "+strconv.FormatFloat(flameLetter, 'g', -1, 64)+",")
	require.NotContains(t, flameScript, "]]>")
}
