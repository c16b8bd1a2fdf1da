package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/engine/stages/compare"
)

func TestCompare(t *testing.T) {
	path := write(t, "rows.txt", "a;1.0\nb;2.0\n")
	got := execute(t, nil, "compare", "--stages", "naive,tiles,tiles", "--runs", "3", "--workers", "2", path)
	require.Equal(t, 0, got.code, got.stderr)
	require.Empty(t, got.stderr, "no progress without a terminal")
	for _, want := range []string{
		path + ", 12 bytes, SHA-256 ", "3 of each stage in turns, after a warm-up of 1; workers: 2; on any CPU",
		runtime.Version(), "against naive", "warning: 3 runs of each stage are too few to conclude",
	} {
		require.Contains(t, got.stdout, want)
	}
	require.Regexp(t, `(?m)^ +stage +min s +median s +95 % s +user s +system s +peak MiB +own MiB +GC +longest pause$`, got.stdout)
	require.Regexp(t, `(?m)^ +tiles +[0-9.]+ +[0-9.]+ to [0-9.]+ +<?[0-9.]+ +(no difference shown|[0-9.]+ times as (fast|slow))$`, got.stdout)
}

func TestCompareJSON(t *testing.T) {
	path := write(t, "rows.txt", "a;1.0\nb;2.0\n")
	args := []string{"compare", "--stages", "naive", "--stages=tiles", "--runs=2", "--json", path}
	if runtime.GOOS == "linux" {
		args = append(args, "--pin", "0")
	}
	got := execute(t, nil, args...)
	require.Equal(t, 0, got.code, got.stderr)
	var report compare.Report
	decoder := json.NewDecoder(strings.NewReader(got.stdout))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&report))
	require.Equal(t, path, report.Input.Path)
	require.EqualValues(t, 12, report.Input.Bytes)
	require.Len(t, report.Stages, 2)
	for i, s := range report.Stages {
		require.Equal(t, []string{"naive", "tiles"}[i], s.Name)
		require.Len(t, s.Samples, 2)
		for j, sample := range s.Samples {
			require.Equal(t, 1+i+2*j, sample.Sequence, "in turns")
			require.Positive(t, sample.WallSeconds)
			require.Positive(t, sample.UserSeconds+sample.SystemSeconds)
		}
	}
	require.NotNil(t, report.Stages[1].Comparison)
	if runtime.GOOS == "linux" {
		require.Equal(t, "0", report.Settings.Pin)
		require.Greater(t, report.Stages[0].Summary.PeakResidentBytes, report.Stages[0].Summary.OwnResidentBytes)
		require.Equal(t, 1.0, *report.Stages[0].Samples[0].CachedFraction)
	}
}

func TestCompareErrors(t *testing.T) {
	path := write(t, "rows.txt", "a;1.0\n")
	for _, test := range []struct {
		reason string
		args   []string
	}{
		{"compare needs exactly one FILE", []string{"--stages", "naive,tiles"}},
		{"compare needs exactly one FILE", []string{"--stages", "naive,tiles", path, path}},
		{"compare needs --stages", []string{path}},
		{`unknown stage "none": want one of naive, `, []string{"--stages", "naive,none", path}},
		{`unknown stage ""`, []string{"--stages", "naive,,tiles", path}},
		{"--runs 0: at least 1", []string{"--stages", "naive", "--runs", "0", path}},
		{"negative --workers -1", []string{"--stages", "naive", "--workers", "-1", path}},
		{`list of CPUs "3-1": the range 3-1 is empty`, []string{"--stages", "naive", "--pin", "3-1", path}},
		{"unknown flag: --kernel", []string{"--stages", "naive", "--kernel", "auto", path}},
	} {
		requireUsage(t, execute(t, nil, append([]string{"compare"}, test.args...)...), test.reason)
	}
	bad := write(t, "bad.txt", "a;1.0\nx\n")
	require.Equal(t, "compare: stage naive: "+bad+`:2: byte 6: missing-separator: "x"`,
		requireFailure(t, execute(t, nil, "compare", "--stages", "naive,tiles", bad)))
	missing := filepath.Join(t.TempDir(), "missing")
	require.Contains(t, requireFailure(t, execute(t, nil, "compare", "--stages", "naive", missing)), missing+": no such file or directory")
	require.Contains(t, requireFailure(t, execute(t, nil, "compare", "--stages", "naive", os.DevNull)), "not a regular file")
	if runtime.GOOS == "linux" {
		got := requireFailure(t, execute(t, nil, "compare", "--stages", "naive", "--pin", "0,1023", path))
		require.Contains(t, got, "1023 only those of")
	}
}

func TestCompareHelp(t *testing.T) {
	got := execute(t, nil, "compare", "--help")
	require.Equal(t, 0, got.code)
	for _, want := range []string{"--stages NAMES", "--runs int", "--pin CPUS", "--json", "taskset -c", "numactl --cpunodebind", "cgroup v2", "(default 10)"} {
		require.Contains(t, got.stdout, want)
	}
}

func TestCompareIsInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such signal")
	}
	path := generate(t, "--rows", "2e6")
	command := exec.Command(binary, "compare", "--stages", "naive", "--runs", "1000", path)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	require.NoError(t, command.Start())
	time.Sleep(500 * time.Millisecond)
	require.NoError(t, command.Process.Signal(os.Interrupt))
	start := time.Now()
	code := waitFor(t, command)
	require.Less(t, time.Since(start), 10*time.Second)
	require.Equal(t, outcome{1, "", "1brc: interrupted\n"}, outcome{code, stdout.String(), stderr.String()})
}
