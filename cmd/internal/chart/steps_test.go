package chart

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSteps(t *testing.T) {
	c := Steps{
		Width: 800, Class: "wide", Label: "label", Tick: func(v float64) string { return fmt.Sprint(v) }, Engine: "own", Others: "others",
		Steps: []Step{
			{Name: "a", Value: "200", Words: "a is 200", Link: "#a", At: 200, Low: 190, High: 210},
			{Name: hostile, Value: "2", Words: hostile, Link: "#" + hostile, At: 2, Low: 2, High: 2, Own: true},
		},
	}
	svg, err := c.Draw()
	require.NoError(t, err)
	texts, elements := parse(t, []byte(svg))
	require.Equal(t, []string{"1", "2", "5", "10", "20", "50", "100", "200", "a", "200", `"'></text><script>al…`, "2", "others", "own"}, texts)
	require.Equal(t, 2, elements["a"])
	require.Zero(t, elements["script"])
	require.Contains(t, string(svg), `aria-label="a is 200"`)

	axis := newSteps(c.Steps, 100, 300)
	require.InDelta(t, 100, axis.at(1), 1e-9, "the axis begins at a power of ten")
	require.InDelta(t, 300, axis.at(210), 1e-9)
	c.Steps[1].Low = 1.1
	require.Equal(t, 0.5, newSteps(c.Steps, 0, 1).low, "a bar has a length")

	c.Width = 360
	svg, err = c.Draw()
	require.NoError(t, err)
	texts, _ = parse(t, []byte(svg))
	require.Equal(t, []string{"1", "10", "100"}, texts[:3], "a narrow axis has fewer ticks")
	c.Steps = nil
	_, err = c.Draw()
	require.NoError(t, err)
}
