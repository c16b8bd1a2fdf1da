package main

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

func TestUsageErrors(t *testing.T) {
	path := write(t, "rows.txt", "a;1.0\n")
	for _, test := range []struct {
		reason string
		args   []string
	}{
		{"unknown flag: --nope", []string{"--nope"}},
		{"unknown shorthand flag: 'x'", []string{"-x"}},
		{`unknown kernel "fast": want one of ` + strings.Join(texts(engine.Kernels()), ", "), []string{"--kernel", "fast"}},
		{"Workers must be 0 to 8192, got -1", []string{"--workers", "-1"}},
		{"Workers must be 0 to 8192, got 8193", []string{"--workers", "8193"}},
		{"Workers must be 0 to 8192, got 9000000000000000000", []string{"--workers", "9000000000000000000"}},
		{`invalid argument "many" for "--workers"`, []string{"--workers", "many"}},
		{`invalid argument "1.5" for "--workers"`, []string{"--workers", "1.5"}},
		{"ChunkBytes must be at least 4096, got 4095", []string{"--chunk-size", "4095"}},
		{`invalid argument "-1MiB" for "--chunk-size"`, []string{"--chunk-size=-1MiB"}},
		{`invalid argument "big" for "--chunk-size"`, []string{"--chunk-size", "big"}},
		{`invalid argument "" for "--chunk-size"`, []string{"--chunk-size", ""}},
		{"flag needs an argument: --workers", []string{"--workers"}},
		{`unknown NUMA "near": want one of auto, off, interleave`, []string{"--numa", "near"}},
		{`invalid argument "" for "--cpus" flag: no CPUs`, []string{"--cpus", ""}},
		{`invalid argument "3-1" for "--cpus"`, []string{"--cpus", "3-1"}},
		{`invalid argument "0,x" for "--cpus"`, []string{"--cpus", "0,x"}},
		{"CPUs must be among ", []string{"--cpus", "60000"}},
		{`invalid argument "xml" for "--stats" flag: want text or json`, []string{"--stats=xml"}},
		{`invalid argument "maybe" for "--on-error" flag: want fail or skip`, []string{"--on-error", "maybe"}},
		{"over the memory limit: 2 workers need at least ", []string{"--workers", "2", "--max-memory", "1MiB"}},
		{`invalid argument "-1m" for "--max-memory"`, []string{"--max-memory=-1m"}},
		{"--rejects needs --on-error skip", []string{"--rejects", "bad.txt"}},
		{"--rejects needs the name of a file", []string{"--on-error", "skip", "--rejects", ""}},
		{"--max-rejects needs --on-error skip", []string{"--on-error", "fail", "--max-rejects", "1"}},
		{"--max-rejects 0: at least 1 is needed", []string{"--on-error", "skip", "--max-rejects", "0"}},
		{"--max-rejects -1: at least 1 is needed", []string{"--on-error", "skip", "--max-rejects=-1"}},
		{`invalid argument "all" for "--max-rejects"`, []string{"--on-error", "skip", "--max-rejects", "all"}},
		{"would overwrite the input " + path, []string{"--on-error", "skip", "--rejects", path, path}},
		{"--cpuprofile " + path + " would overwrite the input", []string{"--cpuprofile", path, path}},
		{"--memprofile " + path + " would overwrite the input", []string{"--memprofile", path, path}},
		{"--trace " + path + " would overwrite the input", []string{"--trace", path, path}},
		{"--cpuprofile and --trace name the same file", []string{"--cpuprofile", "./new", "--trace", "new", path}},
		{"too large", []string{"--max-memory", "99999999999GiB", path}},
		{`unknown stage "none": want one of naive, `, []string{"--stage", "none"}},
		{`unknown stage "": want one of naive, `, []string{"--stage", ""}},
	} {
		requireUsage(t, execute(t, nil, append([]string{path}, test.args...)...), test.reason)
		requireUsage(t, execute(t, strings.NewReader("a;1.0\n"), test.args...), test.reason)
	}
}

func TestLegalFlags(t *testing.T) {
	for _, args := range [][]string{
		{"--workers", "0"}, {"--workers", "300"}, {"--kernel", ""}, {"--chunk-size", "4KiB"}, {"--chunk-size", "4k"},
		{"--chunk-size", "4096"}, {"--chunk-size", "0.5GB"}, {"--chunk-size", "1PiB"}, {"--chunk-size", "0"},
		{"--on-error", "fail"}, {"--numa", "off"}, {"--numa", "interleave"}, {"--smt"}, {"--numa", ""},
		{"--max-memory", "0"}, {"--max-memory", "1TiB"}, {"--max-memory=4m", "--workers=1"},
	} {
		require.Equal(t, success("{a=1.0/1.0/1.0}\n"), execute(t, strings.NewReader("a;1.0\n"), args...), "%q", args)
	}
	for _, kernel := range engine.Kernels() {
		if err := (engine.Options{Kernel: kernel}).Check(); err != nil {
			t.Logf("not tested: %v", err)
			continue
		}
		require.Equal(t, success("{a=1.0/1.0/1.0}\n"), execute(t, strings.NewReader("a;1.0\n"), "--kernel", string(kernel)))
	}
}

// TestHelp holds every flag to a text of help. It also links the whole program
// into the test binary: go test's cache would otherwise not see a change in
// code that only the built program runs.
func TestHelp(t *testing.T) {
	got := execute(t, nil, "--help")
	require.Equal(t, 0, got.code)
	require.Empty(t, got.stderr)
	require.Equal(t, got, execute(t, nil, "-h"))
	flags := 0
	newCommand().Flags().VisitAll(func(f *pflag.Flag) {
		flags++
		require.Contains(t, got.stdout, "--"+f.Name)
		_, usage := pflag.UnquoteUsage(f)
		require.NotEmpty(t, usage, f.Name)
		require.Contains(t, got.stdout, usage)
	})
	require.GreaterOrEqual(t, flags, 7)
	for _, want := range []string{
		"1brc [flags] [FILE...]", "{name=min/mean/max, ...}", "1brc: FILE:LINE: byte OFFSET: REASON",
		"The exit code", "--version", "(default 64MiB)", strings.Join(texts(engine.Kernels()), ", "),
	} {
		require.Contains(t, got.stdout, want)
	}
}

func TestVersion(t *testing.T) {
	got := execute(t, nil, "--version")
	require.Equal(t, 0, got.code)
	require.Empty(t, got.stderr)
	require.Regexp(t, `\A1brc version \S+\n\z`, got.stdout)
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		got := execute(t, nil, "completion", shell)
		require.Equal(t, 0, got.code, shell)
		require.Empty(t, got.stderr)
		require.Contains(t, got.stdout, "__complete", shell)
	}
	got := execute(t, nil, "__complete", "--kernel", "")
	require.Equal(t, 0, got.code)
	require.Equal(t, strings.Join(texts(engine.Kernels()), "\n")+"\n:4\n", got.stdout, "the kernels and no file names")
	got = execute(t, nil, "__complete", "--chunk")
	require.Equal(t, 0, got.code)
	require.Contains(t, got.stdout, "--chunk-size\t")
	got = execute(t, nil, "__complete", "measure")
	require.Equal(t, 0, got.code)
	require.Equal(t, ":0\n", got.stdout, "file names")
	got = execute(t, nil, "__complete", "rows.txt", "")
	require.Equal(t, ":0\n", got.stdout, "file names")
	got = execute(t, nil, "__complete", "com")
	require.Regexp(t, `\Acompare\t[^\n]+\ncompletion\t[^\n]+\n:0\n\z`, got.stdout)
}
