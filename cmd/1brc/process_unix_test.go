//go:build unix

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestClosedPipeIsSuccess(t *testing.T) {
	many := generate(t, "--rows", "1e5", "--profile", "10k") // a result larger than a pipe holds
	for _, path := range []string{write(t, "rows.txt", "a;1.0\n"), many} {
		reader, writer, err := os.Pipe()
		require.NoError(t, err)
		require.NoError(t, reader.Close())
		command := exec.Command(binary, path)
		command.Stdout = writer
		require.Equal(t, outcome{}, finish(t, command))
		require.NoError(t, writer.Close())
	}
	out, err := exec.Command("sh", "-c", `{ "$0" "$1"; echo "code $?" >&2; } | head -c 7`, binary, many).CombinedOutput()
	require.NoError(t, err)
	require.Contains(t, string(out), "code 0\n")
	require.Len(t, string(out), len("code 0\n")+7)
}

func TestFullOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full")
	}
	defer full.Close()
	path := write(t, "rows.txt", "a;1.0\n")
	for _, args := range [][]string{{path}, {"--stats", path}} {
		command := exec.Command(binary, args...)
		command.Stdout = full
		got := finish(t, command)
		require.Equal(t, "standard output: write /dev/stdout: no space left on device", requireFailure(t, got))
	}
}

// busyAttempts is how often a test may try what must be fast once: the machine may be busy.
const busyAttempts = 30

// TestSignalWhileWaiting interrupts a run that waits for more input. Only the best of
// some attempts must be fast.
func TestSignalWhileWaiting(t *testing.T) {
	rows := strings.Repeat("a;1.0\n", 50_000)
	require.Greater(t, len(rows), 4*65536, "more than a pipe holds, so that the program must be reading")
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		fastest := patience
		for attempt := 0; attempt < busyAttempts && fastest > 100*time.Millisecond; attempt++ {
			command := exec.Command(binary)
			input, err := command.StdinPipe()
			require.NoError(t, err)
			var stdout, stderr bytes.Buffer
			command.Stdout, command.Stderr = &stdout, &stderr
			require.NoError(t, command.Start())
			_, err = input.Write([]byte(rows))
			require.NoError(t, err)
			start := time.Now()
			require.NoError(t, command.Process.Signal(signal))
			code := waitFor(t, command)
			fastest = min(fastest, time.Since(start))
			require.Equal(t, outcome{1, "", "1brc: interrupted\n"}, outcome{code, stdout.String(), stderr.String()})
		}
		require.LessOrEqual(t, fastest, 100*time.Millisecond, "%v", signal)
	}
}

// interruptAfter starts the program and interrupts it some time later, when it should
// wait or work. It tries again and waits longer if that was before the program was ready
// for signals, as on a busy machine.
func interruptAfter(t *testing.T, wait time.Duration, start func() (*exec.Cmd, *bytes.Buffer), message string) {
	t.Helper()
	for code := -1; code == -1; wait *= 2 {
		require.Less(t, wait, patience, "the signal ended the program")
		command, stderr := start()
		time.Sleep(wait)
		require.NoError(t, command.Process.Signal(os.Interrupt))
		if code = waitFor(t, command); code != -1 {
			require.Equal(t, 1, code)
			require.Equal(t, message, stderr.String())
		}
	}
}

func TestCompareIsInterrupted(t *testing.T) {
	path := generate(t, "--rows", "2e6")
	interruptAfter(t, 500*time.Millisecond, func() (*exec.Cmd, *bytes.Buffer) {
		command := exec.Command(binary, "compare", "--stages", "naive", "--runs", "1000", path)
		var stderr bytes.Buffer
		command.Stderr = &stderr
		require.NoError(t, command.Start())
		return command, &stderr
	}, "1brc compare: interrupted\n")
}

