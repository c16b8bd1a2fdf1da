package compare

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"onebrc/cmd/internal/process"

	"github.com/stretchr/testify/require"
)

func TestInterleave(t *testing.T) {
	var order []string
	var progress []string
	o := Options{
		Stages: []string{"a"}, Commands: []Command{{"b", []string{"x"}}, {"c", []string{"y", "{}"}}}, Runs: 3,
		Progress: func(done, total int) { progress = append(progress, fmt.Sprint(done, "/", total)) },
	}
	outcomes, err := interleave(context.Background(), o, func(_ context.Context, e entry) (Sample, string, error) {
		order = append(order, e.name)
		require.Equal(t, e.name == "a", e.isStage)
		return Sample{WallSeconds: float64(len(order))}, "", nil
	})
	require.NoError(t, err)
	require.Equal(t, strings.Split("abcabcabcabc", ""), order)
	require.Len(t, progress, 12)
	require.Equal(t, "12/12", strings.ReplaceAll(progress[11], " ", ""))
	// The warm-ups, runs 1 to 3, are not samples.
	require.Equal(t, []outcome{
		{samples: []Sample{{Sequence: 1, WallSeconds: 4}, {Sequence: 4, WallSeconds: 7}, {Sequence: 7, WallSeconds: 10}}},
		{samples: []Sample{{Sequence: 2, WallSeconds: 5}, {Sequence: 5, WallSeconds: 8}, {Sequence: 8, WallSeconds: 11}}},
		{samples: []Sample{{Sequence: 3, WallSeconds: 6}, {Sequence: 6, WallSeconds: 9}, {Sequence: 9, WallSeconds: 12}}},
	}, outcomes)
}

// atRun returns a runner whose run of that number, from 1, prints printed and fails
// with err.
func atRun(number int, printed string, err error) (run runner, runs *int) {
	runs = new(int)
	return func(context.Context, entry) (Sample, string, error) {
		if *runs++; *runs == number {
			different := difference([]byte(printed), []byte("{a=1}"))
			return Sample{ExitCode: 3, Different: true}, different, err
		}
		return Sample{}, "", nil
	}, runs
}

