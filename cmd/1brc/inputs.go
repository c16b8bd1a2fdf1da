package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/term"

	"onebrc/cmd/internal/cli"
	"onebrc/engine"
)

// stdinArgument is the FILE that means standard input. Errors call it stdinName.
const (
	stdinArgument = "-"
	stdinName     = "stdin"
)

// stdinPaths are files that are standard input on many systems.
var stdinPaths = []string{"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}

// checkStdin refuses to read standard input twice, or from a terminal by accident.
func checkStdin(args []string) error {
	if len(args) == 0 && term.IsTerminal(int(os.Stdin.Fd())) {
		return cli.Usagef("no FILE, and standard input is a terminal: name a FILE, or - to read from the terminal")
	}
	first, isStdin := "", stdinMatcher()
	for _, arg := range args {
		switch {
		case !isStdin(arg):
		case first != "":
			return cli.Usagef("standard input can be read only once, got %q and %q", first, arg)
		default:
			first = arg
		}
	}
	return nil
}

// isStdin reports whether a FILE is standard input under any name. A regular file
// that is standard input can also be read by its own name.
func isStdin(arg string) bool { return stdinMatcher()(arg) }

// stdinMatcher returns isStdin for many calls.
func stdinMatcher() func(arg string) bool {
	stdin, err := os.Stdin.Stat()
	isStream := err == nil && stdin.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0
	return func(arg string) bool {
		if arg == stdinArgument || slices.Contains(stdinPaths, filepath.ToSlash(filepath.Clean(arg))) {
			return true
		}
		if !isStream {
			return false
		}
		info, err := os.Stat(arg)
		return err == nil && os.SameFile(stdin, info)
	}
}

// inputs returns the inputs of the engine.
func inputs(args []string) []engine.Input {
	all := make([]engine.Input, len(args))
	for i, arg := range args {
		all[i] = engine.File(arg)
		if arg == stdinArgument {
			all[i] = engine.Reader(stdinName, os.Stdin)
		}
	}
	return all
}

// checkInputs returns the inputs of the engine, or the error of the first FILE that cannot
// be read.
func checkInputs(args []string) ([]engine.Input, error) {
	all := inputs(args)
	stdin := slices.Index(args, stdinArgument)
	if stdin >= 0 && looksClosed(os.Stdin) {
		if err := engine.CheckInputs(all[:stdin]); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("standard input is closed, or is %s opened for writing, too", os.DevNull)
	}
	return all, engine.CheckInputs(all)
}

// sizeOf returns the size of all FILEs. It is not known unless all are regular files.
func sizeOf(args []string) (total int64, known bool) {
	for _, arg := range args {
		info, err := os.Stat(arg)
		if arg == stdinArgument || err != nil || !info.Mode().IsRegular() {
			return 0, false
		}
		total += info.Size()
	}
	return total, true
}
