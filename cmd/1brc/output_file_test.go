package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

const oldContent = "from an earlier run\n"

// entries returns the names in a directory.
func entries(t *testing.T, dir string) []string {
	t.Helper()
	all, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, entry := range all {
		names = append(names, entry.Name())
	}
	return names
}

// TestOutputsOfFailure checks that runs that fail leave old outputs as they were and
// no other files.
func TestOutputsOfFailure(t *testing.T) {
	good, bad := write(t, "good.txt", "a;1.0\nx\n"), write(t, "bad.txt", "x\n")
	missing := filepath.Join(t.TempDir(), "missing")
	directory := t.TempDir()
	for _, flags := range [][]string{
		{"--on-error", "skip", "--rejects"}, {"--cpuprofile"}, {"--memprofile"}, {"--trace"},
	} {
		for _, inputs := range [][]string{{missing}, {good, missing}, {good, directory}, {missing, "--stage", "naive"}} {
			if flags[0] == "--on-error" && len(inputs) == 3 {
				continue // no flags of a stage
			}
			old := write(t, "old", oldContent)
			args := append(append(flags[:len(flags):len(flags)], old), inputs...)
			requireFailure(t, execute(t, nil, args...))
			content, err := os.ReadFile(old)
			require.NoError(t, err)
			require.Equal(t, oldContent, string(content), "%q", args)
			require.Equal(t, []string{"old"}, entries(t, filepath.Dir(old)), "%q", args)
		}
	}

	// The run starts, and then fails.
	old := write(t, "old", oldContent)
	require.Contains(t, requireFailure(t, execute(t, nil, "--on-error", "skip", "--rejects", old, "--max-memory", "6MiB", "--no-spill", "--workers", "1",
		generate(t, "--rows", "1e5", "--profile", "unique"))), "over the memory limit")
	content, err := os.ReadFile(old)
	require.NoError(t, err)
	require.Equal(t, oldContent, string(content))
	require.Equal(t, []string{"old"}, entries(t, filepath.Dir(old)))

	// It stops at the limit, with all rows up to there in the file.
	requireFailure(t, execute(t, nil, "--on-error", "skip", "--max-rejects", "1", "--rejects", old, bad))
	content, err = os.ReadFile(old)
	require.NoError(t, err)
	require.Equal(t, bad+"\t1\t0\tmissing-separator\tx\n", string(content))
	require.Equal(t, []string{"old"}, entries(t, filepath.Dir(old)))
}

// TestOutputReplaces checks what is left of an old file, of its permissions and of
// links.
func TestOutputReplaces(t *testing.T) {
	bad := write(t, "bad.txt", "x\n")
	dir := t.TempDir()
	old, link, dangling := filepath.Join(dir, "old"), filepath.Join(dir, "link"), filepath.Join(dir, "dangling")
	require.NoError(t, os.WriteFile(old, []byte(oldContent), 0o600))
	require.NoError(t, os.Symlink("old", link))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o777))
	require.NoError(t, os.Symlink("sub/../new", dangling))
	for _, path := range []string{old, link, dangling} {
		require.Equal(t, 0, execute(t, nil, "--on-error", "skip", "--rejects", path, bad).code)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, bad+"\t1\t0\tmissing-separator\tx\n", string(content))
	}
	info, err := os.Stat(old)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	for _, path := range []string{link, dangling} {
		info, err := os.Lstat(path)
		require.NoError(t, err)
		require.NotZero(t, info.Mode()&os.ModeSymlink, path)
	}
	require.Equal(t, []string{"dangling", "link", "new", "old", "sub"}, entries(t, dir))
}

// TestReaderLeaves closes the reader of a pipe before and after it has read all.
func TestReaderLeaves(t *testing.T) {
	for _, unread := range []bool{true, false} {
		reader, writer, err := os.Pipe()
		require.NoError(t, err)
		out := &outputFile{File: writer, path: "fifo"}
		_, err = out.WriteString("row\n")
		require.NoError(t, err)
		if !unread {
			_, err = reader.Read(make([]byte, 4))
			require.NoError(t, err)
		}
		require.NoError(t, reader.Close())
		err = out.commit()
		if unread && runtime.GOOS == "linux" {
			require.EqualError(t, err, "close fifo: broken pipe")
		} else {
			require.NoError(t, err)
		}
	}
	_, err := createOutput(context.Background(), filepath.Join(t.TempDir(), "missing", "file"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
