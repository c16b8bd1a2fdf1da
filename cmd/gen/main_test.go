package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"onebrc/gen"
	"onebrc/parse/oracle"
)

// binary is the path of the program under test, which TestMain builds.
var binary string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

// buildAndRun builds the program into a temporary folder and runs the tests.
func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "onebrc-gen-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // for a test that runs the program as another user
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	binary = filepath.Join(dir, "gen")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// result is the outcome of a run of the program.
type result struct {
	code           int
	stdout, stderr string
}

// execute runs the program in dir until it ends.
func execute(t *testing.T, dir string, args ...string) result {
	t.Helper()
	command := exec.Command(binary, args...)
	command.Dir = dir
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		var exit *exec.ExitError
		require.True(t, errors.As(err, &exit), "%v", err)
	}
	return result{command.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// library returns the bytes that the library writes for o.
func library(t *testing.T, o gen.Options) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, gen.Write(context.Background(), &b, o))
	return b.String()
}

// entriesOf returns all names in a folder.
func entriesOf(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestStdoutEqualsLibrary(t *testing.T) {
	for _, profile := range profiles() {
		dir := t.TempDir()
		got := execute(t, dir, "--rows", "100_000", "--seed", "9", "--profile", profile, "--workers", "3", "-o", "-")
		require.Equal(t, result{0, library(t, gen.Options{Rows: 100_000, Seed: 9, Profile: profile}), ""}, got)
		require.Empty(t, entriesOf(t, dir))
	}
}

func TestNames(t *testing.T) {
	for _, profile := range []string{"uniform", "zipf"} {
		got := execute(t, t.TempDir(), "--rows", "1000", "--profile", profile, "--names", "0.3k", "-o", "-")
		require.Equal(t, result{0, library(t, gen.Options{Rows: 1000, Seed: 1, Profile: profile, Names: 300}), ""}, got)
	}
}

func TestFileEqualsLibrary(t *testing.T) {
	dir := t.TempDir()
	want := library(t, gen.Options{Rows: 100_000, Seed: 1})
	require.Equal(t, result{}, execute(t, dir, "--rows", "1e5"), "silent without a terminal")
	require.Equal(t, result{}, execute(t, dir, "--rows=0.1M", "--output", "other.txt", "--quiet"))
	require.Equal(t, []string{"measurements.txt", "other.txt"}, entriesOf(t, dir))
	for _, name := range entriesOf(t, dir) {
		got, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
}

// TestCorrupt compares the list with what a strict reader finds in the output.
func TestCorrupt(t *testing.T) {
	dir := t.TempDir()
	flags := []string{"--rows", "5000", "--corrupt", "0.1", "--corrupt-list", "list.txt", "-o"}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "list.txt"), []byte("old"), 0o666))
	require.Equal(t, result{}, execute(t, dir, append(flags, "./rows.txt")...))
	require.Equal(t, []string{"list.txt", "rows.txt"}, entriesOf(t, dir))
	rows, err := os.ReadFile(filepath.Join(dir, "rows.txt"))
	require.NoError(t, err)
	list, err := os.ReadFile(filepath.Join(dir, "list.txt"))
	require.NoError(t, err)
	var want strings.Builder
	offset, line := 0, 0
	for row := range strings.Lines(string(rows)) {
		line++
		if _, bad := oracle.Aggregate(row); bad != nil {
			fmt.Fprintf(&want, "./rows.txt\t%d\t%d\t%s\t%s", line, offset, bad.Reason, row)
		}
		offset += len(row)
	}
	require.Equal(t, 5000, line)
	require.Greater(t, strings.Count(want.String(), "\n"), 400)
	require.Equal(t, want.String(), string(list))

	require.Equal(t, result{0, string(rows), ""}, execute(t, dir, append(flags, "-")...))
	again, err := os.ReadFile(filepath.Join(dir, "list.txt"))
	require.NoError(t, err)
	require.Equal(t, strings.ReplaceAll(string(list), "./rows.txt\t", "stdin\t"), string(again))
}

// TestLog writes a log with a header and lists its bad rows by their lines.
func TestLog(t *testing.T) {
	dir := t.TempDir()
	flags := []string{"--rows", "5000", "--profile", "log-quoted", "--corrupt", "0.1", "--corrupt-list", "list.txt", "-o", "log.csv"}
	require.Equal(t, result{}, execute(t, dir, flags...))
	data, err := os.ReadFile(filepath.Join(dir, "log.csv"))
	require.NoError(t, err)
	list, err := os.ReadFile(filepath.Join(dir, "list.txt"))
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(data, []byte("unix_timestamp,channel_path,message_length,stamp_count\n")))
	require.True(t, bytes.HasPrefix(list, []byte("log.csv\t2\t55\t")), "the first row")
	o := gen.Options{Rows: 5000, Seed: 1, Profile: "log-quoted", Corrupt: 0.1, CorruptName: "log.csv"}
	var want bytes.Buffer
	o.CorruptList = &want
	require.Equal(t, library(t, o), string(data))
	require.Equal(t, want.String(), string(list))
}

