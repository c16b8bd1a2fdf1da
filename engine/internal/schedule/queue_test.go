package schedule_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/schedule"
)

const mib = 1 << 20

var limits = schedule.Limits{Largest: 64 * mib, Smallest: mib / 4}

// take returns n chunks for a worker of node.
func take(t *testing.T, q *schedule.Queue, node, n int) []schedule.Chunk {
	t.Helper()
	var all []schedule.Chunk
	for range n {
		c, ok := q.Take(node)
		require.True(t, ok)
		all = append(all, c)
	}
	return all
}

// drain takes all chunks for workers of node.
func drain(q *schedule.Queue, node int) (all []schedule.Chunk) {
	for {
		c, ok := q.Take(node)
		if !ok {
			return all
		}
		all = append(all, c)
	}
}

// TestOneNode tests one queue: chunks are in the order of the ranges, become
// smaller, and cross the borders of ranges.
func TestOneNode(t *testing.T) {
	const size = 1000*mib + 1
	q := schedule.New(schedule.Nodes{Workers: []int{3}}, limits,
		schedule.Range{Begin: 0, End: 100}, schedule.Range{Begin: 100, End: 100},
		schedule.Range{Begin: 100, End: 500 * mib}, schedule.Range{Begin: 500 * mib, End: size})
	at, before := int64(0), limits.Largest
	chunks := drain(q, 0)
	for i, c := range chunks {
		bytes := c.End - c.Begin
		require.Equal(t, at, c.Begin)
		require.LessOrEqual(t, bytes, before)
		require.LessOrEqual(t, bytes, max((size-at)/3/2, limits.Smallest), "at most a share of what is left")
		if i < len(chunks)-1 {
			require.GreaterOrEqual(t, bytes, limits.Smallest)
		}
		require.Equal(t, schedule.Chunk{Begin: c.Begin, End: c.End}, c, "not stolen")
		at, before = c.End, bytes
	}
	require.Equal(t, int64(size), at)
	require.Equal(t, limits.Largest, chunks[0].End)
	require.Empty(t, drain(q, 0))
	require.Empty(t, drain(schedule.New(schedule.Nodes{Workers: []int{1}}, limits), 0))
}

// TestOwnNodeFirst tests that a worker takes from its own queue first, then from
// the nearest one, and of two at the same distance from the one with more work.
func TestOwnNodeFirst(t *testing.T) {
	nodes := schedule.Nodes{
		Workers:   []int{1, 1, 1, 0},
		Distances: [][]int{{10, 20, 20, 12}, {20, 10, 11, 20}, {20, 11, 10, 20}, {12, 20, 20, 10}},
	}
	equal := schedule.Limits{Largest: mib, Smallest: mib}
	q := schedule.New(nodes, equal,
		schedule.Range{Begin: 0, End: mib, Node: 3}, schedule.Range{Begin: mib, End: 3 * mib, Node: 1},
		schedule.Range{Begin: 3 * mib, End: 4 * mib, Node: 0}, schedule.Range{Begin: 4 * mib, End: 7 * mib, Node: 2})
	require.Equal(t, []schedule.Chunk{
		{Begin: 3 * mib, End: 4 * mib, Node: 0, Queue: 0},
		{Begin: 0, End: mib, Node: 3, Queue: 3, Stolen: true},           // the nearest, although it has no workers
		{Begin: 4 * mib, End: 5 * mib, Node: 2, Queue: 2, Stolen: true}, // has 3 MiB left, node 1 has 2
	}, take(t, q, 0, 3))
	require.Equal(t, []schedule.Chunk{
		{Begin: mib, End: 2 * mib, Node: 1, Queue: 1},
		{Begin: 2 * mib, End: 3 * mib, Node: 1, Queue: 1},
		{Begin: 5 * mib, End: 6 * mib, Node: 2, Queue: 2, Stolen: true},
	}, take(t, q, 1, 3))
	require.EqualValues(t, mib, q.Left())
	require.Len(t, drain(q, 0), 1)
	for node := range nodes.Workers {
		require.Empty(t, drain(q, node))
	}

	// Without distances, all nodes are equally far.
	q = schedule.New(schedule.Nodes{Workers: []int{1, 1, 1}}, equal,
		schedule.Range{Begin: 0, End: mib, Node: 1}, schedule.Range{Begin: mib, End: 3 * mib, Node: 2})
	require.Equal(t, 2, take(t, q, 0, 1)[0].Node)
}

// TestDeal tests that pages on no known node go where there is least work for
// each worker, and never to a node without workers.
func TestDeal(t *testing.T) {
	q := schedule.New(schedule.Nodes{Workers: []int{1, 0, 3, 4}}, limits,
		schedule.Range{Begin: 0, End: 1400 * mib, Node: schedule.AnyNode},
		schedule.Range{Begin: 1400 * mib, End: 1410 * mib, Node: 1},
		schedule.Range{Begin: 1410 * mib, End: 1610 * mib, Node: 0})
	bytes := make([]int64, 4)
	for _, c := range drain(q, 0) {
		if c.Node != schedule.AnyNode {
			require.Equal(t, c.Queue, c.Node)
		}
		bytes[c.Queue] += c.End - c.Begin
	}
	require.EqualValues(t, 10*mib, bytes[1])
	for node, share := range map[int]int64{0: 200 * mib, 2: 600 * mib, 3: 800 * mib} {
		require.InDelta(t, share, bytes[node], float64(limits.Largest), "node %d", node)
	}
}
