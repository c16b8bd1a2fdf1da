// Package source opens the inputs of a run and cuts them into chunks of whole rows.
//
// A source first hands out nominal chunks, whose borders depend on size alone. Cut
// then moves both borders to the next start of a row. Two workers thus agree on the
// border between their chunks without communication:
//
//	nominal  |--------- chunk 1 ---------|--------- chunk 2 ---------|
//	rows     aaa;1.0⏎bbbbbb;2.0⏎cc;3.0⏎ddddddd;4.0⏎ee;5.0⏎ffff;6.0⏎
//	cut      |------------- chunk 1 --------------|------ chunk 2 ---|
//
// A part of a file is cut by the same rule: the rows that start in it belong to it.
//
// The size of a stream is unknown: Next reads and cuts its chunks, one after the
// other. A compressed input is a stream, which Next decompresses.
package source

import (
	"errors"
	"os"
	"slices"

	"onebrc/engine/internal/decompress"
	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/schedule"
	"onebrc/parse/delimited"
)

const (
	// CopyBytes is how many bytes of a source that copies are copied at a time.
	// They stay in the L2 cache until they are read.
	CopyBytes = 256 << 10
	// MaxBadRowBytes is the largest number of bytes kept of a bad row.
	MaxBadRowBytes = 64 << 10
	// minTailBytes is the size of the smallest chunk towards the end of an
	// input. It holds some 60 tiles, which is much more work than taking a chunk.
	minTailBytes = 256 << 10
	// rowSearchBytes is how many bytes are searched for the end of a row, from
	// the byte before a nominal border on. If they have no LF, the chunk has more
	// than MaxBadRowBytes of that row, even if a byte order mark comes before it.
	rowSearchBytes = MaxBadRowBytes + 2 + len(delimited.ByteOrderMark)
)

// The ways to read a regular file.
const (
	AccessAuto = "auto"
	AccessMap  = "map"
	AccessRead = "read"
	AccessCopy = "copy"
)

// Accesses returns the ways to read a regular file.
func Accesses() []string { return []string{AccessAuto, AccessMap, AccessRead, AccessCopy} }

// ErrTruncated means that a file became shorter while it was read.
var ErrTruncated = errors.New("truncated while reading")

// ErrMisread means that a chunk ends inside a row, so that it was not cut where rows
// end. The inputs have to be read again, with the next of Cuts.
var ErrMisread = errors.New("a chunk ends inside a row")

// Config is the configuration of a source.
type Config struct {
	ChunkBytes int
	// Syntax is not nil if LFs inside quotes do not end a row. Cut is then how the
	// rows of a regular file or a slice are found.
	Syntax *delimited.Syntax
	Cut    Cut
	Access string
	// Budget has room for what decompression takes besides the buffers of workers.
	Budget *memory.Budget
	// Nodes are the nodes, each of which has a queue of chunks.
	Nodes schedule.Nodes
	// Ranges returns which part of a mapping lies on which node. It may be nil
	// if there is only one queue.
	Ranges func(mapping []byte) []schedule.Range

	part *part // of the input that is opened; nil means all of it
}

// Source cuts one input into chunks.
type Source interface {
	// Ordered reports whether Next returns chunks in the order of the input and
	// reads their bytes, so that it may block for as long as the writer does.
	Ordered() bool
	// Ready reports whether Next never blocks for long, because no writer is waited
	// for. Unless the source is ordered, it never does.
	Ready() bool
	// Next returns the next chunk for a worker of node, with its nominal
	// borders. They are equal if no chunk is left. Only one goroutine may call
	// Next at a time. An ordered source reads the bytes into buffer.
	Next(node int, buffer *Buffer) (Chunk, error)
	// Cut moves the borders of c to rows. It may use the memory of buffer.
	// Several goroutines may call Cut and Load at the same time.
	Cut(c *Chunk, buffer *Buffer) error
	// Load returns the bytes of c from an offset of the input on: all of them,
	// or up to CopyBytes in buffer if the source copies.
	Load(c *Chunk, offset int64, buffer *Buffer) (Window, error)
	// Shrunk reports whether the file is shorter than when it was opened. If it
	// is, a fault or a bad row only means that.
	Shrunk() bool
	// Release says that the bytes of c will not be read again, so that they need
	// not stay in the memory of the process. It changes only that.
	Release(c *Chunk)
	Close() error
}

