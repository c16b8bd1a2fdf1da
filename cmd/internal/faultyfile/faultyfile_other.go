//go:build !linux || !(amd64 || arm64)

package faultyfile

import "errors"

// MountFaulty fails with errors.ErrUnsupported.
func MountFaulty(string, []byte, int64) (path string, unmount func() error, err error) {
	return "", nil, errors.ErrUnsupported
}
