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
	// probeBytes is how much of a mapping is touched to learn what that costs.
	// If it takes probeLimit or longer, copying costs less. The limit lies
	// between two large pages (two page faults, and a cache miss for each
	// 4 KiB) and 1,024 small ones (a fault for each 16 of them), which take more
	// than ten times as long, and below what copying takes.
	probeBytes = 4 << 20
	probeLimit = 150 * time.Microsecond
	// probedSize is the smallest size of a file that is worth the probe.
	probedSize = 16 * probeBytes
)

// openAuto returns a source of a regular file of size bytes: a mapping if that is
// cheap, and read calls otherwise.
func openAuto(f *os.File, size int64, c Config) (Source, error) {
	if size < probedSize {
		return openRead(f, size, c), nil
	}
	src, err := mapFile(f, size)
	if err != nil {
		return openRead(f, size, c), nil // a file system without mappings, or a limit of the address space
	}
	fast, err := src.mapsFast()
	if err == nil && fast {
		src.planRanges(c)
		return src, nil
	}
	return openRead(f, size, c), errors.Join(err, src.unmap())
}

// openMap returns a source that works on a mapping of a regular file of size bytes.
func openMap(f *os.File, size int64, c Config) (Source, error) {
	src, err := mapFile(f, size)
	if err != nil {
		return nil, err
	}
	src.planRanges(c)
	return src, nil
}

// mapFile returns a source without a plan.
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

// mapsFast touches each page in the middle of the mapping and reports whether that
// is cheap.
func (s *mapped) mapsFast() (fast bool, err error) {
	defer func() { catchFault(recover(), s.data, s.file, int64(len(s.data)), &err) }()
	middle := s.data[len(s.data)/2&^(probeBytes-1):][:probeBytes]
	start := time.Now()
	sum := byte(0)
	for i := 0; i < len(middle); i += os.Getpagesize() {
		sum += middle[i]
	}
	runtime.KeepAlive(sum)
	return time.Since(start) < probeLimit, nil
}
