package partition

import (
	"context"
	"errors"
	"runtime"
	"sync"
)

// crew is a set of goroutines that stop at the first error.
type crew struct {
	ctx  context.Context
	stop chan struct{} // closed at the first error
	wait sync.WaitGroup

	mu       sync.Mutex
	stopped  bool
	err      error
	panicked any
}

// errStopped means that another goroutine has failed.
var errStopped = errors.New("stopped")

// goexit is the value of crew.panicked after a call of runtime.Goexit.
type goexit struct{}

func newCrew(ctx context.Context) *crew { return &crew{ctx: ctx, stop: make(chan struct{})} }

// start runs work on n goroutines.
func (c *crew) start(n int, work func(worker int) error) {
	c.wait.Add(n)
	for i := range n {
		go func() {
			returned := false
			defer c.wait.Done()
			defer func() {
				panicked := recover()
				if panicked == nil && !returned {
					panicked = goexit{}
				}
				if panicked != nil {
					c.end(nil, panicked)
				}
			}()
			if err := work(i); err != nil {
				c.end(err, nil)
			}
			returned = true
		}()
	}
}

// end stops the goroutines because of an error or a panic, of which the first counts.
func (c *crew) end(err error, panicked any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stopped {
		c.stopped, c.err, c.panicked = true, err, panicked
		close(c.stop)
	}
}

// check returns an error if work is to stop.
func (c *crew) check() error {
	select {
	case <-c.stop:
		return errStopped
	default:
		return c.ctx.Err()
	}
}

// finish waits until all goroutines have ended, and returns the first error. If one of
// them has panicked or called runtime.Goexit, finish does the same.
func (c *crew) finish() error {
	c.wait.Wait()
	switch c.panicked {
	case nil:
		return c.err
	case goexit{}:
		runtime.Goexit()
	}
	panic(c.panicked)
}
