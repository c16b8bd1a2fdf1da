//go:build unix

package spark

import (
	"os"
	"os/exec"
	"syscall"
)

// setGroup puts the process of command and its descendants in a new process group, so
// that a Ctrl-C in a terminal does not reach them: endGroup does.
func setGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithParent(command.SysProcAttr)
}

// endGroup asks the group of a started process to end. Spark then cancels its jobs and
// removes its temporary files.
func endGroup(process *os.Process) { _ = syscall.Kill(-process.Pid, syscall.SIGTERM) }

// killGroup kills what is left of the group of a started process.
func killGroup(process *os.Process) { _ = syscall.Kill(-process.Pid, syscall.SIGKILL) }
