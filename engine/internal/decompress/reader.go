// Package decompress reads gzip, zstd, bzip2 and xz data. It verifies checksums, and
// says where data is truncated or damaged.
package decompress

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"onebrc/engine/internal/memory"
)

// ErrData is wrapped by the errors of data that is truncated or damaged.
var ErrData = errors.New("compressed data is truncated or damaged")

// errTrailing is the error of data after the end of compressed data that does not begin
// like more of it. It may be a damaged header, so that it is not ignored, as gzip(1) and
// bzip2(1) do with a warning.
var errTrailing = errors.New("trailing garbage")

// inputBytes is how many compressed bytes are read at a time.
const inputBytes = 64 << 10

// Reader reads decompressed data.
type Reader struct {
	format  Format
	from    *counter
	input   *bufio.Reader // of from
	decoder io.Reader     // nil until the first Read
	window  int64         // the bytes that the decoder needs to refer back to
	follows bool          // other data comes before, so that there may only be padding
	budget  *memory.Budget
	taken   int64
	read    int64 // decompressed bytes
	checked int64 // of read, those that are known to be what was compressed
	err     error
}

// NewReader returns a Reader of the data in format f that r has. It reads the header.
func NewReader(f Format, r io.Reader) *Reader { return NewReaderAt(f, r, 0) }

// NewReaderAt is NewReader for data that follows other data in the format, which takes the
// first offset bytes of an input.
func NewReaderAt(f Format, r io.Reader, offset int64) *Reader {
	from := &counter{r: r, n: offset}
	if f == XZ {
		from.tail = &tail{}
	}
	d := &Reader{format: f, from: from, input: bufio.NewReaderSize(from, inputBytes), follows: offset > 0}
	head, _ := d.input.Peek(headerBytes) // Read returns the error
	d.window = codecs[f].window(head)
	return d
}

// Take takes the memory of d from b, to which Close gives it back.
func (d *Reader) Take(b *memory.Budget) error {
	size := inputBytes + codecs[d.format].bytes + d.window
	if err := b.Take(size); err != nil {
		return err
	}
	d.budget, d.taken = b, size
	return nil
}

// Read reads until p is full or the data ends. At the end, checksums are verified.
func (d *Reader) Read(p []byte) (n int, err error) {
	for n < len(p) && d.err == nil {
		var more int
		more, d.err = d.readSome(p[n:])
		n += more
	}
	if n == len(p) {
		return n, nil
	}
	return n, d.err
}

// readSome reads some bytes, and counts them.
func (d *Reader) readSome(p []byte) (n int, err error) {
	n, err = d.decode(p)
	if d.read += int64(n); err == io.EOF {
		d.checked = d.read
	}
	return n, err
}

// Checked returns how many of the decompressed bytes are known to be what was compressed:
// those of gzip members that were read, and all bytes when the data has ended. Others may
// be damaged.
func (d *Reader) Checked() int64 { return d.checked }

// decode is a read of the decoder.
func (d *Reader) decode(p []byte) (n int, err error) {
	if d.decoder == nil {
		d.decoder, err = codecs[d.format].open(d.input, d)
	}
	if err == nil {
		n, err = d.decoder.Read(p)
	}
	switch {
	case err == nil || err == io.EOF && d.from.err == io.EOF:
		return n, err
	case d.from.err != nil && d.from.err != io.EOF:
		return n, d.from.err // whatever the decoder has made of it
	case errors.Is(err, io.ErrNoProgress):
		return n, err
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = nil
	}
	return n, &dataError{d.format, d.Offset(), err}
}

// Format returns the format of the data.
func (d *Reader) Format() Format { return d.format }

// Offset returns how many compressed bytes the data took that was read.
func (d *Reader) Offset() int64 { return d.from.n - int64(d.input.Buffered()) }

// Close frees the memory of d. It does not close the compressed input.
func (d *Reader) Close() {
	d.decoder, d.err = nil, io.ErrClosedPipe
	d.budget.Give(d.taken)
	d.taken = 0
}

// dataError is the error of truncated or damaged data.
type dataError struct {
	format Format
	offset int64
	why    error // nil if the data is truncated
}

// Error says where the error was found.
func (e *dataError) Error() string {
	if e.why == nil {
		return fmt.Sprintf("%s data is truncated: it ends at compressed byte %d", e.format, e.offset)
	}
	return fmt.Sprintf("%s data is damaged before compressed byte %d: %v", e.format, e.offset, e.why)
}

// Unwrap returns ErrData and what the decoder said.
func (e *dataError) Unwrap() []error {
	if e.why == nil {
		return []error{ErrData}
	}
	return []error{ErrData, e.why}
}

// counter counts the bytes that are read, and keeps the error.
type counter struct {
	r    io.Reader
	n    int64
	err  error
	tail *tail // nil if it is not needed
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (n int, err error) {
	n, err = c.r.Read(p)
	if n < 0 || n > len(p) {
		n, err = 0, fmt.Errorf("the reader returned a count of %d for %d bytes", n, len(p))
	}
	c.n += int64(n)
	if c.tail != nil {
		c.tail.add(p[:n])
	}
	if err != nil {
		c.err = err
	}
	return n, err
}
