package cli

import (
	"os"
	"strings"
	"syscall"
)

// hangup is the signal that a closed terminal sends.
var hangup os.Signal = syscall.SIGHUP

// ignorePipeSignal does nothing: the runtime ignores the note.
func ignorePipeSignal() {}

// IsClosedPipe reports whether err is from a write to a pipe without a reader.
func IsClosedPipe(err error) bool {
	return err != nil && strings.Contains(err.Error(), "write on closed pipe")
}
