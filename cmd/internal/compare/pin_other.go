//go:build !linux

package compare

import (
	"fmt"
	"os/exec"
	"runtime"
	"time"
)

// startOn starts command and returns when that was. It can't choose CPUs here.
func startOn(command *exec.Cmd, cpus []int) (time.Time, error) {
	if cpus != nil {
		return time.Time{}, fmt.Errorf("CPUs can't be chosen on %s", runtime.GOOS)
	}
	start := time.Now()
	return start, command.Start()
}
