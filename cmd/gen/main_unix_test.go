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

// patience bounds every wait for the program.
const patience = 20 * time.Second

// waitFor waits for the program to end and returns its exit code.
func waitFor(t *testing.T, command *exec.Cmd) int {
	t.Helper()
	timer := time.AfterFunc(patience, func() { _ = command.Process.Kill() })
	_ = command.Wait() // the state says it all
	require.True(t, timer.Stop(), "the program did not end")
	return command.ProcessState.ExitCode()
}

func TestSignalRemovesTemporaryFile(t *testing.T) {
	const old = "what was here before\n"
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		dir := t.TempDir()
		path := filepath.Join(dir, "rows.txt")
		require.NoError(t, os.WriteFile(path, []byte(old), 0o666))
		// Five terabytes would be next; it is stopped at the first bytes.
		command := exec.Command(binary, "--rows", "400G", "--workers", "2", "-o", path)
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

// TestSignalWithStalledReader interrupts a write that nobody reads.
func TestSignalWithStalledReader(t *testing.T) {
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	defer reader.Close()
	command := exec.Command(binary, "--rows", "1e6", "-o", "-")
	var stderr bytes.Buffer
	command.Stdout, command.Stderr = writer, &stderr
	require.NoError(t, command.Start())
	require.NoError(t, writer.Close())
	_, err = bufio.NewReaderSize(reader, 16).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.Equal(t, 1, waitFor(t, command))
	require.Equal(t, "gen: interrupted\n", stderr.String())
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

// TestFileSizeLimit makes a write in the middle of the temporary file fail.
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
	require.Equal(t, 1, command.ProcessState.ExitCode(), "a full disk is no closed pipe")
	require.Contains(t, string(out), syscall.ENOSPC.Error())
}

func TestReadOnlyFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write to any folder")
	}
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o555))
	got := execute(t, t.TempDir(), "--rows", "10", "-o", filepath.Join(dir, "rows.txt"))
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "permission denied")
	require.Empty(t, entriesOf(t, dir))
}
