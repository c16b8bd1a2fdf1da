package table

import "golang.org/x/sys/unix"

// adviseHuge asks for huge pages. A kernel without them refuses, and the table
// works in small pages.
func adviseHuge(b []byte) { _ = unix.Madvise(b, unix.MADV_HUGEPAGE) }
