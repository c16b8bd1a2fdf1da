//go:build unix

package source

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

const (
	// A probe touches a file in probes places of probeBytes each, once in every
	// probeStep. One page fault maps a large page of the page cache, but only
	// 64 KiB of small ones (Linux), or less. A file can have pages of several
	// sizes, so the places lie far apart.
	probes     = 8
	probeBytes = 512 << 10
	probeStep  = 64 << 10
	// probedSize is the size from which on a file is worth a probe.
	probedSize = 64 << 20
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
		fast, err = src.inLargePages(begin, end)
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

// inLargePages reports whether the page cache has most of the bytes from begin to end,
// at least probedSize, in large pages. It touches the mapping and counts the page
// faults of the process. Their time would say less: on a busy machine, a cache miss can
// take longer than a page fault does on an idle one. What has to be read from a disk
// does not count as large, and no fault at all means that the system does not count.
func (s *mapped) inLargePages(begin, end int64) (large bool, err error) {
	defer func() { catchFault(recover(), s.data, s.file, int64(len(s.data)), &err) }()
	var before, after unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &before) != nil {
		return false, nil
	}
	sum := byte(0)
	for i := range probes {
		place := s.data[(begin+(end-begin)/probes*int64(i))&^(releaseUnit-1):][:probeBytes]
		for at := 0; at < probeBytes; at += probeStep {
			sum += place[at]
		}
	}
	runtime.KeepAlive(sum)
	if unix.Getrusage(unix.RUSAGE_SELF, &after) != nil {
		return false, nil
	}
	faults := after.Minflt - before.Minflt
	const touched = probes * probeBytes / probeStep
	return 0 < faults && faults < touched/2 && after.Majflt == before.Majflt, nil
}

// dropPages removes the pages of b, a part of a mapped file, from the memory of the
// process. They stay in the page cache. If the operating system refuses, they stay.
func dropPages(b []byte) { _ = unix.Madvise(b, unix.MADV_DONTNEED) }
