package memory

import "golang.org/x/sys/unix"

// adviseHuge asks for huge pages. If the operating system refuses, the block lies
// in small pages.
func adviseHuge(b []byte) { _ = unix.Madvise(b, unix.MADV_HUGEPAGE) }
