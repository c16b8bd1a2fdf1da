package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"onebrc/engine/internal/decompress"
)

// sniff reads the first bytes of r: no more than it needs to know whether r is
// compressed, which is one or two bytes of most texts. It returns the format, and a reader
// of all bytes of r.
func sniff(r io.Reader) (all io.Reader, f decompress.Format) {
	head := make([]byte, 0, decompress.HeadBytes)
	var err error
	for idle := 0; err == nil; idle++ {
		var decided bool
		if f, decided = decompress.Detect(head, false); decided && len(head) > 0 {
			return io.MultiReader(bytes.NewReader(head), r), f
		}
		rest := head[len(head):cap(head)]
		var n int
		n, err = r.Read(rest)
		switch {
		case n < 0 || n > len(rest):
			n, err = 0, countError(n, len(rest))
		case n > 0:
			idle = 0
		case err == nil && idle == maxIdleReads:
			err = io.ErrNoProgress
		}
		head = head[:len(head)+n]
	}
	f, _ = decompress.Detect(head, err == io.EOF)
	return io.MultiReader(bytes.NewReader(head), failing{err}), f
}

// failing is a reader that returns an error.
type failing struct{ err error }

// Read implements io.Reader.
func (f failing) Read([]byte) (int, error) { return 0, f.err }

// formatOf returns the format of f, a regular file, if it is compressed.
func formatOf(f io.ReaderAt) (decompress.Format, error) {
	var first [4]byte // hardly any text begins like compressed data
	n, err := f.ReadAt(first[:], 0)
	if format, decided := decompress.Detect(first[:n], err == io.EOF); decided || err != nil && err != io.EOF {
		return format, ignoreEOF(err)
	}
	head := make([]byte, decompress.HeadBytes)
	n, err = f.ReadAt(head, 0)
	format, _ := decompress.Detect(head[:n], n < len(head))
	return format, ignoreEOF(err)
}

func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// errNoRanges returns the error of a part of a compressed file.
func errNoRanges(f decompress.Format) error {
	return fmt.Errorf("compressed with %s, so that it has no ranges: decompress it, or read it whole", f)
}

// newCompressed returns the source of compressed data in r, which closer closes.
func newCompressed(f decompress.Format, r io.Reader, closer io.Closer, c Config) (*stream, error) {
	d := decompress.NewReader(f, r)
	return newDecompressed(d, d, closer, c)
}

// newDecompressed returns the source of r, which reads d. It closes both if it fails.
func newDecompressed(r io.Reader, d *decompress.Reader, closer io.Closer, c Config) (*stream, error) {
	if err := d.Take(c.Budget); err != nil {
		if d.Close(); closer != nil {
			err = errors.Join(err, closer.Close())
		}
		return nil, err
	}
	s := newStream(r, closer, c)
	s.decoder = d
	return s, nil
}

// openReader returns the source of r, which closer closes.
func openReader(r io.Reader, closer io.Closer, c Config) (Source, error) {
	r, f := sniff(r)
	if f == "" {
		return newStream(r, closer, c), nil
	}
	return newCompressed(f, r, closer, c)
}

// formatOfBytes returns the format of data if it is compressed. If data is the start of an
// input, it has at least decompress.HeadBytes.
func formatOfBytes(data []byte) decompress.Format {
	f, _ := decompress.Detect(data[:min(len(data), decompress.HeadBytes)], len(data) <= decompress.HeadBytes)
	return f
}

// openBytes returns the source of a slice.
func openBytes(data []byte, c Config) (Source, error) {
	switch f := formatOfBytes(data); {
	case f != "":
		if u, err := openUnits(f, bytes.NewReader(data), int64(len(data)), c); u != nil || err != nil {
			return u, err
		}
		s, err := newCompressed(f, bytes.NewReader(data), nil, c)
		if err != nil {
			return nil, err
		}
		s.ready = true
		return s, nil
	case c.Syntax != nil && c.Cut == CutInOrder:
		s := newStream(bytes.NewReader(data), nil, c)
		s.ready = true
		return s, nil
	}
	return newMapped(data, c), nil
}

// openCompressed returns the source of f, a regular file of size bytes, if it is
// compressed, or else nil.
func openCompressed(f *os.File, size int64, c Config) (Source, error) {
	format, err := formatOf(f)
	if err != nil || format == "" {
		return nil, err
	}
	if c.part != nil {
		return nil, errNoRanges(format)
	}
	u, err := openUnits(format, f, size, c)
	if err != nil {
		return nil, err
	}
	if u != nil {
		u.file, u.closer = f, f
		return u, nil
	}
	s, err := newCompressed(format, io.NewSectionReader(f, 0, size), nil, c)
	if err != nil {
		return nil, err
	}
	s.ready, s.closer, s.file, s.size = true, f, f, size
	return s, nil
}

// checkNotCompressed returns the error of a file of which ranges are wanted.
func checkNotCompressed(f *os.File) error {
	format, err := formatOf(f)
	if err == nil && format != "" {
		err = errNoRanges(format)
	}
	return err
}
