//go:build !unix

package source

import (
	"errors"
	"io"
	"os"
)

// readSmall reads the file at path if it is a regular file of at most most bytes. The
// window is empty if it is not. A file of fewer than least bytes is truncated.
func readSmall(path string, least, most int64, buffer *Buffer) (w Window, err error) {
	f, err := os.Open(path)
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	switch {
	case err != nil:
		return w, err
	case !info.Mode().IsRegular() || info.Size() == 0 || info.Size() > most:
		return w, nil
	case info.Size() < least:
		return w, ErrTruncated
	}
	w = buffer.room(int(info.Size()), 0)
	_, err = io.ReadFull(f, w.Data())
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = ErrTruncated
	}
	return w, err
}
