// Package cli has what the programs share: it runs a command, prints its error,
// chooses the exit code, parses flags, handles signals, draws progress and formats
// sizes.
package cli

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The exit codes.
const (
	Success = 0
	Failure = 1
	Usage   = 2
)

// ErrInterrupted is the error of a run that a signal ended.
var ErrInterrupted = errors.New("interrupted")

// UsageError marks an error of the command line, as opposed to one of the run.
type UsageError struct{ Err error }

// Error returns the text of the marked error.
func (e UsageError) Error() string { return e.Err.Error() }

// Unwrap returns the marked error.
func (e UsageError) Unwrap() error { return e.Err }

// Usagef returns a UsageError with a formatted text.
func Usagef(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// ReportedError marks an error that the program has already printed.
type ReportedError struct{ Err error }

// Error returns the text of the marked error.
func (e ReportedError) Error() string { return e.Err.Error() }

// Unwrap returns the marked error.
func (e ReportedError) Unwrap() error { return e.Err }

// Run executes a command with args and returns the exit code. It prints an error
// once, on one line that starts with the names of the program and its subcommand.
func Run(command *cobra.Command, args []string) int {
	ignorePipeSignal()
	command.SilenceUsage, command.SilenceErrors = true, true
	command.Version = version()
	command.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return UsageError{flagError(err)} })
	checkHelpTopic(command)
	command.SetArgs(args)
	executed, err := command.ExecuteC()
	if err == nil {
		return Success
	}
	if errors.As(err, new(ReportedError)) {
		return Failure
	}
	if executed.Name() == "help" {
		executed = command
	}
	fmt.Fprintf(os.Stderr, "%s: %s\n", executed.CommandPath(), strings.TrimPrefix(err.Error(), command.Name()+": "))
	if errors.As(err, new(UsageError)) {
		fmt.Fprintf(os.Stderr, "Run '%s --help' for usage.\n", executed.CommandPath())
		return Usage
	}
	return Failure
}

// flagError rewords the error of a flag whose value is a WantError.
func flagError(err error) error {
	var invalid *pflag.InvalidValueError
	var want WantError
	if errors.As(err, &invalid) && errors.As(err, &want) {
		return fmt.Errorf("--%s %w, got %q", invalid.GetFlag().Name, want, invalid.GetValue())
	}
	return err
}

// checkHelpTopic makes help for a command that does not exist wrong usage. Cobra
// prints the usage of the program for it, and succeeds.
func checkHelpTopic(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	for _, command := range root.Commands() {
		if command.Name() != "help" {
			continue
		}
		command.Args = func(_ *cobra.Command, topic []string) error {
			if _, rest, err := root.Find(topic); err != nil || len(rest) > 0 {
				return Usagef("unknown help topic %q", strings.Join(topic, " "))
			}
			return nil
		}
	}
}

// version returns the module's version as the go command recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}
