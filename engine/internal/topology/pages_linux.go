package topology

import (
	"os"
	"runtime"
	"runtime/debug"
	"unsafe"

	"golang.org/x/sys/unix"
)

// PageNodes returns the node of the page at each of the offsets of data, which
// must be a mapping. -1 stands for a page that is not resident or whose node the
// kernel does not tell. PageNodes maps resident pages into this process, and
// waits for a disk at most once; the package comment explains how. Containers
// often lack the right to make the calls. On other systems the error is
// errors.ErrUnsupported.
func PageNodes(data []byte, offsets []int) ([]int, error) {
	nodes := make([]int, len(offsets))
	pages := make([]unsafe.Pointer, 0, len(offsets))
	at := make([]int, 0, len(offsets)) // index in nodes for each of pages
	defer runtime.UnlockOSThread()
	runtime.LockOSThread() // diskReads counts reads of the thread
	reads, trusted := diskReads(), true
	for i, offset := range offsets {
		nodes[i] = -1
		if !trusted {
			continue
		}
		resident, err := isResident(data, offset)
		if err != nil {
			return nil, err
		}
		if !resident || !touch(data, offset) {
			continue
		}
		if trusted = diskReads() == reads; !trusted {
			continue // mincore reported a page as resident that was not
		}
		pages, at = append(pages, unsafe.Pointer(&data[offset])), append(at, i)
	}
	if len(pages) == 0 {
		return nodes, nil
	}
	status := make([]int32, len(pages))
	_, _, errno := unix.Syscall6(unix.SYS_MOVE_PAGES, 0, uintptr(len(pages)), uintptr(unsafe.Pointer(&pages[0])),
		0, uintptr(unsafe.Pointer(&status[0])), 0)
	if errno != 0 {
		return nil, os.NewSyscallError("move_pages", errno)
	}
	for i, s := range status {
		nodes[at[i]] = max(int(s), -1) // a negative status is an error number
	}
	return nodes, nil
}

// diskReads returns a number that grows when this thread reads from a disk. It
// also counts the blocks that the thread requested, because a fault on a page
// that is already being read is not a major fault.
func diskReads() int64 {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_THREAD, &u) // fails only for a bad argument
	return int64(u.Majflt) + int64(u.Inblock)
}

// isResident reports whether the kernel says that the page at offset is resident.
func isResident(data []byte, offset int) (bool, error) {
	var vector [1]byte
	page := uintptr(unsafe.Pointer(&data[offset])) &^ uintptr(os.Getpagesize()-1)
	_, _, errno := unix.Syscall(unix.SYS_MINCORE, page, 1, uintptr(unsafe.Pointer(&vector)))
	runtime.KeepAlive(data)
	if errno != 0 {
		return false, os.NewSyscallError("mincore", errno)
	}
	return vector[0]&1 != 0, nil
}

// touch reads the byte at offset. ok is false if the page no longer exists,
// because the file was truncated.
func touch(data []byte, offset int) (ok bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { ok = recover() == nil }()
	b := data[offset]
	runtime.KeepAlive(b)
	return true
}
