//go:build !linux || !(amd64 || arm64)

package faultyfile

import "errors"

// MountFaulty fails: there is no file system of this kind here.
func MountFaulty(string, []byte, int64) (path string, unmount func() error, err error) {
	return "", nil, errors.ErrUnsupported
}
