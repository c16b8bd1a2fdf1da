package compare

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestInterleave(t *testing.T) {
	var order []string
	var progress []string
	o := Options{
		Stages: []string{"a", "b", "c"}, Runs: 3,
		Progress: func(done, total int) { progress = append(progress, fmt.Sprint(done, "/", total)) },
	}
	samples, err := interleave(context.Background(), o, func(_ context.Context, stage string) (Sample, output, error) {
		order = append(order, stage)
		return Sample{WallSeconds: float64(len(order))}, output{1}, nil
	})
	require.NoError(t, err)
	require.Equal(t, strings.Split("abcabcabcabc", ""), order)
	require.Len(t, progress, 12)
	require.Equal(t, "12/12", strings.ReplaceAll(progress[11], " ", ""))
	// The warm-up, runs 1 to 3, is no sample.
	require.Equal(t, [][]Sample{
		{{Sequence: 1, WallSeconds: 4}, {Sequence: 4, WallSeconds: 7}, {Sequence: 7, WallSeconds: 10}},
		{{Sequence: 2, WallSeconds: 5}, {Sequence: 5, WallSeconds: 8}, {Sequence: 8, WallSeconds: 11}},
		{{Sequence: 3, WallSeconds: 6}, {Sequence: 6, WallSeconds: 9}, {Sequence: 9, WallSeconds: 12}},
	}, samples)
}

func TestInterleaveErrors(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name, want string
		failing    int // run, from 1
		output     output
		err        error
	}{
		{"a stage fails", "compare: stage b: broken", 4, output{}, broken},
		{"a warm-up fails", "compare: stage a: broken", 1, output{}, broken},
		{"another result", "compare: stage b: the result is not the one of a: SHA-256 07", 6, output{7}, nil},
		{"another result of the warm-up", "compare: stage b: the result is not the one of a: SHA-256 07", 2, output{7}, nil},
		{"another result of the first stage", "compare: stage a: the result is not the one of a: SHA-256 07", 3, output{7}, nil},
	} {
		n := 0
		_, err := interleave(context.Background(), Options{Stages: []string{"a", "b"}, Runs: 5}, func(context.Context, string) (Sample, output, error) {
			if n++; n == test.failing {
				return Sample{}, test.output, test.err
			}
			return Sample{}, output{1}, nil
		})
		require.ErrorContains(t, err, test.want, test.name)
		require.Equal(t, test.failing, n, "it ends at once")
		if test.err != nil {
			require.ErrorIs(t, err, test.err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, err := interleave(ctx, Options{Stages: []string{"a"}, Runs: 5}, func(context.Context, string) (Sample, output, error) {
		cancel()
		return Sample{}, output{}, errors.New("killed")
	})
	require.Equal(t, context.Canceled, err)
}

// childVariable makes the test binary a program that Run can run.
const childVariable = "ONEBRC_COMPARE_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(beProgram(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// beProgram behaves as the stage in args says.
func beProgram(args []string) int {
	if len(args) != 7 || args[0] != "--stage" || args[2] != "--workers" || args[4] != "--stats=json" || args[5] != "--" {
		fmt.Fprintf(os.Stderr, "1brc: arguments %q\n", args)
		return 2
	}
	stage, workers, path := args[1], args[3], args[6]
	content, err := os.ReadFile(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, "1brc:", err)
		return 1
	}
	stats := Stats{GCCycles: 5, GCLongestPauseSeconds: 0.25, PeakResidentBytes: 1 << 30, OwnResidentBytes: 1 << 20}
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
		for start := time.Now(); time.Since(start) < 60*time.Millisecond; {
		}
	case "sleep":
		time.Sleep(50 * time.Millisecond)
	case "hang":
		time.Sleep(time.Hour)
	case "peak":
		stats.PeakResidentBytes = 0
	case "workers":
		content = []byte(workers)
	case "cpus":
		content = []byte(fmt.Sprint(runtime.NumCPU()))
	}
	os.Stdout.Write(content)
	_ = json.NewEncoder(os.Stderr).Encode(stats)
	return 0
}

