//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSparkUsage(t *testing.T) {
	path := write(t, "rows.txt", "a;1.0\n")
	for _, test := range []struct {
		args   []string
		reason string
	}{
		{nil, "need a FILE"},
		{[]string{"-"}, "FILE must be a file, got \"-\""},
		{[]string{"--conf", "x", path}, "--conf must be KEY=VALUE"},
		{[]string{"--conf", "=x", path}, "--conf must be KEY=VALUE"},
		{[]string{"--range-size", "0", path}, "--range-size must be at least 1 byte"},
		{[]string{"--tasks", "0", path}, "--tasks must be a number from 1"},
		{[]string{"--timeout", "-1s", path}, "--timeout must be 0 or more"},
		{[]string{"--master", "", path}, "--master must be"},
		{[]string{"--rejects", "x", path}, "--rejects needs --on-error skip"},
		{[]string{"-o", path, path}, "would overwrite the input"},
		{[]string{"--temp-dir", path, path}, "--temp-dir: "},
	} {
		requireUsage(t, execute(t, nil, append([]string{"spark"}, test.args...)...), test.reason)
	}
}

func TestSparkWithoutSpark(t *testing.T) {
	path := write(t, "rows.txt", "a;1.0\n")
	t.Setenv("SPARK_HOME", "")
	t.Setenv("PATH", "")
	require.Contains(t, requireFailure(t, execute(t, nil, "spark", path)), "no spark-sql in PATH")
	require.Contains(t, requireFailure(t, execute(t, nil, "spark", "/dev/null")), "not a regular file")
	require.Contains(t, requireFailure(t, execute(t, nil, "spark", path, path+"x")), "no such file or directory")
}

// TestSparkTask runs the command that executors run.
func TestSparkTask(t *testing.T) {
	path := write(t, "rows.txt", "Oslo;1.0\nNuuk;-3.4\n")
	info, err := os.Stat(path)
	require.NoError(t, err)
	line := fmt.Sprintf("0\t%x\t0\t5\t%d\t%d\n", path, info.Size(), info.ModTime().UnixNano())
	got := execute(t, strings.NewReader(line), "spark-task")
	require.Equal(t, 0, got.code, got.stderr)
	require.Regexp(t, `\As\t4f736c6f\t10\t10\t10\t1\np\t[0-9a-f]+\t0\t0\t1\t0\n\z`, got.stdout)

	for input, want := range map[string]string{
		"x\n": `standard input: line 1: a range has 6 fields separated by tabs, got 1: "x"`,
		strings.Replace(line, "\t0\t5", "\t5\t0", 1): "has no range from 5 to 0",
		line + line: "are in two ranges",
		fmt.Sprintf("0\t%x\t0\t5\t19\t0\n", path):     "the file has changed: planned for 19 bytes of 1970-01-01T00:00:00Z",
		fmt.Sprintf("0\t%x\t0\t5\t19\t0\n", path+"x"): "no such file or directory on ",
	} {
		require.Contains(t, requireFailure(t, execute(t, strings.NewReader(input), "spark-task")), want)
	}
}

// sparkHome returns the folder of Spark, or skips the test.
func sparkHome(t *testing.T) string {
	home := os.Getenv("ONEBRC_SPARK_HOME")
	if home == "" {
		t.Skip("ONEBRC_SPARK_HOME does not name a folder of Spark; make sparkquick sets it")
	}
	return home
}

// sparkProgram creates a program for executors, in a folder with a name that SQL and
// shells could take for syntax. It writes the ranges of each process to a file in the
// folder runs, and then runs body, a script for bash that finds 1brc in $program and the
// ranges in $ranges.
func sparkProgram(t *testing.T, body string) (path, runs string) {
	dir := filepath.Join(t.TempDir(), "we'ird \"\\N; --$(touch x)`x`\n\tÅ")
	runs = filepath.Join(t.TempDir(), "runs")
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, os.Mkdir(runs, 0o700))
	path = filepath.Join(dir, "pro'gram;$HOME")
	text := fmt.Sprintf("#!/bin/bash\nprogram='%s'\nruns='%s'\nranges=$(mktemp '%s/XXXXXXXX')\ncat >\"$ranges\"\n%s\n", binary, runs, runs, body)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o700))
	return path, runs
}

