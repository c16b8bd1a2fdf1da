//go:build !unix

package engine

import "os"

// openRegular makes a source of a regular file and closes f if it succeeds.
func openRegular(f *os.File, _ int64, s settings) (source, error) {
	src, err := openCopy(f.Name(), s)
	if err == nil {
		err = f.Close()
	}
	return src, err
}
