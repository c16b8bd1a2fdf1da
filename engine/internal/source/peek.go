package source

import (
	"bytes"
	"errors"
	"io"
	"os"

	"onebrc/engine/internal/decompress"
)

// Peek is an input whose first bytes are looked at before it is read.
type Peek struct {
	in   Input
	from io.Reader // nil if all bytes are in seen
	file io.Closer // what from reads, if Peek has opened it
	once bool      // from cannot be read again
	size int64     // of a file that can
	seen []byte    // decompressed

	decoder *decompress.Reader // that from reads; nil if the input is not compressed
}

// NewPeek opens in.
func NewPeek(in Input) (*Peek, error) {
	switch {
	case in.reader != nil:
		return (&Peek{in: in, once: true}).look(in.reader), nil
	case !in.isFile && formatOfBytes(in.data) != "":
		return (&Peek{in: in}).look(bytes.NewReader(in.data)), nil
	case !in.isFile:
		return &Peek{in: in, seen: in.data}, nil
	}
	f, err := in.open()
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	_, ofSystem := f.(*os.File)
	if ofSystem && info.Mode().IsRegular() && info.Size() > 0 {
		return (&Peek{in: in, file: f, size: info.Size()}).look(f), nil
	}
	return (&Peek{in: in, file: f, once: true}).look(f), nil
}

// look lets p read r, which is decompressed if necessary.
func (p *Peek) look(r io.Reader) *Peek {
	all, f := sniff(r)
	if p.from = all; f != "" {
		p.decoder = decompress.NewReader(f, all)
		p.from = p.decoder
	}
	return p
}

// First returns the first n bytes of the input, or all of them if there are fewer.
func (p *Peek) First(n int) ([]byte, error) {
	for idle := 0; p.from != nil && len(p.seen) < n; {
		b := make([]byte, n-len(p.seen))
		got, err := p.from.Read(b)
		if got < 0 || got > len(b) {
			return nil, countError(got, len(b))
		}
		p.seen = append(p.seen, b[:got]...)
		switch {
		case err == io.EOF:
			p.from = nil
		case err != nil:
			return nil, err
		case got > 0:
			idle = 0
		default:
			if idle++; idle > maxIdleReads {
				return nil, io.ErrNoProgress
			}
		}
	}
	return p.seen[:min(n, len(p.seen))], nil
}

// Input returns the input, from its first byte on. If it can be read only once, it
// takes over the open file. Otherwise a file that has become shorter when the input
// is opened is truncated: what was looked at may no longer be there.
func (p *Peek) Input() Input {
	if !p.once {
		in := p.in
		in.size = p.size
		return in
	}
	in := Input{name: p.in.name, reader: bytes.NewReader(p.seen), closer: p.file, looked: true, decoder: p.decoder}
	if p.from != nil {
		in.reader = io.MultiReader(in.reader, p.from)
	}
	p.file, p.decoder = nil, nil
	return in
}

// Close closes what Peek has opened, unless Input has taken it over.
func (p *Peek) Close() error {
	if p.decoder != nil {
		p.decoder.Close()
	}
	if p.file == nil {
		return nil
	}
	return p.file.Close()
}
