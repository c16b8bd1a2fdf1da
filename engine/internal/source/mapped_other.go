//go:build !unix

package source

import "os"

func openAuto(f *os.File, size int64, c Config) (Source, error) { return openRead(f, size, c), nil }

// openMap returns a source that copies, because mappings hide their bytes here.
func openMap(f *os.File, _ int64, c Config) (Source, error) { return openCopy(f, c) }

// dropPages does nothing, because nothing is mapped here.
func dropPages([]byte) {}
