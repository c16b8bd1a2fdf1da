// Command gen writes data sets for the One Billion Row Challenge. See gen --help
// for its flags and package onebrc/gen for the data sets.
package main

import (
	"os"

	"onebrc/cmd/internal/cli"
)

func main() {
	os.Exit(cli.Run(newCommand(), os.Args[1:]))
}
