//go:build unix

package gen

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWriteFileMode(t *testing.T) {
	for _, umask := range []int{0, 0o027} {
		defer syscall.Umask(syscall.Umask(umask))
		dir := t.TempDir()
		created := filepath.Join(dir, "created.txt")
		require.NoError(t, WriteFile(context.Background(), created, Options{Rows: 10}))
		info, err := os.Stat(created)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o666&^umask), info.Mode())

		for _, mode := range []os.FileMode{0o600, 0o644, 0o666} {
			require.NoError(t, os.Chmod(created, mode))
			require.NoError(t, WriteFile(context.Background(), created, Options{Rows: 20}))
			info, err := os.Stat(created)
			require.NoError(t, err)
			require.Equal(t, mode, info.Mode(), "mode of the replaced file")
		}
	}
}

func TestWriteFileThroughLink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target.txt"), filepath.Join(dir, "link.txt")
	require.NoError(t, os.WriteFile(target, []byte(oldContent), 0o666))
	require.NoError(t, os.Symlink("target.txt", link))
	o := Options{Rows: 10}
	require.NoError(t, WriteFile(context.Background(), link, o))
	got, err := os.ReadFile(target)
	require.NoError(t, err)
	require.Equal(t, string(generate(t, o)), string(got))
	info, err := os.Lstat(link)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&os.ModeSymlink, "the link is still one")
}

// TestWriteFileThroughDanglingLinks creates what the last of several links points
// to. The third points to its target through a link to a folder.
func TestWriteFileThroughDanglingLinks(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "other", "deep"), 0o777))
	for link, to := range map[string]string{
		"first": "second", "second": filepath.Join(dir, "third"), "third": "folder/../target.txt",
		"folder": "other/deep", "circle": "circle", "nowhere": "missing/target.txt",
	} {
		require.NoError(t, os.Symlink(to, filepath.Join(dir, link)))
	}
	before := entriesOf(t, dir)
	o := Options{Rows: 10, Progress: func(int64, int64) {
		require.Len(t, entriesOf(t, filepath.Join(dir, "other")), 2, "the temporary file is beside the target")
	}}
	require.NoError(t, WriteFile(context.Background(), filepath.Join(dir, "first"), o))
	require.Equal(t, before, entriesOf(t, dir), "the links are still there")
	require.Equal(t, []string{"deep", "target.txt"}, entriesOf(t, filepath.Join(dir, "other")))
	got, err := os.ReadFile(filepath.Join(dir, "first"))
	require.NoError(t, err)
	require.Equal(t, string(generate(t, o)), string(got))

	require.ErrorIs(t, WriteFile(context.Background(), filepath.Join(dir, "circle"), o), syscall.ELOOP)
	require.ErrorIs(t, WriteFile(context.Background(), filepath.Join(dir, "nowhere"), o), os.ErrNotExist)
	require.Equal(t, before, entriesOf(t, dir))
}

func TestWriteFileDevice(t *testing.T) {
	require.NoError(t, WriteFile(context.Background(), os.DevNull, Options{Rows: borderRows}))
	info, err := os.Stat(os.DevNull)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&os.ModeCharDevice, "the device was not replaced")
}

func TestWriteFileFullDisk(t *testing.T) {
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skip("no " + full)
	}
	err := WriteFile(context.Background(), full, Options{Rows: borderRows, Workers: 3})
	require.ErrorIs(t, err, syscall.ENOSPC)
}

func TestWriteFileFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	o := Options{Rows: borderRows}
	got := make(chan []byte, 1)
	go func() {
		data, _ := os.ReadFile(path)
		got <- data
	}()
	require.NoError(t, WriteFile(context.Background(), path, o))
	require.Equal(t, string(generate(t, o)), string(<-got))
}

// TestWriteFileFIFOCancelled cancels a run that waits for a reader to open the FIFO,
// and one whose reader has stopped reading.
func TestWriteFileFIFOCancelled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, WriteFile(ctx, path, Options{Rows: 10}), context.DeadlineExceeded)

	reader, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer reader.Close()
	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- WriteFile(ctx, path, Options{Rows: borderRows}) }()
	head := make([]byte, 100) // read them first, so that the cancel comes after the first write
	_, err = io.ReadFull(reader, head)
	require.NoError(t, err)
	require.Equal(t, string(generate(t, Options{Rows: 100})[:100]), string(head))
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}
