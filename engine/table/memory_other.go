//go:build !unix

package table

import "unsafe"

// allocation is zeroed memory on the Go heap.
type allocation struct{ base unsafe.Pointer }

func allocate(size uintptr) (allocation, error) {
	b := make([]slot, size/slotBytes+2) // one before the first, for reads before its key
	return allocation{base: unsafe.Pointer(&b[1])}, nil
}

func (allocation) free() {}
