package report

import (
	"bytes"
	"html"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/compare"
)

// readComparison reads a committed report.
func readComparison(t *testing.T, name string) *compare.Report {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "..", "profiles", "side-by-side", name))
	require.NoError(t, err)
	defer file.Close()
	r, err := compare.Read(file)
	require.NoError(t, err)
	return r
}

// hostileNames are names that would end elements, run scripts or hide what follows.
var hostileNames = []string{
	`<script>window.hostile = 1</script>`,
	`</script><img src=x onerror="window.hostile = 1">`,
	`"' onload='window.hostile = 1' ]]> &lt;b&gt; {{.}}`,
	"\xff\xfe not UTF-8 \xc3",
	"שלום \u202etxet neddih",
	strings.Repeat("ñame ", 19) + "end", // of 117 bytes
}

// hostileComparison returns a report with hostile texts.
func hostileComparison(t *testing.T) *compare.Report {
	r := readComparison(t, filepath.Join("2026-11-27-amd-epyc-2cpu-avx2", "default-1e9.json"))
	r.Input.Path, r.Input.Note = hostileNames[0], hostileNames[1]
	r.Environment.CPUModel = hostileNames[2]
	r.Warnings = append(r.Warnings, hostileNames[1])
	r.Entries = append(r.Entries, r.Entries[1])
	for i := range r.Entries {
		e := &r.Entries[i]
		e.Name, e.Note, e.Commit, e.Command = hostileNames[i], hostileNames[i], hostileNames[i], []string{hostileNames[i], "{}"}
	}
	r.Entries[4].Result, r.Entries[4].Detail, r.Entries[4].Comparison = compare.Failed, "run 2: exit status 1: "+hostileNames[1], nil
	r.Entries[5].Result, r.Entries[5].Detail = compare.Different, hostileNames[0]
	return r
}

// comparisonPage returns the markup of the page of r, and the same with characters
// instead of entities.
func comparisonPage(t *testing.T, r *compare.Report) (markup, text string) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Comparison(&b, r))
	markup = checkPage(t, b.String())
	return markup, html.UnescapeString(markup)
}

func TestComparison(t *testing.T) {
	r := readComparison(t, filepath.Join("2026-11-27-amd-epyc-2cpu-avx2", "default-1e9.json"))
	markup, text := comparisonPage(t, r)
	for _, want := range []string{
		"<h1>Comparison on default-1e9.txt</h1>", "5 entries, 9 runs of each: 1,000,000,000 rows, 13.79 GB.",
		`<strong class="verdict first">reference</strong> <span><bdi class="name">onebrc</bdi> takes 2.09 s (95 % interval of the median: `,
		`<strong class="verdict slower">slower</strong> <span><bdi class="name">c-avx2</bdi> takes 1.376 times as long as the reference (95 % interval: 1.138 to 1.434).`,
		`<strong class="verdict ">spread too wide</strong>`, `<strong class="verdict wrong">other output</strong>`,
		"onebrc: the spread is wide", "The axis is logarithmic.", `<td class="number">1.1379 to 1.4343</td>`, "AMD EPYC", "c1brc {} 2", "seed 1",
	} {
		require.Contains(t, text, want)
	}
	require.Equal(t, 4, strings.Count(markup, "<svg"), "two charts, each wide and narrow")
	require.Equal(t, 45, strings.Count(markup, `<tr><th scope="row" class="number">`), "all runs")
	require.Regexp(t, `(?s)<th scope="row" class="number">1</th><td><bdi>onebrc</bdi>.*<th scope="row" class="number">2</th><td><bdi>onebrc-1-worker</bdi>`, markup)
}

// TestComparisonWords checks what the page says in unusual cases.
func TestComparisonWords(t *testing.T) {
	name := filepath.Join("2026-11-27-amd-epyc-2cpu-avx2", "default-1e9.json")
	r := readComparison(t, name)
	r.Entries = r.Entries[:1]
	_, text := comparisonPage(t, r)
	require.Contains(t, text, "1 entry, 9 runs of each")
	require.Contains(t, text, "There is only one entry")
	require.NotContains(t, text, "Against")

	r = readComparison(t, name)
	r.Settings.Runs = 1
	_, text = comparisonPage(t, r)
	require.Contains(t, text, "takes 1.376 times as long as the reference. 1 run of each cannot show that this is more than chance: take at least 5.")
	require.NotContains(t, text, `<strong class="verdict slower">`)

	r = readComparison(t, name)
	r.Entries[1].Comparison.Welch.P = 0.25
	r.Entries[2].Comparison.Low, r.Entries[2].Comparison.High = 0.98, 1.02
	r.Entries[3].Result, r.Entries[3].Detail, r.Entries[3].Comparison, r.Entries[3].Samples = compare.Failed, "run 1: exit status 3", nil, nil
	_, text = comparisonPage(t, r)
	for _, want := range []string{
		"Welch's t-test of the means does not confirm it (p = 0.2500).", "includes 1. This does not show that they are equally fast.",
		`failed</strong> <span><bdi class="name">c-avx2</bdi> has no time: run 1: exit status 3.`, `<td colspan="6">no time</td>`,
	} {
		require.Contains(t, text, want)
	}

	r.Entries[0].Result, r.Entries[0].Detail = compare.Different, "it prints nothing"
	_, text = comparisonPage(t, r)
	require.Contains(t, text, "cannot be judged, because the first entry printed another result.")
}

func TestComparisonEscapes(t *testing.T) {
	markup, text := comparisonPage(t, hostileComparison(t))
	for _, name := range hostileNames {
		require.Contains(t, text, `<bdi>`+Visible(name)+`</bdi>`)
	}
	require.Contains(t, text, `\xff\xfe not UTF-8 \xc3`)
	require.NotContains(t, markup, "<script>window")
	require.NotContains(t, markup, "<img")
}

// TestComparisonOfManyRuns checks the size of the page.
func TestComparisonOfManyRuns(t *testing.T) {
	r := readComparison(t, filepath.Join("2026-11-27-amd-epyc-2cpu-avx2", "default-1e9.json"))
	random := rand.New(rand.NewPCG(1, 2))
	r.Settings.Runs = 1000
	for i := range r.Entries {
		e := &r.Entries[i]
		for len(e.Samples) < r.Settings.Runs {
			s := e.Samples[len(e.Samples)%9]
			s.Sequence = 1 + i + len(r.Entries)*len(e.Samples)
			s.WallSeconds *= 1 + random.Float64()
			e.Samples = append(e.Samples, s)
		}
	}
	_, text := comparisonPage(t, r)
	require.Contains(t, text, "The first 1000 runs of 5000 in their order")
}

func TestComparisonFails(t *testing.T) {
	r := readComparison(t, filepath.Join("2026-11-27-amd-epyc-2cpu-avx2", "default-1e9.json"))
	require.ErrorIs(t, Comparison(failing{}, r), errFull)
	require.NoError(t, Comparison(io.Discard, r))
}
