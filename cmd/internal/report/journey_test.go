package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/journey"
	"onebrc/engine/stages"
)

// TestCommittedJourneys makes the pages of all runs in the repository.
func TestCommittedJourneys(t *testing.T) {
	runs, err := journey.Runs(filepath.Join("..", "..", "..", "profiles"))
	require.NoError(t, err)
	for _, run := range runs {
		t.Run(filepath.Base(run.Folder), func(t *testing.T) {
			var b bytes.Buffer
			require.NoError(t, Journey(&b, run, "."))
			markup := checkPage(t, b.String())
			data := flamesOf(t, markup)
			require.Len(t, data.Stages, len(run.Stages), "each stage has a flame graph")
			for i, stage := range run.Measured {
				require.Contains(t, markup, fmt.Sprintf(`id="%s"`, stage.Name))
				require.Contains(t, markup, html.EscapeString(stage.Idea))
				require.Contains(t, markup, fmt.Sprintf(`href="./profiles/%s/%s/top.txt"`, filepath.Base(run.Folder), stage.Name))
				total := sum(data.Stages[i].Tree)
				require.InDelta(t, stage.CPU.CPUSeconds, total/1e3, 1e-6)
				require.InDelta(t, data.Stages[i].PerRow, total*1e6/float64(stage.CPU.Runs)/float64(stage.Rows), 1e-6)
			}
		})
	}
}

// decodedFlames is what a script reads.
type decodedFlames struct {
	Names, Colours []string
	Stages         []struct {
		Index  int
		Name   string
		PerRow float64
		Tree   []any
	}
}

// flamesOf returns the flame graphs of a page.
func flamesOf(t *testing.T, markup string) (d decodedFlames) {
	t.Helper()
	found := regexp.MustCompile(`<script type="application/json" id="flames">(.*)</script>`).FindStringSubmatch(markup)
	require.NotNil(t, found)
	require.NoError(t, json.Unmarshal([]byte(found[1]), &d))
	require.Len(t, d.Colours, len(d.Names))
	return d
}

// sum returns the total of a branch.
func sum(branch []any) float64 {
	total := branch[1].(float64)
	for _, b := range branch[2:] {
		total += sum(b.([]any))
	}
	return total
}

// newRun returns a run of stages with those names in a folder. The first has no stacks,
// the others have stacks.
func newRun(t *testing.T, stacks string, names ...string) *journey.Run {
	t.Helper()
	run := &journey.Run{
		Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Folder: t.TempDir(), Rows: 1000, DataProfile: "default",
		Input:       compare.Input{Bytes: 14000},
		Environment: compare.Environment{CPUModel: "<b>A CPU", CPUs: 2, OS: "linux", Architecture: "amd64", GoVersion: "go1.26"},
		Settings:    compare.Settings{Runs: 3, WarmUps: 1}, Stages: names, Warnings: []string{"a <warning>"},
	}
	for i, name := range names {
		median := 4e-6 / float64(i+1)
		s := journey.Stage{Name: name, Idea: "Idea <i> of " + name, Rows: 1000, BytesPerSecond: 14000 / median, CPU: journey.CPUProfile{Runs: 2}}
		s.Summary = compare.Summary{MinSeconds: median, MedianSeconds: median, UserSeconds: 1.5 * median, SystemSeconds: median / 2}
		for range 3 {
			s.Samples = append(s.Samples, compare.Sample{WallSeconds: median})
		}
		run.Measured = append(run.Measured, s)
		if i > 0 {
			file := run.Path(fmt.Sprint(i), journey.StacksFile)
			run.Measured[i].Name = fmt.Sprint(i)
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
			require.NoError(t, os.WriteFile(file, []byte(stacks), 0o666))
		}
	}
	return run
}

