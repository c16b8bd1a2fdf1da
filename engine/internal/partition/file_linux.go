package partition

import (
	"os"

	"golang.org/x/sys/unix"
)

// createTemporary creates a file in folder that never has a name, where the file system
// can, so that nothing is left of it however the process ends.
func createTemporary(folder string) (file *os.File, name string, err error) {
	fd, err := unix.Open(folder, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return createUnlinked(folder)
	}
	return os.NewFile(uintptr(fd), folder), "", nil
}

// discard returns the space of x, which was read, if the file is in memory. A file on a
// disk keeps it: many file systems would first write what is only in the page cache yet,
// and wait for that.
func (x extent) discard() {
	fd := int(x.file.handle.Fd())
	var system unix.Statfs_t
	if unix.Fstatfs(fd, &system) == nil && system.Type == unix.TMPFS_MAGIC {
		_ = unix.Fallocate(fd, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, x.offset, x.size)
	}
}