// TestSignalWhileWorking interrupts a run that has much to do, and checks that its
// profile is complete.
func TestSignalWhileWorking(t *testing.T) {
	dir := t.TempDir()
	fifo, cpu := filepath.Join(dir, "fifo"), filepath.Join(dir, "cpu")
	require.NoError(t, syscall.Mkfifo(fifo, 0o666))
	command := exec.Command(binary, "--cpuprofile", cpu, fifo)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	require.NoError(t, command.Start())
	writer, err := os.OpenFile(fifo, os.O_WRONLY, 0)
	require.NoError(t, err)
	go func() {
		rows := bytes.Repeat([]byte("a;1.0\n"), 10_000)
		for { // until the program has ended
			if _, err := writer.Write(rows); err != nil {
				return
			}
		}
	}()
	time.Sleep(50 * time.Millisecond)
	require.NoError(t, command.Process.Signal(syscall.SIGINT))
	require.Equal(t, 1, waitFor(t, command))
	require.Equal(t, "1brc: interrupted\n", stderr.String())
	require.NoError(t, writer.Close())
	require.Contains(t, top(t, cpu), "Type: cpu\n")
}

func TestFIFO(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	require.NoError(t, syscall.Mkfifo(fifo, 0o666))
	written := make(chan error, 1)
	go func() {
		writer, err := os.OpenFile(fifo, os.O_WRONLY, 0)
		if err == nil {
			_, err = writer.WriteString(strings.Repeat("a;1.0\nb;2.0\n", 1e5) + "a;4.0")
			_ = writer.Close()
		}
		written <- err
	}()
	require.Equal(t, success("{a=1.0/1.0/4.0, b=2.0/2.0/2.0}\n"), execute(t, nil, fifo))
	require.NoError(t, <-written)
}

func TestDirectoryOnStdin(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	require.NoError(t, err)
	defer dir.Close()
	require.Equal(t, "stdin: is a directory", requireFailure(t, execute(t, dir)))
}

// TestUnreadableFile reads a file without permission. Root may read every file, so
// that the program then runs as another user.
func TestUnreadableFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "secret")
	require.NoError(t, os.WriteFile(path, []byte("a;1.0\n"), 0))
	command := exec.Command(binary, path)
	if os.Geteuid() == 0 {
		const nobody = 65534
		require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		trial := exec.Command(binary, "--version")
		trial.SysProcAttr = command.SysProcAttr
		if err := trial.Run(); err != nil {
			t.Skipf("root may read every file, and cannot become another user here: %v", err)
		}
	}
	require.Equal(t, path+": permission denied", requireFailure(t, finish(t, command)))
}

// TestSignalTwice checks that the second of two signals that come at once does not
// keep the program from removing its temporary files.
func TestSignalTwice(t *testing.T) {
	for delay := time.Duration(0); delay < 3*time.Millisecond; delay += 100 * time.Microsecond {
		folder := t.TempDir()
		command := exec.Command(binary, "--on-error", "skip", "--rejects", "rejects", "--cpuprofile", "profile", "-")
		command.Dir = folder
		stdin, err := command.StdinPipe()
		require.NoError(t, err)
		_, err = io.WriteString(stdin, "bad\na;1.0\n")
		require.NoError(t, err)
		var stderr bytes.Buffer
		command.Stderr = &stderr
		require.NoError(t, command.Start())
		require.Eventually(t, func() bool {
			entries, err := os.ReadDir(folder)
			return err == nil && len(entries) == 2
		}, patience, time.Millisecond)
		require.NoError(t, command.Process.Signal(syscall.SIGTERM))
		time.Sleep(delay)
		_ = command.Process.Signal(syscall.SIGTERM)
		require.Equal(t, 1, waitFor(t, command))
		require.Equal(t, "1brc: interrupted\n", stderr.String())
		entries, err := os.ReadDir(folder)
		require.NoError(t, err)
		require.Len(t, entries, 1, "the profile, and no temporary file")
	}
}