func TestInterleaveErrors(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name, want string
		failing    int // run, from 1
		printed    string
		err        error
	}{
		{"a stage fails", "compare: stage b: broken", 4, "", broken},
		{"a warm-up fails", "compare: stage a: broken", 1, "", broken},
		{"another result", `compare: stage b: the output is not the expected result: 1 of 1 stations, the first: "a=2", not "a=1"`, 6, "{a=2}", nil},
		{"another result of the warm-up", "compare: stage b: the output is not the expected result: it prints nothing", 2, "", nil},
		{"another result of the first stage", "compare: stage a: the output is not ", 3, "x", nil},
	} {
		run, runs := atRun(test.failing, test.printed, test.err)
		_, err := interleave(context.Background(), Options{Stages: []string{"a", "b"}, Runs: 5}, run)
		require.ErrorContains(t, err, test.want, test.name)
		require.Equal(t, test.failing, *runs, "no further run")
		if test.err != nil {
			require.ErrorIs(t, err, test.err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, err := interleave(ctx, Options{Stages: []string{"a"}, Runs: 5}, func(context.Context, entry) (Sample, string, error) {
		cancel()
		return Sample{}, "", errors.New("killed")
	})
	require.Equal(t, context.Canceled, err)
}

// TestInterleaveCommands checks that the comparison continues without a command
// that fails, and with one that is wrong.
func TestInterleaveCommands(t *testing.T) {
	o := Options{Commands: []Command{{"a", []string{"x"}}, {"b", []string{"x"}}}, Runs: 3}
	for _, test := range []struct {
		number  int
		printed string
		err     error
		want    [2]outcome // without samples
		runs    int
	}{
		{2, "", errors.New("broken"), [2]outcome{{}, {failed: "warm-up: broken"}}, 5},
		{4, "", errors.New("broken"), [2]outcome{{}, {failed: "run 1: broken"}}, 6},
		{8, "", errors.New("broken"), [2]outcome{{}, {failed: "run 3: broken"}}, 8},
		{2, "{}", nil, [2]outcome{{}, {different: "stations: 0, not 1; the first difference: nothing, not \"a=1\""}}, 8},
		{5, "{a=1}\n", nil, [2]outcome{{different: `the stations are right, but not what is around them: "{a=1}\n"`}, {}}, 8},
	} {
		run, runs := atRun(test.number, test.printed, test.err)
		progress := 0
		o.Progress = func(int, int) { progress++ }
		got, err := interleave(context.Background(), o, run)
		require.NoError(t, err)
		require.Equal(t, 8, progress)
		require.Equal(t, test.runs, *runs)
		for i, want := range test.want {
			require.Equal(t, want.failed, got[i].failed)
			require.Equal(t, want.different, got[i].different)
			for _, s := range got[i].samples {
				isIt := s.Sequence == test.number-2
				require.Equal(t, isIt, s.Different)
				require.Equal(t, isIt, s.ExitCode == 3)
			}
		}
	}
	run, _ := atRun(3, "", errors.New("broken"))
	_, err := interleave(context.Background(), o, run)
	require.ErrorContains(t, err, "compare: command a, which the others are compared with: run 1: broken")
}

// childVariable turns the test binary into a program that Run can run.
const childVariable = "ONEBRC_COMPARE_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(beProgram(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// aWhile is long for a program, even on a busy machine, where others of its time are also
// slow to start.
const aWhile = 300 * time.Millisecond

// beProgram behaves as the name of the stage or command in args says.
func beProgram(args []string) int {
	var stage, workers, path string
	switch {
	case len(args) == 3 && args[0] == "--stats=json" && args[1] == "--":
		path = args[2] // the expected result
	case len(args) == 2 && args[0] != "--stage":
		stage, path = args[0], args[1] // a command
	case len(args) == 7 && args[0] == "--stage" && args[2] == "--workers" && args[4] == "--stats=json" && args[5] == "--":
		stage, workers, path = args[1], args[3], args[6]
	default:
		fmt.Fprintf(os.Stderr, "1brc: arguments %q\n", args)
		return 2
	}
	content, err := os.ReadFile(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, "1brc:", err)
		return 1
	}
	stats := Stats{Rows: 1, Process: process.Process{
		GCCycles: 5, GCLongestPauseSeconds: 0.25, PeakResidentBytes: 1 << 30, OwnResidentBytes: 1 << 20,
	}}
	switch stage {
	case "fail":
		fmt.Fprintln(os.Stderr, "1brc: it is broken")
		return 1
	case "silent":
		return 3
	case "mute":
		return 0
	case "other":
		content = append(content, '.')
	case "busy":
		for start := time.Now(); time.Since(start) < aWhile; {
		}
	case "sleep":
		time.Sleep(aWhile)
	case "hang":
		time.Sleep(time.Hour)
	case "hang-child": // the child holds standard output
		command := exec.Command(os.Args[0], "hang", path)
		command.Stdout = os.Stdout
		_ = command.Run()
	case "work":
		work()
	case "leave": // the child works on
		if exec.Command(os.Args[0], "work-in-silence", path).Start() != nil {
			return 1
		}
	case "work-in-silence":
		work()
		return 0
	case "traceback":
		fmt.Fprintf(os.Stderr, "Traceback\n%s\nopen %s: it is broken\n", strings.Repeat("x", 3*saidBytes), path)
		return 4
	case "peak":
		stats.PeakResidentBytes = 0
	case "workers":
		if workers != "2" {
			return 1
		}
	case "cpus":
		content = []byte(fmt.Sprint(runtime.NumCPU()))
	}
	os.Stdout.Write(content)
	line, err := json.Marshal(stats)
	if err != nil {
		return 1
	}
	if stage == "wordy" { // like a run with many workers
		line = append(line[:len(line)-1], fmt.Sprintf(`, "more": "%s"}`, strings.Repeat("x", 100<<10))...)
	}
	fmt.Fprintf(os.Stderr, "%s\n", line)
	return 0
}

// workBytes is how much memory work uses.
const workBytes = 64 << 20

// work uses memory and CPU time, for 200 ms at least.
func work() {
	memory := make([]byte, workBytes)
	start := time.Now()
	for rounds := 0; rounds < 600 || time.Since(start) < 200*time.Millisecond; rounds++ {
		for i := 0; i < len(memory); i += 4096 {
			memory[i]++
		}
	}
}

// options returns options to compare stages of the test binary.
func options(t *testing.T, stages ...string) Options {
	t.Setenv(childVariable, "1")
	t.Setenv("GORACE", "atexit_sleep_ms=0") // a child with a race detector would wait 1 s
	program, err := os.Executable()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "rows.txt")
	require.NoError(t, os.WriteFile(path, []byte("a;1.0\n"), 0o666))
	return Options{Program: program, Stages: stages, File: path, Runs: 3, Workers: 2}
}

