package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/schedule"
	"onebrc/engine/internal/table"
	"onebrc/engine/internal/topology"
	"onebrc/parse/oracle"
)

// fake is a system of several nodes with IDs 0, 2, 4 and so on, and cpus cores
// on each of them. Every 4 KiB of a mapping are on another one, by chance, or on
// none that is known.
func fake(nodes, cpus int) *system {
	m := &topology.Machine{}
	for n := range nodes {
		node := topology.Node{ID: 2 * n, MemoryBytes: 1 << 30}
		for k := range nodes {
			node.Distances = append(node.Distances, 10+10*max(n-k, k-n))
		}
		for c := range cpus {
			id := n*cpus + c
			node.CPUs = append(node.CPUs, id)
			m.CPUs = append(m.CPUs, topology.CPU{ID: id, Node: node.ID, Core: id})
		}
		m.Nodes = append(m.Nodes, node)
	}
	nothing := func() error { return nil }
	return &system{
		oneNode:   func() bool { return nodes == 1 },
		machine:   func() *topology.Machine { return m },
		pin:       func(topology.Set) (func() error, error) { return nothing, nil },
		setPolicy: func(topology.Policy, topology.Set) (func() error, error) { return nothing, nil },
		pageNodes: func(_ []byte, offsets []int) ([]int, error) {
			ids := make([]int, len(offsets))
			for i := range ids {
				if ids[i] = 2 * rand.IntN(nodes); rand.IntN(4) == 0 {
					ids[i] = -1
				}
			}
			return ids, nil
		},
		memoryLimit:  func() int64 { return 0 },
		sampledBytes: 4096,
	}
}

// TestMemoryLimitOfCgroup has a cgroup with less and less memory: it is the
// bound unless MaxMemory says another one.
func TestMemoryLimitOfCgroup(t *testing.T) {
	var names strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&names, "name %d;1.0\n", i)
	}
	run := func(allowed, maxMemory int64) error {
		s := fake(1, 2)
		s.memoryLimit = func() int64 { return allowed }
		o := Options{Workers: 2, system: s, MaxMemory: maxMemory}
		_, err := Aggregate(context.Background(), o, Bytes("input", []byte(names.String())))
		return err
	}
	require.NoError(t, run(0, 0), "no limit")
	require.NoError(t, run(1<<30, 0))
	require.NoError(t, run(1<<20, 1<<30))
	require.ErrorContains(t, run(12<<20, 0), "2 workers need at least")
	require.ErrorContains(t, run(12<<20, 0), "4194304 are allowed by the cgroup")
	require.ErrorContains(t, run(1<<20, 0), " 0 are allowed by the cgroup")
	s := fake(1, 2)
	s.memoryLimit = func() int64 { return 1 }
	require.NoError(t, Options{Workers: 2, system: s}.Check())
	err := run(20<<20, 0)
	require.ErrorIs(t, err, ErrMemory)
	require.ErrorContains(t, err, "12582912 are allowed")
	require.ErrorIs(t, run(1<<30, 12<<20), ErrMemory)
}

// manyNodes are options for fake machines of several nodes, with fewer and with
// more workers than CPUs.
func manyNodes(t *testing.T) (all []Options) {
	for _, kernel := range TestedKernels(t) {
		for _, nodes := range []int{2, 4, 8} {
			for _, workers := range []int{3, 9} {
				if testing.Short() && workers > nodes {
					continue
				}
				o := Options{Kernel: kernel, Workers: workers, Access: AccessMap, ChunkBytes: MinChunkBytes, system: fake(nodes, 2)}
				all = append(all, o)
				if o.Access = AccessRead; nodes == 4 && workers == 3 {
					all = append(all, o)
				}
			}
		}
	}
	return all
}

func (o Options) String() string {
	return fmt.Sprintf("kernel=%s/nodes=%d/workers=%d/access=%s", o.Kernel, len(o.system.machine().Nodes), o.Workers, o.Access)
}

func TestGoldenOnManyNodes(t *testing.T) {
	pairs := oracle.Golden(t)
	for _, o := range manyNodes(t) {
		for _, p := range pairs {
			result, err := Aggregate(context.Background(), o, File(p.Path))
			require.NoError(t, err, "%s: %s", o, p.Name)
			require.Equal(t, p.Output, result.String(), "%s: %s", o, p.Name)
			require.EqualValues(t, len(p.Input), result.Bytes)
		}
	}
}