// runSpark runs 1brc spark in Spark, and checks that no temporary files stay. A log of
// an error may stay; runSpark prints it if the test fails.
func runSpark(t *testing.T, args ...string) outcome {
	t.Helper()
	temp := filepath.Join(t.TempDir(), "temp 'folder'")
	require.NoError(t, os.Mkdir(temp, 0o700))
	command := exec.Command(binary, append([]string{"spark", "--spark-home", sparkHome(t), "--master", "local[2,4]", "--timeout", "3m", "--temp-dir", temp}, args...)...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	_ = command.Run() // the code is in the outcome
	entries, err := os.ReadDir(temp)
	require.NoError(t, err)
	for _, entry := range entries {
		name := filepath.Join(temp, entry.Name())
		require.Contains(t, stderr.String(), name)
		t.Cleanup(func() {
			if content, err := os.ReadFile(name); t.Failed() && err == nil {
				t.Logf("%s", content)
			}
		})
	}
	return outcome{command.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// TestSparkLocal compares results of a job of which one process fails after a part of
// its output. The names of files, and those in them, try to be taken for syntax.
func TestSparkLocal(t *testing.T) {
	sparkHome(t)
	program, runs := sparkProgram(t, `
if mkdir "$runs/failed"; then "$program" "$@" <"$ranges" | head -n 1; exit 1; fi
exec "$program" "$@" <"$ranges"`)
	strange := filepath.Join(filepath.Dir(program), "rows';SELECT \"$(touch x)\\N\n\t--")
	require.NoError(t, os.WriteFile(strange, []byte("\\N;1.0\n$(touch x);-1.0\n'\"\\;2.0\na\tb;0.5\r\nNULL;99.9\n\xff;0.0\nÅ;-99.9"), 0o666))
	paths := []string{strange, write(t, "empty", ""), generate(t, "--rows", "2000", "--profile", "10k"), strange}
	out := filepath.Join(t.TempDir(), "out")
	got := runSpark(t, append([]string{"--program", program, "--range-size", "997", "--tasks", "8", "-o", out}, paths...)...)
	require.Equal(t, outcome{}, got)
	result, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, execute(t, nil, paths...).stdout, string(result))

	entries, err := os.ReadDir(runs)
	require.NoError(t, err)
	require.Len(t, entries, 1+8+1, "the mark, and a file for each process, one of them failed")
}

// TestSparkBadRows compares bad rows, which travel as data.
func TestSparkBadRows(t *testing.T) {
	sparkHome(t)
	rows := strings.Repeat("a;1.0\nb;2.0\n", 100)
	paths := []string{
		write(t, "1", rows+"bad\n"+rows+"\n"+strings.Repeat("x", 70_000)+"\n"+rows),
		write(t, "2", "a;b;c\n"+rows+"\xff;1.00\r"),
	}
	got := requireFailure(t, runSpark(t, append([]string{"--range-size", "1000", "--tasks", "5"}, paths...)...))
	require.Equal(t, requireFailure(t, execute(t, nil, paths...)), got)

	var rejects [2]string
	var outcomes [2]outcome
	for i, run := range []func(*testing.T, ...string) outcome{
		runSpark, func(t *testing.T, args ...string) outcome { return execute(t, nil, args...) },
	} {
		rejects[i] = filepath.Join(t.TempDir(), "rejects")
		outcomes[i] = run(t, append([]string{"--on-error", "skip", "--rejects", rejects[i]}, paths...)...)
		content, err := os.ReadFile(rejects[i])
		require.NoError(t, err)
		outcomes[i].stderr = strings.ReplaceAll(strings.ReplaceAll(outcomes[i].stderr, rejects[i], "REJECTS"), "1brc spark: ", "1brc: ")
		rejects[i] = string(content)
	}
	require.Equal(t, 5, strings.Count(rejects[0], "\n"))
	require.Equal(t, rejects[1], rejects[0])
	require.Equal(t, outcomes[1], outcomes[0])
}

// TestSparkChangedFile changes a file when it has been planned for.
func TestSparkChangedFile(t *testing.T) {
	sparkHome(t)
	path := write(t, "rows", "a;1.0\n")
	program, runs := sparkProgram(t, "echo 'b;2.0' >>'"+path+"'\nexec \"$program\" \"$@\" <\"$ranges\"")
	got := requireFailure(t, runSpark(t, "--program", program, path))
	require.Contains(t, got, path+": the file has changed: planned for 6 bytes of ")
	entries, err := os.ReadDir(runs)
	require.NoError(t, err)
	require.Len(t, entries, 4, "the attempts")
}