// Chunk is a part of an input that begins at a row and ends after an LF or at the
// end of the input. Where more than MaxBadRowBytes follow without an LF, the chunk
// ends inside that row and the next chunk begins there. With quotes, the next chunk
// of a stream then has only the rest of the row. A chunk is empty if no row begins
// within its nominal borders.
type Chunk struct {
	Input int // the index of the input, set by the run

	Nominal schedule.Chunk // the borders before Cut; for a stream, the final borders
	Offset  int64          // of the first byte in the input
	Size    int64
	// Stored is how many bytes the chunk takes in a compressed input. Compressed says
	// that the input is one. All other positions are those after decompression.
	Stored     int64
	Compressed bool
	// Unchecked is the format if the chunk has compressed bytes whose checksum was not
	// verified when they were read.
	Unchecked decompress.Format

	Final  bool // the chunk ends where the input ends
	Inside bool // the chunk begins inside a row
	Cut    bool // the chunk ends inside a row, where the next chunk begins
	Whole  bool // the chunk is all of the input

	// Rows and Lines are set by the worker: what it read, including bad rows.
	Rows, Lines int64

	loaded Window // the bytes, if Next or Cut has read them
	unit   int64  // where the units of the chunk begin in a compressed input
}

// Place returns where the chunk begins in the run, which orders chunks. Each chunk of an
// input begins where the one before it ends.
func (c *Chunk) Place() Place { return Place{c.Input, c.Nominal.Begin} }

// Read returns how many bytes of the input were read for the chunk.
func (c *Chunk) Read() int64 {
	if c.Compressed {
		return c.Stored
	}
	return c.Size
}

// Bytes returns the share of the chunk in the bytes of the input.
func (c *Chunk) Bytes() int64 {
	if c.Compressed {
		return c.Size
	}
	return c.Nominal.End - c.Nominal.Begin
}

// Place is a place in the inputs of a run.
type Place struct {
	Input  int // the index of the input
	Offset int64
}

// Before reports whether p comes before q.
func (p Place) Before(q Place) bool {
	return p.Input < q.Input || p.Input == q.Input && p.Offset < q.Offset
}

// End returns the offset of the first byte after the chunk.
func (c *Chunk) End() int64 { return c.Offset + c.Size }

// Window is a view of bytes of a chunk: Bytes[At:At+Size]. The rest of Bytes may also
// be read.
type Window struct {
	Bytes    []byte
	At, Size int
	file     *os.File // the file that Bytes maps; nil if Bytes is not a mapping
}

// Data returns only the bytes of the window.
func (w *Window) Data() []byte { return w.Bytes[w.At:][:w.Size] }

// CatchFault turns the panic of a memory fault in the window into an error. It must
// be deferred.
func (w *Window) CatchFault(err *error) {
	catchFault(recover(), w.Bytes, w.file, int64(len(w.Bytes)), err)
}

// Buffer is a worker's memory for copied bytes. It belongs to the worker between two
// calls. A window in it is valid until the next call of Next, Cut or Load with the
// same buffer.
type Buffer struct {
	bytes  []byte
	packed []byte // units of a compressed input, from Next to Cut
}

// copyUnit is the unit of the distance between the bytes in a Buffer and those of the
// input, modulo a page. Operating systems copy page by page, with REP MOVSB where that
// is fast. On AMD Zen 3, it takes four times as long if the destination is 1 to 31
// bytes after the source, modulo a page.
const copyUnit = 64

const _ = uint(copyUnit - kernel.PadBefore) // there is room for the padding

// room returns a window for size bytes of the input from offset on, with the padding
// that the passes need around it.
func (b *Buffer) room(size int, offset int64) Window {
	at := copyUnit + int(offset%copyUnit)
	need := at + size + kernel.PadAfter
	b.bytes = slices.Grow(b.bytes[:0], need)[:need]
	return Window{Bytes: b.bytes, At: at, Size: size}
}
