package decompress

import (
	"bufio"
	"compress/bzip2"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// headerBytes is how many bytes codec.window looks at.
const headerBytes = 32

// codec decompresses a format.
type codec struct {
	bytes  int64                   // of memory besides the window
	window func(head []byte) int64 // of data that begins with head
	open   func(r *bufio.Reader, d *Reader) (io.Reader, error)
}

// codecs has the codec of each format.
var codecs = map[Format]*codec{
	Gzip:  {64 << 10, func([]byte) int64 { return 32 << 10 }, openGzip},
	Zstd:  {1 << 20, zstdWindow, openZstd},
	Bzip2: {64 << 10, bzip2Window, openBzip2},
	XZ:    {256 << 10, xzWindow, openXZ},
}

// members reads gzip data: members that follow each other. Like gzip(1), it ignores
// zeros after them.
type members struct {
	of     *Reader
	input  *bufio.Reader
	member *gzip.Reader
}

func openGzip(r *bufio.Reader, of *Reader) (io.Reader, error) {
	m := &members{of, r, new(gzip.Reader)}
	if of.follows {
		return m, m.next()
	}
	return m, m.open()
}

// Read implements io.Reader.
func (m *members) Read(p []byte) (int, error) {
	for {
		n, err := m.member.Read(p)
		if n > 0 && err == io.EOF {
			return n, nil // the member returns it again
		}
		if n > 0 || err != io.EOF {
			return n, err
		}
		m.of.checked = m.of.read
		if err := m.next(); err != nil {
			return 0, err
		}
	}
}

// next goes to the next member. It returns io.EOF if there is none.
func (m *members) next() error {
	first, err := m.input.Peek(1)
	for err == nil && first[0] == 0 {
		_, _ = m.input.Discard(1) // which is there
		if first, err = m.input.Peek(1); err == nil && first[0] != 0 {
			return errTrailing
		}
	}
	if err != nil {
		return err
	}
	magic, err := m.input.Peek(2)
	if err != nil {
		_, _ = m.input.Discard(len(magic))
		return truncated(err)
	}
	if magic[0] != 0x1f || magic[1] != 0x8b {
		return errTrailing
	}
	return m.open()
}

// open opens the member that the input has next.
func (m *members) open() error {
	if err := m.member.Reset(m.input); err != nil {
		return truncated(err)
	}
	m.member.Multistream(false)
	return nil
}

// truncated returns err, in which the end of the input is not expected.
func truncated(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

const (
	// minZstdWindow is the window of most levels of zstd(1): all of them without
	// --ultra or --long. Frames after the first may need as much.
	minZstdWindow = 8 << 20
	// maxZstdWindow is the largest window that zstd(1) accepts without --long=31.
	maxZstdWindow = 128 << 20
)

// zstdWindow returns twice the size of the window, which the decoder moves through twice
// as much memory.
func zstdWindow(head []byte) int64 {
	var h zstd.Header
	size := uint64(minZstdWindow)
	if err := h.Decode(head); err == nil {
		size = max(size, h.WindowSize)
		if h.SingleSegment {
			size = max(size, h.FrameContentSize)
		}
	}
	return 2 * int64(min(size, maxZstdWindow))
}

func openZstd(r *bufio.Reader, of *Reader) (io.Reader, error) {
	limit := uint64(of.window) / 2
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), // so that there are no goroutines to end
		zstd.WithDecoderMaxWindow(limit), zstd.WithDecoderMaxMemory(limit))
	if err != nil {
		return nil, err
	}
	return d, nil
}

func openBzip2(r *bufio.Reader, _ *Reader) (io.Reader, error) { return bzip2.NewReader(r), nil }

// bzip2Window returns the size of a block, whose bytes are held in four bytes each.
func bzip2Window(head []byte) int64 {
	level := int64(9)
	if len(head) > 3 && isLevel(head[3]) {
		level = int64(head[3] - '0')
	}
	return 4 * 100_000 * level
}
