// Package testdata has the pairs of input and expected output for programs that run
// without the repository. Tests read the files.
package testdata

import "embed"

// Files has the folders golden and bad.
//
//go:embed golden bad
var Files embed.FS
