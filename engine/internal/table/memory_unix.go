//go:build unix

package table

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePageBytes is the size of a huge page on amd64, and on arm64 with 4 KiB pages.
const hugePageBytes = 2 << 20

// allocation is zeroed memory outside the Go heap. It can lie in huge pages (a
// table in small pages costs a TLB miss a row), the garbage collector does not
// scan it, nothing clears it twice, and free returns it at once.
type allocation struct {
	base   unsafe.Pointer
	mapped []byte
}

func allocate(size uintptr) (allocation, error) {
	// One huge page more than needed, so that the memory can start where a huge
	// page does.
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
