package engine

import (
	"bytes"
	"io"
	"os"
	"slices"

	"golang.org/x/exp/mmap"

	"onebrc/parse"
)

// copySource reads a file of known size piece by piece: through read calls, or
// through a mapping that hides its bytes (golang.org/x/exp/mmap).
type copySource struct {
	file interface {
		io.ReaderAt
		io.Closer
	}
	cutter cutter
	search []byte // memory for the bytes around a cut
}

// openRead makes a source that reads a regular file of size bytes.
func openRead(f *os.File, size int64, s settings) source {
	return &copySource{file: f, cutter: newCutter(size, s)}
}

// openCopy makes a source that copies from a mapping of a regular file.
func openCopy(f *os.File, s settings) (source, error) {
	file, err := mmap.Open(f.Name())
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	return &copySource{file: file, cutter: newCutter(int64(file.Len()), s)}, nil
}

func (s *copySource) next(*buffer) (chunk, error) {
	return s.cutter.next(func(at int64) ([]byte, error) {
		// Few bytes first: nearly all rows end in them.
		for _, n := range []int64{parse.MaxRowBytes, rowSearchBytes} {
			n = min(n, s.cutter.size-at+1)
			s.search = slices.Grow(s.search[:0], int(n))[:n]
			if err := s.read(s.search, at-1); err != nil {
				return nil, err
			}
			if bytes.IndexByte(s.search, '\n') >= 0 {
				break
			}
		}
		return s.search, nil
	})
}

func (s *copySource) load(c *chunk, offset int64, to *buffer) (window, error) {
	size := int(min(c.end()-offset, copyBytes))
	w := window{to.room(size), parse.PadBefore, size}
	return w, s.read(w.bytes[w.at:][:size], offset)
}

// read fills b from offset on.
func (s *copySource) read(b []byte, offset int64) error {
	n, err := s.file.ReadAt(b, offset)
	switch {
	case n == len(b):
		return nil
	case err == io.EOF:
		return ErrTruncated
	}
	return err
}

func (s *copySource) close() error { return s.file.Close() }
