package main

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/cli"
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
		{`--kernel must be one of ` + list(engine.Kernels()) + `, got "fast"`, []string{"--kernel", "fast"}},
		{`--access must be one of auto, map, read, copy, got "mmap"`, []string{"--access", "mmap"}},
		{`--workers must be a number from 0 to 8192, got "-1"`, []string{"--workers", "-1"}},
		{`--workers must be a number from 0 to 8192, got "8193"`, []string{"--workers", "8193"}},
		{`--workers must be a number from 0 to 8192, got "90000000000000000000"`, []string{"--workers", "90000000000000000000"}},
		{`--workers must be a number from 0 to 8192, got "many"`, []string{"--workers", "many"}},
		{`--workers must be a number from 0 to 8192, got ""`, []string{"--workers", ""}},
		{`--chunk-size must be 0 or a size of at least 4KiB, such as 64MiB or 1m, got "4095"`, []string{"--chunk-size", "4095"}},
		{`--chunk-size must be 0 or a size of at least 4KiB, such as 64MiB or 1m, got "-1MiB"`, []string{"--chunk-size=-1MiB"}},
		{`got "big"`, []string{"--chunk-size", "big"}},
		{`got ""`, []string{"--chunk-size", ""}},
		{"flag needs an argument: --workers", []string{"--workers"}},
		{`--numa must be one of auto, off, interleave, got "near"`, []string{"--numa", "near"}},
		{`--cpus must be a list of CPUs such as 0-3,8, got ""`, []string{"--cpus", ""}},
		{`--cpus must be a list of CPUs such as 0-3,8, got "3-1"`, []string{"--cpus", "3-1"}},
		{`--cpus must be a list of CPUs such as 0-3,8, got "0,x"`, []string{"--cpus", "0,x"}},
		{"--cpus must be among ", []string{"--cpus", "60000"}},
		{`--stats must be one of text, json, got "xml"`, []string{"--stats=xml"}},
		{`--on-error must be one of fail, skip, got "maybe"`, []string{"--on-error", "maybe"}},
		{"--max-memory: over the memory limit: 2 workers need at least ", []string{"--workers", "2", "--max-memory", "1MiB"}},
		{`--max-memory must be 0 or a size such as 64MiB or 1m, got "-1m"`, []string{"--max-memory=-1m"}},
		{"--max-memory must be less than 8 EiB", []string{"--max-memory", "99999999999GiB", path}},
		{`--temp-dir: stat ./none: no such file or directory`, []string{"--temp-dir", "./none"}},
		{"--temp-dir: stat : no such file or directory", []string{"--temp-dir", ""}},
		{"--temp-dir: stat " + path + ": not a directory", []string{"--temp-dir", path}},
		{"--temp-dir cannot be used with --no-spill", []string{"--temp-dir", ".", "--no-spill"}},
		{"--rejects needs --on-error skip", []string{"--rejects", "bad.txt"}},
		{`--rejects must name a file, got ""`, []string{"--on-error", "skip", "--rejects", ""}},
		{`--rejects must name a file, got "-"`, []string{"--on-error", "skip", "--rejects", "-"}},
		{`--cpuprofile must name a file, got ""`, []string{"--cpuprofile", ""}},
		{`--memprofile must name a file, got "-"`, []string{"--memprofile", "-"}},
		{"--max-rejects needs --on-error skip", []string{"--on-error", "fail", "--max-rejects", "1"}},
		{`--max-rejects must be a number of at least 1, got "0"`, []string{"--on-error", "skip", "--max-rejects", "0"}},
		{`--max-rejects must be a number of at least 1, got "-1"`, []string{"--on-error", "skip", "--max-rejects=-1"}},
		{`--max-rejects must be a number of at least 1, got "all"`, []string{"--on-error", "skip", "--max-rejects", "all"}},
		{"would overwrite the input " + path, []string{"--on-error", "skip", "--rejects", path, path}},
		{"--cpuprofile " + path + " would overwrite the input", []string{"--cpuprofile", path, path}},
		{"--memprofile " + path + " would overwrite the input", []string{"--memprofile", path, path}},
		{"--trace " + path + " would overwrite the input", []string{"--trace", path, path}},
		{"--cpuprofile and --trace must name different files", []string{"--cpuprofile", "./new", "--trace", "new", path}},
		{`--stage: unknown stage "none": want one of naive, `, []string{"--stage", "none"}},
		{`--stage: unknown stage "": want one of naive, `, []string{"--stage", ""}},
	} {
		requireUsage(t, execute(t, nil, append([]string{path}, test.args...)...), test.reason)
		requireUsage(t, execute(t, strings.NewReader("a;1.0\n"), test.args...), test.reason)
	}
}

