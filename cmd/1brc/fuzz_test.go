package main

import (
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/cli"
	"onebrc/engine"
	"onebrc/engine/stages"
)

// FuzzFlags runs the command of the program with any arguments, separated by tabs, on
// small files. It checks the exit code and the line of an error.
func FuzzFlags(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		f.Add(strings.Join(randomArguments(r), "\t"))
	}
	dir := f.TempDir()
	for name, content := range map[string]string{"rows": "a;1.0\nb;-2.0\n", "bad": "a;1.0\nx\n", "empty": ""} {
		require.NoError(f, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666))
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "\t")
		// An argument can name a file to write to, and compare starts processes.
		if strings.ContainsAny(line, "/\\\x00") || slices.Contains(args, "compare") {
			t.Skip("not in this folder")
		}
		t.Chdir(dir)
		code, stdout, stderr := runHere(t, args)
		switch code {
		case cli.Success:
		case cli.Failure, cli.Usage:
			if !strings.Contains(stderr, `"error":`) { // of --stats=json
				require.Regexp(t, `(?m)^1brc( [a-z_]+)*: `, stderr, "%q", args) // --stats may come first
			}
			require.Equal(t, code == cli.Usage, strings.Contains(stderr, "--help' for usage.\n"), "%q: %q", args, stderr)
		default:
			t.Fatalf("%q: exit code %d", args, code)
		}
		if strings.HasPrefix(stdout, "{") && !slices.Contains(args, "group") { // a result is one line, even if an error follows
			require.Equal(t, 1, strings.Count(stdout, "\n"), "%q: %q", args, stdout)
		}
	})
}

// runHere runs the command in this process, with files as the standard streams.
func runHere(t *testing.T, args []string) (code int, stdout, stderr string) {
	standard := []**os.File{&os.Stdin, &os.Stdout, &os.Stderr}
	for _, file := range standard {
		old := *file
		replaced, err := os.CreateTemp(t.TempDir(), "")
		require.NoError(t, err)
		*file = replaced
		defer func() {
			*file = old
			require.NoError(t, replaced.Close())
		}()
	}
	_, err := os.Stdin.WriteAt([]byte("a;1.0\n"), 0)
	require.NoError(t, err)
	code = cli.Run(newCommand(args), args)
	read := func(file *os.File) string {
		_, err := file.Seek(0, io.SeekStart)
		require.NoError(t, err)
		content, err := io.ReadAll(file)
		require.NoError(t, err)
		return string(content)
	}
	return code, read(os.Stdout), read(os.Stderr)
}

// randomArguments returns flags with right and wrong values, and files.
func randomArguments(r *rand.Rand) []string {
	var flags []string
	for _, command := range []*cobra.Command{newCommand(nil), newGroupCommand()} {
		command.Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, "--"+f.Name) })
	}
	values := slices.Concat(
		cli.Texts(engine.Kernels()), cli.Texts(engine.Accesses()), cli.Texts(engine.NUMAs()),
		[]string{
			"", "-1", "0", "1", "7", "8193", "9000000000000000000", "4KiB", "1e30", "0-1", "9-", "text", "json",
			"skip", "fail", "out", "no-such", "none", "\xff", "=", "1,2,,", "a;1.0", "sum(1) as s", ";", "-count",
		},
		cli.Texts(groupFormats),
	)
	for _, s := range stages.All() {
		values = append(values, s.Name)
	}
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	var args []string
	for range r.IntN(4) {
		switch flag := pick(flags); r.IntN(3) {
		case 0:
			args = append(args, flag)
		case 1:
			args = append(args, flag, pick(values))
		case 2:
			args = append(args, flag+"="+pick(values))
		}
	}
	for range r.IntN(3) {
		args = append(args, pick([]string{"rows", "bad", "empty", "-", "--", "missing", ".", "help", "completion", "__complete", "group", "group"}))
	}
	return args
}
