//go:build unix

package table

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePageBytes is the huge page of amd64 and of arm64 with 4 KiB pages.
const hugePageBytes = 2 << 20

// allocation is zeroed memory outside the Go heap, so that it can lie on huge
// pages (a table in small pages costs a TLB miss a row), is not scanned and
// not zeroed twice, and is given back at once.
type allocation struct {
	base   unsafe.Pointer
	mapped []byte
}

func allocate(size uintptr) (allocation, error) {
	// Mapped one huge page too long, so that it can start on a border of one;
	// the bytes before it keep reads before the first slot inside.
	mapped, err := unix.Mmap(-1, 0, int(size)+hugePageBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return allocation{}, err
	}
	start := unsafe.Pointer(unsafe.SliceData(mapped))
	skip := hugePageBytes - uintptr(start)%hugePageBytes
	adviseHuge(mapped[skip:][:size])
	return allocation{base: unsafe.Add(start, skip), mapped: mapped}, nil
}

func (a allocation) free() {
	if a.mapped != nil {
		_ = unix.Munmap(a.mapped) // fails only for a range that was not mapped
	}
}