// TestBadRowsOnManyNodes has the same first error, with its line, as one worker
// finds, though chunks are not read in order.
func TestBadRowsOnManyNodes(t *testing.T) {
	all := oracle.BadInputs(t)
	for _, o := range manyNodes(t) {
		for _, b := range all {
			_, err := Aggregate(context.Background(), o, File(b.Path))
			requireRow(t, err, b.Path, &b)
		}
	}
}

func requireRow(t *testing.T, err error, input string, want *oracle.Bad) {
	t.Helper()
	var row *RowError
	require.ErrorAs(t, err, &row)
	require.Equal(t, []any{input, want.Line, want.Offset, want.Reason}, []any{row.Input, row.Line, row.Offset, string(row.Reason)})
}

// TestManyBadRowsOnManyNodes has several bad rows in several inputs: the first
// one counts, or all of them in their order if they are skipped.
func TestManyBadRowsOnManyNodes(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	runs := 60
	if testing.Short() {
		runs = 10
	}
	for range runs {
		const row = "some name;12.3\n"
		content := bytes.Repeat([]byte(row), 20_000)
		good := bytes.Clone(content)
		for range 1 + r.IntN(5) {
			content[r.IntN(20_000)*len(row)+r.IntN(len(row)-1)] = '\n'
		}
		_, bad := oracle.Skip(string(content))
		require.NotEmpty(t, bad)
		o := Options{Workers: 1 + r.IntN(16), ChunkBytes: MinChunkBytes << r.IntN(4), system: fake(2<<r.IntN(3), 2)}
		inputs := []Input{Bytes("good", good), Bytes("bad", content), Bytes("worse", []byte("x\n"))}
		_, err := Aggregate(context.Background(), o, inputs...)
		requireRow(t, err, "bad", &bad[0])

		var skipped []int64
		o.OnBadRow = func(row *RowError) error { skipped = append(skipped, row.Line); return nil }
		result, err := Aggregate(context.Background(), o, inputs...)
		require.NoError(t, err)
		require.EqualValues(t, len(bad)+1, result.BadRows)
		var lines []int64
		for _, b := range bad {
			lines = append(lines, b.Line)
		}
		require.Equal(t, append(lines, 1), skipped)
	}
}

// TestPlace decides for machines of one and of several nodes.
func TestPlace(t *testing.T) {
	const none = "[] [] [] []"
	for _, test := range []struct {
		name    string
		nodes   int
		options Options
		pins    string // of 4 workers
		workers []int  // of each node
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
			o.Workers, o.system = 4, fake(test.nodes, 2)
			s, err := o.settings()
			require.NoError(t, err)
			require.NoError(t, s.place(o))
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
			s.onBadRow = func(*RowError) error { return nil }
			require.Equal(t, []int{4}, s.queues().Workers, "in order")
		})
	}
	o := Options{system: fake(2, 2), CPUs: []int{1, 9}}
	require.EqualError(t, o.Check(), "engine: topology: CPUs must be among 0-3, got 9")
}

// TestQueueByNode has a worker get what is on its node first, with the nodes
// that the kernel tells.
func TestQueueByNode(t *testing.T) {
	data := make([]byte, 10*4096+1)
	o := Options{Workers: 2, ChunkBytes: 4096, system: fake(2, 1)}
	told := []int{0, 0, 2, 2, 2, 0, 7, -1, 2, 2, 2} // by IDs; there is no node 7
	o.system.pageNodes = func(got []byte, offsets []int) ([]int, error) {
		require.Len(t, got, len(data))
		for i, offset := range offsets {
			require.Equal(t, i, offset/4096)
		}
		return told, nil
	}
	s, err := o.settings()
	require.NoError(t, err)
	require.NoError(t, s.place(o))
	src := &mappedSource{data: data, plan: newPlanOf(data, s)}
	own := map[int64]bool{}
	for range 5 { // of node 0: three of its own, and two of no known node
		c, err := src.next(0, nil)
		require.NoError(t, err)
		require.False(t, c.nominal.Stolen)
		require.Contains(t, []int{0, schedule.AnyNode}, c.nominal.Node)
		own[c.nominal.Begin/4096] = true
	}
	require.Equal(t, map[int64]bool{0: true, 1: true, 5: true, 6: true, 7: true}, own)
	c, err := src.next(0, nil)
	require.NoError(t, err)
	require.True(t, c.nominal.Stolen)
	require.Equal(t, 1, c.nominal.Node)

	o.system.pageNodes = func([]byte, []int) ([]int, error) { return nil, errors.ErrUnsupported }
	require.Equal(t, []schedule.Range{{End: int64(len(data)), Node: schedule.AnyNode}}, s.ranges(data))
}

