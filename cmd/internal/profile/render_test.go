package profile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/journey"
)

// newRun returns a run of three stages. The times of the first two do not differ
// by more than noise. The last one has ten times as many rows as the others.
func newRun() *journey.Run {
	stage := func(name string, rows int64, median float64) journey.Stage {
		return journey.Stage{
			Name: name, Idea: "Idea of " + name + ".", Rows: rows, BytesPerSecond: 100 * float64(rows) / median,
			Summary: compare.Summary{
				MinSeconds: median * 0.99, MedianSeconds: median, Spread: 0.02, UserSeconds: 1.5 * median,
				SystemSeconds: median / 4, GCCycles: 1000 * median, PeakResidentBytes: 20 << 20, GCLongestPauseSeconds: 12e-6,
			},
			CPU: journey.CPUProfile{TopFunction: "main.f", TopShare: 0.25},
		}
	}
	r := &journey.Run{
		Time:        time.Date(2026, 1, 2, 23, 0, 0, 0, time.UTC),
		Environment: compare.Environment{CPUModel: "Intel(R) Xeon(R) Gold 6354 CPU @ 3.00GHz", CPUs: 4, GoVersion: "go1.26"},
		Rows:        1e7, Input: compare.Input{Bytes: 1e9}, FastInput: &compare.Input{Bytes: 1e10}, DataProfile: "default",
		Stages:   []string{"a", "b", "engine-c"},
		Measured: []journey.Stage{stage("a", 1e7, 2), stage("b", 1e7, 1.95), stage("engine-c", 1e8, 5)},
	}
	r.Measured[1].Trace = &journey.Trace{Rows: 1000, Bytes: 1}
	return r
}

func TestName(t *testing.T) {
	r := newRun()
	require.Equal(t, "2026-01-02-intel-xeon-gold-6354-4cpu", nameOf(r))
	r.Time = r.Time.In(time.FixedZone("east", 2*3600))
	require.Equal(t, "2026-01-02-intel-xeon-gold-6354-4cpu", nameOf(r), "in UTC")
	for model, want := range map[string]string{
		"AMD EPYC 7B13 64-Core Processor": "amd-epyc-7b13-64-core",
		"Neoverse-N1":                     "neoverse-n1",
		"":                                "plan9-arm",
	} {
		require.Equal(t, want, slug(compare.Environment{CPUModel: model, OS: "plan9", Architecture: "arm"}))
	}
}

func TestStagesTable(t *testing.T) {
	lines := strings.Split(stagesTable(newRun()), "\n")
	folder := "2026-01-02-intel-xeon-gold-6354-4cpu"
	require.Equal(t, "10,000,000 rows (1.00 GB) and, from `engine-c` on, 100,000,000 rows (10.00 GB) of the data set `default` on Intel(R) Xeon(R) Gold 6354 CPU @ 3.00GHz with 4 CPUs, go1.26, 2026-01-02; 0 runs of each stage by `make profiles`; [the run's folder]("+folder+").", lines[0])
	require.Len(t, lines, 8) // caption, empty, two of the head, three stages, the end
	cells := strings.Split(lines[5], " | ")
	require.Equal(t, []string{"| `b`", "Idea of b.", "193 ns", "195 ns", "2.0 %", "1.03", "0.51", "20 MiB", "unknown", "12 µs", "`main.f` 25 %"}, cells[:11])
	require.Contains(t, cells[11], "[trace]("+folder+"/b/execution.trace)")
	require.NotContains(t, lines[4], "trace")
	require.Contains(t, lines[6], "| 49.5 ns | 50.0 ns | 2.0 % | 3.90 | 2.00 |")
	for _, line := range lines[3:7] {
		require.Equal(t, strings.Count(lines[2], "|"), strings.Count(line, "|"), line)
	}
}

func TestReplaceBetween(t *testing.T) {
	table := stagesTable(newRun())
	for _, newline := range []string{"\n", "\r\n"} {
		join := func(lines ...string) string {
			return strings.ReplaceAll(strings.Join(lines, "\n"), "\n", newline)
		}
		content := join("before", headlineBegin, "old", headlineEnd, "after", "")
		for range 2 { // the second time changes nothing
			var err error
			content, err = ReplaceBetween(content, headlineBegin, headlineEnd, table)
			require.NoError(t, err)
			require.Equal(t, join("before", headlineBegin, table+headlineEnd, "after", ""), content)
		}
	}
	for _, text := range []string{"", headlineBegin, headlineEnd, headlineEnd + headlineBegin} {
		_, err := ReplaceBetween(text, headlineBegin, headlineEnd, "")
		require.ErrorContains(t, err, headlineBegin)
	}
}

