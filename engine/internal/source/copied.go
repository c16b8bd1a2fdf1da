package source

import (
	"bytes"
	"errors"
	"io"
	"os"

	"golang.org/x/exp/mmap"

	"onebrc/parse"
)

// copied is a source that reads a file of known size piece by piece: with read
// calls, or from a mapping that hides its bytes (golang.org/x/exp/mmap).
type copied struct {
	plan
	bytes   io.ReaderAt // the file or its mapping
	file    *os.File
	mapping io.Closer // nil if the file is not mapped
}

// openRead returns a source that reads a regular file of size bytes with read calls.
func openRead(f *os.File, size int64, c Config) Source {
	return &copied{bytes: f, file: f, plan: newPlan(size, c)}
}

// openCopy returns a source that copies from a mapping of a regular file.
func openCopy(f *os.File, c Config) (Source, error) {
	mapping, err := mmap.Open(f.Name())
	if err != nil {
		return nil, err
	}
	return &copied{bytes: mapping, file: f, mapping: mapping, plan: newPlan(int64(mapping.Len()), c)}, nil
}

// Cut implements Source.
func (s *copied) Cut(c *Chunk, buffer *Buffer) error {
	if s.borders != nil {
		return s.cutAtQuotes(c, func(from, to int64) ([]byte, error) {
			w := buffer.room(int(min(CopyBytes, to-from)), from)
			return w.Data(), s.read(w.Data(), from)
		})
	}
	return s.cut(c, func(at int64) ([]byte, error) {
		// Read a few bytes first: nearly all rows end in them.
		var b []byte
		for _, n := range []int64{parse.MaxRowBytes, int64(rowSearchBytes)} {
			w := buffer.room(int(min(n, s.size-at+1)), at-1)
			b = w.Data()
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

// Load implements Source.
func (s *copied) Load(c *Chunk, offset int64, buffer *Buffer) (Window, error) {
	w := buffer.room(int(min(c.End()-offset, CopyBytes)), offset)
	return w, s.read(w.Data(), offset)
}

// read fills b with the bytes at offset.
func (s *copied) read(b []byte, offset int64) (err error) {
	if s.mapping != nil {
		defer func() { catchFault(recover(), nil, s.file, s.size, &err) }()
	}
	n, err := s.bytes.ReadAt(b, offset)
	switch {
	case n == len(b):
		return nil
	case err == io.EOF:
		return ErrTruncated
	}
	return err
}

// Shrunk implements Source.
func (s *copied) Shrunk() bool { return isShorter(s.file, s.size) }

// Release implements Source. The worker's buffer has no more than a piece of the chunk.
func (s *copied) Release(*Chunk) {}

// Close implements Source.
func (s *copied) Close() error {
	if s.mapping == nil {
		return s.file.Close()
	}
	return errors.Join(s.mapping.Close(), s.file.Close())
}
