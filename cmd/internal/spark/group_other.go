//go:build !unix

package spark

import (
	"os"
	"os/exec"
)

// setGroup does nothing: there are no process groups.
func setGroup(*exec.Cmd) {}

// endGroup kills process only: there are no process groups.
func endGroup(process *os.Process) { _ = process.Kill() }

// killGroup kills process only: there are no process groups.
func killGroup(process *os.Process) { _ = process.Kill() }
