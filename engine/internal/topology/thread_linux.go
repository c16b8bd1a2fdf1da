package topology

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Pin locks the calling goroutine to its OS thread, and pins the thread to cpus.
// It ignores CPUs that the process may not use, and fails if no CPU is left. The
// same goroutine must call unpin, which restores the thread's mask and unlocks
// the goroutine. If unpin fails, the goroutine stays locked, so that the thread
// ends with it. On other systems the error is errors.ErrUnsupported.
func Pin(cpus Set) (unpin func() error, err error) {
	previous := unix.NewCPUSet(maxNumber + 1)
	mask := unix.NewCPUSet(maxNumber + 1)
	for _, cpu := range cpus {
		mask.Set(cpu)
	}
	runtime.LockOSThread()
	err = unix.SchedGetaffinityDynamic(0, previous)
	if err == nil {
		err = unix.SchedSetaffinityDynamic(0, mask)
	}
	if err != nil {
		runtime.UnlockOSThread()
		return nil, fmt.Errorf("pin to CPUs %s: %w", cpus, err)
	}
	return func() error {
		if err := unix.SchedSetaffinityDynamic(0, previous); err != nil {
			return fmt.Errorf("unpin: %w", err)
		}
		runtime.UnlockOSThread()
		return nil
	}, nil
}

// nodeMaskBits is the highest number of nodes that a kernel supports.
const nodeMaskBits = 1024

// nodeMask has a bit for each node. It must be as large as the kernel's.
type nodeMask [nodeMaskBits / (8 * unsafe.Sizeof(uintptr(0)))]uintptr

// newNodeMask returns the mask of nodes. It ignores numbers that no kernel
// supports.
func newNodeMask(nodes Set) *nodeMask {
	const wordBits = 8 * int(unsafe.Sizeof(uintptr(0)))
	m := new(nodeMask)
	for _, n := range nodes {
		if n >= 0 && n < nodeMaskBits {
			m[n/wordBits] |= 1 << (n % wordBits)
		}
	}
	return m
}

// SetPolicy locks the calling goroutine to its OS thread, and sets the policy for
// memory that the thread touches first: anonymous memory, and the page cache of
// files that it reads or writes. The same goroutine must call restore, which sets
// the previous policy and unlocks the goroutine. If restore fails, the goroutine
// stays locked. Containers often lack the right to make the call. On other
// systems the error is errors.ErrUnsupported.
func SetPolicy(policy Policy, nodes Set) (restore func() error, err error) {
	var mode int32
	previous := new(nodeMask)
	runtime.LockOSThread()
	_, _, errno := unix.Syscall6(unix.SYS_GET_MEMPOLICY, uintptr(unsafe.Pointer(&mode)),
		uintptr(unsafe.Pointer(previous)), nodeMaskBits+1, 0, 0, 0)
	if errno == 0 {
		errno = setPolicy(int(policy), newNodeMask(nodes))
	}
	if errno != 0 {
		runtime.UnlockOSThread()
		return nil, fmt.Errorf("policy for nodes %s: %w", nodes, errno)
	}
	return func() error {
		if errno := setPolicy(int(mode), previous); errno != 0 {
			return fmt.Errorf("restore the memory policy: %w", errno)
		}
		runtime.UnlockOSThread()
		return nil
	}, nil
}

// setPolicy calls set_mempolicy(2). The kernel uses one bit less than it is told.
func setPolicy(mode int, mask *nodeMask) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_SET_MEMPOLICY, uintptr(mode), uintptr(unsafe.Pointer(mask)), nodeMaskBits+1)
	return errno
}

// SetPolicyOf sets the policy of the pages of memory, which must be a mapping that
// starts at a page. It has no effect on pages of a file, unless the file is on a
// tmpfs. On other systems the error is errors.ErrUnsupported.
func SetPolicyOf(memory []byte, policy Policy, nodes Set) error {
	if len(memory) == 0 {
		return nil
	}
	mask := newNodeMask(nodes)
	_, _, errno := unix.Syscall6(unix.SYS_MBIND, uintptr(unsafe.Pointer(&memory[0])), uintptr(len(memory)),
		uintptr(policy), uintptr(unsafe.Pointer(mask)), nodeMaskBits+1, 0)
	if errno != 0 {
		return fmt.Errorf("policy for nodes %s: %w", nodes, os.NewSyscallError("mbind", errno))
	}
	return nil
}
