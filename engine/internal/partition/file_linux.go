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

// discard returns the space of x, which was read, to the file system. What was not
// written to the disk yet never is. Not every file system can do that.
func (x extent) discard() {
	_ = unix.Fallocate(int(x.file.handle.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, x.offset, x.size)
}
