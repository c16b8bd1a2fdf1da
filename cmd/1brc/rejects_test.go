package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/parse/oracle"
)

// rejectsOf returns what --rejects writes about the bad rows of an input.
func rejectsOf(name string, bad []oracle.Bad) string {
	var b strings.Builder
	for _, row := range bad {
		kept := row.Row[:min(len(row.Row), engine.MaxBadRowBytes)]
		fmt.Fprintf(&b, "%s\t%d\t%d\t%s\t%s\n", name, row.Line, row.Offset, row.Reason, kept)
	}
	return b.String()
}

// skip runs the program with --on-error skip and --rejects, and returns the file of
// rejects as well.
func skip(t *testing.T, input string, args ...string) (got outcome, rejects string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rejects")
	args = append([]string{"--on-error", "skip", "--rejects", path}, args...)
	got = execute(t, strings.NewReader(input), args...)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return got, string(content)
}

// requireSkipped checks for success with count bad rows.
func requireSkipped(t *testing.T, got outcome, output string, count int) {
	t.Helper()
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, output, got.stdout)
	require.Regexp(t, fmt.Sprintf(`\A1brc: bad rows: %d(, \d+ of them cut to 65536 bytes in [^\n]+)?\n\z`, count), got.stderr)
}

func TestRejectsOfBadInputs(t *testing.T) {
	for i, bad := range oracle.BadInputs(t) {
		t.Run(bad.Name, func(t *testing.T) {
			t.Parallel()
			output, all := oracle.Skip(bad.Input)
			flags := flagSets[i%len(flagSets)]
			got, rejects := skip(t, "", append(flags[:len(flags):len(flags)], bad.Path)...)
			requireSkipped(t, got, output, len(all))
			require.Equal(t, rejectsOf(bad.Path, all), rejects)
			got, rejects = skip(t, bad.Input, flags...)
			requireSkipped(t, got, output, len(all))
			require.Equal(t, rejectsOf("stdin", all), rejects)
		})
	}
}

// dirty returns rows with bad ones in many chunks of 4 KiB. Some of these are longer
// than many chunks.
func dirty() string {
	var b strings.Builder
	for i := range 2000 {
		b.WriteString(strings.Repeat("Reykjavík;-12.3\n", i%50))
		fmt.Fprintf(&b, "bad row %d\n", i)
		if i%500 == 3 {
			b.WriteString(strings.Repeat("z", 90_000) + "\n")
		}
	}
	return b.String()
}

func TestRejectsAreInOrder(t *testing.T) {
	content := dirty()
	path, other := write(t, "dirty.txt", content), write(t, "other.txt", "x\nOslo;1.0")
	output, all := oracle.Skip(content + "Oslo;1.0")
	_, last := oracle.Skip("x\nOslo;1.0")
	for _, workers := range []string{"1", "2", "7"} {
		for _, chunk := range []string{"4KiB", "100KiB", "64MiB"} {
			got, rejects := skip(t, content, "--workers", workers, "--chunk-size", chunk, path, other)
			require.Equal(t, 0, got.code)
			require.Equal(t, output, got.stdout)
			require.Regexp(t, `\A1brc: bad rows: 2005, 4 of them cut to 65536 bytes in \S+\n\z`, got.stderr)
			require.True(t, rejectsOf(path, all)+rejectsOf(other, last) == rejects, "rejects differ")
		}
	}
	got := execute(t, nil, "--on-error=skip", path)
	require.Equal(t, "1brc: bad rows: 2004\n", got.stderr, "without a file nothing is cut")
	got = execute(t, nil, "--on-error=skip", other, "--stats")
	require.True(t, strings.HasPrefix(got.stderr, "1brc: bad rows: 1\nrows "), got.stderr)
}

func TestCleanInputHasNoRejects(t *testing.T) {
	got, rejects := skip(t, "a;1.0\n")
	require.Equal(t, outcome{0, "{a=1.0/1.0/1.0}\n", "1brc: bad rows: 0\n"}, got)
	require.Empty(t, rejects)
}

