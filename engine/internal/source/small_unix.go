//go:build unix

package source

import "golang.org/x/sys/unix"

// readSmall reads the file at path if it is a regular file of at most most bytes. The
// window is empty if it is not. A file of fewer than least bytes is truncated. Package os
// would need twice as many calls of the kernel, because the file might be a FIFO.
func readSmall(path string, least, most int64, buffer *Buffer) (w Window, err error) {
	var fd, n int
	err = again(func() (err error) {
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
		return err
	})
	if err != nil {
		return w, err
	}
	defer func() { _ = unix.Close(fd) }() // nothing was written
	var info unix.Stat_t
	if err := again(func() error { return unix.Fstat(fd, &info) }); err != nil {
		return w, err
	}
	switch size := int64(info.Size); {
	case info.Mode&unix.S_IFMT != unix.S_IFREG || size == 0 || size > most:
		return w, nil
	case size < least:
		return w, ErrTruncated
	default:
		w = buffer.room(int(size), 0)
	}
	for data := w.Data(); len(data) > 0; {
		err := again(func() (err error) {
			n, err = unix.Read(fd, data)
			return err
		})
		switch {
		case err != nil:
			return Window{}, err
		case n == 0:
			return Window{}, ErrTruncated
		}
		data = data[n:]
	}
	return w, nil
}

// again calls f until no signal interrupts it.
func again(f func() error) error {
	for {
		if err := f(); err != unix.EINTR {
			return err
		}
	}
}