func TestRowsOf(t *testing.T) {
	r := newRun()
	for i := range r.Measured {
		r.Measured[i].Rows = r.Rows
	}
	require.Equal(t, "10,000,000 rows (1.00 GB)", rowsOf(r))
}

// TestScaling makes the text with and without numbers.
func TestScaling(t *testing.T) {
	folder := t.TempDir()
	text, err := scalingText(folder)
	require.NoError(t, err)
	require.Contains(t, text, "no `scaling.json`")

	require.NoError(t, os.WriteFile(filepath.Join(folder, scalingFile), []byte(`{"machine": "A CPU", "commands": ["x", "y"],
		"core_bytes_per_second": 1e9, "node_bytes_per_second": 8e9, "fixed_seconds": 0.5, "merge_seconds": 0.25,
		"nodes": 2, "cores_per_node": 12, "remote_slowdown": 2, "bytes": 48000000000}`), 0o600))
	text, err = scalingText(folder)
	require.NoError(t, err)
	require.Contains(t, text, "a prediction, not a measurement.")
	require.Contains(t, text, "- x\n- y\n")
	require.Contains(t, text, "From 16 workers on")
	require.Contains(t, text, "| 2 | 24.8 s | 1.94 | 2.93 | 32.8 s | 1.47 |")

	require.NoError(t, os.WriteFile(filepath.Join(folder, scalingFile), []byte(`{}`), 0o600))
	_, err = scalingText(folder)
	require.ErrorContains(t, err, scalingFile)
}

// lessonsOf renders a template of lessons with newRun.
func lessonsOf(text string) (string, error) {
	run := newRun()
	l := &lessons{run: run, stacks: map[string]*stacks{}}
	for _, name := range run.Stages {
		l.stacks[name] = newStacks(newProfile(), cpuValue)
	}
	l.stacks["b"] = newStacks(example(), cpuValue)
	content, err := execute("test", text, l.functions(), nil)
	return string(content), err
}

func TestLessons(t *testing.T) {
	for text, want := range map[string]string{
		`{{time "engine-c"}}, {{busy "a"}}, {{gigabytes "a"}}, {{peak "a"}}, {{own "a"}}`: "50.0 ns a row, 1.8, 0.50 GB/s, 20 MiB, unknown",
		`{{cycles "a"}} {{moreCycles "a" "b"}} {{moreCycles "b" "a"}}`:                    "2,000 true false",
		`{{sameRows "a" "b"}} {{sameRows "b" "engine-c"}}`:                                "true false",
		`{{first}} {{last}} {{times last first}}`:                                         "a engine-c 4.00",
		`{{range engines}}{{.Name}} after {{.Before}}{{end}}`:                             "engine-c after b",
		`{{faster "b" "a"}} {{slower "b" "a"}} {{against "b" "a"}}`:                       "false false about as fast as",
		`{{faster "engine-c" "a"}} {{slower "engine-c" "a"}} {{against "engine-c" "a"}}`:  "true false 4.00 times as fast as",
		`{{faster "a" "engine-c"}} {{slower "a" "engine-c"}} {{against "a" "engine-c"}}`:  "false true 4.00 times as slow as",
		`{{share "b" "memeqbody"}} {{share "a" "memeqbody"}}`:                             "60 % 0 %",
		`{{shareAbove "b" 59.0 "memeqbody"}} {{shareAbove "b" 61.0 "memeqbody"}}`:         "true false",
		`{{top "a"}}`: "`main.f` with 25 %",
		`{{step "b" "a"}}`: "**195 ns a row, about as fast as `a`** · [flame graph](2026-01-02-intel-xeon-gold-6354-4cpu/b/cpu.svg) · " +
			"[top](2026-01-02-intel-xeon-gold-6354-4cpu/b/top.txt) · [trace](2026-01-02-intel-xeon-gold-6354-4cpu/b/execution.trace)",
	} {
		got, err := lessonsOf(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for text, want := range map[string]string{
		`{{time "x"}}`:               `no stage "x"`,
		`{{faster "a" "x"}}`:         `no stage "x"`,
		`{{step "x" ""}}`:            `no stage "x"`,
		`{{sameRows "a" "x"}}`:       `no stage "x"`,
		`{{lesson "a"}}`:             `stage "a" has no lesson`,
		`{{index}}`:                  `stage "a" has no lesson`,
		`{{share "x" "memeqbody"}}`:  `no stage "x"`,
		`{{share "a" "memeqbody2"}}`: "no CPU profile of the run has memeqbody2",
	} {
		_, err := lessonsOf(text)
		require.ErrorContains(t, err, want, text)
	}
}
