package scaling_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/schedule"
	"onebrc/engine/scaling"
)

var seed = flag.Uint64("seed", 0, "seed of the random machines; 0 means a new one")

const (
	maxWorkers = 512
	maxChunks  = 100_000
	// smallestBytes is the smallest chunk of the guided plans. coreSpeed is the
	// speed of the fastest worker on its own node, in bytes per second.
	smallestBytes = 256 << 10
	coreSpeed     = 2.5e9
)

// machine is a Machine that keeps its speeds.
type machine struct {
	nodes    schedule.Nodes
	speeds   []float64   // of a worker of each node, on pages of that node
	slowdown [][]float64 // of a worker of one node, on pages of another
}

func (m *machine) speed(worker, pages int) float64 {
	return m.speeds[worker] / m.slowdown[worker][pages]
}

// newMachine returns a machine with up to 16 nodes, over which workers are spread
// at random. The slowest node has at least slow times the speed of the fastest
// one. Pages of the farthest node take at most far times as long as a worker's
// own. If uniform is set, all other nodes are the farthest.
func newMachine(r *rand.Rand, workers int, slow, far float64, uniform bool) *machine {
	n := 1 << r.IntN(5)
	m := &machine{speeds: make([]float64, n), slowdown: square[float64](n)}
	m.nodes = schedule.Nodes{Workers: make([]int, n), Distances: square[int](n)}
	for range workers {
		m.nodes.Workers[r.IntN(n)]++
	}
	for i := range n {
		m.speeds[i] = coreSpeed * (slow + (1-slow)*r.Float64())
		for k := range i + 1 {
			s := far
			if !uniform {
				s = 1 + (far-1)*r.Float64()
			}
			if i == k {
				s = 1
			}
			m.slowdown[i][k], m.slowdown[k][i] = s, s
			m.nodes.Distances[i][k], m.nodes.Distances[k][i] = int(10*s), int(10*s)
		}
	}
	return m
}

func square[T any](n int) [][]T {
	all := make([][]T, n)
	for i := range all {
		all[i] = make([]T, n)
	}
	return all
}

// slowest returns the least speed that a worker of m may have.
func (m *machine) slowest() float64 {
	least := math.Inf(1)
	for n, workers := range m.nodes.Workers {
		if workers > 0 {
			least = min(least, m.speeds[n]/slices.Max(m.slowdown[n]))
		}
	}
	return least
}

