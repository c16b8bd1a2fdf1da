package tail

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// usage is what the kernel has counted for a thread so far.
type usage struct {
	counts unix.Rusage
	known  bool
}

// threadUsage returns the usage of the calling thread.
func threadUsage() (u usage) {
	u.known = unix.Getrusage(unix.RUSAGE_THREAD, &u.counts) == nil
	return u
}

// since returns what has come since before, nil if unknown.
func (u usage) since(before usage) *Thread {
	if !u.known || !before.known {
		return nil
	}
	now, then := &u.counts, &before.counts
	cpu := now.Utime.Nano() + now.Stime.Nano() - then.Utime.Nano() - then.Stime.Nano()
	return &Thread{
		CPUSeconds:  seconds(cpu),
		MinorFaults: int64(now.Minflt - then.Minflt), MajorFaults: int64(now.Majflt - then.Majflt),
		VoluntarySwitches: int64(now.Nvcsw - then.Nvcsw), InvoluntarySwitches: int64(now.Nivcsw - then.Nivcsw),
	}
}

// currentCPU returns the CPU and the node that the calling thread is on, both
// Unknown if the kernel doesn't tell.
func currentCPU() (cpu, node int) {
	var c, n uint32
	_, _, errno := unix.RawSyscall(unix.SYS_GETCPU, uintptr(unsafe.Pointer(&c)), uintptr(unsafe.Pointer(&n)), 0)
	if errno != 0 {
		return Unknown, Unknown
	}
	return int(c), int(n)
}
