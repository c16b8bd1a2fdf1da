// Command 1brc prints the minimum, mean and maximum of each name in files of
// rows "name;value". See 1brc --help, and package onebrc/engine for the library.
package main

import (
	"os"

	"onebrc/cmd/internal/cli"
)

func main() {
	os.Exit(cli.Run(newCommand(os.Args[1:]), os.Args[1:]))
}
