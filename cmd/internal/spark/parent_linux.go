package spark

import "syscall"

// endWithParent has the kernel ask a process to end when the thread that starts it ends.
// It covers the death of this process by SIGKILL.
func endWithParent(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGTERM }
