package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"

	"onebrc/engine/internal/decompress"
	"onebrc/engine/internal/schedule"
)

const (
	// packedBytes is how much of a compressed file is read at a time to find units.
	packedBytes = 128 << 10
	// firstBytes is how much is read at most to find the first unit.
	firstBytes = 4 << 20
	// unitsText is how much text a chunk of small units has at most.
	unitsText = 2 * CopyBytes
)

// units is a source of compressed data in units, of package decompress, each of which can
// be decompressed on its own. Next finds the next units and reads them; Cut, which workers
// call at the same time, decompresses them. The rows of a chunk begin in the chunk before
// it, whose worker hands over what comes after its last LF:
//
//	units  |--------- chunk 1 ---------|--------- chunk 2 ---------|
//	rows   aaa;1.0⏎bbbbbb;2.0⏎cc;3.0⏎ddddddd;4.0⏎ee;5.0⏎ffff;6.0⏎
//	chunks |------- chunk 1 ---------|--------- chunk 2 ----------|
//
// From the first byte on that does not begin a unit, the data is read as a stream.
type units struct {
	format   decompress.Format
	expander *decompress.Expander
	packed   io.ReaderAt
	size     int64 // of packed
	at       int64 // where the next unit begins in packed
	nominal  int64 // the place of its text in the order of chunks: at least its offset
	last     int   // size of the last units; the next ones have about as much
	largest  int   // size of the largest units that are read, and of their text
	mostText int64
	together int64 // most text of small units that are one chunk
	taken    int64 // from config.Budget
	config   Config
	closer   io.Closer // nil if the caller owns packed
	file     *os.File  // may be nil

	rest *stream // after the last unit; nil while there may be more

	tails *handover[tail]
}

// tail is what comes after the last row that ends in a chunk.
type tail struct {
	offset  int64 // of the text after it
	bytes   []byte
	inside  bool // the bytes that follow are inside a row that is too long
	unknown bool // the chunk could not be read
}

// errTail is the error of a chunk after one that could not be read. The error of that
// chunk comes before it.
var errTail = errors.New("the chunk before could not be read")

// openUnits returns the source of compressed data if it begins with units, and memory for
// them is available; otherwise nil. Quotes can have an LF between units, so that they are
// read as units only if chunks are cut at any LF.
func openUnits(f decompress.Format, packed io.ReaderAt, size int64, c Config) (*units, error) {
	if c.Syntax != nil && c.Cut != CutAtLF {
		return nil, nil
	}
	s := &units{format: f, packed: packed, size: size, largest: firstBytes, config: c, tails: newHandover(tail{})}
	s.together = int64(min(unitsText, c.ChunkBytes))
	n, text, err := s.find(&Buffer{})
	if n <= 0 || err != nil || int64(n) == size {
		return nil, err
	}
	workers := 0
	for _, n := range c.Nodes.Workers {
		workers += n
	}
	s.largest, s.mostText = max(packedBytes, 2*n), max(s.together, min(2*text, decompress.MaxUnitText))
	taken := int64(workers) * (int64(s.largest) + s.mostText + decompress.ExpanderBytes)
	if c.Budget.Take(taken) != nil {
		return nil, nil // a stream needs less
	}
	s.taken = taken
	if s.expander, err = decompress.NewExpander(f, workers); err != nil {
		c.Budget.Give(taken)
		return nil, err
	}
	return s, nil
}

// find reads the next units into buffer.packed. It returns their size and that of their
// text; the size is not positive if there are none.
func (s *units) find(buffer *Buffer) (packed int, text int64, err error) {
	for size := min(max(packedBytes, s.last+s.last/4), s.largest); ; size = s.largest {
		size = int(min(int64(size), s.size-s.at))
		buffer.packed = grown(buffer.packed, size)
		if n, err := s.packed.ReadAt(buffer.packed, s.at); n < size {
			if err == io.EOF {
				err = ErrTruncated
			}
			return 0, 0, err
		}
		packed, text = decompress.Split(s.format, buffer.packed, s.together)
		if packed >= 0 || size >= s.largest || int64(size) == s.size-s.at {
			s.last = max(packed, 0)
			buffer.packed = buffer.packed[:s.last]
			return packed, text, nil
		}
	}
}

// grown returns a slice of size bytes, in the memory of b if there is enough.
func grown(b []byte, size int) []byte {
	if cap(b) < size {
		return make([]byte, size)
	}
	return b[:size]
}

// Ordered implements Source.
func (s *units) Ordered() bool { return true }

// Ready implements Source.
func (s *units) Ready() bool { return true }

