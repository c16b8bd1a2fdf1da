//go:build unix

package engine

import (
	"fmt"
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// openRegular makes a source of a regular file of size bytes, and closes f if
// it succeeds.
func openRegular(f *os.File, size int64, s settings) (source, error) {
	if s.copy {
		src, err := openCopy(f.Name(), s)
		if err == nil {
			err = f.Close()
		}
		return src, err
	}
	if size > math.MaxInt {
		return nil, fmt.Errorf("%d bytes don't fit the address space", size)
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	if err := f.Close(); err != nil { // the mapping stays
		return nil, err
	}
	return &mappedSource{data: data, cutter: newCutter(size, s), unmap: func() error {
		return os.NewSyscallError("munmap", unix.Munmap(data))
	}}, nil
}
