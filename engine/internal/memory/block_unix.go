//go:build unix

package memory

import (
	"fmt"
	"math"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePageBytes is the size of a huge page on amd64, and on arm64 with 4 KiB pages.
const hugePageBytes = 2 << 20

// region is a mapping.
type region struct{ mapped []byte }

func allocate(size int) (region, unsafe.Pointer, error) {
	if size > math.MaxInt-hugePageBytes {
		return region{}, nil, fmt.Errorf("%d bytes: %w", size, unix.ENOMEM)
	}
	// One huge page more than needed, so that the memory can start where a huge
	// page does.
	mapped, err := unix.Mmap(-1, 0, size+hugePageBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return region{}, nil, err
	}
	start := unsafe.Pointer(unsafe.SliceData(mapped))
	skip := hugePageBytes - uintptr(start)%hugePageBytes
	adviseHuge(mapped[skip:][:size])
	return region{mapped}, unsafe.Add(start, skip), nil
}

func (r region) free() {
	_ = unix.Munmap(r.mapped) // fails only for a range that was not mapped
}
