//go:build unix

package cli

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// hangup is the signal that a closed terminal sends.
var hangup os.Signal = syscall.SIGHUP

// ignorePipeSignal makes a write to a closed standard output fail with EPIPE.
// By default the runtime would kill the process with SIGPIPE.
func ignorePipeSignal() {
	signal.Ignore(syscall.SIGPIPE)
}

// IsClosedPipe reports whether err is from a write to a pipe without a reader.
func IsClosedPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE)
}
