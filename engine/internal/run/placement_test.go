package run

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/enginetest"
	"onebrc/engine/internal/schedule"
	"onebrc/engine/internal/source"
	"onebrc/engine/internal/topology"
)

// fake returns a system of several nodes with IDs 0, 2, 4 and so on, each with cpus
// cores. Each 4 KiB of a mapping lie on a random node or on an unknown one.
func fake(nodes, cpus int) *System {
	m := enginetest.Machine(nodes, cpus)
	nothing := func() error { return nil }
	return &System{
		OneNode:   func() bool { return nodes == 1 },
		Machine:   func() *topology.Machine { return m },
		Pin:       func(topology.Set) (func() error, error) { return nothing, nil },
		SetPolicy: func(topology.Policy, topology.Set) (func() error, error) { return nothing, nil },
		PageNodes: func(_ []byte, offsets []int) ([]int, error) {
			ids := make([]int, len(offsets))
			for i := range ids {
				if ids[i] = 2 * rand.IntN(nodes); rand.IntN(4) == 0 {
					ids[i] = -1
				}
			}
			return ids, nil
		},
		MemoryLimit:  func() int64 { return 0 },
		SampledBytes: 4096,
	}
}

// TestPlace checks where workers are placed on machines of one and of several nodes.
func TestPlace(t *testing.T) {
	const none = "[] [] [] []"
	for _, test := range []struct {
		name    string
		nodes   int
		options Options
		pins    string // pins of the 4 workers
		workers []int  // number of workers on each node
		memory  topology.Set
	}{
		{"one node", 1, Options{}, none, []int{4}, nil},
		{"one node, interleaved", 1, Options{NUMA: NUMAInterleave}, none, []int{4}, nil},
		{"one node, a list", 1, Options{CPUs: []int{0, 1}}, "[0 1] [0 1] [0 1] [0 1]", []int{4}, nil},
		{"two nodes", 2, Options{}, "[0] [1] [2] [3]", []int{2, 2}, nil},
		{"four nodes", 4, Options{}, "[0 1] [2 3] [4 5] [6 7]", []int{1, 1, 1, 1}, nil},
		{"off", 2, Options{NUMA: NUMAOff}, none, []int{4}, nil},
		{"off, a list", 2, Options{NUMA: NUMAOff, CPUs: []int{0, 2}}, "[0 2] [0 2] [0 2] [0 2]", []int{4}, nil},
		{"a list on one of two nodes", 2, Options{CPUs: []int{2, 3}}, "[2 3] [2 3] [2 3] [2 3]", []int{4}, nil},
		{"a list on two of four nodes", 4, Options{CPUs: []int{2, 3, 6, 7}}, "[2] [3] [6] [7]", []int{0, 2, 0, 2}, nil},
		{"interleaved", 2, Options{NUMA: NUMAInterleave}, none, []int{4}, topology.Set{0, 2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := test.options
			o.Workers, o.System = 4, fake(test.nodes, 2)
			s, err := Configure(o, lines{})
			require.NoError(t, err)
			p := s.placement
			require.Equal(t, test.workers, p.nodes.Workers)
			require.Equal(t, test.memory, p.interleaved)
			require.Equal(t, len(o.CPUs) > 0 || test.memory != nil, p.required)
			pins := make([]string, len(p.places))
			count := make([]int, len(test.workers))
			for i, at := range p.places {
				pins[i] = fmt.Sprint([]int(at.pin))
				count[at.node]++
			}
			require.Equal(t, test.pins, fmt.Sprint(pins[0], " ", pins[1], " ", pins[2], " ", pins[3]))
			require.Equal(t, test.workers, count)
			s.onBadRow = func(int, *BadRow) error { return nil }
			require.Equal(t, []int{4}, s.queues().Workers, "in order")
		})
	}
	o := Options{System: fake(2, 2), CPUs: []int{1, 9}}
	require.EqualError(t, Check(o, lines{}), "CPUs must be among 0-3, got 9")
}

