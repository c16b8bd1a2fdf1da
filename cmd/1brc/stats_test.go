package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/exp/trace"

	"onebrc/cmd/internal/compare"
)

// statsLines matches what --stats prints first on Linux.
var statsLines = regexp.MustCompile(`\Arows +([0-9]+)
bytes +([0-9]+)
names +([0-9]+)
wall +([0-9]+\.[0-9]{6}) s
throughput +([0-9.]+) GB/s, ([0-9.]+) M rows/s
peak resident memory +([0-9.]+) MiB
of it own, at the end +([0-9.]+) MiB
(?:bytes a name +([0-9]+)
)?GC +([0-9]+) cycles, longest pause ([0-9.]+[mnµ]?s)
`)

func TestStats(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems report less")
	}
	path := generate(t, "--rows", "1e6")
	info, err := os.Stat(path)
	require.NoError(t, err)
	plain := execute(t, nil, path)
	require.Equal(t, 0, plain.code)

	got := execute(t, nil, "--stats", path)
	require.Equal(t, 0, got.code)
	require.Equal(t, plain.stdout, got.stdout)
	fields := statsLines.FindStringSubmatch(got.stderr)
	require.NotNil(t, fields, got.stderr)
	require.Equal(t, []string{"1000000", strconv.FormatInt(info.Size(), 10), "413"}, fields[1:4])
	number := func(i int) float64 {
		v, err := strconv.ParseFloat(fields[i], 64)
		require.NoError(t, err)
		return v
	}
	seconds := number(4)
	require.Greater(t, seconds, 0.0)
	require.InEpsilon(t, 1/seconds, number(6), 0.2, "million rows a second")
	require.InDelta(t, float64(info.Size())/1e9/seconds, number(5), 0.2*number(5)+0.005)
	require.Greater(t, number(7), number(8), "peak and own memory")
	require.Greater(t, number(8), 1.0)
	require.Less(t, number(8), 200.0)
	require.LessOrEqual(t, 413*number(9)/(1<<20), number(7), "peak of own and of all memory")
	require.Greater(t, 413*number(9)/(1<<20), 1.0)

	got = execute(t, nil, "--stats=text")
	require.Equal(t, "{}\n", got.stdout)
	require.NotNil(t, statsLines.FindStringSubmatch(got.stderr), got.stderr)
}

// statsTables are the heads of the tables that --stats prints about the engine on
// Linux, in order. There may also be one of nodes.
var statsTables = []string{
	"resident MiB +min +p50 +max", " p50 +p90 +p99 +p99.9 +max", "worker +chunks .* busy +waiting +input +idle +ended",
	"worker +CPU time +minor faults .* CPUs", "straggler lost +latency .* input",
}

// requireTables checks that text has the tables, each with at least one row.
func requireTables(t *testing.T, text string, heads ...string) {
	t.Helper()
	for _, head := range heads {
		at := regexp.MustCompile(`\n\n *` + head + ` *\n *[^\n]+`).FindStringIndex(text)
		require.NotNil(t, at, "%s in\n%s", head, text)
		text = text[at[0]:]
	}
}

func TestStatsTables(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems report less")
	}
	path := generate(t, "--rows", "1e5")
	requireTables(t, execute(t, nil, "--stats", path).stderr, statsTables...)
	got := execute(t, nil, "--stats", "--stage", "naive", path)
	requireTables(t, got.stderr, statsTables[0])
	require.NotContains(t, got.stderr, "worker", "stages do not measure workers")
}

