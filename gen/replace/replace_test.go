package replace_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/gen/replace"
)

// TestFile checks what is in a folder while files are written, committed and
// discarded. Tests of the programs check links and modes.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	files := func() int {
		entries, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		return len(entries)
	}
	put := func(text string, end func(*replace.File) error) {
		f, err := replace.Create(path)
		require.NoError(t, err)
		_, err = f.WriteString(text)
		require.NoError(t, err)
		require.NoError(t, end(f))
	}
	put("never", (*replace.File).Discard)
	require.Zero(t, files())
	put("old", (*replace.File).Commit)
	put("never", (*replace.File).Discard)
	put("new", func(f *replace.File) error {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "old", string(content), "until it is committed")
		require.Equal(t, 2, files())
		return f.Commit()
	})
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "new", string(content))
	require.Equal(t, 1, files())

	// A file that cannot be put in its place is removed.
	f, err := replace.Create(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.MkdirAll(filepath.Join(path, "folder"), 0o777))
	require.Error(t, f.Commit())
	require.Equal(t, 1, files())
	_, err = replace.Create(filepath.Join(path, "missing", "file"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
