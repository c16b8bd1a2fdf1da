package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// limited returns a command that runs the program under a limit of ulimit.
func limited(limit string, args ...string) *exec.Cmd {
	return exec.Command("sh", append([]string{"-c", "ulimit " + limit + ` && exec "$0" "$@"`, binary}, args...)...)
}

// TestLimitsOfMemory sets limits that are enough for the Go runtime to start, but not
// for what the program asks for.
func TestLimitsOfMemory(t *testing.T) {
	const (
		addressSpace = "-v 4194304" // 4 GiB
		data         = "-d 1048576" // 1 GiB
	)
	path := write(t, "rows.txt", "a;1.0\n")
	sparse := filepath.Join(t.TempDir(), "sparse")
	require.NoError(t, os.WriteFile(sparse, []byte("a;1.0\n"), 0o666))
	require.NoError(t, os.Truncate(sparse, 8<<30))
	for _, limit := range []string{addressSpace, data} {
		require.Equal(t, success("{a=1.0/1.0/1.0}\n"), finish(t, limited(limit, path)), limit)
		// The tables of 2,000 workers take more than that.
		got := requireFailure(t, finish(t, limited(limit, "--workers", "2000", path)))
		require.Regexp(t, `^table: (\d+ slots|\d+ bytes of names): cannot allocate memory$`, got, limit)
	}
	got := requireFailure(t, finish(t, limited(addressSpace, "--access", "map", sparse)))
	require.Equal(t, sparse+": mmap: cannot allocate memory", got)
	got = requireFailure(t, finish(t, limited(addressSpace, "--access", "auto", sparse)))
	require.Contains(t, got, sparse+":2: byte 6: row-too-long", "read, as it can't be mapped")
}

// TestLimitOfFileSize writes a result that is longer than a file may be.
func TestLimitOfFileSize(t *testing.T) {
	many := generate(t, "--rows", "1e5", "--profile", "10k")
	output, err := os.Create(filepath.Join(t.TempDir(), "result"))
	require.NoError(t, err)
	defer output.Close()
	command := limited("-f 8", many)
	command.Stdout = output
	require.Equal(t, "standard output: write /dev/stdout: file too large", requireFailure(t, finish(t, command)))
}

// TestSlowReader reads a result in small pieces from a small pipe.
func TestSlowReader(t *testing.T) {
	many := generate(t, "--rows", "1e5", "--profile", "10k")
	want := execute(t, nil, many)
	require.Equal(t, 0, want.code)
	require.Greater(t, len(want.stdout), 200_000)
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	defer reader.Close()
	_, err = unix.FcntlInt(writer.Fd(), unix.F_SETPIPE_SZ, os.Getpagesize())
	require.NoError(t, err)
	command := exec.Command(binary, many)
	var stderr bytes.Buffer
	command.Stdout, command.Stderr = writer, &stderr
	require.NoError(t, command.Start())
	require.NoError(t, writer.Close())
	var got []byte
	for part := make([]byte, 2000); ; time.Sleep(100 * time.Microsecond) {
		n, err := reader.Read(part)
		if err != nil {
			break
		}
		got = append(got, part[:n]...)
	}
	require.Equal(t, 0, waitFor(t, command))
	require.Empty(t, stderr.String())
	require.True(t, want.stdout == string(got), "%d of %d bytes", len(got), len(want.stdout))
}