// Next implements Source.
func (s *units) Next(_ int, buffer *Buffer) (Chunk, error) {
	if s.rest != nil {
		return s.nextOfRest(buffer)
	}
	c := Chunk{Compressed: true, Nominal: schedule.Chunk{Begin: s.nominal, End: s.nominal, Node: schedule.AnyNode}}
	if s.at == s.size {
		return c, nil
	}
	n, text, err := s.find(buffer)
	if err != nil {
		return c, err
	}
	if n <= 0 || text == 0 || text > s.mostText {
		if err := s.openRest(); err != nil {
			return c, err
		}
		return s.nextOfRest(buffer)
	}
	c.Stored, c.unit = int64(n), s.at
	s.at += int64(n)
	s.nominal += text
	c.Nominal.End, c.Final = s.nominal, s.at == s.size
	return c, nil
}

// nextOfRest is Next for the rest, whose chunks come after those of units in the order of
// chunks, and one byte later: the first one may have only bytes of the units before it.
func (s *units) nextOfRest(buffer *Buffer) (Chunk, error) {
	c, err := s.rest.Next(schedule.AnyNode, buffer)
	n := &c.Nominal
	isEmpty := n.Begin == n.End
	later := s.nominal - s.rest.begin + 1
	if n.End += later; n.Begin <= s.rest.begin {
		n.Begin = s.nominal
	} else {
		n.Begin += later
	}
	if isEmpty {
		n.End = n.Begin
	}
	return c, err
}

// openRest makes rest, which begins with what the last chunk of units has left.
func (s *units) openRest() error {
	t := s.tails.take(s.nominal)
	if t.unknown {
		return errTail
	}
	if t.inside && s.config.Syntax != nil {
		return ErrMisread
	}
	d := decompress.NewReaderAt(s.format, io.NewSectionReader(s.packed, s.at, s.size-s.at), s.at)
	rest, err := newDecompressed(d, d, nil, s.config)
	if err != nil {
		return err
	}
	rest.carry, rest.inside, rest.begin, rest.stored, rest.ready = t.bytes, t.inside, t.offset, s.at, true
	rest.offset = t.offset - int64(len(t.bytes))
	s.rest = rest
	return nil
}

// Cut implements Source. It decompresses the units of c.
func (s *units) Cut(c *Chunk, buffer *Buffer) error {
	if c.loaded.Bytes != nil || c.Nominal.Begin == c.Nominal.End {
		return nil // of rest
	}
	size := int(c.Nominal.End - c.Nominal.Begin)
	w := buffer.room(rowSearchBytes+size, 0)
	text, err := s.expander.Expand(buffer.packed, w.Data()[rowSearchBytes:], c.unit)
	if err != nil {
		s.tails.publish(c.Nominal.End, tail{unknown: true})
		return err
	}
	before := s.tails.take(c.Nominal.Begin)
	if before.unknown {
		s.tails.publish(c.Nominal.End, before)
		return errTail
	}
	var after tail
	w.At += rowSearchBytes - len(before.bytes)
	w.Size = len(before.bytes) + len(text)
	copy(w.Data(), before.bytes)
	w.Size, after = s.divide(w.Data(), before.inside, c.Final)
	after.offset = before.offset + int64(len(text))
	s.tails.publish(c.Nominal.End, after)
	c.Offset, c.Size, c.loaded = before.offset-int64(len(before.bytes)), int64(w.Size), w
	// With quotes, the reader finds out that the chunk ends inside a row.
	c.Inside, c.Cut = before.inside, after.inside && s.config.Syntax == nil
	return nil
}

// divide returns how much of text belongs to a chunk, and the tail for the next one, which
// does not know its offset yet. inside means that text begins inside a row that is too long,
// final that the input ends after it.
func (s *units) divide(text []byte, inside, final bool) (size int, after tail) {
	size = bytes.LastIndexByte(text, '\n') + 1
	switch {
	case final:
		return len(text), tail{}
	case len(text)-size >= rowSearchBytes, size == 0 && inside:
		return len(text), tail{inside: true}
	}
	return size, tail{bytes: bytes.Clone(text[size:])}
}

// Load implements Source.
func (s *units) Load(c *Chunk, _ int64, _ *Buffer) (Window, error) { return c.loaded, nil }

// Shrunk implements Source.
func (s *units) Shrunk() bool { return isShorter(s.file, s.size) }

// Release implements Source.
func (s *units) Release(*Chunk) {}

// Verify does what that of a stream does. Units are verified before they are read.
func (s *units) Verify(ctx context.Context, end int64) (known bool, err error) {
	if s.rest == nil {
		return true, nil
	}
	return s.rest.Verify(ctx, end)
}

// Close implements Source.
func (s *units) Close() (err error) {
	s.expander.Close()
	s.config.Budget.Give(s.taken)
	if s.rest != nil {
		err = s.rest.Close()
	}
	if s.closer != nil {
		err = errors.Join(err, s.closer.Close())
	}
	return err
}
