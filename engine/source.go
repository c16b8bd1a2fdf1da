package engine

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"syscall"
	"unsafe"

	"onebrc/parse"
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
// next chunk begins inside.
type chunk struct {
	seq    int   // counts the chunks of a run, in the order of the inputs
	first  int   // seq of the first chunk of its input
	input  int   // index of its input
	offset int64 // of its first byte in the input
	size   int64
	final  bool // it ends where the input ends
	inside bool // it begins inside a row

	source source
	loaded window // of a chunk that was loaded when it was cut
}

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
	// next returns the next chunk, which has no bytes behind the last one. It
	// is called by one goroutine at a time; a chunk whose bytes only come in
	// order is loaded into to at once.
	next(to *buffer) (chunk, error)
	// load returns bytes of c from an offset of the input on, in to if they
	// have to be copied: as many as there are, or up to copyBytes. It is
	// called by many goroutines at a time.
	load(c *chunk, offset int64, to *buffer) (window, error)
	// shrunk reports whether the file has become shorter since it was opened:
	// then a fault, or a bad row, is no more than a sign of that.
	shrunk() bool
	close() error
}

// buffer is room for a chunk with the padding that the passes need.
type buffer struct{ bytes []byte }

// room returns a window with room for size bytes at parse.PadBefore.
func (b *buffer) room(size int) []byte {
	need := parse.PadBefore + size + parse.PadAfter
	b.bytes = slices.Grow(b.bytes[:0], need)[:need]
	return b.bytes
}

// cutter decides where the chunks of an input of known size end.
type cutter struct {
	pos, size          int64
	chunkBytes, shares int
	inside             bool // pos is inside a row
}

func newCutter(size int64, s settings) cutter {
	return cutter{size: size, chunkBytes: s.chunkBytes, shares: 2 * s.workers}
}

// next returns the chunk that begins at c.pos. A chunk is at most a fair share
// of what is left (guided self-scheduling, IEEE Transactions on Computers
// C-36, 1987), so that workers end within the time of one smallest chunk of each other.
// search returns the rowSearchBytes bytes from at-1, or as many as there are,
// in which the first LF ends the chunk.
func (c *cutter) next(search func(at int64) ([]byte, error)) (chunk, error) {
	share := max((c.size-c.pos)/int64(c.shares), minTailBytes)
	end := c.pos + min(share, int64(c.chunkBytes))
	next := chunk{offset: c.pos, inside: c.inside}
	c.inside = false
	if end < c.size {
		b, err := search(end)
		if err != nil {
			return chunk{}, err
		}
		lf := bytes.IndexByte(b, '\n')
		if c.inside = lf < 0; c.inside {
			lf = len(b) - 1
		}
		end += int64(lf)
	}
	end = min(end, c.size)
	next.size, next.final = end-c.pos, end == c.size
	c.pos = end
	return next, nil
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
	data   []byte
	cutter cutter
	file   *os.File // nil for a slice, as is unmap
	unmap  func() error
}

func (s *mappedSource) next(*buffer) (c chunk, err error) {
	defer catchFault(s.data, s.file, &err)
	return s.cutter.next(func(at int64) ([]byte, error) {
		return s.data[at-1 : min(at-1+rowSearchBytes, s.cutter.size)], nil
	})
}

func (s *mappedSource) load(c *chunk, offset int64, _ *buffer) (window, error) {
	return window{s.data, int(offset), int(c.end() - offset), s.file}, nil
}

func (s *mappedSource) shrunk() bool { return isShorter(s.file, s.cutter.size) }

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
