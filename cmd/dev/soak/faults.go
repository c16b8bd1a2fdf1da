//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"onebrc/engine"
)

// changing runs the engine on a file and calls do once, at a random step after the
// file is open.
func (l *lab) changing(do func(path string) error) (got string, err error) {
	path := l.write(l.content)
	step := l.r.IntN(1 + l.r.IntN(1+len(l.content)>>16))
	l.note("at step %d", step)
	var changed error
	once := sync.OnceFunc(func() { changed = do(path) })
	ctx := newStepContext(context.Background(), step, once)
	got, err = text(engine.Aggregate(ctx, l.options(), engine.File(path)))
	return got, errors.Join(changed, err)
}

// tryTruncated truncates a file while it is read. The run fails unless it has
// read the whole file before.
func tryTruncated(l *lab) error {
	left := l.r.Int64N(int64(len(l.content)) + 1)
	l.note("truncated to %d of %d bytes", left, len(l.content))
	got, err := l.changing(func(path string) error { return os.Truncate(path, left) })
	if errors.Is(err, engine.ErrTruncated) && left < int64(len(l.content)) {
		return nil
	}
	return l.same(got, err)
}

// tryChanged changes a file in ways that must not affect a run that reads it.
func tryChanged(l *lab) error {
	how := pick(l.r, []string{"grown", "replaced", "removed"})
	l.note("%s", how)
	return l.same(l.changing(func(path string) error {
		switch how {
		case "grown":
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString("\nbad\n" + l.damaged)
			return errors.Join(err, f.Close())
		case "replaced":
			other := l.write(l.damaged)
			return os.Rename(other, path)
		case "removed":
			return os.Remove(path)
		}
		return fmt.Errorf("unknown change %q", how)
	}))
}