func TestUsageErrors(t *testing.T) {
	for _, test := range []struct {
		want string
		args []string
	}{
		{`unknown flag: --nope`, []string{"--nope"}},
		{`unexpected argument "extra"`, []string{"extra"}},
		{`must be 0 or more`, []string{"--rows", "-5"}},
		{`must be a whole number`, []string{"--rows", "1.5"}},
		{`invalid number of rows "many"`, []string{"--rows", "many"}},
		{`invalid argument "x" for "--seed"`, []string{"--seed", "x"}},
		{`gen: --profile must be one of default, 10k, `, []string{"--profile", "nope"}},
		{`, got "nope"`, []string{"--profile", "nope"}},
		{`gen: --profile must be one of default, 10k, `, []string{"--profile", ""}},
		{`gen: --workers must be 0 or more, got -1` + "\n", []string{"--workers", "-1"}},
		{`gen: --output must name a file, or be - for standard output, got ""`, []string{"-o", ""}},
		{`gen: --corrupt must be from 0 to 1, got -0.1`, []string{"--corrupt", "-0.1"}},
		{`gen: --corrupt must be from 0 to 1, got 1.5`, []string{"--corrupt", "1.5"}},
		{`gen: --corrupt must be from 0 to 1, got NaN`, []string{"--corrupt", "nan"}},
		{`invalid argument "x" for "--corrupt"`, []string{"--corrupt", "x"}},
		{`gen: --corrupt-list must name a file, got -`, []string{"--corrupt-list", "-"}},
		{`gen: --corrupt-list and --output must be different files, got "./x" and "x"`, []string{"--corrupt-list", "./x", "-o", "x"}},
		{`--output must not contain a tab or a line feed, got "a\tb"`, []string{"--corrupt-list", "x", "-o", "a\tb"}},
		{`--output must not contain a tab or a line feed, got "a\nb"`, []string{"--corrupt-list", "x", "-o", "a\nb"}},
		{`gen: --rows must be 0, or at least 40 `, []string{"--rows", "39", "--profile", "page-multiple"}},
		{`gen: --corrupt must be 0 for profile page-multiple`, []string{"--corrupt", "0.1", "--profile", "page-multiple"}},
		{`invalid number of names "many"`, []string{"--names", "many"}},
		{`gen: --names must not be set for profile default, got 5`, []string{"--names", "5"}},
		{`gen: --names must be from 1 to 1000000000, got 0`, []string{"--profile", "zipf", "--names", "0"}},
		{`gen: --names must be from 1 to 1000000000, got 2000000000`, []string{"--profile", "uniform", "--names", "2e9"}},
		{`flag needs an argument`, []string{"-o"}},
	} {
		dir := t.TempDir()
		got := execute(t, dir, test.args...)
		require.Equal(t, 2, got.code, "%q", test.args)
		require.Empty(t, got.stdout)
		require.True(t, strings.HasPrefix(got.stderr, "gen: "), got.stderr)
		require.Equal(t, 1, strings.Count(got.stderr, "gen: "), got.stderr)
		require.Contains(t, got.stderr, test.want)
		require.NotContains(t, got.stderr, "Flags:")
		require.Empty(t, entriesOf(t, dir))
	}
}

func TestRunErrors(t *testing.T) {
	dir := t.TempDir()
	for _, output := range []string{filepath.Join("missing", "rows.txt"), dir} {
		got := execute(t, dir, "--rows", "10", "-o", output)
		require.Equal(t, 1, got.code)
		require.Empty(t, got.stdout)
		require.Regexp(t, `\Agen: [^\n]+\n\z`, got.stderr)
		require.Equal(t, 1, strings.Count(got.stderr, "gen: "), got.stderr)
		require.Empty(t, entriesOf(t, dir))
	}
}

func TestHelp(t *testing.T) {
	got := execute(t, t.TempDir(), "--help")
	require.Equal(t, 0, got.code)
	require.Empty(t, got.stderr)
	for _, want := range []string{
		"give the same bytes with any number of\nworkers", "renames it when it is complete", "nothing is left\nbehind, and an existing output is unchanged",
		"--rows", "--names", "--seed", "--profile", "-o, --output", "--workers", "--quiet", "--version", `(default 1e9)`,
	} {
		require.Contains(t, got.stdout, want)
	}
	for _, name := range profiles() {
		require.Contains(t, got.stdout, name+" ")
		require.Contains(t, got.stdout, gen.DescribeProfile(name))
	}
}

// TestFlags checks that help describes every flag. It also links the whole program
// into the test binary; the cache of go test would otherwise miss changes of code
// that only the built program runs.
func TestFlags(t *testing.T) {
	help := execute(t, t.TempDir(), "--help").stdout
	flags := 0
	newCommand().Flags().VisitAll(func(f *pflag.Flag) {
		flags++
		require.NotEmpty(t, f.Usage, f.Name)
		require.Contains(t, help, "--"+f.Name+" ")
		require.Contains(t, help, f.Usage)
	})
	require.Equal(t, 9, flags)
}

func TestVersion(t *testing.T) {
	got := execute(t, t.TempDir(), "--version")
	require.Equal(t, 0, got.code)
	require.Regexp(t, `\Agen version \S+\n\z`, got.stdout)
}

func TestCompletion(t *testing.T) {
	got := execute(t, t.TempDir(), "__complete", "--profile", "")
	require.Equal(t, 0, got.code)
	for _, name := range profiles() {
		require.Contains(t, got.stdout, name+"\t"+gen.DescribeProfile(name)+"\n")
	}
	require.Contains(t, got.stdout, ":4\n", "no file names")
	got = execute(t, t.TempDir(), "completion", "bash")
	require.Equal(t, 0, got.code)
	require.Contains(t, got.stdout, "__complete")
}
