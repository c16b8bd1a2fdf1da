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
	"golang.org/x/sys/unix"
)

// TestSparkInterrupt interrupts a job in Spark.
func TestSparkInterrupt(t *testing.T) {
	home := sparkHome(t)
	program, runs := sparkProgram(t, "echo $$ $PPID >\"$runs/pids.new\"; mv \"$runs/pids.new\" \"$runs/pids\"; exec sleep 1000")
	stopSpark(t, home, filepath.Join(runs, "pids"), syscall.SIGINT, "--program", program)
}

// TestSparkInterruptScript sends signals to a job whose spark-sql is a script. After
// SIGKILL only the kernel can end the process that 1brc spark has started, so that
// process has no children in this case.
func TestSparkInterruptScript(t *testing.T) {
	for _, sent := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		home := t.TempDir()
		pids := filepath.Join(home, "pids")
		script := "sleep 1000 & echo $$ $! >'" + pids + ".new'; mv '" + pids + ".new' '" + pids + "'; wait"
		if sent == syscall.SIGKILL {
			script = "echo $$ >'" + pids + ".new'; mv '" + pids + ".new' '" + pids + "'; exec sleep 1000"
		}
		require.NoError(t, os.Mkdir(filepath.Join(home, "bin"), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(home, "bin", "spark-sql"), []byte("#!/bin/sh\n"+script+"\n"), 0o700))
		stopSpark(t, home, pids, sent)
	}
}

// stopSpark sends a signal to a job of a small file when the file pids is there, and
// checks that none of the processes that it lists stays.
func stopSpark(t *testing.T, home, pids string, sent syscall.Signal, args ...string) {
	t.Helper()
	temp := t.TempDir()
	args = append([]string{"spark", "--spark-home", home, "--temp-dir", temp}, args...)
	command := exec.Command(binary, append(args, write(t, "rows", "a;1.0\n"))...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() }) // if the test fails
	var text []byte
	require.Eventually(t, func() bool {
		var err error
		text, err = os.ReadFile(pids)
		return err == nil
	}, 2*time.Minute, 10*time.Millisecond)
	require.NoError(t, command.Process.Signal(sent))
	code := waitFor(t, command)
	entries, err := os.ReadDir(temp)
	require.NoError(t, err)
	if sent == syscall.SIGKILL {
		require.Len(t, entries, 1, "its own folder")
	} else {
		require.Equal(t, 1, code)
		require.Equal(t, "1brc spark: interrupted\n", stderr.String())
		require.Empty(t, entries)
	}
	for _, pid := range strings.Fields(string(text)) {
		require.Eventually(t, func() bool { return hasEnded(pid) }, patience, 10*time.Millisecond, "process %s", pid)
	}
}

// TestSparkTaskEndsWithParent ends the process that started a task, which waits for ranges.
func TestSparkTaskEndsWithParent(t *testing.T) {
	ranges, writer, err := os.Pipe()
	require.NoError(t, err)
	defer ranges.Close()
	defer writer.Close() // not before the task has ended
	parent := exec.Command("sh", "-c", `"$0" spark-task <&3 >/dev/null 2>&1 & echo $!; read line`, binary)
	parent.ExtraFiles = []*os.File{ranges}
	stdin, err := parent.StdinPipe()
	require.NoError(t, err)
	stdout, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	pid, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	pid = strings.TrimSpace(pid)
	// The task must have seen its parent, which it does before it reads.
	_, err = writer.WriteString("x")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		left, err := unix.IoctlGetInt(int(ranges.Fd()), unix.TIOCINQ)
		return err == nil && left == 0
	}, patience, time.Millisecond)
	time.Sleep(100 * time.Millisecond)
	require.False(t, hasEnded(pid))
	require.NoError(t, stdin.Close())
	waitFor(t, parent)
	require.Eventually(t, func() bool { return hasEnded(pid) }, patience, 10*time.Millisecond)
}
