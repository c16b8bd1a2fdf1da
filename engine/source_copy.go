package engine

import (
	"bytes"
	"errors"
	"io"
	"os"

	"golang.org/x/exp/mmap"

	"onebrc/engine/internal/kernel"
	"onebrc/parse"
)

// copySource reads a file of known size piece by piece: through read calls, or
// through a mapping that hides its bytes (golang.org/x/exp/mmap).
type copySource struct {
	bytes   io.ReaderAt // file, or the mapping of it
	file    *os.File
	mapping io.Closer // nil if there is none
	plan    plan
}

// openRead makes a source that reads a regular file of size bytes.
func openRead(f *os.File, size int64, s settings) source {
	return &copySource{bytes: f, file: f, plan: newPlan(size, s)}
}

// openCopy makes a source that copies from a mapping of a regular file.
func openCopy(f *os.File, s settings) (source, error) {
	mapping, err := mmap.Open(f.Name())
	if err != nil {
		return nil, err
	}
	return &copySource{bytes: mapping, file: f, mapping: mapping, plan: newPlan(int64(mapping.Len()), s)}, nil
}

func (s *copySource) next(node int, _ *buffer) (chunk, error) { return s.plan.next(node), nil }

func (s *copySource) cut(c *chunk, to *buffer) error {
	return s.plan.cut(c, func(at int64) ([]byte, error) {
		// Few bytes first: nearly all rows end in them.
		var b []byte
		for _, n := range []int64{parse.MaxRowBytes, rowSearchBytes} {
			n = min(n, s.plan.size-at+1)
			b = to.room(int(n))[:n]
			if err := s.read(b, at-1); err != nil {
				return nil, err
			}
			if bytes.IndexByte(b, '\n') >= 0 {
				break
			}
		}
		return b, nil
	})
}

func (s *copySource) load(c *chunk, offset int64, to *buffer) (window, error) {
	size := int(min(c.end()-offset, copyBytes))
	w := window{bytes: to.room(size), at: kernel.PadBefore, size: size}
	return w, s.read(w.bytes[w.at:][:size], offset)
}

// read fills b from offset on.
func (s *copySource) read(b []byte, offset int64) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			if _, ok := panicked.(fault); !ok {
				panic(panicked)
			}
			err = faultError(s.file, s.plan.size) // only the mapping can be what faults here
		}
	}()
	n, err := s.bytes.ReadAt(b, offset)
	switch {
	case n == len(b):
		return nil
	case err == io.EOF:
		return ErrTruncated
	}
	return err
}

func (s *copySource) shrunk() bool { return isShorter(s.file, s.plan.size) }

func (s *copySource) close() error {
	if s.mapping == nil {
		return s.file.Close()
	}
	return errors.Join(s.mapping.Close(), s.file.Close())
}
