package compare

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"onebrc/engine"
)

// maxCPUs is the number of CPUs that a unix.CPUSet can hold.
const maxCPUs = 1024

// onThread calls f on a new thread that runs on cpus only, or on any CPU if cpus
// is nil. Processes that f starts inherit these CPUs, and the kernel kills them
// when the thread ends (see dieWithParent), so f waits for them.
func onThread(cpus []int, f func() error) error {
	done := make(chan error)
	go func() {
		// The goroutine stays locked, so its thread ends with it. There is no
		// need to restore the CPUs.
		runtime.LockOSThread()
		if cpus != nil {
			if err := setCPUs(cpus); err != nil {
				done <- err
				return
			}
		}
		done <- f()
	}()
	return <-done
}

// setCPUs restricts the calling thread to cpus. The error says which CPUs it may
// use.
func setCPUs(cpus []int) error {
	var set unix.CPUSet
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil && !errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("sched_setaffinity: %w", err)
	}
	usable, err := UsableCPUs()
	if err != nil {
		return err
	}
	if !slices.Equal(usable, cpus) {
		return fmt.Errorf("CPUs %v must be usable, but only %v are", engine.CPUSet(cpus), usable)
	}
	return nil
}

// UsableCPUs returns the CPUs that the calling thread may use.
func UsableCPUs() (engine.CPUSet, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("sched_getaffinity: %w", err)
	}
	var cpus engine.CPUSet
	for cpu := range maxCPUs {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

// dieWithParent has the kernel kill a process when the thread that starts it
// ends. It covers the death of this process by SIGKILL, but not the processes that
// the child has started.
func dieWithParent(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGKILL }

// tree waits for processes and for the processes that these leave behind. For
// that, this process adopts orphans: it is a child subreaper
// (PR_SET_CHILD_SUBREAPER(2const)).
type tree struct {
	// others are the children that this process had before, such as those of a
	// shell that replaced itself with this program.
	others []int
}

// newTree starts the adoption of orphans. Until close, nothing else in this
// process may start a process.
func newTree() *tree {
	// An old kernel refuses. Then there are no orphans to wait for.
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	return &tree{others: children(nil)}
}

// close ends the adoption of orphans.
func (t *tree) close() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) }

// wait waits for the exit of the child pid, which it does not reap, and then for
// all processes that the child has left behind, which it does reap. If ctx ends
// it kills these.
func (t *tree) wait(ctx context.Context, pid int) (u treeUsage) {
	for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	u.exit = time.Now()
	u.end = u.exit
	inTime := ctx.Err() == nil
	known := append([]int{pid}, t.others...)
	for {
		left := children(known)
		if len(left) == 0 {
			return u
		}
		if ctx.Err() != nil {
			killAll(left)
		}
		// The children of each one that ends become children of this process.
		for _, pid := range left {
			var usage unix.Rusage
			_, err := unix.Wait4(pid, nil, 0, &usage)
			for err == unix.EINTR {
				_, err = unix.Wait4(pid, nil, 0, &usage)
			}
			u.end = time.Now()
			u.user += time.Duration(usage.Utime.Nano())
			u.system += time.Duration(usage.Stime.Nano())
			u.peak = max(u.peak, int64(usage.Maxrss)<<10)
		}
		u.killed = inTime && ctx.Err() != nil
	}
}

// kill kills the children that wait waits for. Their descendants follow when
// wait has adopted them.
func (t *tree) kill() { killAll(children(t.others)) }

func killAll(pids []int) {
	for _, pid := range pids {
		_ = unix.Kill(pid, unix.SIGKILL) // it may have ended meanwhile
	}
}

// children returns the children of this process that are not in known, including
// those that have ended and are not yet reaped.
func children(known []int) []int {
	var pids []int
	processes, _ := os.ReadDir("/proc") // without /proc, none are found
	for _, process := range processes {
		pid, err := strconv.Atoi(process.Name())
		if err != nil || slices.Contains(known, pid) {
			continue
		}
		if unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil) == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