// TestMaxRejects has one bad row less than the limit, as many, and one more.
func TestMaxRejects(t *testing.T) {
	content := dirty()
	path := write(t, "dirty.txt", content)
	_, all := oracle.Skip(content)
	count := len(all)
	for _, limit := range []int{1, 2, 3, 700, count - 1, count, count + 1} {
		for _, workers := range []string{"1", "7"} {
			got, rejects := skip(t, "", "--max-rejects", fmt.Sprint(limit), "--workers", workers, "--chunk-size", "4KiB", path)
			require.True(t, rejectsOf(path, all[:min(limit, count)]) == rejects, "rejects up to the limit")
			if limit > count {
				require.Equal(t, 0, got.code)
				continue
			}
			last := all[limit-1]
			require.True(t, strings.HasPrefix(requireFailure(t, got), fmt.Sprintf("stopped at bad row %d (--max-rejects): %s:%d: byte %d: %s: ",
				limit, path, last.Line, last.Offset, last.Reason)), "%.300s", got.stderr)
		}
	}
	got := execute(t, strings.NewReader("x\n"), "--on-error", "skip", "--max-rejects", "1")
	require.Equal(t, `stopped at bad row 1 (--max-rejects): stdin:1: byte 0: missing-separator: "x"`, requireFailure(t, got))
}

// TestRejectsFileErrors names files that cannot be created or written.
func TestRejectsFileErrors(t *testing.T) {
	path := write(t, "dirty.txt", dirty())
	few := write(t, "few.txt", "x\na;1.0\n")
	missing := filepath.Join(t.TempDir(), "none", "rejects")
	for _, input := range []string{path, few} {
		got := execute(t, nil, "--on-error", "skip", "--rejects", missing, input)
		require.Equal(t, "--rejects: open "+missing+": no such file or directory", requireFailure(t, got))
		if _, err := os.Stat("/dev/full"); err != nil {
			t.Log("not tested: no /dev/full")
			continue
		}
		got = execute(t, nil, "--on-error", "skip", "--rejects", "/dev/full", input)
		require.Equal(t, "--rejects: write /dev/full: no space left on device", requireFailure(t, got))
	}
	if runtime.GOOS != "windows" {
		dir := t.TempDir()
		got := execute(t, nil, "--on-error", "skip", "--rejects", dir, few)
		require.Equal(t, "--rejects: open "+dir+": is a directory", requireFailure(t, got))
	}
}

// TestRejectsSparesInputs names files with --rejects that the run reads or writes,
// also by another name. They are not overwritten.
func TestRejectsSparesInputs(t *testing.T) {
	path := write(t, "rows.txt", "x\na;1.0\n")
	link := filepath.Join(filepath.Dir(path), "link")
	require.NoError(t, os.Link(path, link))
	for _, rejects := range []string{path, link, filepath.Dir(path) + "/./rows.txt"} {
		requireUsage(t, execute(t, nil, "--on-error", "skip", "--rejects", rejects, os.DevNull, path), "would overwrite the input "+path)
		for _, stdin := range []bool{true, false} {
			file, err := os.OpenFile(path, os.O_RDWR, 0)
			require.NoError(t, err)
			command := exec.Command(binary, "--on-error", "skip", "--rejects", rejects)
			want := "would overwrite /dev/stdout"
			if stdin {
				command.Stdin, want = file, "would overwrite /dev/stdin"
			} else {
				command.Stdout = file
			}
			requireUsage(t, finish(t, command), want)
			require.NoError(t, file.Close())
		}
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "x\na;1.0\n", string(content))
	}
	requireUsage(t, execute(t, nil, "--on-error", "skip", "--rejects", link+"2", "a\tb"), `with a tab or a line feed in its name: "a\tb"`)

	// Other files are replaced.
	old := write(t, "old", strings.Repeat("old", 1000))
	require.Equal(t, 0, execute(t, nil, "--on-error", "skip", "--rejects", old, path).code)
	content, err := os.ReadFile(old)
	require.NoError(t, err)
	require.Equal(t, path+"\t1\t0\tmissing-separator\tx\n", string(content))
}

// TestHopelessInputs reads inputs without any row. They end the run early, or are
// nothing but bad rows.
func TestHopelessInputs(t *testing.T) {
	program, err := os.ReadFile(binary)
	require.NoError(t, err)
	for name, content := range map[string][]byte{
		"a program": program[:min(len(program), 1<<20)], "semicolons": bytes.Repeat([]byte(";"), 1<<20),
		"zeros": make([]byte, 1<<20), "line feeds": bytes.Repeat([]byte("\n"), 1<<16),
	} {
		output, all := oracle.Skip(string(content))
		require.Equal(t, "{}\n", output)
		path := write(t, "hopeless", string(content))
		got := execute(t, nil, path)
		require.True(t, strings.HasPrefix(requireFailure(t, got), fmt.Sprintf("%s:1: byte 0: %s: ", path, all[0].Reason)), name)
		got, rejects := skip(t, "", path)
		requireSkipped(t, got, output, len(all))
		require.True(t, rejectsOf(path, all) == rejects, name)
	}
}
