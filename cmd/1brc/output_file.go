package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"onebrc/gen/replace"
)

// outputFile is a file that is being written. A regular file is written beside the
// old one, which stays until the new one is complete. FIFOs and devices are written
// directly.
type outputFile struct {
	*os.File
	path   string        // that the user named, for errors
	beside *replace.File // nil if the file is written directly
}

// createOutput creates the file that commit puts at path. To open a FIFO, it waits
// for a reader until ctx ends.
func createOutput(ctx context.Context, path string) (*outputFile, error) {
	info, err := os.Stat(path)
	if err == nil {
		// Not os.Create: this program must not be a reader of its own pipe.
		file, err := untilSignal(ctx, func() (*os.File, error) { return os.OpenFile(path, os.O_WRONLY, 0) })
		if err != nil || !info.Mode().IsRegular() {
			return &outputFile{File: file, path: path}, err
		}
		if err := file.Close(); err != nil { // it is known now that it can be written
			return nil, err
		}
	}
	beside, err := replace.Create(path)
	if err != nil {
		return nil, outputError(path, err)
	}
	return &outputFile{File: beside.File, path: path, beside: beside}, nil
}

// commit closes the file and puts it in its place.
func (o *outputFile) commit() error {
	var err error
	if o.beside != nil {
		err = o.beside.Commit()
	} else {
		err = checkPipe(o.File)
		if closeErr := o.Close(); err == nil {
			err = closeErr
		}
	}
	if err != nil {
		return outputError(o.path, err)
	}
	return nil
}

// discard closes the file and removes it, unless it is written directly. It leaves
// an old file as it was. That of nil does nothing.
func (o *outputFile) discard() {
	if o == nil {
		return
	}
	if o.beside != nil {
		_ = o.beside.Discard() // the error of the run matters more
		return
	}
	_ = o.Close()
}

// outputError makes err name path instead of the file beside it.
func outputError(path string, err error) error {
	var inner *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &inner):
		op := inner.Op
		if op == "stat" {
			op = "open"
		}
		return &fs.PathError{Op: op, Path: path, Err: inner.Err}
	case errors.As(err, &link):
		return &fs.PathError{Op: link.Op, Path: path, Err: link.Err}
	}
	return err
}