// TestSampleOfLongMapping asks for few pages of a mapping, wherever it ends.
func TestSampleOfLongMapping(t *testing.T) {
	o := Options{system: fake(2, 1)}
	s, err := o.settings()
	require.NoError(t, err)
	require.NoError(t, s.place(o))
	for _, size := range []int{1, 4095, 4096, 4097, maxSamples * 4096, maxSamples*4096 + 1, maxSamples*8192 + 5000} {
		data := make([]byte, size)
		s.system.pageNodes = func(_ []byte, offsets []int) ([]int, error) {
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

// TestWorkersThatCantBePlaced run where they are, unless the caller chose where.
func TestWorkersThatCantBePlaced(t *testing.T) {
	refused := errors.New("refused")
	in := Bytes("input", bytes.Repeat([]byte("a;1.0\n"), 10_000))
	o := Options{Workers: 3, system: fake(2, 2)}
	o.system.pin = func(topology.Set) (func() error, error) { return nil, refused }
	o.system.setPolicy = func(topology.Policy, topology.Set) (func() error, error) { return nil, refused }
	result, err := Aggregate(context.Background(), o, in)
	require.NoError(t, err)
	require.EqualValues(t, 10_000, result.Rows)
	for _, chosen := range []Options{{CPUs: []int{0}}, {NUMA: NUMAInterleave}} {
		o.CPUs, o.NUMA = chosen.CPUs, chosen.NUMA
		_, err = Aggregate(context.Background(), o, in)
		require.ErrorIs(t, err, refused)
	}
}

// TestWorkersLeaveTheirPlaces has each worker undo what was done to its thread,
// also if the run fails.
func TestWorkersLeaveTheirPlaces(t *testing.T) {
	for _, content := range []string{"a;1.0\n", "bad\n"} {
		for _, numa := range NUMAs() {
			var entered, left atomic.Int64
			count := func() (func() error, error) {
				entered.Add(1)
				return func() error { left.Add(1); return nil }, nil
			}
			o := Options{Workers: 3, NUMA: numa, CPUs: []int{0, 1, 2}, system: fake(2, 2)}
			o.system.pin = func(topology.Set) (func() error, error) { return count() }
			o.system.setPolicy = func(policy topology.Policy, nodes topology.Set) (func() error, error) {
				require.Equal(t, topology.Interleave, policy)
				require.Equal(t, topology.Set{0, 2}, nodes)
				return count()
			}
			_, err := Aggregate(context.Background(), o, Bytes("input", []byte(content)))
			require.Equal(t, content == "bad\n", err != nil)
			want := int64(3)
			if numa == NUMAInterleave {
				want = 6
			}
			require.Equal(t, []int64{want, want}, []int64{entered.Load(), left.Load()}, numa)
		}
	}
}

// TestReduction joins tables that come in any order, some at the same time.
func TestReduction(t *testing.T) {
	for _, workers := range [][]int{{1}, {2}, {7}, {1, 1}, {3, 0, 1, 5}, {16, 16, 16, 16}} {
		tables := map[*table.Table]int{} // the node of each
		for node, n := range workers {
			for range n {
				tab, err := table.New(nil)
				require.NoError(t, err)
				defer tab.Free()
				_, err = tab.Add([]byte("all"), 5)
				require.NoError(t, err)
				_, err = tab.Add(fmt.Appendf(nil, "node %d", node), 7)
				require.NoError(t, err)
				tables[tab] = node
			}
		}
		r := newReduction(workers)
		errs := make(chan error)
		for tab, node := range tables { // in no order
			go func() { errs <- r.add(node, tab) }()
		}
		for range tables {
			require.NoError(t, <-errs)
		}
		require.NotNil(t, r.joined)
		got := map[string]int64{}
		for s := range r.joined.Stats() {
			got[string(s.Name)] = s.Count
		}
		want := map[string]int64{"all": int64(len(tables))}
		for node, n := range workers {
			if n > 0 {
				want[fmt.Sprintf("node %d", node)] = int64(n)
			}
		}
		require.Equal(t, want, got)
	}
}
