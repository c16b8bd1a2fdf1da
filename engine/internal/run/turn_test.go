package run

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTurn checks that one goroutine at a time holds a turn, that none waits forever,
// and that waiters give up.
func TestTurn(t *testing.T) {
	for _, spins := range []int{0, 100} {
		turn := newTurn()
		turn.spins = spins
		never, holders, total := make(chan struct{}), 0, 0
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for range 2000 {
					if !turn.lock(never) {
						t.Error("lock gave up")
						return
					}
					holders++
					if total++; holders != 1 {
						t.Error("two holders")
					}
					holders--
					turn.unlock()
				}
			})
		}
		group.Wait()
		require.Equal(t, 16_000, total)

		require.True(t, turn.lock(never))
		stop := make(chan struct{})
		time.AfterFunc(time.Millisecond, func() { close(stop) })
		require.False(t, turn.lock(stop))
		turn.unlock()
		require.True(t, turn.lock(never))
	}
}
