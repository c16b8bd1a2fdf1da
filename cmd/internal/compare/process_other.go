//go:build !unix

package compare

import (
	"os"
	"os/exec"
)

// setGroup does nothing: there are no process groups.
func setGroup(*exec.Cmd) {}

// killGroup kills process only: there are no process groups.
func killGroup(process *os.Process) { _ = process.Kill() }

// peakOf returns 0: the system does not tell.
func peakOf(*os.ProcessState) int64 { return 0 }
