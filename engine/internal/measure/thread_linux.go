package measure

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// threadCounts returns what the kernel has counted for the calling thread. The CPU
// time comes from the clock of the thread, because that of getrusage may be a tick
// old.
func threadCounts() (c counts, known bool) {
	var u unix.Rusage
	var cpu unix.Timespec
	if unix.Getrusage(unix.RUSAGE_THREAD, &u) != nil || unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &cpu) != nil {
		return c, false
	}
	return counts{
		cpu:   time.Duration(cpu.Nano()),
		minor: int64(u.Minflt), major: int64(u.Majflt),
		voluntary: int64(u.Nvcsw), involuntary: int64(u.Nivcsw),
	}, true
}

// currentCPU returns the CPU and the node that the calling thread runs on. Both
// are Unknown if the call fails.
func currentCPU() (cpu, node int) {
	var c, n uint32
	_, _, errno := unix.RawSyscall(unix.SYS_GETCPU, uintptr(unsafe.Pointer(&c)), uintptr(unsafe.Pointer(&n)), 0)
	if errno != 0 {
		return Unknown, Unknown
	}
	return int(c), int(n)
}
