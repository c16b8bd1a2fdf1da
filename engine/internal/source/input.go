package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"onebrc/engine/internal/decompress"
)

// Input is an input that can be opened.
type Input struct {
	name   string
	fsys   fs.FS // file system of a file; nil means that of the system
	reader io.Reader
	closer io.Closer // closes reader, if the input owns it
	data   []byte
	isFile bool
	size   int64 // of the file when Peek looked at it; 0 if it did not
	part   *part // of the file; nil means all of it

	checked bool  // by Check
	found   int64 // the size that Check has found; 0 unless it is that of a regular file

	// looked means that reader is known not to be compressed, or reads decoder.
	looked  bool
	decoder *decompress.Reader
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

// Discard closes the file of an input that is not opened and that owns one.
func (in Input) Discard() {
	if in.decoder != nil {
		in.decoder.Close()
	}
	if in.closer != nil {
		_ = in.closer.Close() // nothing was written
	}
}

// Name returns the name of the input in errors.
func (in Input) Name() string { return in.name }

// repeatable reports whether the input can be read more than once.
func (in Input) repeatable() bool {
	if !in.isFile {
		return in.reader == nil
	}
	if in.fsys != nil {
		return false // it may be a stream
	}
	info, err := os.Stat(in.name)
	return err != nil || info.Mode().IsRegular() && info.Size() > 0 // Open returns the error
}

// sample returns the first bytes of a repeatable input, or none if it is compressed, so
// that the way to cut it does not matter, or if there is an error, which Open returns.
func (in Input) sample() []byte {
	b := in.data[:min(len(in.data), sampleBytes)]
	if in.isFile {
		f, err := os.Open(in.name)
		if err != nil {
			return nil
		}
		defer f.Close()
		b = make([]byte, sampleBytes)
		n, _ := io.ReadFull(f, b)
		b = b[:n]
	}
	if formatOfBytes(b) != "" {
		return nil
	}
	return b
}

// Open opens the input.
func (in Input) Open(c Config) (Source, error) {
	switch {
	case in.decoder != nil:
		return newDecompressed(in.reader, in.decoder, in.closer, c)
	case in.looked:
		return newStream(in.reader, in.closer, c), nil
	case in.reader != nil:
		return openReader(in.reader, in.closer, c)
	case !in.isFile:
		return openBytes(in.data, c)
	}
	f, err := in.open()
	if err != nil {
		return nil, err
	}
	if f, ok := f.(*os.File); ok {
		if in.part != nil {
			return in.part.open(f, in.name, c)
		}
		if isShorter(f, in.size) {
			return nil, errors.Join(ErrTruncated, f.Close())
		}
		return openFile(f, c)
	}
	return openReader(f, f, c)
}

// IsReady reports whether the input can be opened and read without waiting for a writer.
func (in Input) IsReady() bool {
	if !in.isFile {
		return in.reader == nil
	}
	if in.fsys != nil {
		return false
	}
	info, err := os.Stat(in.name)
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
}

// open opens a file.
func (in Input) open() (fs.File, error) {
	if in.fsys == nil {
		return os.Open(in.name)
	}
	return in.fsys.Open(in.name)
}

// openFile returns the source of f, which owns f.
func openFile(f *os.File, c Config) (Source, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return openReader(f, f, c) // a file of /proc has size 0 but is not empty
	}
	src, err := openCompressed(f, info.Size(), c)
	if src == nil && err == nil {
		src, err = openRegular(f, info.Size(), c)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return src, nil
}

// openRegular returns the source of f, a regular file of size bytes.
func openRegular(f *os.File, size int64, c Config) (Source, error) {
	if c.Syntax != nil && c.Cut == CutInOrder {
		s := newStream(io.NewSectionReader(f, 0, size), f, c)
		s.ready = true
		return s, nil
	}
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
	name := in.name
	if name == "" {
		name = `""` // or nobody would see it
	}
	return fmt.Errorf("%s: %w", name, err)
}
