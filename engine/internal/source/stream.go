package source

import (
	"bytes"
	"fmt"
	"io"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/schedule"
)

// maxIdleReads is how many consecutive reads may return neither bytes nor an error.
const maxIdleReads = 100

// stream is a source that reads an input chunk by chunk. It carries the bytes after
// the last LF of a chunk over to the next one.
type stream struct {
	r      io.Reader
	closer io.Closer // nil if the caller owns r
	bytes  int       // largest size of a chunk, except for long rows
	offset int64
	carry  []byte
	ended  bool
	inside bool  // offset is inside a row
	failed error // returned after the rows before it
}

func newStream(r io.Reader, closer io.Closer, c Config) *stream {
	return &stream{r: r, closer: closer, bytes: min(c.ChunkBytes, CopyBytes)}
}

// Ordered implements Source.
func (s *stream) Ordered() bool { return true }

// Next implements Source.
func (s *stream) Next(_ int, buffer *Buffer) (Chunk, error) {
	c := Chunk{Offset: s.offset, Inside: s.inside}
	c.Nominal = schedule.Chunk{Begin: s.offset, End: s.offset, Node: schedule.AnyNode}
	if s.ended || s.failed != nil {
		return c, s.failed
	}
	body, err := s.fill(buffer, max(s.bytes, len(s.carry)+1))
	if err == nil && !s.inside && len(body) < rowSearchBytes && bytes.IndexByte(body, '\n') < 0 {
		s.carry = append(s.carry[:0], body...)
		body, err = s.fill(buffer, rowSearchBytes)
	}
	w := Window{Bytes: buffer.bytes, At: kernel.PadBefore, Size: len(body)}
	switch {
	case err == io.EOF: // not io.ErrUnexpectedEOF, which a decompressor returns for a truncated file
		c.Final, s.ended = true, true
	case err != nil:
		s.failed = err
		if w.Size = bytes.LastIndexByte(body, '\n') + 1; w.Size == 0 {
			return c, err
		}
	default:
		w.Size = RowsIn(body)
		s.carry = append(s.carry[:0], body[w.Size:]...)
		s.inside = body[w.Size-1] != '\n'
		c.Cut = s.inside
	}
	c.Size, c.loaded = int64(w.Size), w
	s.offset += c.Size
	c.Nominal.End = s.offset
	return c, nil
}

// fill returns the carried bytes and the bytes that follow in the stream: size bytes
// in all, or fewer with an error. It also returns fewer bytes if a read was short
// and contained the end of a row, because the next read may take long.
func (s *stream) fill(buffer *Buffer, size int) (body []byte, err error) {
	body = buffer.room(size)[kernel.PadBefore:][:size]
	filled := copy(body, s.carry)
	for idle := 0; filled < size && err == nil; idle++ {
		rest := body[filled:]
		var n int
		n, err = s.r.Read(rest)
		if n < 0 || n > len(rest) {
			return nil, fmt.Errorf("the reader returned a count of %d for %d bytes", n, len(rest))
		}
		filled += n
		switch {
		case err != nil:
		case n > 0 && n < len(rest) && bytes.LastIndexByte(rest[:n], '\n') >= 0:
			return body[:filled], nil
		case n > 0:
			idle = 0
		case idle == maxIdleReads:
			err = io.ErrNoProgress
		}
	}
	return body[:filled], err
}

// Cut implements Source. Next has cut the chunk.
func (s *stream) Cut(*Chunk, *Buffer) error { return nil }

// Load implements Source.
func (s *stream) Load(c *Chunk, _ int64, _ *Buffer) (Window, error) { return c.loaded, nil }

// Shrunk implements Source.
func (s *stream) Shrunk() bool { return false }

// Close implements Source.
func (s *stream) Close() error {
	if s.closer == nil {
		return nil
	}
	return s.closer.Close()
}
