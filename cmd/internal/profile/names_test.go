package profile

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/chart"
	"onebrc/cmd/internal/compare"
)

// namesReport returns the report on a data set with a number of names: of this
// project, of a program with unknown memory whose texts need escapes, and of one that
// failed.
func namesReport(names int, rows int64) compare.Report {
	entry := func(name string, seconds float64, mib int64) compare.Entry {
		return compare.Entry{
			Name: name, Command: []string{name, "{}"}, Result: compare.Same,
			Summary: compare.Summary{
				MinSeconds: seconds / 2, MedianSeconds: seconds, Spread: 0.1, UserSeconds: seconds, SystemSeconds: seconds / 4,
				PeakOwnBytes: mib << 20, PeakResidentBytes: (mib + 10) << 20,
			},
			Samples: []compare.Sample{{WallSeconds: seconds / 2, PeakOwnBytes: mib << 20}, {WallSeconds: seconds, PeakOwnBytes: mib << 19}},
		}
	}
	own := entry("onebrc", 2, 64)
	own.Own, own.Commit = true, "4b825dc"
	other := entry("b|<&>`*", 4, 0)
	other.Comparison = &compare.Comparison{Ratio: 2, Low: 1.5, High: 2.5}
	other.Result, other.Detail = compare.Different, "a|b"
	larger := entry("c", 1, 128)
	larger.Comparison = &compare.Comparison{Ratio: 0.5, Low: 0.25, High: 0.75}
	return compare.Report{
		Time:        time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC),
		Environment: compare.Environment{CPUModel: "Example", CPUs: 2, OS: "linux", Architecture: "amd64", MemoryBytes: 8 << 30},
		Input:       compare.Input{Rows: rows, Names: names, Bytes: 14 * rows, Note: "gen --rows"},
		Settings:    compare.Settings{Runs: 2, WarmUps: 1},
		Entries:     []compare.Entry{own, other, larger, {Name: "failed", Command: []string{"x", "{}"}, Result: compare.Failed, Detail: "warm-up: no"}},
	}
}

const namesSet = "2026-01-02-example-2cpu"

// writeNamesSet writes the reports of some cases, by name, and returns the folder.
func writeNamesSet(t *testing.T, cases map[string]compare.Report) string {
	folder := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(folder, namesFolder, namesSet), 0o777))
	for name, report := range cases {
		require.NoError(t, writeJSON(filepath.Join(folder, namesFolder, namesSet, name+".json"), report))
	}
	return folder
}

// someNames returns a folder with two cases of profile 10k and one of unique.
func someNames(t *testing.T) string {
	return writeNamesSet(t, map[string]compare.Report{
		"10k-1000": namesReport(1000, 1e6), "10k-90": namesReport(90, 1e6), "unique-10": namesReport(10, 10),
	})
}

