package compare

import (
	"context"
	"fmt"
	"io"
	"os"
)

// enoughCached is the part of a file that must be in the page cache before a run.
const enoughCached = 0.999

// pageCache keeps a file in the page cache.
type pageCache struct {
	path string
	// tooSmall says that the file was not in the page cache right after a read.
	tooSmall bool
}

// fill reads the file if less than enoughCached of it is in the page cache, unless
// an earlier read was in vain. It returns the part that is then in the cache, or
// nil if the system does not tell. The error is that of the context or the file.
func (c *pageCache) fill(ctx context.Context) (*float64, error) {
	cached, err := cachedFraction(c.path)
	if err != nil {
		return nil, nil
	}
	if cached < enoughCached && !c.tooSmall {
		// A plain Writer makes io.CopyBuffer use its buffer.
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

// stoppable is a reader that fails when its context has ended.
type stoppable struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (s stoppable) Read(b []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, s.ctx.Err()
	}
	return s.r.Read(b)
}
