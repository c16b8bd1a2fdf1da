//go:build !unix

package stages

import "os"

// mapFile returns the bytes of the file at path. It reads them, because there is no
// portable way to map them.
func mapFile(path string) (data []byte, unmap func() error, err error) {
	data, err = os.ReadFile(path)
	return data, func() error { return nil }, err
}
