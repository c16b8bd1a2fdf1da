//go:build amd64 || arm64

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/faultyfile"
	"onebrc/engine"
)

// TestUnreadableHalfWay reads a file with a second half that the disk cannot read, in
// each way and with each stage.
func TestUnreadableHalfWay(t *testing.T) {
	content := bytes.Repeat([]byte("a;1.0\n"), 1<<19) // 3 MiB
	path := faultyfile.FaultyFile(t, content, int64(len(content)/2))
	var ways [][]string
	for _, access := range cli.Texts(engine.Accesses()) {
		ways = append(ways, []string{"--access", access}, []string{"--access", access, "--workers", "1", "--chunk-size", "4KiB"})
	}
	for _, stage := range names() {
		ways = append(ways, []string{"--stage", stage})
	}
	for _, flags := range ways {
		got := requireFailure(t, execute(t, nil, append(flags, path)...))
		require.Equal(t, path+": input/output error", strings.TrimPrefix(got, "read "), "%q", flags) // a stage adds the call
	}
	input, err := os.Open(path)
	require.NoError(t, err)
	defer input.Close()
	require.Equal(t, "stdin: input/output error", requireFailure(t, execute(t, input)))
}

// TestTruncatedWhileReading truncates a file while the program reads it, in each way
// and with some stages.
func TestTruncatedWhileReading(t *testing.T) {
	ways := [][]string{{"--stage", "naive"}, {"--stage", "mapreduce"}, {"--stage", "mmap"}, {"--stage", "tiles"}}
	for _, access := range []string{string(engine.AccessMap), string(engine.AccessRead), string(engine.AccessCopy)} {
		ways = append(ways, []string{"--access", access, "--kernel", "generic"})
	}
	path := filepath.Join(t.TempDir(), "shrinking")
	for _, flags := range ways {
		content := bytes.Repeat([]byte("a;1.0\n"), 10<<20)
		got := outcome{}
		for attempt := 0; attempt < busyAttempts && got.code == 0; attempt++ {
			if attempt > 0 && 2*len(content) <= longestBytes { // it was too fast
				content = append(content, content...)
			}
			require.NoError(t, os.WriteFile(path, content, 0o666))
			command := exec.Command(binary, append(flags, "--workers", "1", path)...)
			got, _ = whileReading(t, command, path, func() { require.NoError(t, os.Truncate(path, int64(len(content)/4))) })
		}
		require.Equal(t, path+": truncated while reading", requireFailure(t, got), "%q", flags)
	}
}

// longestBytes is how long a file may get that a program reads faster than a test can
// disturb it.
const longestBytes = 512 << 20

// TestSignalWhileReading interrupts each way and each stage while it reads a file.
// Only the best of some attempts must be fast.
func TestSignalWhileReading(t *testing.T) {
	var ways [][]string
	for _, access := range cli.Texts(engine.Accesses()) {
		ways = append(ways, []string{"--access", access, "--kernel", "generic"})
	}
	for _, stage := range names() {
		ways = append(ways, []string{"--stage", stage})
	}
	rows := strings.Repeat("a;1.0\n", 10<<20)
	path := write(t, "rows.txt", rows)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(t, err)
	defer file.Close()
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	worst := time.Duration(0)
	for _, flags := range ways {
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			fastest := patience
			for attempt := 0; attempt < busyAttempts && fastest > 100*time.Millisecond; attempt++ {
				command := exec.Command(binary, append(flags, path)...)
				command.Dir = folder
				got, took := whileReading(t, command, path, func() { _ = command.Process.Signal(signal) })
				if got.code == 0 { // it was too fast
					if info, err := file.Stat(); err == nil && info.Size() < longestBytes {
						_, err = file.WriteString(rows)
						require.NoError(t, err)
					}
					continue
				}
				require.Equal(t, outcome{1, "", "1brc: interrupted\n"}, got, "%q", flags)
				fastest, worst = min(fastest, took), max(worst, took)
			}
			require.LessOrEqual(t, fastest, 100*time.Millisecond, "%q, %v", flags, signal)
		}
	}
	t.Logf("%d ways, two signals: the slowest run ended %v after its signal", len(ways), worst)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left, "temporary files")
}

// whileReading starts command, stops it as soon as it has the file at path open,
// calls do and continues it. It returns the time from there to the end. It also calls
// do if it never sees the file open.
func whileReading(t *testing.T, command *exec.Cmd, path string, do func()) (outcome, time.Duration) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	require.NoError(t, command.Start())
	for start := time.Now(); !hasOpen(command.Process.Pid, path) && time.Since(start) < time.Second; {
	}
	_ = command.Process.Signal(syscall.SIGSTOP)
	do()
	_ = command.Process.Signal(syscall.SIGCONT)
	start := time.Now()
	code := waitFor(t, command)
	return outcome{code, stdout.String(), stderr.String()}, time.Since(start)
}

// hasOpen reports whether a process has a file open or mapped.
func hasOpen(pid int, path string) bool {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return false
	}
	if bytes.Contains(maps, []byte(path)) {
		return true
	}
	open, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, link := range open {
		if target, err := os.Readlink(link); err == nil && target == path {
			return true
		}
	}
	return false
}
