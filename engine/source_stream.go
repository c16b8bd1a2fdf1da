package engine

import (
	"io"

	"onebrc/parse"
)

// maxIdleReads is how many reads in a row may return neither bytes nor an error.
const maxIdleReads = 100

// streamSource reads a stream in chunks. What is behind the last LF of a chunk
// is carried over to the next one.
type streamSource struct {
	r      io.Reader
	closer io.Closer // nil if the caller owns r
	bytes  int
	offset int64
	carry  []byte
	ended  bool
}

func newStreamSource(r io.Reader, closer io.Closer, s settings) *streamSource {
	return &streamSource{r: r, closer: closer, bytes: min(s.chunkBytes, copyBytes)}
}

func (s *streamSource) next(to *buffer) (chunk, error) {
	c := chunk{offset: s.offset}
	if s.ended {
		return c, nil
	}
	w := window{to.room(s.bytes), parse.PadBefore, 0}
	body := w.bytes[w.at:][:s.bytes]
	had := copy(body, s.carry)
	filled, err := had, error(nil)
	for idle := 0; filled < len(body) && err == nil; idle++ {
		var n int
		if n, err = s.r.Read(body[filled:]); n > 0 {
			idle = 0
		}
		filled += n
		if idle == maxIdleReads {
			err = io.ErrNoProgress
		}
	}
	switch {
	case err == io.EOF: // and not io.ErrUnexpectedEOF, which a decompressor returns for half a file
		w.size, c.final, s.ended = filled, true, true
	case err != nil:
		return c, err
	default:
		w.size = rowsIn(body)
		s.carry = append(s.carry[:0], body[w.size:]...)
	}
	c.size, c.loaded = int64(w.size), w
	s.offset += c.size
	return c, nil
}

func (s *streamSource) load(c *chunk, _ int64, _ *buffer) (window, error) { return c.loaded, nil }

func (s *streamSource) close() error {
	if s.closer == nil {
		return nil
	}
	return s.closer.Close()
}
