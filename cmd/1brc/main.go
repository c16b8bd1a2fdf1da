// Command 1brc prints the minimum, mean and maximum of each name in files of
// rows "name;value". See 1brc --help, and package onebrc/engine for the library.
package main

import (
	"os"
	"strings"

	"onebrc/cmd/internal/cli"
)

func main() {
	os.Exit(runProgram(os.Args[1:]))
}

// runProgram runs the program and returns the exit code.
func runProgram(args []string) int {
	if !areFiles(args) {
		return cli.Run(newCommand(), args)
	}
	return cli.RunFunc("1brc", func() error {
		c := newConfig()
		if err := c.check(func(string) bool { return false }, args); err != nil {
			return err
		}
		return c.run(args)
	})
}

// areFiles reports whether args are just FILEs, which the run of a small file is too short
// to parse with all flags of all commands. No flag begins otherwise than with "-", and no
// command has a point or a slash in its name.
func areFiles(args []string) bool {
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			return false
		}
	}
	return len(args) > 0 && strings.ContainsAny(args[0], "./")
}
