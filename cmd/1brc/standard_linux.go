package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// looksClosed reports whether the program may have been started with a standard
// stream closed. Go's runtime then opens /dev/null in its place for reading and
// writing, before any code of this program runs. A shell that redirects to /dev/null
// opens it for one of the two, but Python and Node open it for both: nothing tells
// their streams from closed ones.
func looksClosed(file *os.File) bool {
	var stat, null unix.Stat_t
	fd := int(file.Fd())
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR &&
		unix.Fstat(fd, &stat) == nil && unix.Stat(os.DevNull, &null) == nil &&
		stat.Mode&unix.S_IFMT == unix.S_IFCHR && stat.Rdev == null.Rdev
}
