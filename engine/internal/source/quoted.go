package source

import (
	"bytes"
	"errors"

	"onebrc/parse/delimited"
)

// Cut is a way to find where the rows of an input begin if LFs may be in quotes. A
// chunk that ends inside a row was misread, and so may be all chunks after it: every
// way but the last one can fail, which the reader of the chunk notices.
type Cut int

const (
	// CutAtLF cuts after the next LF, as if there were no quotes. It costs nothing
	// and is right unless that LF is in quotes.
	CutAtLF Cut = iota
	// CutAtQuotes counts the quotes of each chunk: after an odd number, the next
	// LF is in quotes. It costs another look at all bytes, most of which then are
	// in the cache, and is right unless a bad row has a quote where none is
	// allowed.
	CutAtQuotes
	// CutInOrder reads the input as a stream, of which one worker after the other
	// finds all rows. It is always right.
	CutInOrder
)

const (
	// quotedChunkBytes is the size of the largest chunk of CutAtQuotes, which is
	// still in the cache when its rows are read.
	quotedChunkBytes = 1 << 20
	// scanBytes is how much of a mapping is scanned at a time.
	scanBytes = 64 << 10
	// sampleBytes is how much of an input is looked at to choose a Cut.
	sampleBytes = 256 << 10
)

// Cuts returns the ways to cut inputs, the cheapest first. If the first input begins
// with rows that have an LF in quotes, CutAtLF is left out. If an input can be read
// only once, the only way is one that is always right.
func Cuts(syntax *delimited.Syntax, inputs []Input) []Cut {
	if syntax == nil || !syntax.HasQuote {
		return []Cut{CutAtLF}
	}
	for _, in := range inputs {
		if !in.repeatable() {
			return []Cut{CutInOrder}
		}
	}
	if len(inputs) > 0 && hasQuotedLF(*syntax, bytes.TrimPrefix(inputs[0].sample(), []byte(delimited.ByteOrderMark))) {
		return []Cut{CutAtQuotes, CutInOrder}
	}
	return []Cut{CutAtLF, CutAtQuotes, CutInOrder}
}

// hasQuotedLF reports whether an LF of b, which begins at a row, is in quotes.
func hasQuotedLF(s delimited.Syntax, b []byte) bool {
	if bytes.IndexByte(b, s.Quote) < 0 {
		return false
	}
	for len(b) > 0 {
		lf, _ := s.RowEnd(b, delimited.FieldStart)
		if lf < 0 {
			return bytes.IndexByte(b, '\n') >= 0
		}
		if bytes.IndexByte(b[:lf], '\n') >= 0 {
			return true
		}
		b = b[lf+1:]
	}
	return false
}

// errBorder is the error of a chunk whose first row is unknown because an earlier
// chunk could not be read. The error of that chunk comes before it.
var errBorder = errors.New("the border of the chunk is unknown")

// borders finds the first row at or after each nominal border. Chunks are cut in
// parallel: each counts its quotes, then waits for the start of its first row, which
// the chunk before it finds.
type borders struct {
	quote byte
	// starts has the start of the first row at or after a border, or -1 if it is
	// unknown.
	starts *handover[int64]
}

func newBorders(quote byte) *borders { return &borders{quote: quote, starts: newHandover[int64](0)} }

// cutAtQuotes moves the borders of c to rows. read returns the first bytes from from
// on, no further than to.
func (p *plan) cutAtQuotes(c *Chunk, read func(from, to int64) ([]byte, error)) error {
	begin, end, next := c.Nominal.Begin, c.Nominal.End, int64(-1)
	defer func() { p.borders.starts.publish(end, next) }()
	quotes, err := p.borders.count(begin, end, read)
	start := p.borders.starts.take(begin)
	switch {
	case err != nil:
		return err
	case start < 0:
		return errBorder
	case start >= end: // a row covers the chunk
		c.Offset, next = start, start
		return nil
	}
	before, err := p.borders.count(begin, start, read)
	if err != nil {
		return err
	}
	inside := (quotes-before)%2 != 0
	found := p.size
	if end < p.size {
		if found, err = p.nextRow(end, inside, read); err != nil {
			return err
		}
	}
	next = found
	c.Offset, c.Size, c.Final = start, next-start, next == p.size
	return nil
}

// count counts the quotes from from to to.
func (b *borders) count(from, to int64, read func(from, to int64) ([]byte, error)) (quotes int, err error) {
	for from < to {
		piece, err := read(from, to)
		if err != nil {
			return 0, err
		}
		quotes += bytes.Count(piece, []byte{b.quote})
		from += int64(len(piece))
	}
	return quotes, nil
}

// nextRow returns the first start of a row at or after at. inside means that at is in
// quotes.
func (p *plan) nextRow(at int64, inside bool, read func(from, to int64) ([]byte, error)) (int64, error) {
	for from := at - 1; from < p.size; {
		piece, err := read(from, min(from+scanBytes, p.size))
		if err != nil {
			return 0, err
		}
		for i, c := range piece {
			switch {
			case c == p.borders.quote && from+int64(i) >= at:
				inside = !inside
			case c == '\n' && !inside:
				return from + int64(i) + 1, nil
			}
		}
		from += int64(len(piece))
	}
	return p.size, nil
}