func TestRun(t *testing.T) {
	o := options(t, "sleep", "busy", "workers", "wordy")
	o.DataNote, o.Notes = "one row", map[string]string{"busy": "300 ms"}
	report, err := Run(context.Background(), o)
	require.NoError(t, err)
	require.Len(t, report.Entries, 4)
	sequence := map[int]bool{}
	for i, s := range report.Entries {
		require.Equal(t, o.Stages[i], s.Name)
		require.Equal(t, o.Notes[s.Name], s.Note)
		require.Equal(t, []string{filepath.Base(o.Program), "--stage", s.Name, "--workers", "2", "--stats=json", "--", "{}"}, s.Command)
		require.Equal(t, []any{Same, "", true, true}, []any{s.Result, s.Detail, s.Stage, s.Own})
		require.Len(t, s.Samples, 3)
		for _, sample := range s.Samples {
			sequence[sample.Sequence] = true
			require.EqualValues(t, 5, sample.GCCycles)
			require.Equal(t, 0.25, sample.GCLongestPauseSeconds)
			require.EqualValues(t, 1<<30, sample.PeakResidentBytes)
			require.EqualValues(t, 1<<20, sample.OwnResidentBytes)
			if runtime.GOOS == "linux" {
				require.Equal(t, 1.0, *sample.CachedFraction)
			}
		}
	}
	require.Len(t, sequence, 12)
	sleep, busy := report.Entries[0].Summary, report.Entries[1].Summary
	require.GreaterOrEqual(t, sleep.MinSeconds, aWhile.Seconds())
	require.Less(t, sleep.UserSeconds+sleep.SystemSeconds, aWhile.Seconds()*2/3)
	require.Greater(t, busy.UserSeconds+busy.SystemSeconds, aWhile.Seconds()/20)
	require.Nil(t, report.Entries[0].Comparison)
	require.Greater(t, report.Entries[1].Comparison.Ratio, report.Entries[2].Comparison.Ratio)
	require.Equal(t, Input{
		Path: "rows.txt", Bytes: 6, Rows: 1, Note: "one row", SHA256: "4253d9ff1022c3e0bb3a6d80afd1bb955fac4efd15db9caf642198e7fea1d0e7",
	}, report.Input)
	require.Equal(t, Settings{Runs: 3, WarmUps: 1, Workers: 2, Confidence: 0.95, Resamples: 10000, Seed: 1}, report.Settings)
}

func TestRunErrors(t *testing.T) {
	for stage, want := range map[string]string{
		"fail":   "compare: stage fail: it is broken",
		"silent": "compare: stage silent: exit status 3",
		"mute":   "compare: stage mute: statistics of the run: unexpected end of JSON input",
		"other":  `compare: stage other: the output is not the expected result: 1 of 1 stations, the first: "a;1.0\n.", not "a;1.0"`,
	} {
		_, err := Run(context.Background(), options(t, "plain", stage))
		require.ErrorContains(t, err, want)
	}
	for want, change := range map[string]func(*Options){
		"compare: no stages and no commands":              func(o *Options) { o.Stages = nil },
		"compare: the timeout must be 0 or more, got -1s": func(o *Options) { o.Timeout = -time.Second },
		"a note or commit is for \"x\"":                   func(o *Options) { o.Notes = map[string]string{"x": "y"} },
		"the name \"plain\" is used twice":                func(o *Options) { o.Commands = []Command{{"plain", []string{o.Program, "{}"}}} },
		"compare: a command has no name":                  func(o *Options) { o.Commands = []Command{{"", []string{o.Program, "{}"}}} },
		"command x: the program is missing":               func(o *Options) { o.Commands = []Command{{"x", nil}} },
		"command x: no argument contains {}":              func(o *Options) { o.Commands = []Command{{"x", []string{"{}"}}} },
		"command x: exec: \"no-such-program":              func(o *Options) { o.Commands = []Command{{"x", []string{"no-such-program", "{}"}}} },
		"compare: runs must be 1 or more, got 0":          func(o *Options) { o.Runs = 0 },
		"compare: workers must be 0 or more, got -1":      func(o *Options) { o.Workers = -1 },
		"no such file or directory":                       func(o *Options) { o.File += "x" },
		": not a regular file":                            func(o *Options) { o.File = filepath.Dir(o.File) },
		"compare: expected result: fork/exec ":            func(o *Options) { o.Program += "x" },
	} {
		o := options(t, "plain")
		change(&o)
		_, err := Run(context.Background(), o)
		require.ErrorContains(t, err, want)
	}
}

