package run

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// event wakes workers that wait for something to happen. A waiter looks for a while before
// it sleeps, as with a turn.
type event struct {
	happened atomic.Uint64
	spins    int

	mu       sync.Mutex
	woken    sync.Cond
	sleepers atomic.Int64
}

func newEvent() *event {
	e := &event{}
	e.woken.L = &e.mu
	if runtime.GOMAXPROCS(0) > 1 {
		e.spins = spins
	}
	return e
}

// count returns how often the event has happened.
func (e *event) count() uint64 { return e.happened.Load() }

// wait returns when the event has happened more often than count times, though perhaps not
// at once: one wakes only one sleeper.
func (e *event) wait(count uint64) {
	for range e.spins {
		if e.happened.Load() != count {
			return
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sleepers.Add(1)
	defer e.sleepers.Add(-1)
	if e.happened.Load() == count {
		e.woken.Wait()
	}
}

// one wakes one waiter, all wakes all.
func (e *event) one() { e.wake(e.woken.Signal) }
func (e *event) all() { e.wake(e.woken.Broadcast) }

func (e *event) wake(sleepers func()) {
	e.happened.Add(1)
	if e.sleepers.Load() == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	sleepers()
}
