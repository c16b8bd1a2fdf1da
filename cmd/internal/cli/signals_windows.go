package cli

import (
	"errors"

	"golang.org/x/sys/windows"
)

// ignorePipeSignal has nothing to do: a closed pipe is an error here.
func ignorePipeSignal() {}

// IsClosedPipe reports whether err is a write to a pipe without a reader.
func IsClosedPipe(err error) bool {
	return errors.Is(err, windows.ERROR_BROKEN_PIPE) || errors.Is(err, windows.ERROR_NO_DATA)
}
