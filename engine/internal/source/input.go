package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Input is an input that can be opened.
type Input struct {
	name   string
	fsys   fs.FS // file system of a file; nil means that of the system
	reader io.Reader
	data   []byte
	isFile bool
}

// File returns the file at path as an input.
func File(path string) Input { return Input{name: path, isFile: true} }

// FS returns the named file in fsys as an input.
func FS(fsys fs.FS, name string) Input { return Input{name: name, fsys: fsys, isFile: true} }

// Reader returns the bytes read from r as an input.
func Reader(name string, r io.Reader) Input {
	if r == nil {
		r = noReader{}
	}
	return Input{name: name, reader: r}
}

// noReader replaces a nil reader.
type noReader struct{}

// Read implements io.Reader.
func (noReader) Read([]byte) (int, error) { return 0, errors.New("the reader is nil") }

// Bytes returns data as an input.
func Bytes(name string, data []byte) Input { return Input{name: name, data: data} }

// Name returns the name of the input in errors.
func (in Input) Name() string { return in.name }

// Check returns an error if the input is a file that does not exist or is a
// directory. It does not open the file.
func (in Input) Check() error {
	if !in.isFile {
		return nil
	}
	stat := os.Stat
	if in.fsys != nil {
		stat = func(name string) (fs.FileInfo, error) { return fs.Stat(in.fsys, name) }
	}
	info, err := stat(in.name)
	if err == nil && info.IsDir() {
		err = &fs.PathError{Op: "read", Path: in.name, Err: errors.New("is a directory")}
	}
	return in.Error(err)
}

// Open opens the input.
func (in Input) Open(c Config) (Source, error) {
	switch {
	case in.reader != nil:
		return newStream(in.reader, nil, c), nil
	case !in.isFile:
		return newMapped(in.data, c), nil
	case in.fsys == nil:
		f, err := os.Open(in.name)
		if err != nil {
			return nil, err
		}
		return openFile(f, c)
	}
	f, err := in.fsys.Open(in.name)
	if err != nil {
		return nil, err
	}
	if f, ok := f.(*os.File); ok {
		return openFile(f, c)
	}
	return newStream(f, f, c), nil
}

// openFile returns the source of f, which owns f.
func openFile(f *os.File, c Config) (Source, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return newStream(f, f, c), nil // a file of /proc has size 0 but is not empty
	}
	src, err := openRegular(f, info.Size(), c)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return src, nil
}

// openRegular returns the source of f, a regular file of size bytes.
func openRegular(f *os.File, size int64, c Config) (Source, error) {
	switch c.Access {
	case AccessAuto:
		return openAuto(f, size, c)
	case AccessMap:
		return openMap(f, size, c)
	case AccessCopy:
		return openCopy(f, c)
	}
	return openRead(f, size, c), nil
}

// Error returns err with the name of the input, which replaces that of an
// fs.PathError.
func (in Input) Error(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", in.name, err)
}
