//go:build unix

package compare

import (
	"os"
	"runtime"
	"syscall"
)

// peakOf returns the peak resident memory of a process that has ended, 0 if
// the system doesn't tell.
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
