//go:build unix

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

	"github.com/stretchr/testify/require"
)

// TestGroupFIFO reads a FIFO and writes another one.
func TestGroupFIFO(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	require.NoError(t, syscall.Mkfifo(in, 0o666))
	require.NoError(t, syscall.Mkfifo(out, 0o666))
	command := exec.Command(binary, "group", "-g", "a", "-a", "sum(b)", "-o", out, in)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	require.NoError(t, command.Start())
	written := make(chan error, 1)
	go func() {
		writer, err := os.OpenFile(in, os.O_WRONLY, 0)
		if err == nil {
			_, err = writer.WriteString("a,b\n" + strings.Repeat("x,1\ny,2\n", 1e5) + "x,0.5")
			_ = writer.Close()
		}
		written <- err
	}()
	reader, err := os.Open(out)
	require.NoError(t, err)
	defer reader.Close()
	got, err := io.ReadAll(reader)
	require.NoError(t, err)
	require.NoError(t, <-written)
	require.Equal(t, 0, waitFor(t, command), stderr.String())
	require.Equal(t, "a,sum(b)\nx,100000.5\ny,200000.0\n", string(got))
	require.Equal(t, []string{"in", "out"}, entries(t, dir))
}

// TestGroupClosedPipe writes much and little to a pipe without a reader.
func TestGroupClosedPipe(t *testing.T) {
	var many strings.Builder
	many.WriteString("a\n")
	for i := range 100_000 {
		fmt.Fprintln(&many, i)
	}
	for _, path := range []string{write(t, "few.csv", "a\nx\n"), write(t, "many.csv", many.String())} {
		for _, format := range groupFormats {
			reader, writer, err := os.Pipe()
			require.NoError(t, err)
			require.NoError(t, reader.Close())
			command := exec.Command(binary, "group", "-g", "a", "-f", string(format), path)
			command.Stdout = writer
			require.Equal(t, outcome{}, finish(t, command), format)
			require.NoError(t, writer.Close())
		}
	}
}

func TestGroupFullOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full")
	}
	defer full.Close()
	path := write(t, "rows.csv", "a\nx\n")
	for _, format := range groupFormats {
		command := exec.Command(binary, "group", "-f", string(format), path)
		command.Stdout = full
		require.Equal(t, "standard output: write /dev/stdout: no space left on device", requireFailure(t, finish(t, command)), format)
	}
}

// TestGroupSignal interrupts a run that waits for more input. Old outputs stay, and
// nothing else.
func TestGroupSignal(t *testing.T) {
	old := write(t, "old", oldContent)
	dir := filepath.Dir(old)
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		command := exec.Command(binary, "group", "-g", "a", "-o", old, "--on-error", "skip", "--rejects", filepath.Join(dir, "rejects"))
		input, err := command.StdinPipe()
		require.NoError(t, err)
		var stdout, stderr bytes.Buffer
		command.Stdout, command.Stderr = &stdout, &stderr
		require.NoError(t, command.Start())
		_, err = input.Write([]byte("a\n" + strings.Repeat("x\nx,y\n", 1e5)))
		require.NoError(t, err)
		require.Len(t, entries(t, dir), 3, "both outputs are created before the input is read")
		require.NoError(t, command.Process.Signal(signal))
		require.Equal(t, 1, waitFor(t, command))
		require.Equal(t, "1brc group: interrupted\n", stderr.String())
		require.Empty(t, stdout.String())
		require.Equal(t, []string{"old"}, entries(t, dir))
		content, err := os.ReadFile(old)
		require.NoError(t, err)
		require.Equal(t, oldContent, string(content))
	}
}

// TestGroupClosedStreams closes standard streams.
func TestGroupClosedStreams(t *testing.T) {
	path := write(t, "rows.csv", "a\nx\n")
	out := filepath.Join(t.TempDir(), "out")
	for _, script := range []string{`"$0" group <&-`, `"$0" group - <&-`} {
		got := shell(t, script, path)
		require.Equal(t, 1, got.code, script)
	}
	require.Equal(t, outcome{}, shell(t, `"$0" group -o "$2" "$1" >&-`, path, out), "the result is not lost")
	content, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, "count\n1\n", string(content))
}

// TestGroupOutputOfStream names a file as output that is a standard stream.
func TestGroupOutputOfStream(t *testing.T) {
	path := write(t, "rows.csv", "a\nx\n")
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer file.Close()
	requireUsage(t, execute(t, file, "group", "-o", path), "--output "+path+" would overwrite /dev/stdin")
	link := path + "2"
	require.NoError(t, os.Link(path, link))
	requireUsage(t, execute(t, nil, "group", "-o", link, path), "--output "+link+" would overwrite the input "+path)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "a\nx\n", string(content))
}
