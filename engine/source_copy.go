package engine

import (
	"io"

	"golang.org/x/exp/mmap"

	"onebrc/parse"
)

// copySource reads a file through a mapping that hides its bytes, and copies
// each chunk.
type copySource struct {
	file   *mmap.ReaderAt
	cutter cutter
	search [rowSearchBytes]byte
}

func openCopy(path string, s settings) (source, error) {
	file, err := mmap.Open(path)
	if err != nil {
		return nil, err
	}
	s.chunkBytes = min(s.chunkBytes, copyBytes)
	return &copySource{file: file, cutter: newCutter(int64(file.Len()), s)}, nil
}

func (s *copySource) next(*buffer) (chunk, error) {
	return s.cutter.next(func(at int64) (int64, error) {
		n, err := s.file.ReadAt(s.search[:], at-1)
		if err != nil && err != io.EOF {
			return 0, err
		}
		return rowEndIn(s.search[:n], at), nil
	})
}

func (s *copySource) load(c *chunk, to *buffer) error {
	c.window, c.at = to.room(c.size), parse.PadBefore
	n, err := s.file.ReadAt(c.window[c.at:][:c.size], c.offset)
	if n == c.size {
		return nil
	}
	return err
}

func (s *copySource) close() error { return s.file.Close() }
