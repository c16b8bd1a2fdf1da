package engine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Input is something to aggregate: make one with File, Reader or Bytes.
type Input struct {
	name   string
	reader io.Reader
	data   []byte
	isFile bool
}

// File is the file at path. A regular file is mapped into memory and has the
// size that it had when it was opened; anything else, as a FIFO or a file of
// /proc, is read as a stream. An error names the file by path.
func File(path string) Input { return Input{name: path, isFile: true} }

// Reader is the bytes that r returns up to io.EOF. It is read by one goroutine
// at a time. An error names it by name.
func Reader(name string, r io.Reader) Input {
	if r == nil {
		r = noReader{}
	}
	return Input{name: name, reader: r}
}

// noReader stands for a nil reader.
type noReader struct{}

func (noReader) Read([]byte) (int, error) { return 0, errors.New("the reader is nil") }

// Bytes is data, which must not change while Aggregate runs. An error names it
// by name.
func Bytes(name string, data []byte) Input { return Input{name: name, data: data} }

// check finds what can't be read before anything is.
func (in Input) check() error {
	if !in.isFile {
		return nil
	}
	info, err := os.Stat(in.name)
	if err == nil && info.IsDir() {
		err = &fs.PathError{Op: "read", Path: in.name, Err: errors.New("is a directory")}
	}
	return inputError(in.name, err)
}

// open makes a source of the input.
func (in Input) open(s settings) (source, error) {
	switch {
	case in.reader != nil:
		return newStreamSource(in.reader, nil, s), nil
	case !in.isFile:
		return &mappedSource{data: in.data, plan: newPlanOf(in.data, s)}, nil
	}
	f, err := os.Open(in.name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return newStreamSource(f, f, s), nil // a file of /proc has size 0 and bytes
	}
	src, err := openRegular(f, info.Size(), s)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return src, nil
}

// openRegular makes a source of the regular file f of size bytes, which owns f.
func openRegular(f *os.File, size int64, s settings) (source, error) {
	switch s.access {
	case AccessAuto:
		return openAuto(f, size, s)
	case AccessMap:
		return openMap(f, size, s)
	case AccessCopy:
		return openCopy(f, s)
	}
	return openRead(f, size, s), nil
}

// inputError names the input in err, once.
func inputError(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}
