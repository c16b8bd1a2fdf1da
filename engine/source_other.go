//go:build !unix

package engine

import "os"

func openAuto(f *os.File, size int64, s settings) (source, error) { return openRead(f, size, s), nil }

// openMap makes a source of a regular file whose mapping hides its bytes: they
// are copied.
func openMap(f *os.File, _ int64, s settings) (source, error) { return openCopy(f, s) }
