package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/profile"
)

func TestUsage(t *testing.T) {
	for want, args := range map[string][]string{
		`unexpected argument "file"`:                      {"file"},
		"unknown flag: --no-such-flag":                    {"--no-such-flag"},
		`--rows must be a number of at least 1`:           {"--rows", "0"},
		`such as 1e8, got "many"`:                         {"--rows", "many"},
		`--uniform must have numbers of at least 1`:       {"--uniform", "1e2,0"},
		`--unique must have numbers of at least 1`:        {"--unique", "few"},
		`--uniform: gen: Names must be from 1 to`:         {"--uniform", "1e18"},
		"--runs must be 1 or more, got 0":                 {"--runs", "0"},
		"--timeout must be 0 or more, got -1s":            {"--timeout", "-1s"},
		`"x" for "--max-memory"`:                          {"--max-memory", "x"},
		`--entry: "x": want NAME=TEXT`:                    {"--entry", "x"},
		`--entry: command x: no argument contains {}`:     {"--entry", "x=cat"},
		`--entry: command x: there is no shell for "| y"`: {"--entry", "x=cat {} | y"},
		`the name "onebrc" is used twice`:                 {"--entry", "onebrc=cat {}"},
		`--note: "x=": want NAME=TEXT`:                    {"--note", "x="},
		`a note or commit is for "x"`:                     {"--note", "x=y"},
	} {
		err := run(context.Background(), args)
		require.ErrorAs(t, err, new(cli.UsageError), want)
		require.ErrorContains(t, err, want)
	}
	require.ErrorIs(t, run(context.Background(), []string{"--help"}), pflag.ErrHelp)
}

func TestParse(t *testing.T) {
	var c config
	require.NoError(t, c.parse(nil))
	require.Len(t, c.options.Cases, 11)
	require.Equal(t, profile.NamesCase{Profile: "uniform", Rows: 1e8, Names: 1e7}, c.options.Cases[5])
	require.Equal(t, profile.NamesCase{Profile: "unique", Rows: 5e7, Names: 5e7}, c.options.Cases[10])
	require.Equal(t, []compare.Command{{Name: "onebrc", Args: []string{filepath.Join("bin", "1brc"), "{}"}}}, c.options.Commands)

	program, err := os.Executable()
	require.NoError(t, err)
	c = config{}
	require.NoError(t, c.parse([]string{
		"--rows", "1e6", "--uniform", "", "--unique", "10,1e3", "--max-memory", "1GiB", "--program", program, "--timeout", "1m",
		"--entry", `a=x 'y z' {}`, "--entry", "b=w {}", "--note", "a=v1, fast",
	}))
	require.Equal(t, []profile.NamesCase{{Profile: "unique", Rows: 10, Names: 10}, {Profile: "unique", Rows: 1000, Names: 1000}}, c.options.Cases)
	require.Equal(t, []compare.Command{
		{Name: "onebrc", Args: []string{program, "--max-memory", "1GiB", "{}"}}, {Name: "a", Args: []string{"x", "y z", "{}"}}, {Name: "b", Args: []string{"w", "{}"}},
	}, c.options.Commands)
	require.Equal(t, map[string]string{"a": "v1, fast"}, c.options.Notes)
	require.Equal(t, profile.CommitOf(program), c.options.Commits["onebrc"])
	require.Equal(t, time.Minute, c.options.Timeout)
}

// TestRender renders a folder without samples, and checks that nothing is measured.
func TestRender(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, run(context.Background(), []string{"--render", "--folder", folder, "--program", "no-such-program"}))
	for _, name := range []string{"NAMES.md", "names-light.svg", "names-dark.svg"} {
		require.FileExists(t, filepath.Join(folder, name))
	}
	require.ErrorContains(t, run(context.Background(), []string{"--folder", folder, "--program", "no-such-program"}), `"no-such-program": executable file not found`)
}
