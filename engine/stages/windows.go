package stages

import (
	"bytes"
	"context"
	"io"
	"sync"
	"sync/atomic"

	"onebrc/parse"
)

// windowBytes is how much of a file a worker takes at a time. It is half an L2 cache
// of 2 MiB, so a window that has to be copied is still in the cache when its rows
// are read. Tests make it smaller than a row.
var windowBytes = 1 << 20

// windows hands out the windows of a file. A window owns the rows that begin in it;
// its last row may end in the next window.
type windows struct {
	size  int64
	taken atomic.Int64
}

// next returns the next window. ok is false if there are no more.
func (w *windows) next() (start, end int64, ok bool) {
	end = w.taken.Add(int64(windowBytes))
	start = end - int64(windowBytes)
	return start, min(end, w.size), start < w.size
}

// rowStart returns the first offset in data, at or after at, where a row begins. The
// end of data counts as such an offset.
func rowStart(data []byte, at int) (int, error) {
	if at == 0 || at >= len(data) {
		return min(at, len(data)), nil
	}
	search := data[at-1 : min(at+parse.MaxRowBytes, len(data))]
	if i := bytes.IndexByte(search, '\n'); i >= 0 {
		return at + i, nil
	}
	if at-1+len(search) == len(data) {
		return len(data), nil
	}
	return 0, errBadRow // a row is too long
}

// rowsBetween returns the bounds of the rows that begin in data[start:end]. They are
// data[from:to].
func rowsBetween(data []byte, start, end int) (from, to int, err error) {
	if from, err = rowStart(data, start); err != nil {
		return 0, 0, err
	}
	to, err = rowStart(data, end)
	return from, to, err
}

// inParallel runs work in workers goroutines and returns the first error of any of
// them. The first error ends the context of the others.
func inParallel(ctx context.Context, workers int, work func(ctx context.Context, worker int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			if err := catchFault(func() error { return work(ctx, i) }); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// readWindow returns the rows of file that begin between start and end. It reads
// them into buffer, or into a new buffer if that is too small, and returns the
// buffer that it used.
func readWindow(file io.ReaderAt, start, end int64, buffer []byte) (rows, used []byte, err error) {
	before := min(start, 1) // the byte before tells whether a row begins at start
	need := int(before+end-start) + parse.MaxRowBytes
	if cap(buffer) < need {
		buffer = make([]byte, need)
	}
	n, err := file.ReadAt(buffer[:need], start-before)
	if err != nil && err != io.EOF {
		return nil, buffer, err
	}
	from, to, err := rowsBetween(buffer[:n], int(before), int(before+end-start))
	return buffer[from:to], buffer, err
}