// options are those of a comparison of the test binary's own stages.
func options(t *testing.T, stages ...string) Options {
	t.Setenv(childVariable, "1")
	t.Setenv("GORACE", "atexit_sleep_ms=0") // else each child with a race detector waits 1 s
	program, err := os.Executable()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "rows.txt")
	require.NoError(t, os.WriteFile(path, []byte("a;1.0\n"), 0o666))
	return Options{Program: program, Stages: stages, File: path, Runs: 3, Workers: 2}
}

func TestRun(t *testing.T) {
	o := options(t, "sleep", "busy", "plain")
	report, err := Run(context.Background(), o)
	require.NoError(t, err)
	require.Len(t, report.Stages, 3)
	sequence := map[int]bool{}
	for i, s := range report.Stages {
		require.Equal(t, o.Stages[i], s.Name)
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
	require.Len(t, sequence, 9)
	sleep, busy := report.Stages[0].Summary, report.Stages[1].Summary
	require.GreaterOrEqual(t, sleep.MinSeconds, 0.05)
	require.Less(t, sleep.UserSeconds+sleep.SystemSeconds, 0.04)
	require.Greater(t, busy.UserSeconds+busy.SystemSeconds, 0.03)
	require.Nil(t, report.Stages[0].Comparison)
	require.Greater(t, report.Stages[1].Comparison.Ratio, report.Stages[2].Comparison.Ratio)
	require.Equal(t, Input{
		Path: o.File, Bytes: 6, SHA256: "4253d9ff1022c3e0bb3a6d80afd1bb955fac4efd15db9caf642198e7fea1d0e7",
	}, report.Input)
	require.Equal(t, Settings{Runs: 3, WarmUps: 1, Workers: 2, Confidence: 0.95, Resamples: 10000, Seed: 1}, report.Settings)
}

func TestRunErrors(t *testing.T) {
	for stage, want := range map[string]string{
		"fail":   "compare: stage fail: it is broken",
		"silent": "compare: stage silent: exit status 3",
		"mute":   "compare: stage mute: statistics of the run: unexpected end of JSON input",
		"other":  "compare: stage other: the result is not the one of plain: SHA-256 ",
	} {
		_, err := Run(context.Background(), options(t, "plain", stage))
		require.ErrorContains(t, err, want)
	}
	for want, change := range map[string]func(*Options){
		"compare: no stages":               func(o *Options) { o.Stages = nil },
		"compare: 0 runs":                  func(o *Options) { o.Runs = 0 },
		"compare: -1 workers":              func(o *Options) { o.Workers = -1 },
		"no such file or directory":        func(o *Options) { o.File += "x" },
		": not a regular file":             func(o *Options) { o.File = filepath.Dir(o.File) },
		"compare: stage plain: fork/exec ": func(o *Options) { o.Program += "x" },
	} {
		o := options(t, "plain")
		change(&o)
		_, err := Run(context.Background(), o)
		require.ErrorContains(t, err, want)
	}
}

func TestRunIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := Run(ctx, options(t, "hang"))
	require.Equal(t, context.DeadlineExceeded, err)
	require.Less(t, time.Since(start), 30*time.Second)
}

// TestPeakOfParent holds the peak that the parent is told to being one of this
// size at all, where the child knows none.
func TestPeakOfParent(t *testing.T) {
	if peakUnknown := runtime.GOOS == "windows" || runtime.GOOS == "plan9"; peakUnknown {
		t.Skip("not told on " + runtime.GOOS)
	}
	report, err := Run(context.Background(), options(t, "peak"))
	require.NoError(t, err)
	peak := report.Stages[0].Summary.PeakResidentBytes
	require.Greater(t, peak, int64(1<<20))
	require.Less(t, peak, int64(1<<30))
}