// bound returns a time that no plan can beat for reading the given bytes of each
// node. It assumes that the workers of a node help others only when their own
// bytes are read, then all on the node that is best for them, and in portions of
// any size.
func (m *machine) bound(bytes []int64) float64 {
	left := func(seconds float64) (rest float64) {
		for n, workers := range m.nodes.Workers {
			spare := seconds*m.speeds[n]*float64(workers) - float64(bytes[n])
			if others := slices.Delete(slices.Clone(m.slowdown[n]), n, n+1); spare > 0 && len(others) > 0 {
				spare /= slices.Min(others)
			}
			rest -= spare
		}
		return rest
	}
	low, high := 0.0, 1.0
	for left(high) > 0 {
		high *= 2
	}
	for range 60 {
		if middle := (low + high) / 2; left(middle) > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// newRanges cuts size bytes into pieces on random nodes, which are unknown if any
// is set. bytes has the bytes on each node.
func newRanges(r *rand.Rand, size, piece int64, nodes int, any bool) (ranges []schedule.Range, bytes []int64) {
	bytes = make([]int64, nodes)
	for at := int64(0); at < size; {
		next := schedule.Range{Begin: at, End: min(at+piece, size), Node: r.IntN(nodes)}
		bytes[next.Node] += next.End - next.Begin
		if any {
			next.Node = schedule.AnyNode
		}
		ranges = append(ranges, next)
		at = next.End
	}
	return ranges, bytes
}

// simulate runs m on ranges and requires what holds for every run: each byte is
// read once, and no worker is idle while there is work.
func simulate(t *testing.T, m *machine, limits schedule.Limits, ranges []schedule.Range) scaling.Run {
	t.Helper()
	var reads []scaling.Read
	busy := make([]float64, maxWorkers) // when each worker becomes free
	run := scaling.Simulate(scaling.Machine{Nodes: m.nodes, Speed: m.speed}, limits, ranges, func(r scaling.Read) {
		if r.Started != busy[r.Worker] || r.Ended <= r.Started {
			t.Fatalf("worker %d, busy until %v, reads from %v to %v", r.Worker, busy[r.Worker], r.Started, r.Ended)
		}
		busy[r.Worker] = r.Ended
		reads = append(reads, r)
	})
	require.Zero(t, run.LeftWhenDrained, "no bytes are left when a worker finds no chunk")
	slices.SortFunc(reads, func(a, b scaling.Read) int { return int(a.Begin - b.Begin) })
	at := int64(0)
	for _, r := range reads {
		if r.Begin != at || r.End-r.Begin > limits.Largest {
			t.Fatalf("a chunk from %d to %d, after one that ends at %d", r.Begin, r.End, at)
		}
		at = r.End
	}
	require.Equal(t, ranges[len(ranges)-1].End, at)
	require.Len(t, reads, run.Chunks)
	return run
}

// newRand returns random numbers, and logs their seed.
func newRand(t *testing.T) *rand.Rand {
	t.Helper()
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("reproduce with: -seed %d", s)
	return rand.New(rand.NewPCG(s, 0))
}

// runsOf returns the number of random machines of each kind.
func runsOf() int {
	if testing.Short() {
		return 8
	}
	return 50
}

// upTo returns a random number from 1 to most. Each order of magnitude is equally
// likely.
func upTo(r *rand.Rand, most int) int {
	return int(math.Exp(r.Float64() * math.Log(float64(most)+0.999)))
}

// TestEqualChunks tests equal chunks and workers that are equally fast on all
// pages. The lower bound is the number of rounds that the chunks take.
func TestEqualChunks(t *testing.T) {
	r := newRand(t)
	worst := 1.0
	runs := runsOf()
	for i := range runs {
		workers, chunks := upTo(r, maxWorkers), upTo(r, maxChunks)
		switch i {
		case 0:
			workers, chunks = 1, 1
		case 1:
			workers, chunks = maxWorkers, maxChunks
		case 2:
			workers, chunks = maxWorkers, 1
		}
		m := newMachine(r, workers, 1, 1, true)
		limits := schedule.Limits{Largest: smallestBytes, Smallest: smallestBytes}
		ranges, _ := newRanges(r, int64(chunks)*smallestBytes, smallestBytes*(1+r.Int64N(100)), len(m.speeds), i%2 == 0)
		run := simulate(t, m, limits, ranges)
		rounds := (chunks + workers - 1) / workers
		bound := float64(rounds) * smallestBytes / coreSpeed
		require.Equal(t, chunks, run.Chunks)
		require.LessOrEqual(t, run.Seconds, 1.05*bound, "%d workers, %d chunks", workers, chunks)
		worst = max(worst, run.Seconds/bound)
	}
	t.Logf("%d runs of 1 to %d workers and 1 to %d equal chunks: at most %.4f times the lower bound", runs, maxWorkers, maxChunks, worst)
}

// TestRandomMachines tests workers that are up to 4 times slower than others,
// because of their node and the node of the pages. The planner allows for that
// much. The tail is the time after the first worker finds no work. It is at most
// the time of a smallest chunk with the slowest worker. The whole run takes at
// most that long beyond 1.05 times the bound. If nodes are at different distances,
// no bound as close is known; the log says how far off the run is.
func TestRandomMachines(t *testing.T) {
	const slow, far = 0.6, 2.4
	r := newRand(t)
	kinds := []struct {
		name                     string
		far                      float64
		uniform, unknown, guided bool
	}{
		{"equal chunks on known nodes", far, true, false, false},
		{"guided chunks on known nodes", far, true, false, true},
		{"guided chunks, pages on no known node", 1, true, true, true},
		{"guided chunks, nodes at different distances", far, false, false, true},
	}
	for _, kind := range kinds {
		runs := runsOf()
		var worstTail, worstTime, stolen float64
		chunks := 0
		for range runs {
			m := newMachine(r, upTo(r, maxWorkers), slow, kind.far, kind.uniform)
			limits := schedule.Limits{Largest: 64 << 20, Smallest: smallestBytes}
			if !kind.guided {
				limits.Largest = smallestBytes
			}
			size := int64(upTo(r, maxChunks)) * smallestBytes
			ranges, bytes := newRanges(r, size, max(8<<20, size/1000), len(m.speeds), kind.unknown)
			what := fmt.Sprintf("%s: workers %v, %d bytes", kind.name, m.nodes.Workers, size)
			run := simulate(t, m, limits, ranges)
			smallest := smallestBytes / m.slowest()
			tail := (run.Seconds - run.Drained) / smallest
			require.LessOrEqual(t, tail, 1.0001, what)
			bound := m.bound(bytes)
			if kind.uniform {
				require.LessOrEqual(t, run.Seconds, 1.05*bound+smallest, what)
			}
			worstTail, worstTime = max(worstTail, tail), max(worstTime, (run.Seconds-smallest)/bound)
			stolen += float64(run.StolenBytes) / float64(size) / float64(runs)
			chunks = max(chunks, run.Chunks)
		}
		t.Logf("%s: %d runs of up to %d chunks, %.0f %% of the bytes stolen; at most %.3f times the bound and a smallest chunk; tail at most %.2f smallest chunks",
			kind.name, runs, chunks, 100*stolen, worstTime, worstTail)
	}
}
