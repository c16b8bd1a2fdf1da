package gen

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"onebrc/gen/replace"
)

// WriteFile writes the rows of o to the file path with ReplaceFile: after any
// error, also a cancelled ctx, what was at path is unchanged. WriteFile does not
// sync the file to the disk.
//
// The error is an *OptionError or wraps ctx.Err(), the error of o.CorruptList, an
// *fs.PathError or an *os.LinkError.
func WriteFile(ctx context.Context, path string, o Options) error {
	if err := o.Check(); err != nil {
		return err
	}
	return ReplaceFile(ctx, path, func(f *os.File, inOrder bool) error {
		if inOrder {
			return Write(ctx, f, o)
		}
		if err := writeParallel(ctx, f, o); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("gen: %w", err)
		}
		return nil
	})
}

// ReplaceFile creates or replaces the file path with what write writes. It calls
// write with a temporary file named .NAME.*.tmp in the same folder and renames that
// file to path when write has returned nil. After any error the temporary file is
// gone and what was at path is unchanged.
//
// A new file has mode 0666 less the umask; a replaced one keeps its mode. Symbolic
// links are followed: see replace.Target. If path exists and is not a regular file, as
// /dev/null or a FIFO, write gets that file itself, with inOrder set, and must not
// seek in it. Opening and writing it may block; a cancelled ctx ends only that.
//
// ReplaceFile returns the error of write, or an error that wraps ctx.Err(), an
// *fs.PathError or an *os.LinkError.
func ReplaceFile(ctx context.Context, path string, write func(f *os.File, inOrder bool) error) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return writeDirect(ctx, path, write)
	}
	return replaceFile(path, write)
}

// writeFunc is the write of ReplaceFile.
type writeFunc = func(f *os.File, inOrder bool) error

// replaceFile writes a file beside path and puts it there.
func replaceFile(path string, write writeFunc) error {
	f, err := replace.Create(path)
	if err != nil {
		return fmt.Errorf("gen: %w", err)
	}
	if err := write(f.File, false); err != nil {
		if e := f.Discard(); e != nil {
			err = errors.Join(err, e)
		}
		return err
	}
	if err := f.Commit(); err != nil {
		return fmt.Errorf("gen: %w", err)
	}
	return nil
}

// segmentBytes is the number of bytes in one write to a file. Each write starts at
// a multiple of it. The page cache keeps large aligned writes in large pages, which
// a reader maps at a fraction of the cost of small ones.
const segmentBytes = 8 << 20

// segments collects blocks into segments of a file.
type segments struct {
	file   *os.File
	buffer *[]byte // the segment that place fills
	offset int64   // of buffer in the file
	spare  sync.Pool
}

// writeParallel writes the blocks of o to f.
func writeParallel(ctx context.Context, f *os.File, o Options) error {
	s := &segments{file: f}
	s.spare.New = func() any {
		buffer := make([]byte, 0, segmentBytes)
		return &buffer
	}
	s.buffer = s.spare.Get().(*[]byte)
	if err := run(ctx, o, s.place); err != nil {
		return err
	}
	if _, err := f.WriteAt(*s.buffer, s.offset); err != nil {
		return fmt.Errorf("gen: %w", err)
	}
	return nil
}

// place copies a block, which is shorter than a segment, to the current segment.
// If that becomes full, the rest of the block goes to a new segment, and after
// writes the full one.
func (s *segments) place(data []byte) (after func() error, err error) {
	n := min(len(data), segmentBytes-len(*s.buffer))
	*s.buffer = append(*s.buffer, data[:n]...)
	if len(*s.buffer) < segmentBytes {
		return nil, nil
	}
	full, offset := s.buffer, s.offset
	s.offset += segmentBytes
	s.buffer = s.spare.Get().(*[]byte)
	*s.buffer = append((*s.buffer)[:0], data[n:]...)
	return func() error {
		_, err := s.file.WriteAt(*full, offset)
		s.spare.Put(full)
		return err
	}, nil
}

// writeDirect writes to what is at path, in order. Opening a FIFO waits until it
// has a reader, and writing waits while it is full. A cancelled ctx ends both.
func writeDirect(ctx context.Context, path string, write writeFunc) (err error) {
	f, err := openDirect(ctx, path)
	if err != nil {
		return fmt.Errorf("gen: %w", err)
	}
	defer func() {
		if e := f.Close(); e != nil && err == nil {
			err = fmt.Errorf("gen: %w", e)
		}
	}()
	stop := context.AfterFunc(ctx, func() {
		// This fails for files whose writes do not block, which need no deadline.
		_ = f.SetWriteDeadline(time.Unix(1, 0))
	})
	defer stop()
	err = write(f, true)
	if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
		return fmt.Errorf("gen: %w", ctx.Err())
	}
	return err
}

// openDirect opens path for writing. If ctx is cancelled first, a goroutine stays
// behind that closes the file if the open ever succeeds.
func openDirect(ctx context.Context, path string) (*os.File, error) {
	type result struct {
		file *os.File
		err  error
	}
	opened := make(chan result, 1)
	go func() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		opened <- result{f, err}
	}()
	select {
	case r := <-opened:
		return r.file, r.err
	case <-ctx.Done():
		go func() {
			if r := <-opened; r.err == nil {
				r.file.Close()
			}
		}()
		return nil, ctx.Err()
	}
}
