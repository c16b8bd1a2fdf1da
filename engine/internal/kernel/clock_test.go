package kernel_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The clock of a core is measured without hardware counters, which many virtual
// machines don't have: in a chain of additions and exclusive ors of registers
// each link needs the one before it, and each takes one cycle on the CPUs of
// today (Agner Fog, "Instruction tables", and Arm's software optimization
// guides). Cycles made from it are an estimate: a core may change its clock
// between two probes.

const (
	// chainLinks is how many links an iteration of chain has. The loop's own
	// instructions do not depend on them and run beside them.
	chainLinks = 32
	// probeCycles is how long a probe is: much longer than the clock of the
	// system is coarse, and too short to be interrupted often.
	probeCycles = 1 << 16
)

// chain runs through n times chainLinks links. y and z are no constants, which
// a compiler could fold.
//
//go:noinline
func chain(n int, x, y, z uint64) uint64 {
	for range n {
		x = (((x + y) ^ z) + y) ^ z
		x = (((x + y) ^ z) + y) ^ z
		x = (((x + y) ^ z) + y) ^ z
		x = (((x + y) ^ z) + y) ^ z
		x = (((x + y) ^ z) + y) ^ z
		x = (((x + y) ^ z) + y) ^ z
		x = (((x + y) ^ z) + y) ^ z
		x = (((x + y) ^ z) + y) ^ z
	}
	return x
}

// chainEnd is where the results of chain go, so that it is not left out.
var chainEnd uint64

// clockProbes are measurements of the clock, in GHz, which are cycles a
// nanosecond.
type clockProbes []float64

// take measures the clock now.
func (p *clockProbes) take() {
	start := time.Now()
	chainEnd += chain(probeCycles/chainLinks, 1, uint64(len(*p)), 3)
	*p = append(*p, probeCycles/float64(max(time.Since(start), 1)))
}

// gigahertz is the median of the probes: one that was interrupted is far below.
// It is an error if no core has such a clock: then chain is no chain.
func (p clockProbes) gigahertz(tb testing.TB) float64 {
	sorted := slices.Sorted(slices.Values(p))
	median := sorted[len(sorted)/2]
	require.Greater(tb, median, 0.1, "GHz of a core")
	require.Less(tb, median, 8.0, "GHz of a core")
	return median
}

// TestChain holds chain to having all of its links.
func TestChain(t *testing.T) {
	for n := range 5 {
		require.Equal(t, chainByHand(n, 1, 2, 3), chain(n, 1, 2, 3))
	}
}

// chainByHand is chain link by link.
func chainByHand(n int, x, y, z uint64) uint64 {
	for range n * chainLinks / 2 {
		x += y
		x ^= z
	}
	return x
}
