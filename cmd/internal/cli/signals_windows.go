package cli

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// hangup is nil: a closed terminal sends no signal of its own.
var hangup os.Signal

// ignorePipeSignal does nothing: there is no such signal.
func ignorePipeSignal() {}

// IsClosedPipe reports whether err is from a write to a pipe without a reader.
func IsClosedPipe(err error) bool {
	return errors.Is(err, windows.ERROR_BROKEN_PIPE) || errors.Is(err, windows.ERROR_NO_DATA)
}