// TestStatsOfFailure has a bad row after a million good ones. The error comes after
// the tables of what was done.
func TestStatsOfFailure(t *testing.T) {
	content, err := os.ReadFile(generate(t, "--rows", "1e6"))
	require.NoError(t, err)
	path := write(t, "bad.txt", string(content)+"x\n")
	const reason = `bad\.txt:1000001: byte [0-9]+: missing-separator: "x"\n\z`
	got := execute(t, nil, "--stats", path)
	require.Equal(t, 1, got.code)
	require.Empty(t, got.stdout)
	require.Regexp(t, `\Arows +1000001\nbytes +[0-9]+\nwall `, got.stderr)
	require.Regexp(t, `\n1brc: .*`+reason, got.stderr)
	if runtime.GOOS == "linux" {
		requireTables(t, got.stderr, statsTables...)
	}
	require.Contains(t, requireFailure(t, execute(t, nil, "--stats", "missing.txt")), "missing.txt", "nothing was done")
}

func TestStatsOfBadRows(t *testing.T) {
	path := write(t, "bad.txt", "a;1.0\nx\nb;2.0\n")
	got := execute(t, nil, "--stats", "--on-error", "skip", path)
	require.Equal(t, 0, got.code)
	require.Regexp(t, `\nrows +2\nbad rows +1\nbytes +14\nnames +2\n`, got.stderr)
}

func TestStatsJSON(t *testing.T) {
	path := generate(t, "--rows", "1e6")
	info, err := os.Stat(path)
	require.NoError(t, err)
	plain := execute(t, nil, path)
	got := execute(t, nil, "--stats=json", path)
	require.Equal(t, 0, got.code)
	require.Equal(t, plain.stdout, got.stdout)
	require.Regexp(t, `\A\{[^\n]+\}\n\z`, got.stderr, "one line")
	var s compare.Stats
	decoder := json.NewDecoder(strings.NewReader(got.stderr))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&s))
	require.EqualValues(t, 1e6, s.Rows)
	require.Equal(t, info.Size(), s.Bytes)
	require.Equal(t, 413, s.Names)
	require.Greater(t, s.WallSeconds, 0.0)
	require.NotNil(t, s.Run)
	done := s.Run.Total()
	require.Equal(t, [2]int64{s.Rows, s.Bytes}, [2]int64{done.Rows, done.Bytes})
	require.Less(t, s.Run.PrepareSeconds+s.Run.WorkSeconds+s.Run.ReduceSeconds+s.Run.SortSeconds+s.Run.OutputSeconds, s.WallSeconds)
	require.Positive(t, s.Run.OutputSeconds)
	if runtime.GOOS == "linux" {
		require.Greater(t, s.PeakResidentBytes, s.OwnResidentBytes)
		require.Greater(t, s.OwnResidentBytes, int64(1<<20))
		require.Positive(t, s.Memory.Samples)
	}

	got = execute(t, nil, "--stats=json", "--stage", "naive", path)
	require.NotContains(t, got.stderr, `"run"`)
	require.Regexp(t, `\A\{"rows":1000000,"bad_rows":0,"bytes":[0-9]+,"names":413,"wall_seconds":[0-9.]+,"gc_cycles":[1-9]`, got.stderr)
	require.Contains(t, got.stderr, `"gc_pauses":[{`)
}

// decodeStats decodes the only line of standard error.
func decodeStats(t *testing.T, got outcome) compare.Stats {
	t.Helper()
	require.Regexp(t, `\A\{[^\n]+\}\n\z`, got.stderr)
	var s compare.Stats
	decoder := json.NewDecoder(strings.NewReader(got.stderr))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&s))
	return s
}

func TestStatsJSONOfBadRows(t *testing.T) {
	got := execute(t, strings.NewReader("a;1.0\nx\n"+strings.Repeat("z", 70_000)+"\nb;2.0\n"), "--stats=json", "--on-error", "skip")
	require.Equal(t, []any{0, "{a=1.0/1.0/1.0, b=2.0/2.0/2.0}\n"}, []any{got.code, got.stdout})
	s := decodeStats(t, got)
	require.Equal(t, []any{int64(2), int64(2), int64(1), ""}, []any{s.Rows, s.BadRows, s.CutRows, s.Error})
	got = execute(t, strings.NewReader("a;1.0\n"), "--stats=json", "--on-error", "skip")
	require.Contains(t, got.stderr, `"bad_rows":0,`)
}

