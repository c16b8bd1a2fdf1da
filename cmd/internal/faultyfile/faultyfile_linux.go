//go:build amd64 || arm64

package faultyfile

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"github.com/stretchr/testify/require"
)

// faultyFile is a file whose bytes from offset good on cannot be read.
type faultyFile struct {
	fs.Inode
	content []byte
	good    int64
}

var (
	_ fs.NodeGetattrer = &faultyFile{}
	_ fs.NodeOpener    = &faultyFile{}
	_ fs.NodeReader    = &faultyFile{}
)

// Getattr returns the size of the file.
func (f *faultyFile) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode, out.Size = syscall.S_IFREG|0o444, uint64(len(f.content))
	return 0
}

// Open enables the page cache, without which a file cannot be mapped.
func (f *faultyFile) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_KEEP_CACHE, 0
}

// Read fails with EIO if it reaches beyond the good bytes.
func (f *faultyFile) Read(_ context.Context, _ fs.FileHandle, to []byte, offset int64) (fuse.ReadResult, syscall.Errno) {
	end := min(offset+int64(len(to)), int64(len(f.content)))
	switch {
	case offset >= end:
		return fuse.ReadResultData(nil), 0
	case end > f.good:
		return nil, syscall.EIO
	}
	return fuse.ReadResultData(f.content[offset:end]), 0
}

// FaultyFile returns the path of a file with the given content. Only about the
// first good bytes can be read; reads of the rest fail with EIO. FaultyFile skips
// the test if MountFaulty cannot mount.
func FaultyFile(t testing.TB, content []byte, good int64) string {
	t.Helper()
	path, unmount, err := MountFaulty(t.TempDir(), content, good)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { require.NoError(t, unmount()) })
	return path
}

// MountFaulty mounts a FUSE file system that has such a file on a new folder in
// folder. It needs root or the program fusermount.
//
// Only other processes may read the file. This process serves it: if one of its
// threads waited in a page fault, the garbage collector would wait for that
// thread, and the fault would wait for the server.
func MountFaulty(folder string, content []byte, good int64) (path string, unmount func() error, err error) {
	if folder, err = os.MkdirTemp(folder, "faulty-"); err != nil {
		return "", nil, err
	}
	const name = "rows.txt"
	root := &fs.Inode{}
	server, err := fs.Mount(folder, root, &fs.Options{
		OnAdd: func(ctx context.Context) {
			file := &faultyFile{content: content, good: good}
			root.AddChild(name, root.NewPersistentInode(ctx, file, fs.StableAttr{Mode: syscall.S_IFREG}), false)
		},
		MountOptions: fuse.MountOptions{FsName: "faulty", Name: "faulty", DirectMount: true, MaxReadAhead: 4096},
	})
	if err != nil {
		return "", nil, fmt.Errorf("no FUSE: %w", err)
	}
	return filepath.Join(folder, name), server.Unmount, nil
}
