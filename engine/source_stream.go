package engine

import (
	"bytes"
	"io"

	"onebrc/parse"
)

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
	c := chunk{offset: s.offset, at: parse.PadBefore}
	if s.ended {
		return c, nil
	}
	c.window = to.room(s.bytes)
	body := c.window[c.at:][:s.bytes]
	had := copy(body, s.carry)
	n, err := io.ReadFull(s.r, body[had:])
	switch err {
	case nil:
		c.size = bytes.LastIndexByte(body, '\n') + 1
		if c.size == 0 {
			c.size = len(body) // a row longer than any legal one: the chunk shows it
		}
		s.carry = append(s.carry[:0], body[c.size:]...)
	case io.EOF, io.ErrUnexpectedEOF:
		c.size, c.final = had+n, true
		s.ended = true
	default:
		return c, err
	}
	s.offset += int64(c.size)
	return c, nil
}

func (s *streamSource) load(*chunk, *buffer) error { return nil }

func (s *streamSource) close() error {
	if s.closer == nil {
		return nil
	}
	return s.closer.Close()
}
