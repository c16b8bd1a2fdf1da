//go:build unix

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// shell runs the program as "$0" in a script, with args as "$@".
func shell(t *testing.T, script string, args ...string) outcome {
	t.Helper()
	return finish(t, exec.Command("sh", append([]string{"-c", script, binary}, args...)...))
}

func TestClosedStreams(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems do not show what replaces a closed stream")
	}
	path := write(t, "rows.txt", "a;1.0\nx\n")
	for _, script := range []string{`"$0" <&-`, `"$0" - <&-`, `"$0" "$1" - <&-`} {
		require.Contains(t, requireFailure(t, shell(t, script, path)), "standard input is closed", script)
	}
	got := shell(t, `"$0" --on-error skip "$1" >&-`, path)
	require.Contains(t, got.stderr, "1brc: warning: the result is lost: standard output is closed")
	require.Equal(t, 0, got.code, "Python and Node start programs like this to discard the output")

	require.Equal(t, outcome{0, "", "1brc: bad rows: 1\n"}, shell(t, `"$0" --on-error skip "$1" >/dev/null`, path))
	require.Equal(t, success("{}\n"), shell(t, `"$0" </dev/null`))
	require.Equal(t, outcome{0, "{a=1.0/1.0/1.0}\n", "1brc: bad rows: 1\n"}, shell(t, `"$0" --on-error skip "$1" <&-`, path))
}

// TestFullError checks that a run fails if it cannot print the number of bad rows.
func TestFullError(t *testing.T) {
	path := write(t, "rows.txt", "a;1.0\nx\n")
	for _, stats := range []string{"", "--stats", "--stats=json"} {
		got := shell(t, `"$0" --on-error skip `+stats+` "$1" 2>&-; echo "code $?"`, path)
		require.Contains(t, got.stdout, "code ")
		if _, err := os.Stat("/dev/full"); err == nil {
			got = shell(t, `"$0" --on-error skip `+stats+` "$1" 2>/dev/full; echo "code $?"`, path)
			require.Equal(t, success("{a=1.0/1.0/1.0}\ncode 1\n"), got, stats)
		}
	}
}

// TestStdinTwice names standard input twice, by different names.
func TestStdinTwice(t *testing.T) {
	if _, err := os.Stat("/dev/stdin"); err != nil {
		t.Skip("no /dev/stdin")
	}
	path := write(t, "rows.txt", "a;1.0\n")
	fifo := filepath.Join(t.TempDir(), "fifo")
	require.NoError(t, syscall.Mkfifo(fifo, 0o666))
	for _, args := range [][]string{{"-", "/dev/stdin"}, {"/dev/fd/0", path, "-"}, {"/dev/stdin", "/dev//stdin"}} {
		requireUsage(t, execute(t, strings.NewReader("a;1.0\n"), args...), "standard input can be read only once, got ")
		file, err := os.Open(path)
		require.NoError(t, err)
		requireUsage(t, execute(t, file, args...), "standard input can be read only once, got ")
		require.NoError(t, file.Close())
	}
	both, err := os.OpenFile(fifo, os.O_RDWR, 0)
	require.NoError(t, err)
	defer both.Close()
	requireUsage(t, execute(t, both, "-", fifo), "standard input can be read only once, got ")
	require.Equal(t, success("{a=1.0/1.0/1.0}\n"), execute(t, strings.NewReader("a;1.0\n"), "/dev/stdin"))
}

// rejectsFIFO starts the program with a new FIFO for rejects and an input of bad rows
// through a pipe.
func rejectsFIFO(t *testing.T) (command *exec.Cmd, stderr *bytes.Buffer, input io.WriteCloser, fifo string) {
	t.Helper()
	fifo = filepath.Join(t.TempDir(), "fifo")
	require.NoError(t, syscall.Mkfifo(fifo, 0o666))
	command = exec.Command(binary, "--on-error", "skip", "--rejects", fifo)
	stderr = new(bytes.Buffer)
	command.Stderr = stderr
	input, err := command.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	return command, stderr, input, fifo
}

func TestRejectsFIFO(t *testing.T) {
	command, stderr, input, fifo := rejectsFIFO(t)
	reader, err := os.Open(fifo)
	require.NoError(t, err)
	defer reader.Close()
	_, err = input.Write([]byte("x\na;1.0\n"))
	require.NoError(t, err)
	require.NoError(t, input.Close())
	rejects, err := io.ReadAll(reader)
	require.NoError(t, err)
	require.Equal(t, "stdin\t1\t0\tmissing-separator\tx\n", string(rejects))
	require.Equal(t, 0, waitFor(t, command))
	require.Equal(t, "1brc: bad rows: 1\n", stderr.String())
}

// TestRejectsReaderLeaves closes the reader before the rows come.
func TestRejectsReaderLeaves(t *testing.T) {
	command, stderr, input, fifo := rejectsFIFO(t)
	reader, err := os.Open(fifo)
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	_, err = input.Write([]byte("x\n"))
	require.NoError(t, err)
	require.NoError(t, input.Close())
	require.Equal(t, 1, waitFor(t, command))
	require.Equal(t, "1brc: --rejects: write "+fifo+": broken pipe\n", stderr.String())
}

// TestSignalWithoutReader interrupts the wait for the reader of a FIFO.
func TestSignalWithoutReader(t *testing.T) {
	interruptAfter(t, 200*time.Millisecond, func() (*exec.Cmd, *bytes.Buffer) {
		command, stderr, _, _ := rejectsFIFO(t)
		return command, stderr
	}, "1brc: interrupted\n")
}

// TestSignalDiscardsRejects interrupts a run. The old file stays, and nothing else.
func TestSignalDiscardsRejects(t *testing.T) {
	old := write(t, "old", oldContent)
	command := exec.Command(binary, "--on-error", "skip", "--rejects", old)
	input, err := command.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	_, err = input.Write([]byte("x\n"))
	require.NoError(t, err)
	dir := filepath.Dir(old)
	require.Eventually(t, func() bool { return len(entries(t, dir)) == 2 }, patience, 10*time.Millisecond)
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.Equal(t, 1, waitFor(t, command))
	require.Equal(t, []string{"old"}, entries(t, dir))
	content, err := os.ReadFile(old)
	require.NoError(t, err)
	require.Equal(t, oldContent, string(content))
}
