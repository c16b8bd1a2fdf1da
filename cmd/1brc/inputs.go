package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

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
	first := ""
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
func isStdin(arg string) bool {
	if arg == stdinArgument || slices.Contains(stdinPaths, filepath.ToSlash(filepath.Clean(arg))) {
		return true
	}
	stdin, err := os.Stdin.Stat()
	if err != nil || stdin.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) == 0 {
		return false
	}
	info, err := os.Stat(arg)
	return err == nil && os.SameFile(stdin, info)
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

// checkInputs returns the error of the first FILE that cannot be read. It opens
// regular files and closes them again. It does not open others: opening a FIFO
// waits for its writer.
func checkInputs(args []string) error {
	for _, arg := range args {
		if arg == stdinArgument {
			if looksClosed(os.Stdin) {
				return fmt.Errorf("standard input is closed, or is %s opened for writing, too", os.DevNull)
			}
			continue
		}
		info, err := os.Stat(arg)
		if err == nil && info.Mode().IsRegular() {
			var file *os.File
			if file, err = os.Open(arg); err == nil {
				err = file.Close()
			}
		}
		if err == nil && info.IsDir() {
			err = errors.New("is a directory")
		}
		if err != nil {
			return inputError(arg, err)
		}
	}
	return nil
}

// inputError returns "FILE: reason". It quotes a FILE that would be invisible.
func inputError(path string, err error) error {
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	if path == "" {
		path = strconv.Quote(path)
	}
	return fmt.Errorf("%s: %w", path, err)
}