// TestPlaceSmall checks which inputs are so small that one worker reads them, and that the
// machine is then not looked at.
func TestPlaceSmall(t *testing.T) {
	const looked, limited = 1, 2
	for _, test := range []struct {
		options Options
		workers int
		looks   int // at the machine, at the limit of its memory
	}{
		{Options{}, 4, looked | limited}, // the size is not known
		{Options{Bytes: 1}, 1, 0},
		{Options{Bytes: tinyBytes}, 1, 0},
		{Options{Bytes: tinyBytes + 1}, 1, limited},
		{Options{Bytes: SmallBytes}, 1, limited},
		{Options{Bytes: SmallBytes + 1}, 4, looked | limited},
		{Options{Bytes: 5000, ChunkBytes: 5000}, 1, 0},
		{Options{Bytes: 5001, ChunkBytes: 5000}, 4, looked},
		{Options{Bytes: 1, Workers: 3}, 3, looked},
		{Options{Bytes: 1, CPUs: []int{0, 1, 2}}, 3, looked},
		{Options{Bytes: 1, NUMA: NUMAOff}, 1, 0},
		{Options{Bytes: 1, NUMA: NUMAInterleave}, 4, looked},
		{Options{Bytes: 1, MaxMemory: 1 << 30}, 1, 0},
	} {
		looks := 0
		o := test.options
		o.System = fake(2, 2)
		machine := o.System.Machine()
		o.System.Machine = func() *topology.Machine { looks |= looked; return machine }
		o.System.MemoryLimit = func() int64 { looks |= limited; return 0 }
		c, err := Configure(o, lines{})
		require.NoError(t, err)
		most := min(test.workers, runtime.GOMAXPROCS(0))
		if test.workers == o.Workers {
			most = test.workers
		}
		require.Len(t, c.placement.places, most, "%+v", test.options)
		require.Equal(t, test.looks, looks, "%+v", test.options)
	}
}

// TestQueueByNode checks that a worker first gets the chunks that lie on its node,
// as told by the kernel.
func TestQueueByNode(t *testing.T) {
	data := make([]byte, 10*4096+1)
	o := Options{Workers: 2, ChunkBytes: 4096, System: fake(2, 1)}
	told := []int{0, 0, 2, 2, 2, 0, 7, -1, 2, 2, 2} // node IDs; there is no node 7
	o.System.PageNodes = func(got []byte, offsets []int) ([]int, error) {
		require.Len(t, got, len(data))
		for i, offset := range offsets {
			require.Equal(t, i, offset/4096)
		}
		return told, nil
	}
	s, err := Configure(o, lines{})
	require.NoError(t, err)
	src, err := source.Bytes("input", data).Open(s.source(lines{}, source.CutAtLF))
	require.NoError(t, err)
	own := map[int64]bool{}
	for range 5 { // node 0 gets its own three chunks and the two of unknown nodes
		c, err := src.Next(0, nil)
		require.NoError(t, err)
		require.False(t, c.Nominal.Stolen)
		require.Contains(t, []int{0, schedule.AnyNode}, c.Nominal.Node)
		own[c.Nominal.Begin/4096] = true
	}
	require.Equal(t, map[int64]bool{0: true, 1: true, 5: true, 6: true, 7: true}, own)
	c, err := src.Next(0, nil)
	require.NoError(t, err)
	require.True(t, c.Nominal.Stolen)
	require.Equal(t, 1, c.Nominal.Node)

	o.System.PageNodes = func([]byte, []int) ([]int, error) { return nil, errors.ErrUnsupported }
	require.Equal(t, []schedule.Range{{End: int64(len(data)), Node: schedule.AnyNode}}, s.ranges(data))
}

// TestSampleOfLongMapping checks that a run asks for few pages of a mapping of any
// size, and that the ranges cover the mapping.
func TestSampleOfLongMapping(t *testing.T) {
	o := Options{System: fake(2, 1)}
	s, err := Configure(o, lines{})
	require.NoError(t, err)
	for _, size := range []int{1, 4095, 4096, 4097, maxSamples * 4096, maxSamples*4096 + 1, maxSamples*8192 + 5000} {
		data := make([]byte, size)
		s.system.PageNodes = func(_ []byte, offsets []int) ([]int, error) {
			require.LessOrEqual(t, len(offsets), maxSamples+1)
			require.Less(t, slices.Max(offsets), size)
			return make([]int, len(offsets)), nil
		}
		at := int64(0)
		for _, r := range s.ranges(data) {
			require.Equal(t, at, r.Begin)
			require.Greater(t, r.End, r.Begin)
			at = r.End
		}
		require.EqualValues(t, size, at)
	}
}

// TestReduction checks the join of tables that arrive in any order and in parallel.
func TestReduction(t *testing.T) {
	for _, workers := range [][]int{{1}, {2}, {7}, {1, 1}, {3, 0, 1, 5}, {16, 16, 16, 16}} {
		type member struct {
			table lineCounts
			node  int
		}
		var tables []member
		for node, n := range workers {
			for range n {
				tables = append(tables, member{lineCounts{"all": 1, fmt.Sprintf("node %d", node): 1}, node})
			}
		}
		rand.Shuffle(len(tables), func(i, j int) { tables[i], tables[j] = tables[j], tables[i] })
		r := newReduction(workers)
		errs := make(chan error)
		for _, m := range tables {
			go func() { errs <- r.add(m.node, m.table) }()
		}
		for range tables {
			require.NoError(t, <-errs)
		}
		require.NotNil(t, r.result)
		want := lineCounts{"all": int64(len(tables))}
		for node, n := range workers {
			if n > 0 {
				want[fmt.Sprintf("node %d", node)] = int64(n)
			}
		}
		require.Equal(t, want, r.result)
	}
}
