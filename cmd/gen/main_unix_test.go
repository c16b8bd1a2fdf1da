//go:build unix

package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/gen"
)

// patience is how long a test waits for the program, on a busy machine.
const patience = time.Minute

// waitFor waits for the program to end and returns its exit code.
func waitFor(t *testing.T, command *exec.Cmd) int {
	t.Helper()
	timer := time.AfterFunc(patience, func() { _ = command.Process.Kill() })
	_ = command.Wait() // the caller checks the exit code
	require.True(t, timer.Stop(), "the program did not end")
	return command.ProcessState.ExitCode()
}

func TestSignalRemovesTemporaryFile(t *testing.T) {
	const old = "what was here before\n"
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		dir := t.TempDir()
		path := filepath.Join(dir, "rows.txt")
		require.NoError(t, os.WriteFile(path, []byte(old), 0o666))
		// All rows would be five terabytes; the test stops the program at the first bytes.
		command := exec.Command(binary, "--rows", "400G", "--workers", "2", "-o", path,
			"--corrupt", "0.01", "--corrupt-list", filepath.Join(dir, "list.txt"))
		var stderr bytes.Buffer
		command.Stderr = &stderr
		require.NoError(t, command.Start())
		require.Eventually(t, func() bool {
			temporary, err := filepath.Glob(filepath.Join(dir, ".rows.txt.*.tmp"))
			require.NoError(t, err)
			if len(temporary) != 1 {
				return false
			}
			info, err := os.Stat(temporary[0])
			return err == nil && info.Size() > 0
		}, patience, time.Millisecond)
		require.NoError(t, command.Process.Signal(sig))
		require.Equal(t, 1, waitFor(t, command))
		require.Equal(t, "gen: interrupted\n", stderr.String())
		require.Equal(t, []string{"rows.txt"}, entriesOf(t, dir))
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, old, string(got))
	}
}

// TestSignalWithStalledReader interrupts a write to a pipe whose reader has stopped
// reading.
func TestSignalWithStalledReader(t *testing.T) {
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	defer reader.Close()
	dir := t.TempDir()
	command := exec.Command(binary, "--rows", "1e6", "-o", "-",
		"--corrupt", "0.01", "--corrupt-list", filepath.Join(dir, "list.txt"))
	var stderr bytes.Buffer
	command.Stdout, command.Stderr = writer, &stderr
	require.NoError(t, command.Start())
	require.NoError(t, writer.Close())
	_, err = bufio.NewReaderSize(reader, 16).ReadString('\n')
	require.NoError(t, err)
	require.Len(t, entriesOf(t, dir), 1, "the temporary list")
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.Equal(t, 1, waitFor(t, command))
	require.Equal(t, "gen: interrupted\n", stderr.String())
	require.Empty(t, entriesOf(t, dir))
}

func TestClosedPipeIsSuccess(t *testing.T) {
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	command := exec.Command(binary, "--rows", "1e6", "-o", "-")
	var stderr bytes.Buffer
	command.Stdout, command.Stderr = writer, &stderr
	require.NoError(t, command.Start())
	require.NoError(t, writer.Close())
	first, err := bufio.NewReader(reader).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	require.Equal(t, 0, waitFor(t, command))
	require.Empty(t, stderr.String())
	require.Equal(t, library(t, gen.Options{Rows: 1, Seed: 1}), first)
}

// TestFileSizeLimit lets a write in the middle of the temporary file fail.
func TestFileSizeLimit(t *testing.T) {
	dir := t.TempDir()
	command := exec.Command("sh", "-c", `ulimit -f 2000 && exec "$0" --rows 1e7 --workers 3 -o rows.txt`, binary)
	command.Dir = dir
	out, err := command.CombinedOutput()
	require.Error(t, err)
	require.Equal(t, 1, command.ProcessState.ExitCode(), "%s", out)
	require.True(t, strings.HasPrefix(string(out), "gen: write "), "%s", out)
	require.Contains(t, string(out), syscall.EFBIG.Error())
	require.Empty(t, entriesOf(t, dir))
}

func TestFullDisk(t *testing.T) {
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skip("no " + full)
	}
	got := execute(t, t.TempDir(), "--rows", "10", "-o", full)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "gen: write /dev/full: "+syscall.ENOSPC.Error())

	command := exec.Command("sh", "-c", `exec "$0" --rows 10 -o - >/dev/full`, binary)
	out, _ := command.CombinedOutput()
	require.Equal(t, 1, command.ProcessState.ExitCode(), "a full disk is not a closed pipe")
	require.Contains(t, string(out), syscall.ENOSPC.Error())
}

func TestListIsNotTheOutput(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rows.txt"), []byte("old"), 0o666))
	require.NoError(t, os.Symlink("rows.txt", filepath.Join(dir, "list.txt")))
	got := execute(t, dir, "--rows", "10", "-o", "rows.txt", "--corrupt-list", "list.txt")
	require.Equal(t, 2, got.code)
	require.Contains(t, got.stderr, "must be different files")
	require.NoError(t, os.Symlink("new.txt", filepath.Join(dir, "dangling.txt")))
	require.NoError(t, os.Symlink(".", filepath.Join(dir, "here")))
	got = execute(t, dir, "--rows", "10", "-o", filepath.Join(dir, "here", "new.txt"), "--corrupt-list", "dangling.txt")
	require.Equal(t, 2, got.code)
	require.Contains(t, got.stderr, "must be different files")
	require.Equal(t, result{}, execute(t, dir, "--rows", "10", "-o", os.DevNull, "--corrupt-list", os.DevNull))
}

// TestFullDiskUnderList lets the list fail when the output is complete and only its
// rename is left.
func TestFullDiskUnderList(t *testing.T) {
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skip("no " + full)
	}
	dir := t.TempDir()
	got := execute(t, dir, "--rows", "10", "--corrupt", "0.1", "--corrupt-list", full)
	require.Equal(t, result{1, "", "gen: write /dev/full: " + syscall.ENOSPC.Error() + "\n"}, got)
	require.Empty(t, entriesOf(t, dir))
}

// TestReadOnlyFolder runs the program as nobody if the test runs as root, because
// root may write to any folder.
func TestReadOnlyFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "rows.txt")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o666))
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	require.NoError(t, os.Chmod(dir, 0o555))
	var user *syscall.SysProcAttr
	if os.Geteuid() == 0 {
		const nobody = 65534
		user = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		probe := exec.Command("sh", "-c", `test -r "$0" && test -x "$1"`, path, binary)
		probe.SysProcAttr = user
		if err := probe.Run(); err != nil {
			t.Skipf("another user cannot reach %s: %v", path, err)
		}
	}
	for _, flags := range [][]string{
		{"-o", path},
		{"-o", filepath.Join(dir, "new.txt")},
		{"-o", os.DevNull, "--corrupt-list", path},
	} {
		command := exec.Command(binary, append(flags, "--rows", "10")...)
		command.SysProcAttr = user
		out, err := command.CombinedOutput()
		require.Error(t, err)
		require.Equal(t, 1, command.ProcessState.ExitCode(), "%s", out)
		require.Regexp(t, `\Agen: open [^\n]*: permission denied\n\z`, string(out))
		require.Equal(t, []string{"rows.txt"}, entriesOf(t, dir))
	}
}
