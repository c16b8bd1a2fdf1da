// Package cli has what the programs share: it runs a command, prints its error,
// chooses the exit code, handles signals, draws progress and formats sizes.
package cli

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	Success = 0
	Failure = 1
	Usage   = 2
)

// ErrInterrupted is the error of a run that a signal ended.
var ErrInterrupted = errors.New("interrupted")

// UsageError marks an error in the command line, as opposed to one in the run.
type UsageError struct{ Err error }

// Error returns the text of the marked error.
func (e UsageError) Error() string { return e.Err.Error() }

// Unwrap returns the marked error.
func (e UsageError) Unwrap() error { return e.Err }

// Usagef returns a formatted UsageError.
func Usagef(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// Run executes a command with args and returns the exit code. It prints an error
// on one line of standard error, after the name of the program.
func Run(command *cobra.Command, args []string) int {
	ignorePipeSignal()
	command.SilenceUsage, command.SilenceErrors = true, true
	command.Version = version()
	command.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return UsageError{err} })
	command.SetArgs(args)
	executed, err := command.ExecuteC()
	if err == nil {
		return Success
	}
	prefix := command.Name() + ": "
	fmt.Fprintf(os.Stderr, "%s%s\n", prefix, strings.TrimPrefix(err.Error(), prefix))
	var usage UsageError
	if errors.As(err, &usage) {
		fmt.Fprintf(os.Stderr, "Run '%s --help' for usage.\n", executed.CommandPath())
		return Usage
	}
	return Failure
}

// version returns the version of the module that the go command recorded.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}
