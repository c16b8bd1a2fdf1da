package compare

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// startOn starts command on cpus, nil for any, and returns when that was. A
// child has the CPUs of the thread that starts it, also in its count of CPUs.
func startOn(command *exec.Cmd, cpus []int) (start time.Time, err error) {
	if cpus == nil {
		start = time.Now()
		return start, command.Start()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The thread ends with the goroutine, as it stays locked: its CPUs
		// need not be set back.
		runtime.LockOSThread()
		if err = setCPUs(cpus); err != nil {
			return
		}
		start = time.Now()
		err = command.Start()
	}()
	<-done
	return start, err
}

// setCPUs restricts the calling thread to cpus, or says which of them it may
// not use.
func setCPUs(cpus []int) error {
	var set unix.CPUSet
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil && !errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("sched_setaffinity: %w", err)
	}
	usable, err := usableCPUs()
	if err != nil {
		return err
	}
	if got, want := formatCPUs(usable), formatCPUs(cpus); got != want {
		return fmt.Errorf("of the CPUs %s only those of %s may be used", want, got)
	}
	return nil
}

// usableCPUs returns the CPUs that the calling thread may use.
func usableCPUs() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("sched_getaffinity: %w", err)
	}
	var cpus []int
	for cpu := range maxCPUs {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}
