//go:build !unix

package memory

import "unsafe"

// blockAlignment is the alignment that Block promises.
const blockAlignment = 64

// region stands for memory on the Go heap, which the garbage collector frees.
type region struct{}

func allocate(size int) (region, unsafe.Pointer, error) {
	start := unsafe.Pointer(unsafe.SliceData(make([]byte, size+blockAlignment)))
	return region{}, unsafe.Add(start, -uintptr(start)%blockAlignment), nil
}

func (region) free() {}
