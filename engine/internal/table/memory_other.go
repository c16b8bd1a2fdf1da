//go:build !unix

package table

import (
	"unsafe"

	"onebrc/engine/internal/kernel"
)

// allocation is zeroed memory on the Go heap.
type allocation struct{ base unsafe.Pointer }

func allocate(size uintptr) (allocation, error) {
	b := make([]kernel.Slot, size/kernel.SlotBytes+1) // aligned as slots are
	return allocation{base: unsafe.Pointer(&b[0])}, nil
}

func (allocation) free() {}