func TestRenderNames(t *testing.T) {
	folder := someNames(t)
	require.NoError(t, RenderNames(folder))
	content, err := os.ReadFile(filepath.Join(folder, namesFile))
	require.NoError(t, err)
	page := string(content)
	var rows [][]string
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "|") {
			cells := regexp.MustCompile(`[^\\]\|`).Split(strings.TrimSpace(line)[1:], -1)
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			require.Len(t, cells, 18, line) // 17, and what is after the last one
			rows = append(rows, cells[:17])
		}
	}
	require.Len(t, rows, 2*2+3*4)
	require.Equal(t, []string{
		"90", "1,000,000", "14.0 MB", "onebrc", "1.00 s", "2.00 s", "10.0 %", "500,000", "2.00 s", "500 ms", "64 MiB", "745654", "74 MiB", "", "", "", "same",
	}, rows[2])
	require.Equal(t, []string{"", "", "", "b\\|&lt;&>\\`\\*", "2.00 s", "4.00 s"}, rows[3][:6])
	require.Equal(t, []string{"unknown", "unknown", "10 MiB", "2.00", "2.00 (1.50 to 2.50)", "unknown", "different"}, rows[3][10:])
	require.Equal(t, []string{"128 MiB", "1491308", "138 MiB", "0.50", "0.50 (0.25 to 0.75)", "2.00", "same"}, rows[4][10:])
	require.Equal(t, append(append(make([]string, 3), "failed"), append(make([]string, 12), "failed")...), rows[5])
	require.Equal(t, []string{"1,000", "10"}, []string{rows[6][0], rows[12][0]}, "in the order of the numbers")
	for _, want := range []string{
		"**Example** with 2 CPUs and 8192 MiB, linux/amd64 , transparent huge pages: unknown, 2026-01-02; [all samples](names/" + namesSet + ").\n",
		"Profile `10k`: 10,000 names of 1 to 100 bytes", "Profile `unique`: every row has a name of its own",
		"- onebrc: `onebrc {}`; commit 4b825dc\n", "`` 'b\\|<&>`*' {} ``\n",
		"- `10k-90`: 1,000,000 rows, 14.0 MB (gen --rows); 2 runs of each in turns after a warm-up of 1; page cache unknown\n",
		"different: a\\|b\n", "  - failed: failed: warm-up: no\n", `srcset="names-dark.svg"`, `src="names-light.svg"`,
	} {
		require.Contains(t, page, want)
	}
	require.NotContains(t, page, "NaN")

	empty := t.TempDir()
	require.NoError(t, RenderNames(empty))
	content, err = os.ReadFile(filepath.Join(empty, namesFile))
	require.NoError(t, err)
	require.Contains(t, string(content), "No run has been published yet.")
}

// TestDrawNames checks that the chart is XML and has a dot for each known sample,
// inside of its plot.
func TestDrawNames(t *testing.T) {
	sets, err := readNames(someNames(t))
	require.NoError(t, err)
	for _, theme := range chart.Themes() {
		svg, err := drawNames(sets, theme)
		require.NoError(t, err)
		texts, elements := parseSVG(t, svg)
		require.Equal(t, []string{"onebrc", "b|<&>`*", "c", "failed"}, texts[:4])
		for _, want := range []string{
			"time, 10k, 1,000,000 rows", "own memory, 10k, 1,000,000 rows", "time, unique", "own memory, unique",
			"1e1", "1e3", "100 ms", "1 s", "10 s", "10 MiB", "1,000 MiB",
		} {
			require.Contains(t, texts, want)
		}
		require.Contains(t, texts[len(texts)-1], "Example with 2 CPUs (2026-01-02).")
		require.Equal(t, 3*(3*2)+3*(2*2), elements["circle"], "memory is unknown of one program")
		require.Equal(t, 4*4, elements["polyline"])
		require.NotContains(t, string(svg), "NaN")
		require.NotContains(t, string(svg), "Inf")
		require.Contains(t, string(svg), theme.Own)
	}
	svg, err := drawNames(nil, chart.Light)
	require.NoError(t, err)
	texts, _ := parseSVG(t, svg)
	require.Equal(t, []string{notMeasured}, texts)
}

// parseSVG returns the texts of a chart, and how many elements it has of each name.
func parseSVG(t *testing.T, svg []byte) (texts []string, elements map[string]int) {
	elements = map[string]int{}
	decoder := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return texts, elements
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.CharData:
			if text := strings.TrimSpace(string(token)); text != "" {
				texts = append(texts, text)
			}
		case xml.StartElement:
			elements[token.Name.Local]++
		}
	}
}

func TestLabelsOfQuantities(t *testing.T) {
	for i, values := range [][]float64{{0.0001, 0.001, 0.1, 1, 1000}, {0.01, 1, 1000}} {
		want := [][]string{{"0.1 ms", "1 ms", "100 ms", "1 s", "1000 s"}, {"0.01 MiB", "1 MiB", "1,000 MiB"}}[i]
		for j, value := range values {
			require.Equal(t, want[j], quantities[i].label(value))
		}
	}
}

