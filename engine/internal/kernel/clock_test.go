package kernel_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The frequency of a core is measured without hardware counters, which many
// virtual machines lack. In a chain of additions and exclusive ors of registers,
// each link depends on the one before it and takes one cycle on today's CPUs (Agner
// Fog, "Instruction tables", and Arm's software optimization guides). Cycles that
// are computed from the frequency are an estimate, because a core may change it
// between two probes.

const (
	// chainLinks is the number of links in an iteration of chain. The instructions
	// of the loop itself run in parallel with them.
	chainLinks = 32
	// probeCycles is the length of a probe: much longer than the resolution of the
	// system's clock, and too short to be interrupted often.
	probeCycles = 1 << 16
)

// chain runs n times chainLinks links. A compiler could fold y and z if they were
// constants.
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

// chainEnd takes the results of chain, so that the compiler keeps it.
var chainEnd uint64

// clockProbes are measurements of the frequency in GHz, or cycles per nanosecond.
type clockProbes []float64

// take measures the frequency once.
func (p *clockProbes) take() {
	start := time.Now()
	chainEnd += chain(probeCycles/chainLinks, 1, uint64(len(*p)), 3)
	*p = append(*p, probeCycles/float64(max(time.Since(start), 1)))
}

// gigahertz returns the median of the probes, because an interrupted probe is far
// too low. It fails if no core has such a frequency: then chain is not a chain.
func (p clockProbes) gigahertz(tb testing.TB) float64 {
	sorted := slices.Sorted(slices.Values(p))
	median := sorted[len(sorted)/2]
	require.Greater(tb, median, 0.1, "GHz of a core")
	require.Less(tb, median, 8.0, "GHz of a core")
	return median
}

// TestChain checks that chain has all of its links.
func TestChain(t *testing.T) {
	for n := range 5 {
		require.Equal(t, chainByHand(n, 1, 2, 3), chain(n, 1, 2, 3))
	}
}

// chainByHand is chain, one link at a time.
func chainByHand(n int, x, y, z uint64) uint64 {
	for range n * chainLinks / 2 {
		x += y
		x ^= z
	}
	return x
}