// TestKernelVariable sets the environment variable to a kernel that does not exist.
// Only what needs a kernel fails.
func TestKernelVariable(t *testing.T) {
	t.Setenv("ONEBRC_KERNEL", "foo")
	requireUsage(t, execute(t, strings.NewReader("a;1.0\n")), "1brc: ONEBRC_KERNEL must be one of auto, ")
	for _, flag := range []string{"--list-stages", "--help", "--version"} {
		require.Equal(t, 0, execute(t, nil, flag).code, flag)
	}
	require.Equal(t, success("{a=1.0/1.0/1.0}\n"), execute(t, strings.NewReader("a;1.0\n"), "--kernel", "generic"))
}

// TestUsageHints checks which help wrong usage points to.
func TestUsageHints(t *testing.T) {
	for _, test := range []struct{ args, reason, help string }{
		{"--nope", "unknown flag: --nope", "1brc"},
		{"compare --nope", "unknown flag: --nope", "1brc compare"},
		{"help foo", `unknown help topic "foo"`, "1brc"},
		{"help compare foo", `unknown help topic "compare foo"`, "1brc"},
		{"group --nope", "unknown flag: --nope", "1brc group"},
	} {
		got := execute(t, nil, strings.Fields(test.args)...)
		require.Equal(t, outcome{2, "", test.help + ": " + test.reason + "\nRun '" + test.help + " --help' for usage.\n"}, got)
	}
	require.Equal(t, execute(t, nil, "compare", "--help"), execute(t, nil, "help", "compare"))
	require.Equal(t, execute(t, nil, "--help"), execute(t, nil, "help"))
}

func TestLegalFlags(t *testing.T) {
	for _, args := range [][]string{
		{"--workers", "0"}, {"--workers", "300"}, {"--kernel", ""}, {"--chunk-size", "4KiB"}, {"--chunk-size", "4k"},
		{"--chunk-size", "4096"}, {"--chunk-size", "0.5GB"}, {"--chunk-size", "1PiB"}, {"--chunk-size", "0"},
		{"--on-error", "fail"}, {"--numa", "off"}, {"--numa", "interleave"}, {"--smt"}, {"--numa", ""},
		{"--max-memory", "0"}, {"--max-memory", "1TiB"}, {"--max-memory=4m", "--workers=1"},
		{"--temp-dir", "."}, {"--no-spill"},
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

// TestHelp checks that help explains every flag. It also links the whole program
// into the test binary. Without that, the cache of go test would not see a change in
// code that only the built program runs.
func TestHelp(t *testing.T) {
	got := execute(t, nil, "--help")
	require.Equal(t, 0, got.code)
	require.Empty(t, got.stderr)
	require.Equal(t, got, execute(t, nil, "-h"))
	flags := 0
	newCommand(nil).Flags().VisitAll(func(f *pflag.Flag) {
		flags++
		require.Contains(t, got.stdout, "--"+f.Name)
		_, usage := pflag.UnquoteUsage(f)
		require.NotEmpty(t, usage, f.Name)
		require.Contains(t, got.stdout, usage)
	})
	require.GreaterOrEqual(t, flags, 7)
	for _, want := range []string{
		"1brc [flags] [FILE...]", "{name=min/mean/max, ...}", "1brc: FILE:LINE: byte OFFSET: REASON",
		"The exit code", "--version", "(default 64MiB)", list(engine.Kernels()),
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
	require.Equal(t, strings.Join(cli.Texts(engine.Kernels()), "\n")+"\n:4\n", got.stdout, "the kernels and no file names")
	got = execute(t, nil, "__complete", "--temp-dir", "")
	require.Equal(t, ":16\n", got.stdout, "folders")
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
