package source

import (
	"os"
	"syscall"
	"unsafe"
)

// fault is the panic value of a memory fault under debug.SetPanicOnFault.
type fault interface{ Addr() uintptr }

// catchFault turns panicked, which recover returned, into an error if it is a
// memory fault in a mapping of the first size bytes of file. mapped is that
// mapping, or nil if its address is not known. catchFault panics again with
// anything else.
func catchFault(panicked any, mapped []byte, file *os.File, size int64, err *error) {
	if panicked == nil {
		return
	}
	f, ok := panicked.(fault)
	if !ok || mapped != nil && f.Addr()-uintptr(unsafe.Pointer(unsafe.SliceData(mapped))) >= uintptr(len(mapped)) {
		panic(panicked)
	}
	*err = faultError(file, size)
}

// faultError returns why a mapping of the first size bytes of file faults: either
// the file became shorter, or its bytes cannot be read.
func faultError(file *os.File, size int64) error {
	if isShorter(file, size) {
		return ErrTruncated
	}
	return syscall.EIO
}

// isShorter reports whether file has less than size bytes. It returns false if file
// is nil.
func isShorter(file *os.File, size int64) bool {
	info, err := file.Stat()
	return err == nil && info.Size() < size
}
