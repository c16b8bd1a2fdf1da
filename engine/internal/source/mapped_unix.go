//go:build unix

package source

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// probeBytes is how much of a mapping is touched to measure what mapping
	// costs. If it takes probeLimit or longer, copying is cheaper. The limit is
	// less than the time of copying. It lies between the times of two large
	// pages (two page faults, and a cache miss for each 4 KiB) and of 1,024
	// small ones (a fault for each 16 of them), which is more than ten times as
	// long.
	probeBytes = 4 << 20
	probeLimit = 150 * time.Microsecond
	// probedSize is the size from which on a file is worth a probe.
	probedSize = 16 * probeBytes
)

// openAuto returns a source of a regular file of size bytes. It maps the file if that
// is cheap, or if the file is read twice to find the ends of its rows, and uses read
// calls otherwise.
func openAuto(f *os.File, size int64, c Config) (Source, error) {
	begin, end := c.part.of(size)
	if end-begin < probedSize {
		return openRead(f, size, c), nil
	}
	src, err := mapFile(f, size)
	if err != nil {
		return openRead(f, size, c), nil // the file system has no mappings, or the address space is limited
	}
	fast, err := c.Syntax != nil && c.Cut == CutAtQuotes, error(nil)
	if !fast {
		fast, err = src.mapsFast(begin, end)
	}
	if err == nil && fast {
		src.planRanges(c)
		return src, nil
	}
	return openRead(f, size, c), errors.Join(err, src.unmap())
}

// openMap returns a source that maps a regular file of size bytes.
func openMap(f *os.File, size int64, c Config) (Source, error) {
	src, err := mapFile(f, size)
	if err != nil {
		return nil, err
	}
	src.planRanges(c)
	return src, nil
}

// mapFile maps the first size bytes of f. It returns a source without a plan.
func mapFile(f *os.File, size int64) (*mapped, error) {
	if size > math.MaxInt {
		return nil, fmt.Errorf("%d bytes do not fit the address space", size)
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return &mapped{data: data, file: f, unmap: func() error {
		return os.NewSyscallError("munmap", unix.Munmap(data))
	}}, nil
}

// mapsFast touches probeBytes in the middle of the bytes from begin to end-1 of the
// mapping, page by page, and reports whether that is fast.
func (s *mapped) mapsFast(begin, end int64) (fast bool, err error) {
	defer func() { catchFault(recover(), s.data, s.file, int64(len(s.data)), &err) }()
	middle := s.data[(begin+end)/2&^(probeBytes-1):][:probeBytes]
	start := time.Now()
	sum := byte(0)
	for i := 0; i < len(middle); i += os.Getpagesize() {
		sum += middle[i]
	}
	runtime.KeepAlive(sum)
	return time.Since(start) < probeLimit, nil
}

// dropPages removes the pages of b, a part of a mapped file, from the memory of the
// process. They stay in the page cache. If the operating system refuses, they stay.
func dropPages(b []byte) { _ = unix.Madvise(b, unix.MADV_DONTNEED) }
