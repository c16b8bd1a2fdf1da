//go:build unix

package engine

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
	// probeBytes is how much of a file is mapped to see what that costs, and
	// probeLimit the time from which on copying costs less. It lies between
	// two large pages (two page faults, and a cache miss for each 4 KiB) and
	// 1,024 small ones (a fault for each 16 of them), which take more than ten
	// times as long, and below what copying takes.
	probeBytes = 4 << 20
	probeLimit = 150 * time.Microsecond
	// probedSize is the size from which on a file is worth the probe.
	probedSize = 16 * probeBytes
)

// openAuto makes a source of a regular file of size bytes: on a mapping if that
// is cheap, else with read calls.
func openAuto(f *os.File, size int64, s settings) (source, error) {
	if size < probedSize {
		return openRead(f, size, s), nil
	}
	src, err := mapFile(f, size)
	if err != nil {
		return openRead(f, size, s), nil // a file system without mappings, or a limit of the address space
	}
	fast, err := src.mapsFast()
	if err == nil && fast {
		src.plan = newPlanOf(src.data, s)
		return src, nil
	}
	return openRead(f, size, s), errors.Join(err, src.unmap())
}

// openMap makes a source of a regular file of size bytes that works on a
// mapping of it.
func openMap(f *os.File, size int64, s settings) (source, error) {
	src, err := mapFile(f, size)
	if err != nil {
		return nil, err
	}
	src.plan = newPlanOf(src.data, s)
	return src, nil
}

// mapFile makes a source without a plan.
func mapFile(f *os.File, size int64) (*mappedSource, error) {
	if size > math.MaxInt {
		return nil, fmt.Errorf("%d bytes don't fit the address space", size)
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return &mappedSource{data: data, file: f, unmap: func() error {
		return os.NewSyscallError("munmap", unix.Munmap(data))
	}}, nil
}

// mapsFast touches each page of the middle of the mapping and reports whether
// that is cheap.
func (s *mappedSource) mapsFast() (fast bool, err error) {
	defer catchFault(s.data, s.file, &err)
	middle := s.data[len(s.data)/2&^(probeBytes-1):][:probeBytes]
	start := time.Now()
	sum := byte(0)
	for i := 0; i < len(middle); i += os.Getpagesize() {
		sum += middle[i]
	}
	runtime.KeepAlive(sum)
	return time.Since(start) < probeLimit, nil
}
