package engine

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"syscall"
	"unsafe"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/schedule"
)

const (
	// copyBytes is how much input is copied at a time where it has to be, so
	// that it is still in the L2 cache when it is read.
	copyBytes = 256 << 10
	// minTailBytes is the smallest chunk towards the end of an input, of some
	// 60 tiles: much more work than to take a chunk.
	minTailBytes = 256 << 10
)

// chunk is a part of an input that begins at a row and ends behind a LF, or
// where the input ends. Where there is no LF for more than MaxBadRowBytes, it
// ends inside that row, which has more than these bytes in the chunk, and the
// next chunk begins inside. It is empty if no row begins within its nominal
// borders.
type chunk struct {
	input   int            // index of its input
	base    int64          // bytes of the inputs before that
	nominal schedule.Chunk // its borders before they were moved to rows; of a stream, the same
	offset  int64          // of its first byte in the input
	size    int64
	final   bool // it ends where the input ends
	inside  bool // it begins inside a row

	source source
	loaded window // of a chunk that was loaded when it was taken
}

// position orders the chunks of a run by the inputs and by where they begin.
// Each begins at the position where the one before ends.
func (c *chunk) position() int64 { return c.base + c.nominal.Begin }

// end is the offset behind the chunk.
func (c *chunk) end() int64 { return c.offset + c.size }

// streamed reports whether the bytes were read when the chunk was cut.
func (c *chunk) streamed() bool { return c.loaded.bytes != nil }

// window is bytes of a chunk: bytes[at:at+size]. The rest of bytes may be read,
// and is not part of it.
type window struct {
	bytes    []byte
	at, size int
	file     *os.File // that bytes are a mapping of, nil if they are none
}

// source cuts an input in chunks.
type source interface {
	// next returns the next chunk for a worker of a node, with its nominal
	// borders, which are the same if there is no chunk left. It is called by
	// one goroutine at a time; a chunk whose bytes only come in order is loaded
	// into to at once.
	next(node int, to *buffer) (chunk, error)
	// cut moves the borders of c to rows, and may use the memory of to. As load,
	// it is called by many goroutines at a time.
	cut(c *chunk, to *buffer) error
	// load returns bytes of c from an offset of the input on, in to if they
	// have to be copied: as many as there are, or up to copyBytes.
	load(c *chunk, offset int64, to *buffer) (window, error)
	// shrunk reports whether the file has become shorter since it was opened:
	// then a fault, or a bad row, is no more than a sign of that.
	shrunk() bool
	close() error
}

// buffer is room for a chunk with the padding that the passes need.
type buffer struct{ bytes []byte }

// room returns a window with room for size bytes at kernel.PadBefore.
func (b *buffer) room(size int) []byte {
	need := kernel.PadBefore + size + kernel.PadAfter
	b.bytes = slices.Grow(b.bytes[:0], need)[:need]
	return b.bytes
}

// plan hands out the chunks of an input of known size.
type plan struct {
	queue *schedule.Queue
	size  int64
}

// newPlan makes the plan of an input of size bytes, of which ranges, if any,
// tell the nodes.
func newPlan(size int64, s settings, ranges ...schedule.Range) plan {
	if len(ranges) == 0 {
		ranges = []schedule.Range{{End: size, Node: schedule.AnyNode}}
	}
	largest := int64(s.chunkBytes)
	limits := schedule.Limits{Largest: largest, Smallest: min(largest, minTailBytes)}
	return plan{queue: schedule.New(s.queues(), limits, ranges...), size: size}
}

// next returns the next chunk for a worker of a node, with its nominal borders.
func (p *plan) next(node int) (c chunk) {
	c.nominal, _ = p.queue.Take(node)
	return c
}

// cut moves the borders of c to rows. search returns the rowSearchBytes bytes
// from at-1, or as many as there are.
func (p *plan) cut(c *chunk, search func(at int64) ([]byte, error)) (err error) {
	if c.offset, c.inside, err = p.rowStart(c.nominal.Begin, search); err != nil {
		return err
	}
	end, _, err := p.rowStart(c.nominal.End, search)
	c.size, c.final = end-c.offset, end == p.size
	return err
}

// rowStart returns the first start of a row that is not before at. If there is
// none in rowSearchBytes bytes, it is what comes behind them, inside a row.
func (p *plan) rowStart(at int64, search func(at int64) ([]byte, error)) (start int64, inside bool, err error) {
	if at == 0 || at == p.size {
		return at, false, nil
	}
	b, err := search(at)
	if err != nil {
		return 0, false, err
	}
	lf := bytes.IndexByte(b, '\n')
	if inside = lf < 0; inside {
		lf = len(b) - 1
	}
	return at + int64(lf), inside, nil
}

// rowSearchBytes is how far behind the byte before a nominal cut a row may end:
// if there is no LF, more than MaxBadRowBytes of that row are in the chunk.
const rowSearchBytes = MaxBadRowBytes + 2

// rowsIn returns how many bytes of b are complete rows, or all if there is no
// LF in them: b is long enough to be one row that is too long.
func rowsIn(b []byte) int {
	if n := bytes.LastIndexByte(b, '\n') + 1; n > 0 {
		return n
	}
	return len(b)
}

// mappedSource is bytes in memory: a mapping of a file, or a caller's slice.
type mappedSource struct {
	data  []byte
	plan  plan
	file  *os.File // nil for a slice, as is unmap
	unmap func() error
}

// newPlanOf makes the plan of bytes in memory.
func newPlanOf(data []byte, s settings) plan {
	return newPlan(int64(len(data)), s, s.ranges(data)...)
}

func (s *mappedSource) next(node int, _ *buffer) (chunk, error) { return s.plan.next(node), nil }

func (s *mappedSource) cut(c *chunk, _ *buffer) (err error) {
	defer catchFault(s.data, s.file, &err)
	return s.plan.cut(c, func(at int64) ([]byte, error) {
		return s.data[at-1 : min(at-1+rowSearchBytes, s.plan.size)], nil
	})
}

func (s *mappedSource) load(c *chunk, offset int64, _ *buffer) (window, error) {
	return window{s.data, int(offset), int(c.end() - offset), s.file}, nil
}

func (s *mappedSource) shrunk() bool { return isShorter(s.file, s.plan.size) }

func (s *mappedSource) close() error {
	if s.unmap == nil {
		return nil
	}
	return errors.Join(s.unmap(), s.file.Close())
}

// fault is what a panic for a memory fault is.
type fault interface{ Addr() uintptr }

// catchFault, deferred, turns a panic for a memory fault inside mapped, which
// is a mapping of file, into an error. Any other panic goes on.
func catchFault(mapped []byte, file *os.File, err *error) {
	panicked := recover()
	if panicked == nil {
		return
	}
	f, ok := panicked.(fault)
	if !ok || f.Addr()-uintptr(unsafe.Pointer(unsafe.SliceData(mapped))) >= uintptr(len(mapped)) {
		panic(panicked)
	}
	*err = faultError(file, int64(len(mapped)))
}

// faultError says why reading a mapping of the first size bytes of file faults:
// the file has become shorter, or else its bytes can't be read.
func faultError(file *os.File, size int64) error {
	if isShorter(file, size) {
		return ErrTruncated
	}
	return syscall.EIO
}

// isShorter reports whether file has less than size bytes. A nil file is none.
func isShorter(file *os.File, size int64) bool {
	info, err := file.Stat()
	return err == nil && info.Size() < size
}
