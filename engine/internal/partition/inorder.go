package partition

import "context"

// buffersPerWorker is how many texts of a worker InOrder has: one can wait for delivery
// while the next one is made.
const buffersPerWorker = 2

// InOrderBuffers returns how many texts InOrder has at once.
func InOrderBuffers(workers int) int { return buffersPerWorker * workers }

// InOrder calls convert for each piece, from 0, for several at once on as many goroutines
// as workers says, and then deliver, in order, on the goroutine of the caller. convert
// appends to out, which is empty, and what it returns reaches deliver and is used again.
// InOrder returns the first error of convert or deliver, or of ctx.
func InOrder(ctx context.Context, workers, pieces int, convert func(piece int, out []byte) ([]byte, error), deliver func(out []byte) error) error {
	c := newCrew(ctx)
	idle, ready := make([]chan []byte, workers), make([]chan []byte, workers)
	for i := range workers {
		idle[i], ready[i] = make(chan []byte, buffersPerWorker), make(chan []byte, buffersPerWorker)
		for range buffersPerWorker {
			idle[i] <- nil
		}
	}
	take := func(from chan []byte) (out []byte, err error) {
		if err := c.check(); err != nil {
			return nil, err
		}
		select {
		case out = <-from:
			return out, nil
		case <-c.stop:
			return nil, errStopped
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	c.start(workers, func(i int) error {
		for piece := i; piece < pieces; piece += workers {
			out, err := take(idle[i])
			if err == nil {
				out, err = convert(piece, out[:0])
			}
			if err != nil {
				return err
			}
			ready[i] <- out // has room for all
		}
		return nil
	})
	finished := false
	defer func() {
		if !finished { // deliver has panicked
			c.end(errStopped, nil)
			c.wait.Wait()
		}
	}()
	for piece := range pieces {
		i := piece % workers
		out, err := take(ready[i])
		if err == nil {
			err = deliver(out)
		}
		if err != nil {
			c.end(err, nil)
			break
		}
		idle[i] <- out
	}
	finished = true
	return c.finish()
}
