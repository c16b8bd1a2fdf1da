package compare

import (
	"context"
	"fmt"
	"io"
	"os"
)

// enoughCached is how much of a file must be in the page cache for a run.
const enoughCached = 0.999

// pageCache keeps a file in the page cache.
type pageCache struct {
	path string
	// tooSmall says that a file that was just read was not in it.
	tooSmall bool
}

// fill reads the file if less than enoughCached of it is in the page cache, and
// returns how much then is, nil if the system doesn't tell. A file that it has
// read in vain it reads no more. The error is that of the context or of the file.
func (c *pageCache) fill(ctx context.Context) (*float64, error) {
	cached, err := cachedFraction(c.path)
	if err != nil {
		return nil, nil
	}
	if cached < enoughCached && !c.tooSmall {
		// Behind a plain Writer it is read in pieces as large as the buffer.
		if _, err := readTo(ctx, c.path, struct{ io.Writer }{io.Discard}); err != nil {
			return nil, err
		}
		if cached, err = cachedFraction(c.path); err != nil {
			return nil, nil
		}
		c.tooSmall = cached < enoughCached
	}
	return &cached, nil
}

// readTo copies the file at path to w and returns its size.
func readTo(ctx context.Context, path string, w io.Writer) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("compare: %w", err)
	}
	defer f.Close()
	n, err := io.CopyBuffer(w, stoppable{ctx, f}, make([]byte, 1<<20))
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err != nil {
		return 0, fmt.Errorf("compare: %w", err)
	}
	return n, nil
}

// stoppable is a reader that ends with its context.
type stoppable struct {
	ctx context.Context
	r   io.Reader
}

// Read reads into b.
func (s stoppable) Read(b []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, s.ctx.Err()
	}
	return s.r.Read(b)
}
