package topology

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRoot reads files of several sizes.
func TestRoot(t *testing.T) {
	dir, err := filepath.Abs(t.TempDir())
	require.NoError(t, err)
	if filepath.VolumeName(dir) != "" {
		t.Skip("the root of this system has no volumes")
	}
	name := func(file string) string { return filepath.ToSlash(filepath.Join(dir, file))[1:] }
	for _, size := range []int{0, 1, 1<<10 - 1, 1 << 10, 1<<10 + 1, 100_000} {
		want := bytes.Repeat([]byte("text\n"), size)[:size]
		require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), want, 0o600))
		got, err := fs.ReadFile(Root(), name("file"))
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got), size)
	}
	for _, wrong := range []string{name("missing"), name("file/below"), name("."), "/" + name("file"), "../file", ""} {
		_, err := fs.ReadFile(Root(), wrong)
		require.ErrorAs(t, err, new(*fs.PathError), "%q", wrong)
		_, want := fs.ReadFile(os.DirFS("/"), wrong)
		require.EqualError(t, err, want.Error())
	}
	_, err = fs.ReadFile(Root(), name("missing"))
	require.ErrorIs(t, err, fs.ErrNotExist)
}
