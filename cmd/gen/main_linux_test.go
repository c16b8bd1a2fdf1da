package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// mountSmall mounts a file system of 1 MiB until the test ends.
func mountSmall(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("onebrc-test", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("no file system can be mounted here: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	return dir
}

// TestFullFileSystem fills a file system with the output or with the list.
func TestFullFileSystem(t *testing.T) {
	const old = "what was here before\n"
	full, other := mountSmall(t), t.TempDir()
	for _, flags := range [][]string{
		{"-o", filepath.Join(full, "a")},
		{"-o", filepath.Join(full, "a"), "--corrupt", "0.1", "--corrupt-list", filepath.Join(other, "a")},
		{"-o", filepath.Join(other, "a"), "--corrupt", "0.1", "--corrupt-list", filepath.Join(full, "a")},
	} {
		for _, exists := range []bool{false, true} {
			want := []string{}
			for _, dir := range []string{full, other} {
				require.NoError(t, os.RemoveAll(filepath.Join(dir, "a")))
				if exists {
					require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte(old), 0o666))
					want = []string{"a"}
				}
			}
			got := execute(t, t.TempDir(), append(flags, "--rows", "3e5", "--workers", "3")...)
			require.Equal(t, 1, got.code)
			require.Regexp(t, `\Agen: write [^\n]*: no space left on device\n\z`, got.stderr)
			for _, dir := range []string{full, other} {
				require.Equal(t, want, entriesOf(t, dir))
				if exists {
					content, err := os.ReadFile(filepath.Join(dir, "a"))
					require.NoError(t, err)
					require.Equal(t, old, string(content))
				}
			}
		}
	}
	require.Equal(t, result{}, execute(t, full, "--rows", "1000"), "there is room again")
}

// TestReadOnlyFileSystem checks that the program fails before the first row.
func TestReadOnlyFileSystem(t *testing.T) {
	dir := mountSmall(t)
	path := filepath.Join(dir, "rows.txt")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o666))
	require.NoError(t, syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	for _, flags := range [][]string{
		{"-o", path},
		{"-o", filepath.Join(dir, "new.txt")},
		{"-o", os.DevNull, "--corrupt-list", path},
	} {
		got := execute(t, t.TempDir(), append(flags, "--rows", "1e12")...)
		require.Equal(t, 1, got.code)
		require.Regexp(t, `\Agen: open [^\n]*: read-only file system\n\z`, got.stderr)
		require.Equal(t, []string{"rows.txt"}, entriesOf(t, dir))
	}
}
