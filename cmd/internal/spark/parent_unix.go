//go:build unix && !linux

package spark

import "syscall"

// endWithParent does nothing: there is no signal for the death of the parent.
func endWithParent(*syscall.SysProcAttr) {}
