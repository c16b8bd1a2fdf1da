//go:build unix

package compare

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// setGroup puts the process of command and its descendants in a new process
// group, which killGroup kills.
func setGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(command.SysProcAttr)
}

// killGroup kills what is left of the group of a started process.
func killGroup(process *os.Process) {
	_ = syscall.Kill(-process.Pid, syscall.SIGKILL) // nothing may be left
}

// peakOf returns the peak resident memory of an ended process, or 0 if the
// system does not tell.
func peakOf(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	peak := int64(usage.Maxrss)
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return peak // in bytes there, in KiB elsewhere
	}
	return peak << 10
}
