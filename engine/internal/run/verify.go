package run

import (
	"context"
	"errors"
)

// verifier is a source that knows whether a row of compressed data is what was compressed.
type verifier interface {
	Verify(ctx context.Context, end int64) (known bool, err error)
}

// verify finds out whether the bad row that has ended the run comes from damaged data,
// which then is the error. If it cannot know, the row says so: a writer is not waited for.
// No worker uses the source any more.
func (r *run) verify(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, o := &r.culprit, r.opened[r.culprit.Input]
	var bad *BadRow
	if c.Unchecked == "" || r.fatal != nil || !errors.As(r.err, &bad) {
		return
	}
	known := false
	if o != nil && o.ready {
		var err error
		known, err = o.source.(verifier).Verify(ctx, bad.Offset+int64(len(bad.Row)))
		switch {
		case ctx.Err() != nil:
			r.fatal = ctx.Err()
		case err != nil:
			r.err = err
		}
	}
	if !known {
		bad.Unchecked = string(c.Unchecked)
	}
}
