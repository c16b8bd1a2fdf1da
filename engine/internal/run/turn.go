package run

import (
	"runtime"
	"sync/atomic"
)

// spins is how often a waiter looks before it sleeps, which takes a few µs. Reading a
// chunk of a stream takes some ten µs, and waking a thread takes longer.
const spins = 4000

// turn is a mutex that a waiter can give up waiting for. Like sync.Mutex, it is not
// handed to a waiter, who may need long to wake up: the waiter is woken, and tries
// again. A channel of capacity 1 hands itself over, which made a stream from the page
// cache take half as long again.
type turn struct {
	taken atomic.Bool
	freed chan struct{} // has a value if turn was unlocked since a waiter looked
	spins int           // 0 on one CPU, where the holder cannot run meanwhile
}

func newTurn() *turn {
	t := &turn{freed: make(chan struct{}, 1)}
	if runtime.GOMAXPROCS(0) > 1 {
		t.spins = spins
	}
	return t
}

// lock locks t. It returns false if stop is closed first.
func (t *turn) lock(stop <-chan struct{}) bool {
	for tries := 0; t.taken.Load() || !t.taken.CompareAndSwap(false, true); tries++ {
		if tries < t.spins {
			continue
		}
		select {
		case <-t.freed:
		case <-stop:
			return false
		}
	}
	return true
}

// unlock unlocks t and wakes a waiter.
func (t *turn) unlock() {
	t.taken.Store(false)
	select {
	case t.freed <- struct{}{}:
	default: // the next waiter finds a value
	}
}