// TestReadNames checks that samples which are not of a number of names are refused.
func TestReadNames(t *testing.T) {
	for name, report := range map[string]compare.Report{
		"unique": namesReport(1, 1), "none-1": namesReport(1, 1), "-1": namesReport(1, 1),
		"unique-0": namesReport(0, 1), "unique-1": namesReport(1, 0),
	} {
		_, err := readNames(writeNamesSet(t, map[string]compare.Report{name: report}))
		require.ErrorContains(t, err, name+": want PROFILE-NAMES.json with rows and names")
	}
}

// TestMakeNames measures small data sets. One of them fails, which does not keep the
// others from being measured.
func TestMakeNames(t *testing.T) {
	folder := t.TempDir()
	o := NamesOptions{
		Folder: filepath.Join(folder, "profiles"), Cache: filepath.Join(folder, "cache"),
		Program: filepath.Join(folder, "1brc"), Gen: filepath.Join(folder, "gen"), Runs: 1,
		Notes: map[string]string{"again": "the same"},
		Cases: []NamesCase{{"uniform", 2000, 10}, {"none", 1, 1}, {"unique", 1000, 1000}},
	}
	var steps []string
	o.Progress = func(text string) { steps = append(steps, text) }
	if runtime.GOOS == "windows" {
		o.Program, o.Gen = o.Program+".exe", o.Gen+".exe"
	}
	said, err := exec.Command("go", "build", "-o", folder+string(filepath.Separator), "onebrc/cmd/1brc", "onebrc/cmd/gen").CombinedOutput()
	require.NoError(t, err, string(said))
	for _, name := range []string{"onebrc", "again"} {
		o.Commands = append(o.Commands, compare.Command{Name: name, Args: []string{o.Program, "{}"}})
	}
	err = MakeNames(context.Background(), o)
	require.ErrorContains(t, err, "profile: none-1: exit status 2: gen: --profile must be one of")
	require.NotContains(t, err.Error(), "uniform-")
	require.Contains(t, strings.Join(steps, "\n"), "unique-1000: run 4 of 4")
	left, err := os.ReadDir(o.Cache)
	require.NoError(t, err)
	require.Empty(t, left)

	sets, err := readNames(o.Folder)
	require.NoError(t, err)
	require.Len(t, sets, 1)
	require.Len(t, sets[0].cases, 2)
	for i, want := range []compare.Input{
		{Path: "names-uniform-10.txt", Rows: 2000, Names: 10, Note: "gen --profile uniform --rows 2000 --seed 1 --names 10"},
		{Path: "names-unique-1000.txt", Rows: 1000, Names: 1000, Note: "gen --profile unique --rows 1000 --seed 1"},
	} {
		report := sets[0].cases[i].report
		want.Bytes, want.SHA256 = report.Input.Bytes, report.Input.SHA256
		require.Equal(t, want, report.Input)
		for _, e := range report.Entries {
			require.Equal(t, compare.Same, e.Result)
		}
		require.Equal(t, "the same", report.Entries[1].Note)
	}
	require.NoError(t, RenderNames(o.Folder))

	// A wrong result of this project is an error, and so are programs that are missing.
	o.Cases = o.Cases[2:]
	o.Commands[0].Args = []string{o.Gen, "--rows", "1", "--quiet", "-o", "-", "--profile", "default", "--seed", "{}"}
	require.ErrorContains(t, MakeNames(context.Background(), o), "unique-1000: compare: command onebrc, which the others are compared with: ")
	o.Commands[0].Args = []string{o.Program, "group", "-n", "-d", ";", "-g", "1", "-a", "min(2)", "-f", "csv", "{}"}
	require.ErrorContains(t, MakeNames(context.Background(), o), "unique-1000: the result of onebrc is different: it is neither ")
	o.Gen += "x"
	require.ErrorIs(t, MakeNames(context.Background(), o), os.ErrNotExist)

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o.Gen = o.Program
	require.Equal(t, context.Canceled, MakeNames(ctx, o))
}