func TestJourneyOfUnknownStages(t *testing.T) {
	const hostile = `"><script>alert(1)</script>]]>&'`
	run := newRun(t, "main.main;a</script><script>alert(2)</script>\u2028\xff 2000000\nmain.main 1000000\n", hostile, "b")
	var b bytes.Buffer
	require.NoError(t, Journey(&b, run, ""))
	markup := checkPage(t, b.String())
	require.NotContains(t, markup, "<script>alert")
	require.NotContains(t, markup, "<b>A CPU")
	require.Contains(t, markup, html.EscapeString("Idea <i> of "+hostile))
	require.Contains(t, markup, "a &lt;warning&gt;")
	require.Contains(t, markup, "has no lesson")
	require.Contains(t, markup, "There is no flame graph", "of the first stage")
	require.Contains(t, markup, "This run has fewer than two stages with stacks.")
	require.NotContains(t, markup, "cpu.pprof", "there are no links to files")
	require.Contains(t, markup, "4.00 ns a row</span>")
	require.Contains(t, markup, "2.00 ns a row, 2.00 times as fast as the stage before</span>")

	data := flamesOf(t, markup)
	require.Equal(t, []string{"all", "main.main", "a</script><script>alert(2)</script>\u2028\\xff"}, data.Names)
	require.Len(t, data.Stages, 1)
	require.Equal(t, 1, data.Stages[0].Index)
	require.Equal(t, 3.0, sum(data.Stages[0].Tree))
	require.InDelta(t, 1500, data.Stages[0].PerRow, 1e-9)
	require.Contains(t, markup, `<td class="number">66.7 %</td><td class="number">66.7 %</td><th scope="row"><code>a&lt;/script&gt;`)
	require.Contains(t, markup, `<td class="number">33.3 %</td><td class="number">100.0 %</td><th scope="row"><code>main.main</code>`)
}

func TestJourneyIsSlower(t *testing.T) {
	run := newRun(t, "a 1\n", "a", "b")
	run.Measured[1].Rows = 100
	var b bytes.Buffer
	require.NoError(t, Journey(&b, run, ""))
	require.Contains(t, b.String(), "20.0 ns a row, 5.00 times as slow as the stage before</span>", "times are for a row")
}

func TestJourneyErrors(t *testing.T) {
	var b bytes.Buffer
	require.ErrorContains(t, Journey(&b, &journey.Run{Folder: "x"}, ""), "the run in x has no stages")
	run := newRun(t, "a 1\nb\n", "a", "b")
	require.ErrorContains(t, Journey(&b, run, ""), "cpu.folded: flame: line 2: want FUNCTION;FUNCTION VALUE")
	for _, spoil := range []func(*journey.Stage){
		func(s *journey.Stage) { s.Rows = 0 }, func(s *journey.Stage) { s.Samples = nil }, func(s *journey.Stage) { s.Summary.MinSeconds = 0 },
	} {
		run := newRun(t, "a 1\n", "a", "b")
		spoil(&run.Measured[1])
		require.ErrorContains(t, Journey(&b, run, ""), "report: stage 1 of the run in ")
	}
	require.Zero(t, b.Len(), "nothing is written")
}

// TestLargeJourney checks that a page of far more stacks than those of a run of 1e8 rows
// is small enough.
func TestLargeJourney(t *testing.T) {
	var stacks strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&stacks, "main.main;onebrc/engine.f%d;onebrc/engine/internal/kernel.g%d;runtime.mallocgc 10000000\n", i%100, i)
	}
	names := make([]string, 25)
	for i := range names {
		names[i] = fmt.Sprintf("stage-%d", i)
	}
	var b bytes.Buffer
	require.NoError(t, Journey(&b, newRun(t, stacks.String(), names...), ""))
	checkPage(t, b.String())
}

func TestSpans(t *testing.T) {
	require.Equal(t, []span{{"a ", false}, {"b", true}, {" c", false}}, spans("a `b` c"))
	require.Equal(t, []span{{"b", true}}, spans("`b`"))
	require.Empty(t, spans(""))
}

// TestLessonsOfPages checks that lessons have no Markdown that a page would not show.
func TestLessonsOfPages(t *testing.T) {
	checked := 0
	for _, stage := range stages.All() {
		lesson, ok := stages.LessonOf(stage.Name)
		require.True(t, ok, stage.Name)
		for _, text := range append([]string{lesson.See, lesson.Exercise}, lesson.Try...) {
			require.Zero(t, strings.Count(text, "`")%2, text)
			for _, s := range spans(text) {
				if !s.Code {
					require.NotRegexp(t, `\]\(|\*\*|<|^#|(^|\s)\*\S`, s.Text)
					checked++
				}
			}
		}
	}
	require.Greater(t, checked, 20)
}
