package source

import (
	"errors"
	"io"
	"io/fs"
	"runtime"
	"sync"
)

// checksEach is how many inputs are worth a goroutine that checks them.
const checksEach = 256

// Check returns the error of the first of inputs that is a file and cannot be read, and
// notes in each what it has found. What was checked before is not checked again.
//
// It does not open anything but regular files: opening a FIFO waits for its writer. It
// does not look at parts of files, of which there may be many.
func Check(inputs []Input) error {
	each := max(checksEach, (len(inputs)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	errs := make([]error, (len(inputs)+each-1)/each)
	var checks sync.WaitGroup
	for i := range errs {
		some := inputs[i*each : min((i+1)*each, len(inputs))]
		check := func() { errs[i] = checkEach(some) }
		if i == len(errs)-1 {
			check()
		} else {
			checks.Go(check)
		}
	}
	checks.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkEach is Check in one goroutine.
func checkEach(inputs []Input) error {
	for i := range inputs {
		if err := inputs[i].check(); err != nil {
			return err
		}
	}
	return nil
}

// check is Check for one input.
func (in *Input) check() error {
	if !in.isFile || in.part != nil || in.checked {
		return nil
	}
	look := lookAtFile
	if in.fsys != nil {
		look = in.lookInFS
	}
	mode, size, err := look(in.name)
	if err == nil && mode.IsDir() {
		err = errors.New("is a directory")
	}
	if err != nil {
		return in.Error(err)
	}
	if in.checked = true; mode.IsRegular() && in.fsys == nil {
		in.found = size
	}
	return nil
}

// lookInFS returns the type and the size of a file in the file system of the input. It is
// an error if the file is regular and cannot be opened for reading.
func (in *Input) lookInFS(name string) (mode fs.FileMode, size int64, err error) {
	info, err := fs.Stat(in.fsys, name)
	if err != nil {
		return 0, 0, err
	}
	if info.Mode().IsRegular() {
		err = closed(in.fsys.Open(name))
	}
	return info.Mode().Type(), info.Size(), err
}

// closed closes f, unless it could not be opened.
func closed(f io.Closer, err error) error {
	if err != nil {
		return err
	}
	return f.Close()
}
