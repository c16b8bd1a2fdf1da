//go:build unix

package compare

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// inGroup puts the process of a command, and those that it starts, in a group
// of their own, which is ended with the context of the command.
func inGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return endGroup(command) }
}

// endGroup kills what is left of the group of a command that was started.
func endGroup(command *exec.Cmd) error {
	err := syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}
