package engine

import (
	"bytes"
	"io"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/schedule"
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
	inside bool  // offset is inside a row
	failed error // comes behind the rows that came before it
}

func newStreamSource(r io.Reader, closer io.Closer, s settings) *streamSource {
	return &streamSource{r: r, closer: closer, bytes: min(s.chunkBytes, copyBytes)}
}

func (s *streamSource) next(_ int, to *buffer) (chunk, error) {
	c := chunk{offset: s.offset, inside: s.inside}
	c.nominal = schedule.Chunk{Begin: s.offset, End: s.offset, Node: schedule.AnyNode}
	if s.ended || s.failed != nil {
		return c, s.failed
	}
	body, err := s.fill(to, max(s.bytes, len(s.carry)+1))
	if err == nil && !s.inside && len(body) < rowSearchBytes && bytes.IndexByte(body, '\n') < 0 {
		s.carry = append(s.carry[:0], body...)
		body, err = s.fill(to, rowSearchBytes)
	}
	w := window{bytes: to.bytes, at: kernel.PadBefore, size: len(body)}
	switch {
	case err == io.EOF: // and not io.ErrUnexpectedEOF, which a decompressor returns for half a file
		c.final, s.ended = true, true
	case err != nil:
		s.failed = err
		if w.size = bytes.LastIndexByte(body, '\n') + 1; w.size == 0 {
			return c, err
		}
	default:
		w.size = rowsIn(body)
		s.carry = append(s.carry[:0], body[w.size:]...)
		s.inside = body[w.size-1] != '\n'
	}
	c.size, c.loaded = int64(w.size), w
	s.offset += c.size
	c.nominal.End = s.offset
	return c, nil
}

// fill returns what is carried and what comes behind it in the stream, size
// bytes in all, or fewer with an error.
func (s *streamSource) fill(to *buffer, size int) (body []byte, err error) {
	body = to.room(size)[kernel.PadBefore:][:size]
	filled := copy(body, s.carry)
	for idle := 0; filled < size && err == nil; idle++ {
		var n int
		if n, err = s.r.Read(body[filled:]); n > 0 {
			idle = 0
		}
		filled += n
		if idle == maxIdleReads {
			err = io.ErrNoProgress
		}
	}
	return body[:filled], err
}

func (s *streamSource) cut(*chunk, *buffer) error { return nil } // next has done it

func (s *streamSource) load(c *chunk, _ int64, _ *buffer) (window, error) { return c.loaded, nil }

func (s *streamSource) shrunk() bool { return false }

func (s *streamSource) close() error {
	if s.closer == nil {
		return nil
	}
	return s.closer.Close()
}
