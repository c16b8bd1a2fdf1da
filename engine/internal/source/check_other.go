//go:build !linux

package source

import (
	"io/fs"
	"os"
)

// lookAtFile returns the type and the size of the file at path. It is an error if the file
// is regular and cannot be opened for reading.
func lookAtFile(path string) (mode fs.FileMode, size int64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, err
	}
	if info.Mode().IsRegular() {
		err = closed(os.Open(path))
	}
	return info.Mode().Type(), info.Size(), err
}
