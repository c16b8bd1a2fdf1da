package gen

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const oldContent = "what was here before\n"

func TestWriteFileReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.txt")
	require.NoError(t, os.WriteFile(path, []byte(oldContent), 0o666))
	before, err := os.Open(path)
	require.NoError(t, err)
	defer before.Close()

	o := Options{Rows: 1000}
	require.NoError(t, WriteFile(context.Background(), path, o))
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(generate(t, o)), string(got))
	require.Equal(t, []string{"rows.txt"}, entriesOf(t, filepath.Dir(path)))

	kept := make([]byte, len(oldContent)+1)
	n, _ := before.Read(kept)
	require.Equal(t, oldContent, string(kept[:n]), "the old file is replaced and not overwritten")
}

func TestWriteFileEmpty(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.txt")
	require.NoError(t, WriteFile(context.Background(), path, Options{}))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Zero(t, info.Size())
}

func TestWriteFileCancelled(t *testing.T) {
	for _, exists := range []bool{false, true} {
		dir := t.TempDir()
		path := filepath.Join(dir, "rows.txt")
		want := []string{}
		if exists {
			require.NoError(t, os.WriteFile(path, []byte(oldContent), 0o666))
			want = append(want, "rows.txt")
		}
		ctx, cancel := context.WithCancel(context.Background())
		var during []string
		err := WriteFile(ctx, path, Options{Rows: 1e12, Workers: 3, Progress: func(rows, _ int64) {
			if during == nil && rows > 3*blockRows {
				during = entriesOf(t, dir)
				cancel()
			}
		}})
		require.ErrorIs(t, err, context.Canceled)
		require.Len(t, during, len(want)+1, "a temporary file during the run")
		require.True(t, strings.HasPrefix(during[0], ".rows.txt.") && strings.HasSuffix(during[0], ".tmp"), during[0])
		require.Equal(t, want, entriesOf(t, dir))
		if exists {
			got, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, oldContent, string(got))
		}
	}
}

// TestWriteFileCancelledAtTheEnd cancels after the last block.
func TestWriteFileCancelledAtTheEnd(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	err := WriteFile(ctx, filepath.Join(dir, "rows.txt"), Options{Rows: 10, Progress: func(int64, int64) { cancel() }})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, entriesOf(t, dir))
}

// TestWriteFileRenameFails creates a folder at path while rows are written.
func TestWriteFileRenameFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "rows.txt")
	err := WriteFile(context.Background(), path, Options{Rows: 10, Progress: func(int64, int64) {
		require.NoError(t, os.MkdirAll(filepath.Join(path, "sub"), 0o777))
	}})
	require.ErrorContains(t, err, "gen: rename")
	require.Equal(t, []string{"rows.txt"}, entriesOf(t, dir))
}

// TestReplaceFileKeepsError lets write fail after it has written.
func TestReplaceFileKeepsError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.txt")
	require.NoError(t, os.WriteFile(path, []byte(oldContent), 0o666))
	broken := errors.New("broken")
	for _, want := range []error{broken, nil} {
		require.Equal(t, want, ReplaceFile(context.Background(), path, func(f *os.File, inOrder bool) error {
			require.False(t, inOrder)
			_, err := f.WriteString("new")
			require.NoError(t, err)
			return want
		}))
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, map[bool]string{true: "new", false: oldContent}[want == nil], string(got))
		require.Equal(t, []string{"rows.txt"}, entriesOf(t, filepath.Dir(path)))
	}
}

func TestWriteFileBadPath(t *testing.T) {
	dir := t.TempDir()
	err := WriteFile(context.Background(), filepath.Join(dir, "missing", "rows.txt"), Options{Rows: 10})
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "gen: ")
	require.Error(t, WriteFile(context.Background(), dir, Options{Rows: 10}), "a folder cannot be replaced")
	require.Empty(t, entriesOf(t, dir))
}

func TestWriteFileLongName(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("é", 125)) // 250 of at most 255 bytes
	require.NoError(t, WriteFile(context.Background(), path, Options{Rows: 10}))
	require.FileExists(t, path)
}