// TestStatsJSONOfFailure has runs that fail in several ways.
func TestStatsJSONOfFailure(t *testing.T) {
	bad := write(t, "bad.txt", "a;1.0\nx\n")
	missing := filepath.Join(t.TempDir(), "missing")
	for _, test := range []struct {
		want string
		rows int64
		args []string
	}{
		{bad + `:2: byte 6: missing-separator: "x"`, 2, []string{bad}},
		{bad + `:2: byte 6: missing-separator: "x"`, 0, []string{"--stage", "naive", bad}},
		{missing + ": no such file or directory", 0, []string{missing}},
		{"open " + missing + "/x: no such file or directory", 0, []string{"--cpuprofile", missing + "/x", bad}},
		{"stopped at bad row 1 (--max-rejects): " + bad + `:2: byte 6: missing-separator: "x"`, 2, []string{"--on-error=skip", "--max-rejects=1", bad}},
	} {
		got := execute(t, nil, append([]string{"--stats=json"}, test.args...)...)
		require.Equal(t, []any{1, ""}, []any{got.code, got.stdout})
		s := decodeStats(t, got)
		require.Equal(t, []any{test.want, test.rows}, []any{s.Error, s.Rows}, "%q", test.args)
	}
	requireUsage(t, execute(t, nil, "--stats=json", "--workers=-1"), "--workers must be") // no run
}

func TestProfiles(t *testing.T) {
	path := generate(t, "--rows", "1e7")
	want := execute(t, nil, path)
	require.Equal(t, 0, want.code)
	dir := t.TempDir()
	cpu, memory, events := filepath.Join(dir, "cpu"), filepath.Join(dir, "memory"), filepath.Join(dir, "trace")
	require.Equal(t, want, execute(t, nil, "--kernel", "generic", "--workers", "1", "--cpuprofile", cpu, "--memprofile", memory, "--trace", events, path))
	require.Regexp(t, `(?s)Type: cpu\n.* onebrc/`, top(t, cpu))
	require.Regexp(t, `(?s)Type: alloc_space\n.* (onebrc|runtime)/`, top(t, memory))
	require.Greater(t, countEvents(t, events), 100)
}

// top returns the output of go tool pprof for a profile.
func top(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command("go", "tool", "pprof", "-top", path).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// countEvents reads an execution trace to its end.
func countEvents(t *testing.T, path string) int {
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	reader, err := trace.NewReader(bytes.NewReader(content))
	require.NoError(t, err)
	for n := 0; ; n++ {
		event, err := reader.ReadEvent()
		if err != nil {
			require.ErrorContains(t, err, "EOF")
			return n
		}
		require.NotEqual(t, trace.EventBad, event.Kind())
	}
}

func TestProfileErrors(t *testing.T) {
	path := write(t, "rows.txt", "a;1.0\n")
	into := filepath.Join(t.TempDir(), "missing", "profile")
	for _, flag := range []string{"--cpuprofile", "--memprofile", "--trace"} {
		require.Contains(t, requireFailure(t, execute(t, nil, flag, into, path)), into+": no such file or directory")
	}
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full")
	}
	for _, flag := range []string{"--cpuprofile", "--memprofile", "--trace"} {
		got := execute(t, nil, flag, "/dev/full", path)
		require.Equal(t, outcome{1, "{a=1.0/1.0/1.0}\n", "1brc: write /dev/full: no space left on device\n"}, got, flag)
	}
}

// TestProfilesOfFailure checks that the profile of a failed run is complete.
func TestProfilesOfFailure(t *testing.T) {
	bad := write(t, "bad.txt", "x\n")
	cpu := filepath.Join(t.TempDir(), "cpu")
	require.Contains(t, requireFailure(t, execute(t, nil, "--kernel", "generic", "--workers", "1", "--cpuprofile", cpu, bad)), "missing-separator")
	require.Contains(t, top(t, cpu), "Type: cpu\n")
}
