package profile

import (
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/chart"
	"onebrc/cmd/internal/compare"
)

// chartSets returns a run with two headline cases, the smaller one first, and
// another case.
func chartSets() []sideSet {
	entry := func(name, note string, own bool, seconds float64) compare.Entry {
		return compare.Entry{
			Name: name, Note: note, Own: own, Command: []string{name, "{}"}, Result: compare.Same,
			Summary: compare.Summary{MinSeconds: seconds / 2, MedianSeconds: seconds, Spread: 0.1},
			Samples: []compare.Sample{{WallSeconds: seconds}, {WallSeconds: 1.5 * seconds}},
		}
	}
	of := func(name string, rows int64) sideCase {
		other := entry("b<&>", "Version 1, with flags", false, 4)
		other.Result = compare.Different
		failed := compare.Entry{Name: "failed", Result: compare.Failed}
		return sideCase{name, compare.Report{
			Input:    compare.Input{Rows: rows, Bytes: 14 * rows},
			Settings: compare.Settings{Runs: 2}, Environment: compare.Environment{CPUModel: "A CPU", CPUs: 2},
			Entries: []compare.Entry{entry("onebrc", "", true, 1), other, failed},
		}}
	}
	return []sideSet{{name: "run", cases: []sideCase{of("10k", 1e10), of("default-1e8", 1e8), of("default-1e9", 1e9)}}}
}

func TestChart(t *testing.T) {
	for _, sets := range [][]sideSet{nil, chartSets()} {
		for _, theme := range chart.Themes() {
			svg, err := drawHeadline(sets, theme)
			require.NoError(t, err)
			texts, elements := parseSVG(t, svg)
			if sets == nil {
				require.Equal(t, []string{"nothing has been measured yet"}, texts)
				continue
			}
			panel := []string{"onebrc", "onebrc {}", "1.00 s", "b<&>", "Version 1; other result", "4.00 s"}
			want := append([]string{"1,000,000,000 rows, 14.00 GB"}, panel...)
			want = append(append(want, "100,000,000 rows, 1.40 GB"), panel...)
			require.Equal(t, want, texts[:len(texts)-1])
			require.Contains(t, texts[len(texts)-1], "A CPU with 2 CPUs")
			require.Equal(t, 8, elements["circle"], "a dot for each sample")
		}
	}
}

func TestHeadline(t *testing.T) {
	require.Equal(t, "Nothing has been measured yet.\n", headline(nil))
	require.Equal(t, "- Nothing has been measured yet.\n", headlineLosses(nil))
	text := headline(chartSets())
	require.Contains(t, text, "**1,000,000,000 rows (14.00 GB) in 1.00 s** on A CPU with 2 CPUs")
	require.Contains(t, text, "of 2 runs of `onebrc {}`; least 500 ms, quartiles 10.0 % apart")
	require.Equal(t, "- Side by side: nowhere in these cases.\n", headlineLosses(chartSets()))
}
