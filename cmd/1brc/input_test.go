package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSeveralFiles(t *testing.T) {
	one := write(t, "one.txt", "a;1.0\nb;2.0") // without the last LF
	empty := write(t, "empty.txt", "")
	two := write(t, "two.txt", "a;3.0\nc;-0.0\n")
	bad := write(t, "bad.txt", "a;1.0\nx\n")
	const both = "{a=1.0/2.0/3.0, b=2.0/2.0/2.0, c=0.0/0.0/0.0}\n"
	require.Equal(t, success(both), execute(t, nil, one, empty, two))
	require.Equal(t, success(both), execute(t, nil, two, one))
	require.Equal(t, success("{a=1.0/1.0/1.0, b=2.0/2.0/2.0}\n"), execute(t, nil, one, one), "the same file twice")
	require.Equal(t, success(both), execute(t, strings.NewReader("a;1.0\nb;2.0"), "-", two))
	require.Equal(t, success(both), execute(t, strings.NewReader("a;1.0\nb;2.0"), empty, two, "-", empty))
	require.Equal(t, bad+`:2: byte 6: missing-separator: "x"`, requireFailure(t, execute(t, nil, one, bad, two)))
	require.Equal(t, `stdin:2: byte 6: missing-separator: "x"`,
		requireFailure(t, execute(t, strings.NewReader("a;1.0\nx\n"), one, "-", bad)), "the first in the order of the arguments")
	missing := filepath.Join(t.TempDir(), "missing")
	require.Equal(t, missing+": no such file or directory", requireFailure(t, execute(t, nil, one, missing)))
}

// TestFilesAlone checks that a command line of nothing but FILEs does what one with a flag
// does, which changes nothing.
func TestFilesAlone(t *testing.T) {
	dir := t.TempDir()
	one, bad := write(t, "one.txt", "a;1.0\nb;2.0"), write(t, "bad.txt", "a;1.0\nx\n")
	for _, args := range [][]string{
		{one}, {one, one}, {bad}, {one, bad}, {dir}, {dir + "/missing"}, {one, "missing"}, {one, "group"}, {one, ""},
		{"/dev/stdin"}, {"/dev/stdin", "/dev/stdin"}, {os.DevNull},
	} {
		require.True(t, areFiles(args), "%q", args)
		for _, flag := range []string{"--on-error=fail", "--"} {
			want := execute(t, strings.NewReader("c;3.0\n"), append([]string{flag}, args...)...)
			require.Equal(t, want, execute(t, strings.NewReader("c;3.0\n"), args...), "%q", args)
		}
	}
	for _, args := range [][]string{
		nil, {""}, {"-"}, {"file"}, {"group", one}, {one, "-"}, {one, "--workers", "1"}, {"--workers=0.5"}, {"-./x"},
	} {
		require.False(t, areFiles(args), "%q", args)
	}
	for _, command := range newCommand(nil).Commands() {
		require.False(t, areFiles([]string{command.Name(), one}), command.Name())
	}
}

func TestStdin(t *testing.T) {
	require.Equal(t, success("{}\n"), execute(t, nil), "the null device")
	require.Equal(t, success("{}\n"), execute(t, strings.NewReader("")))
	require.Equal(t, success("{}\n"), execute(t, strings.NewReader(""), "-"))
	file, err := os.Open(write(t, "rows.txt", "a;1.0\n"))
	require.NoError(t, err)
	defer file.Close()
	require.Equal(t, success("{a=1.0/1.0/1.0}\n"), execute(t, file), "a file, not a pipe")
	requireUsage(t, execute(t, strings.NewReader("a;1.0\n"), "-", "-"), "standard input can be read only once")
	one := write(t, "one.txt", "b;1.0\n")
	requireUsage(t, execute(t, strings.NewReader("a;1.0\n"), "-", one, "-"), "standard input can be read only once")
}

func TestFileNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"-", "--workers", "-x", "help", "completion", "compare", "group", "bash", "a b;c", "ü\xff"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("a;1.0\n"), 0o666); err != nil {
			t.Logf("%q: %v", name, err)
			continue // a file system that refuses the name
		}
		want := success("{a=1.0/1.0/1.0}\n")
		require.Equal(t, want, execute(t, nil, filepath.Join(dir, name)))
		inside := exec.Command(binary, "."+string(filepath.Separator)+name)
		inside.Dir = dir
		require.Equal(t, want, finish(t, inside))
		if name == "-" {
			continue
		}
		// After "--" nothing is a flag or a command.
		inside = exec.Command(binary, "--", name)
		inside.Dir = dir
		require.Equal(t, want, finish(t, inside), name)
	}
}

func TestFileErrors(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing")
	require.Equal(t, missing+": no such file or directory", requireFailure(t, execute(t, nil, missing)))
	require.Equal(t, `"": no such file or directory`, requireFailure(t, execute(t, nil, "")))
	require.Equal(t, dir+": is a directory", requireFailure(t, execute(t, nil, dir)))
	under := filepath.Join(write(t, "file", "a;1.0\n"), "x")
	require.Equal(t, under+": not a directory", requireFailure(t, execute(t, nil, under)))
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink(loop, loop); err == nil {
		require.Equal(t, loop+": too many levels of symbolic links", requireFailure(t, execute(t, nil, loop)))
	}
}

func TestSpecialFiles(t *testing.T) {
	require.Equal(t, success("{}\n"), execute(t, nil, os.DevNull))
	const proc = "/proc/version" // its size is 0
	content, err := os.ReadFile(proc)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no " + proc)
	}
	require.NoError(t, err)
	require.NotContains(t, string(content), ";")
	require.True(t, strings.HasPrefix(requireFailure(t, execute(t, nil, proc)), proc+`:1: byte 0: missing-separator: "Linux version `))
}

// TestMaxMemory has more names than the allowed memory holds.
func TestMaxMemory(t *testing.T) {
	path := generate(t, "--rows", "1e5", "--profile", "unique")
	little := execute(t, nil, "--max-memory", "20MiB", "--workers", "1", path)
	require.Equal(t, 0, little.code)
	require.True(t, little == execute(t, nil, "--max-memory", "100MiB", "--workers", "1", path))
}
