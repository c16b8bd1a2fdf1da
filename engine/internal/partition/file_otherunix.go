//go:build unix && !linux

package partition

import "os"

func createTemporary(folder string) (file *os.File, name string, err error) {
	return createUnlinked(folder)
}

func (extent) discard() {}
