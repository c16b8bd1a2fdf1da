package source

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"onebrc/engine/internal/decompress"
	"onebrc/engine/internal/schedule"
	"onebrc/parse/delimited"
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

	syntax *delimited.Syntax // nil if every LF ends a row
	state  delimited.State   // at offset if it is inside a row
	eof    bool              // r has returned io.EOF

	decoder *decompress.Reader // that r reads; nil if the input is not compressed
	stored  int64              // decoder.Offset() after the last chunk
	begin   int64              // the offset of the first byte of decoder
	ready   bool               // r does not block
	file    *os.File           // a regular file of size bytes that r reads; may be nil
	size    int64
}

func newStream(r io.Reader, closer io.Closer, c Config) *stream {
	return &stream{r: r, closer: closer, bytes: min(c.ChunkBytes, CopyBytes), syntax: c.Syntax}
}

// Ordered implements Source.
func (s *stream) Ordered() bool { return true }

// Ready implements Source.
func (s *stream) Ready() bool { return s.ready }

// Next implements Source.
func (s *stream) Next(_ int, buffer *Buffer) (Chunk, error) {
	c, err := s.next(buffer)
	if s.decoder != nil {
		offset := s.decoder.Offset()
		c.Compressed, c.Stored, s.stored = true, offset-s.stored, offset
		if s.begin+s.decoder.Checked() < c.End() {
			c.Unchecked = s.decoder.Format()
		}
	}
	return c, err
}

// verifiedBytes is how many bytes Verify reads at most.
const verifiedBytes = 64 << 20

// Verify reads on after a bad row of a compressed input that ends before end, because
// damage can look like bad rows. It returns the error of damaged data. known means that the
// row is what was compressed; otherwise the checksum is more than 64 MiB of text away.
func (s *stream) Verify(ctx context.Context, end int64) (known bool, err error) {
	piece, left := make([]byte, CopyBytes), verifiedBytes
	for s.begin+s.decoder.Checked() <= end && s.failed == nil && left > 0 && ctx.Err() == nil {
		var n int
		n, s.failed = s.r.Read(piece)
		left -= n
	}
	switch {
	case s.begin+s.decoder.Checked() > end || s.failed == io.EOF:
		return true, nil
	case s.failed != nil:
		return false, s.failed
	}
	return false, ctx.Err()
}

// next is Next for an input that is not compressed.
func (s *stream) next(buffer *Buffer) (Chunk, error) {
	c := Chunk{Offset: s.offset, Inside: s.inside}
	c.Nominal = schedule.Chunk{Begin: s.offset, End: s.offset, Node: schedule.AnyNode}
	if s.ended || s.failed != nil {
		return c, s.failed
	}
	w, err := s.fill(buffer, max(s.bytes, len(s.carry)+1))
	body := w.Data()
	rows, state := s.rowsIn(body)
	for err == nil && rows == 0 && !s.inside && len(body) < rowSearchBytes {
		s.carry = append(s.carry[:0], body...)
		w, err = s.fill(buffer, rowSearchBytes)
		body = w.Data()
		rows, state = s.rowsIn(body)
	}
	moreRows := s.inside && s.syntax != nil && rows > 0 && rows < len(body)
	switch {
	case err == io.EOF && !moreRows: // not io.ErrUnexpectedEOF, which a decompressor returns for a truncated file
		c.Final, s.ended = true, true
	case err != nil && err != io.EOF:
		s.failed = err
		if w.Size = rows; rows == 0 {
			return c, err
		}
	case rows > 0:
		w.Size = rows
		s.carry = append(s.carry[:0], body[rows:]...)
		s.inside, s.state = false, delimited.FieldStart
	default:
		s.carry = s.carry[:0]
		s.inside, s.state, c.Cut = true, state, true
	}
	c.Size, c.loaded = int64(w.Size), w
	s.offset += c.Size
	c.Nominal.End = s.offset
	return c, nil
}

// rowsIn returns how many bytes of body are complete rows. If the body begins inside a
// row and there is a syntax, that is only the rest of this row. state is that after
// body.
func (s *stream) rowsIn(body []byte) (rows int, state delimited.State) {
	if s.syntax == nil {
		return bytes.LastIndexByte(body, '\n') + 1, state
	}
	if s.inside {
		lf, state := s.syntax.RowEnd(body, s.state)
		return lf + 1, state
	}
	if !s.syntax.HasQuote || bytes.IndexByte(body, s.syntax.Quote) < 0 {
		rows = bytes.LastIndexByte(body, '\n') + 1
	}
	begin := rows // of the next row
	if rows == 0 && s.offset == 0 && bytes.HasPrefix(body, []byte(delimited.ByteOrderMark)) {
		begin = len(delimited.ByteOrderMark) // so that a quote after it begins a field
	}
	for ; ; rows = begin {
		lf, state := s.syntax.RowEnd(body[begin:], delimited.FieldStart)
		if lf < 0 {
			return rows, state
		}
		begin += lf + 1
	}
}

// fill returns the carried bytes and the bytes that follow in the stream: size bytes
// in all, or fewer with an error. It also returns fewer bytes if a read was short
// and contained the end of a row, because the next read may take long.
func (s *stream) fill(buffer *Buffer, size int) (w Window, err error) {
	w = buffer.room(size, s.offset)
	body := w.Data()
	w.Size = copy(body, s.carry)
	if s.eof {
		return w, io.EOF
	}
	for idle := 0; w.Size < size && err == nil; idle++ {
		rest := body[w.Size:]
		var n int
		n, err = s.r.Read(rest)
		if n < 0 || n > len(rest) {
			return Window{}, countError(n, len(rest))
		}
		w.Size += n
		switch {
		case err != nil:
			s.eof = err == io.EOF
		case n > 0 && n < len(rest) && bytes.LastIndexByte(rest[:n], '\n') >= 0:
			return w, nil
		case n > 0:
			idle = 0
		case idle == maxIdleReads:
			err = io.ErrNoProgress
		}
	}
	return w, err
}

// countError is the error of a Read of size bytes that returned the count n.
func countError(n, size int) error {
	return fmt.Errorf("the reader returned a count of %d for %d bytes", n, size)
}

// Cut implements Source. Next has cut the chunk.
func (s *stream) Cut(*Chunk, *Buffer) error { return nil }

// Load implements Source.
func (s *stream) Load(c *Chunk, _ int64, _ *Buffer) (Window, error) { return c.loaded, nil }

// Shrunk implements Source.
func (s *stream) Shrunk() bool { return isShorter(s.file, s.size) }

// Release implements Source.
func (s *stream) Release(*Chunk) {}

// Close implements Source.
func (s *stream) Close() error {
	if s.decoder != nil {
		s.decoder.Close()
	}
	if s.closer == nil {
		return nil
	}
	return s.closer.Close()
}
