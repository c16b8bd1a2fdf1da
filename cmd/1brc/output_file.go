package main

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// outputFile is a file that is being written. A regular file is written beside its
// target, so that the old one stays until the new one is complete. FIFOs and devices
// are written directly.
type outputFile struct {
	*os.File
	path   string // that the user named, for errors
	target string // that commit renames the file to, "" if it is written directly
}

// createOutput creates the file that commit puts at path. To open a FIFO, it waits
// for a reader until ctx ends.
func createOutput(ctx context.Context, path string) (*outputFile, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return createBeside(path, nil)
	case err != nil:
		return nil, outputError(path, err)
	}
	// Not os.Create: this program must not be a reader of its own pipe.
	file, err := untilSignal(ctx, func() (*os.File, error) { return os.OpenFile(path, os.O_WRONLY, 0) })
	if err != nil || !info.Mode().IsRegular() {
		return &outputFile{File: file, path: path}, err
	}
	if err := file.Close(); err != nil { // it is known now that it can be written
		return nil, err
	}
	return createBeside(path, info)
}

// createBeside creates a file .NAME.RANDOM.tmp in the directory of path with the
// permissions of old, if there is one. If path is a link, even a dangling one, it
// creates the file beside the target of the link.
func createBeside(path string, old fs.FileInfo) (*outputFile, error) {
	const (
		maxName  = 200 // bytes, to stay below 255 with the rest
		maxLinks = 40
	)
	target := path
	for range maxLinks {
		link, err := os.Readlink(target)
		if err != nil {
			break
		}
		if !filepath.IsAbs(link) {
			dir, _ := filepath.Split(target)
			link = dir + link // not cleaned, as ".." may leave the target of another link
		}
		target = link
	}
	dir, name := filepath.Split(target)
	name = strings.ToValidUTF8(name[:min(len(name), maxName)], "")
	name = "." + name + "." + strconv.FormatUint(rand.Uint64(), 36) + ".tmp"
	file, err := os.OpenFile(dir+name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, outputError(path, err)
	}
	o := &outputFile{File: file, path: path, target: target}
	if old != nil {
		if err := file.Chmod(old.Mode().Perm()); err != nil {
			o.discard()
			return nil, outputError(path, err)
		}
	}
	return o, nil
}

// commit closes the file and puts it in its place.
func (o *outputFile) commit() error {
	err := checkPipe(o.File)
	if closeErr := o.Close(); err == nil {
		err = closeErr
	}
	if err == nil && o.target != "" {
		err = os.Rename(o.Name(), o.target)
	}
	if err != nil {
		o.discard()
		return outputError(o.path, err)
	}
	return nil
}

// discard closes the file and removes it, unless it is written directly. It leaves
// an old file as it was.
func (o *outputFile) discard() {
	_ = o.Close() // which commit may have done
	if o.target != "" {
		_ = os.Remove(o.Name())
	}
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
