package partition

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// file is the temporary file of a worker, which only this worker writes. It is created
// when it is first needed.
type file struct {
	store  *Store
	handle *os.File
	name   string // to remove it by, if the operating system has not forgotten it yet
	buffer *bufio.Writer
	end    int64 // of what was written
}

// fileBufferBytes is the size of the buffer in which small blocks are collected.
const fileBufferBytes = 64 << 10

// folder returns the folder of temporary files.
func (s *Store) folder() string {
	if s.config.TempDir == "" {
		return os.TempDir()
	}
	return s.config.TempDir
}

// open creates f.
func (f *file) open() error {
	handle, name, err := createTemporary(f.store.folder())
	if err != nil {
		return f.explain(err)
	}
	f.handle, f.name = handle, name
	f.buffer = bufio.NewWriterSize(handle, fileBufferBytes)
	return nil
}

// createNamed creates a temporary file that has a name.
func createNamed(folder string) (*os.File, error) { return os.CreateTemp(folder, "onebrc-*.tmp") }

// write appends data. The caller calls flush before it reads.
func (f *file) write(data []byte) error {
	if f.handle == nil {
		if err := f.open(); err != nil {
			return err
		}
	}
	n, err := f.buffer.Write(data)
	f.end += int64(n)
	return f.explain(err)
}

// flush writes what is buffered.
func (f *file) flush() error {
	if f.buffer == nil {
		return nil
	}
	return f.explain(f.buffer.Flush())
}

// read fills data from offset on. It may be called by several goroutines at once.
func (f *file) read(data []byte, offset int64) error {
	_, err := f.handle.ReadAt(data, offset)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return f.explain(err)
}

// explain adds the folder to an error.
func (f *file) explain(err error) error {
	if err == nil {
		return nil
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // the name of the file says nothing
	}
	return fmt.Errorf("partition: temporary file in %s: %w", f.store.folder(), err)
}

// free closes and removes f.
func (f *file) free() {
	if f.handle != nil {
		_ = f.handle.Close() // what was written is no longer needed
	}
	if f.name != "" {
		_ = os.Remove(f.name)
	}
	f.handle, f.name, f.buffer = nil, "", nil
}