// TestRunCommands compares each kind of program with one that is right.
func TestRunCommands(t *testing.T) {
	o := options(t)
	o.Program = copyOf(t, o.Program) // the commands run another file
	program, err := os.Executable()
	require.NoError(t, err)
	for _, kind := range []string{"right", "other", "silent", "traceback"} {
		o.Commands = append(o.Commands, Command{kind, []string{program, kind, "{}"}})
	}
	o.Commands = append(o.Commands, Command{"own", []string{o.Program, "own", "{}"}})
	report, err := Run(context.Background(), o)
	require.NoError(t, err)
	require.Len(t, report.Entries, 5)
	for i, want := range []Entry{
		{Result: Same},
		{Result: Different, Detail: `1 of 1 stations, the first: "a;1.0\n.", not "a;1.0"`},
		{Result: Failed, Detail: "warm-up: exit status 3"},
		{Result: Failed, Detail: "warm-up: exit status 4: open rows.txt: it is broken"},
		{Result: Same, Own: true},
	} {
		e := report.Entries[i]
		require.Equal(t, want, Entry{Result: e.Result, Detail: e.Detail, Own: e.Own}, e.Name)
		require.Equal(t, []string{filepath.Base(o.Commands[i].Args[0]), e.Name, "{}"}, e.Command)
		require.False(t, e.Stage)
		require.Equal(t, e.Result == Failed, e.Summary == Summary{})
		require.Equal(t, e.Result == Failed || i == 0, e.Comparison == nil)
		if e.Result != Failed {
			require.Len(t, e.Samples, 3)
			require.Zero(t, e.Summary.GCCycles)
			require.Equal(t, e.Result == Different, e.Samples[2].Different)
		}
	}
}

// copyOf copies a program and returns the path of the copy.
func copyOf(t *testing.T, program string) string {
	content, err := os.ReadFile(program)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "1brc"+filepath.Ext(program))
	require.NoError(t, os.WriteFile(path, content, 0o777))
	return path
}

func TestTimeout(t *testing.T) {
	o := options(t)
	o.Runs, o.Timeout = 1, 3*time.Second
	o.Commands = []Command{{"right", []string{o.Program, "right", "{}"}}, {"hang", []string{o.Program, "hang-child", "{}"}}}
	start := time.Now()
	report, err := Run(context.Background(), o)
	require.NoError(t, err)
	require.Less(t, time.Since(start), pipeDelay, "the process that it started was killed, too")
	require.Equal(t, Failed, report.Entries[1].Result)
	require.Equal(t, "warm-up: timed out: it still ran after 3s and was killed", report.Entries[1].Detail)
	require.Equal(t, Same, report.Entries[0].Result)
}

func TestRunIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := Run(ctx, options(t, "hang"))
	require.Equal(t, context.DeadlineExceeded, err)
	require.Less(t, time.Since(start), time.Minute)
}

// TestPeakOfParent checks that the peak that the system tells is plausible. It is
// used if the child reports none.
func TestPeakOfParent(t *testing.T) {
	if peakUnknown := runtime.GOOS == "windows" || runtime.GOOS == "plan9"; peakUnknown {
		t.Skip(runtime.GOOS + " does not tell")
	}
	report, err := Run(context.Background(), options(t, "peak"))
	require.NoError(t, err)
	peak := report.Entries[0].Summary.PeakResidentBytes
	require.Greater(t, peak, int64(1<<20))
	require.Less(t, peak, int64(1<<30))
}
