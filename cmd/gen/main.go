// Command gen writes deterministic data sets for the One Billion Row
// Challenge; see gen --help and package onebrc/gen.
package main

import (
	"os"

	"onebrc/cmd/internal/cli"
)

func main() {
	os.Exit(cli.Run(newCommand(), os.Args[1:]))
}
