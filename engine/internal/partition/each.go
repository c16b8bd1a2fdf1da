package partition

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// each is the state of Store.Each.
type each struct {
	store   *Store
	crew    *crew
	convert func(*Batch) error

	mu    sync.Mutex // held while a worker takes a range and its memory
	next  int        // the first range that was not taken
	idle  chan *Batch
	ready chan readyBatch
}

// readyBatch is a range for deliver.
type readyBatch struct {
	index int
	batch *Batch
}

// Each goes once through all records, in the order of their keys. It calls convert for
// each batch, for several batches at once on several goroutines, and then deliver, in
// order, on the goroutine of the caller. A nil convert does nothing. Each returns the
// first error of convert or deliver, or of ctx. It frees what it has delivered.
func (s *Store) Each(ctx context.Context, convert, deliver func(*Batch) error) error {
	if err := ctx.Err(); err != nil || s.ranges == nil {
		return err
	}
	e := &each{store: s, crew: newCrew(ctx), convert: convert}
	delivering := time.Duration(0)
	defer func(start time.Time) { s.stats.SortSeconds += (time.Since(start) - delivering).Seconds() }(time.Now())
	batches := make([]Batch, s.config.Workers+1)
	e.idle, e.ready = make(chan *Batch, len(batches)), make(chan readyBatch, len(batches))
	for i := range batches {
		batches[i].format = s.config.Format
		e.idle <- &batches[i]
	}
	defer func() {
		for i := range batches {
			batches[i].free()
		}
	}()
	e.crew.start(s.config.Workers, e.work)
	finished := false
	defer func() {
		if !finished { // deliver has panicked
			e.crew.end(errStopped, nil)
			e.crew.wait.Wait()
		}
	}()
	err := e.deliver(func(b *Batch) error {
		defer func(start time.Time) { delivering += time.Since(start) }(time.Now())
		return deliver(b)
	})
	finished = true
	if err != nil {
		e.crew.end(err, nil)
	}
	return e.crew.finish()
}

// deliver calls deliver with the ranges in order.
func (e *each) deliver(deliver func(*Batch) error) error {
	waiting := map[int]*Batch{}
	for i := range e.store.stats.Ranges {
		for waiting[i] == nil {
			select {
			case r := <-e.ready:
				waiting[r.index] = r.batch
			case <-e.crew.stop:
				return errStopped
			case <-e.crew.ctx.Done():
				return e.crew.ctx.Err()
			}
		}
		b := waiting[i]
		delete(waiting, i)
		if b.Len() > 0 {
			if err := deliver(b); err != nil {
				return err
			}
		}
		for _, l := range e.store.ranges {
			l.drop(i)
		}
		e.idle <- b
	}
	return nil
}

// work loads, sorts and converts ranges until there are no more.
func (e *each) work(int) error {
	for {
		i, b, err := e.take()
		if b == nil || err != nil {
			return err
		}
		if err := e.prepare(i, b); err != nil {
			return err
		}
		e.ready <- readyBatch{i, b} // has room for all batches
	}
}

// prepare makes b range i, ready for deliver.
func (e *each) prepare(i int, b *Batch) error {
	if err := b.load(e.store.ranges, i); err != nil {
		return err
	}
	b.sort()
	if err := e.crew.check(); err != nil {
		return err
	}
	b.Out = b.Out[:0]
	if e.convert == nil || b.Len() == 0 {
		return nil
	}
	return e.convert(b)
}

// take returns the next range and an idle batch with memory for it, or nil if there are
// no more ranges. Batches get their memory in the order of their ranges, so that one that
// waits for memory waits only for batches that are delivered before it.
func (e *each) take() (int, *Batch, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := e.next
	if i == e.store.stats.Ranges {
		return 0, nil, nil
	}
	e.next++
	b, err := e.wait()
	if err != nil {
		return 0, nil, err
	}
	held := []*Batch{}
	for {
		err = b.allocate(e.store.config.Budget, e.store.ranges, i, e.convert != nil)
		if err == nil || len(held) == e.store.config.Workers {
			break
		}
		other, err := e.wait()
		if err != nil {
			return 0, nil, err
		}
		other.free()
		held = append(held, other)
	}
	if err != nil && !e.store.config.NoSpill {
		if err := e.spill(); err != nil {
			return 0, nil, err
		}
		err = b.allocate(e.store.config.Budget, e.store.ranges, i, e.convert != nil)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("partition: sorting range %d of %d: %w", i, e.store.stats.Ranges, err)
	}
	for _, other := range held {
		e.idle <- other
	}
	return i, b, nil
}

// wait returns an idle batch.
func (e *each) wait() (*Batch, error) {
	select {
	case b := <-e.idle:
		return b, nil
	case <-e.crew.stop:
		return nil, errStopped
	case <-e.crew.ctx.Done():
		return nil, e.crew.ctx.Err()
	}
}

// spill spills the ranges that were not delivered yet. No batch may be in use.
func (e *each) spill() error {
	for _, l := range e.store.ranges {
		if err := l.spill(); err != nil {
			return err
		}
		l.pool.Trim()
	}
	return nil
}
