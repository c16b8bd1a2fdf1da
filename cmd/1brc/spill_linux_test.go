package main

import (
	"bytes"
	"fmt"
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

// spilling are flags with which uniqueRows are written to temporary files.
var spilling = []string{"--workers", "2", "--max-memory", "16MiB"}

// uniqueRows returns n rows of names of their own.
func uniqueRows(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "%070x;%d.%d\n", uint32(i)*2654435761, i%100, i%10)
	}
	return b.Bytes()
}

// TestSpill compares runs that write temporary files with one that does not.
func TestSpill(t *testing.T) {
	path, folder := write(t, "rows.txt", string(uniqueRows(400_000))), t.TempDir()
	want := execute(t, nil, path)
	require.Equal(t, 0, want.code)
	require.True(t, want == execute(t, nil, append(spilling, path)...), "the default folder")
	got := execute(t, nil, append(spilling, "--temp-dir", folder, "--stats=json", path)...)
	require.True(t, want.stdout == got.stdout)
	stats := decodeStats(t, got)
	require.Equal(t, 400_000, stats.Names)
	require.Greater(t, stats.Run.SpilledBytes, int64(16<<20))
	require.Positive(t, stats.Run.Partitions)
	require.Positive(t, stats.Run.SortSeconds)
	got = execute(t, nil, append(spilling, "--temp-dir", folder, "--stats", path)...)
	require.Regexp(t, `\npartitions +\d+\nin temporary files +[0-9.]+ MiB\n`, got.stderr)
	require.Empty(t, entries(t, folder))

	require.Contains(t, requireFailure(t, execute(t, nil, append(spilling, "--no-spill", path)...)), "over the memory limit")
	require.Contains(t, requireFailure(t, execute(t, nil, append(spilling, "--temp-dir", "/proc", path)...)),
		"temporary file in /proc: no such file or directory")
	require.Contains(t, requireFailure(t, finish(t, limited("-f 100", append(spilling, "--temp-dir", folder, path)...))),
		"temporary file in "+folder+": file too large")
	require.Empty(t, entries(t, folder))
}

// TestSpillAndLeave leaves after the first bytes of a result.
func TestSpillAndLeave(t *testing.T) {
	path, folder := write(t, "rows.txt", string(uniqueRows(400_000))), t.TempDir()
	args := append([]string{"-c", `{ "$0" "$@"; echo "code $?" >&2; } | head -c 7`, binary}, append(spilling, "--temp-dir", folder, path)...)
	out, err := exec.Command("sh", args...).CombinedOutput()
	require.NoError(t, err)
	require.Contains(t, string(out), "code 0\n")
	require.Empty(t, entries(t, folder))
}

// spills reports whether a process has a file in folder open.
func spills(pid int, folder string) bool {
	open, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, link := range open {
		if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, folder) {
			return true
		}
	}
	return false
}

// TestSignalWhileSpilling ends a run that has temporary files, while it reads its input
// and while it writes the result.
func TestSignalWhileSpilling(t *testing.T) {
	rows := uniqueRows(400_000)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		for _, writing := range []bool{false, true} {
			folder := t.TempDir()
			command := exec.Command(binary, append(spilling, "--temp-dir", folder)...)
			input, err := command.StdinPipe()
			require.NoError(t, err)
			output, result, err := os.Pipe()
			require.NoError(t, err)
			var stderr bytes.Buffer
			command.Stdout, command.Stderr = result, &stderr
			require.NoError(t, command.Start())
			_, err = input.Write(rows)
			require.NoError(t, err)
			require.Eventually(t, func() bool { return spills(command.Process.Pid, folder) }, patience, time.Millisecond)
			if writing {
				require.NoError(t, input.Close())
				_, err = io.ReadFull(output, make([]byte, 10))
				require.NoError(t, err)
			}
			require.NoError(t, command.Process.Signal(signal))
			code := waitFor(t, command) // without the signal, it would wait forever
			require.Empty(t, entries(t, folder), "%v", signal)
			if signal != syscall.SIGKILL {
				require.Equal(t, 1, code)
				require.Equal(t, "1brc: interrupted\n", stderr.String())
			}
			require.NoError(t, output.Close())
			require.NoError(t, result.Close())
		}
	}
}
