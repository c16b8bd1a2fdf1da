package compare

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// cachedStep is how many bytes of a file are mapped at a time. It is a multiple
// of any page size. With pages of 4 KiB, mincore fills 256 KiB for it.
const cachedStep = 1 << 30

// cachedFraction returns which part of the file at path is in the page cache,
// from 0 to 1, without reading the file. For a file that the caller neither owns
// nor may write, Linux always answers 1 (mincore(2)).
func cachedFraction(path string) (float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	pages, cached := 0, 0
	for at := int64(0); at < info.Size(); at += cachedStep {
		step := int(min(cachedStep, info.Size()-at))
		data, err := unix.Mmap(int(f.Fd()), at, step, unix.PROT_READ, unix.MAP_SHARED)
		if err != nil {
			return 0, os.NewSyscallError("mmap", err)
		}
		present := make([]byte, (step+os.Getpagesize()-1)/os.Getpagesize())
		// data starts at a page boundary, and present has a byte for each of
		// its pages.
		_, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&data[0])),
			uintptr(step), uintptr(unsafe.Pointer(&present[0])))
		if err := unix.Munmap(data); err != nil {
			return 0, os.NewSyscallError("munmap", err)
		}
		if errno != 0 {
			return 0, os.NewSyscallError("mincore", errno)
		}
		pages += len(present)
		for _, p := range present {
			cached += int(p & 1) // the other bits are reserved
		}
	}
	if pages == 0 {
		return 1, nil
	}
	return float64(cached) / float64(pages), nil
}
