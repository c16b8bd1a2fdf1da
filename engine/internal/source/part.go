package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Version tells states of a file apart.
type Version struct {
	Size    int64
	ModTime int64 // nanoseconds since 1970
}

// ErrChanged means that a file is not the version that was planned for.
var ErrChanged = errors.New("the file has changed")

// part is the bytes from begin to end-1 of a version of a file.
type part struct {
	begin, end int64
	version    Version
}

// of returns the borders of the part of an input of size bytes. The part nil is all of
// it.
func (p *part) of(size int64) (begin, end int64) {
	if p == nil {
		return 0, size
	}
	return min(p.begin, size), min(p.end, size)
}

// Part returns the rows that start in the bytes from begin to end-1 of a version of the
// file at path as an input. Offsets of rows are those in the file; lines count from the
// first row of the part. It is an error if the file is another version when it is opened
// or when it has been read.
func Part(path string, begin, end int64, v Version) Input {
	in := File(path)
	in.part = &part{begin, end, v}
	return in
}

// Stat returns the present version of the file at path, which must be a regular
// file that is not compressed.
func Stat(path string) (v Version, err error) {
	info, err := os.Stat(path)
	if err == nil {
		err = checkRegular(info) // opening a FIFO waits for its writer
	}
	if err == nil {
		var f *os.File
		if f, err = os.Open(path); err == nil {
			if v, err = versionOf(f); err == nil {
				err = checkNotCompressed(f)
			}
			err = errors.Join(err, f.Close())
		}
	}
	return v, File(path).Error(err)
}

// checkRegular returns the error of a file that has no parts.
func checkRegular(info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return errors.New("is a directory")
	case !info.Mode().IsRegular():
		return errors.New("not a regular file, so that it has no ranges")
	}
	return nil
}

// versionOf returns the version of f.
func versionOf(f *os.File) (Version, error) {
	info, err := f.Stat()
	if err == nil {
		err = checkRegular(info)
	}
	if err != nil {
		return Version{}, err
	}
	v := Version{info.Size(), info.ModTime().UnixNano()}
	if v.Size == 0 {
		if n, _ := f.ReadAt(make([]byte, 1), 0); n > 0 { // a file of /proc
			return v, errors.New("the size of the file is not known, so that it has no ranges")
		}
	}
	return v, nil
}

// Check returns an error that wraps ErrChanged if found is another version than v, which
// was planned for.
func (v Version) Check(found Version) error {
	if v == found {
		return nil
	}
	return fmt.Errorf("%w: planned for %s, found %s", ErrChanged, v, found)
}

// String describes v.
func (v Version) String() string {
	return fmt.Sprintf("%d bytes of %s", v.Size, time.Unix(0, v.ModTime).UTC().Format(time.RFC3339Nano))
}

// open returns the source of the part of f, which it owns. name is the name of f in
// errors.
func (p *part) open(f *os.File, name string, c Config) (Source, error) {
	found, err := versionOf(f)
	if err == nil {
		err = p.version.Check(found)
	}
	if err == nil {
		err = checkNotCompressed(f)
	}
	var src Source
	if err == nil {
		c.part = p
		src, err = p.openVersion(f, c)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &partSource{src, f, name, p.version}, nil
}

// openVersion opens f, which is the version of p.
func (p *part) openVersion(f *os.File, c Config) (Source, error) {
	if begin, end := p.of(p.version.Size); begin >= end {
		return openRead(f, p.version.Size, c), nil // no other source can be empty
	}
	return openRegular(f, p.version.Size, c)
}

// partSource checks when it is closed that the file has not changed.
type partSource struct {
	Source
	file    *os.File
	name    string
	version Version
}

// Close implements Source.
func (s *partSource) Close() error {
	found, err := versionOf(s.file)
	if err == nil {
		err = s.version.Check(found)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", s.name, err)
	}
	return errors.Join(err, s.Source.Close())
}
