//go:build unix

package cli

import (
	"errors"
	"os/signal"
	"syscall"
)

// ignorePipeSignal turns SIGPIPE, by which the runtime would kill the process
// at a write to a closed standard output, into the error EPIPE of that write.
func ignorePipeSignal() {
	signal.Ignore(syscall.SIGPIPE)
}

// IsClosedPipe reports whether err is a write to a pipe without a reader.
func IsClosedPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE)
}
