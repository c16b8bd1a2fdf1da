package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/enginetest"
	"onebrc/engine/internal/run"
	"onebrc/engine/internal/topology"
	"onebrc/parse/oracle"
)

// fake returns a system of several nodes with IDs 0, 2, 4 and so on, each with cpus
// cores. Each 4 KiB of a mapping lie on a random node or on an unknown one.
func fake(nodes, cpus int) *run.System {
	m := enginetest.Machine(nodes, cpus)
	nothing := func() error { return nil }
	return &run.System{
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

// TestMemoryLimitOfCgroup checks that the memory of the cgroup is the limit unless
// MaxMemory sets another one.
func TestMemoryLimitOfCgroup(t *testing.T) {
	var names strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&names, "name %d;1.0\n", i)
	}
	aggregate := func(allowed, maxMemory int64) error {
		s := fake(1, 2)
		s.MemoryLimit = func() int64 { return allowed }
		o := Options{Workers: 2, system: s, MaxMemory: maxMemory}
		_, err := Aggregate(context.Background(), o, Bytes("input", []byte(names.String())))
		return err
	}
	require.NoError(t, aggregate(0, 0), "no limit")
	require.NoError(t, aggregate(1<<30, 0))
	require.NoError(t, aggregate(1<<20, 1<<30))
	require.ErrorContains(t, aggregate(12<<20, 0), "2 workers need at least")
	require.ErrorContains(t, aggregate(12<<20, 0), "4194304 are allowed by the cgroup")
	require.ErrorContains(t, aggregate(1<<20, 0), " 0 are allowed by the cgroup")
	s := fake(1, 2)
	s.MemoryLimit = func() int64 { return 1 }
	require.NoError(t, Options{Workers: 2, system: s}.Check())
	require.NoError(t, aggregate(20<<20, 0), "names that do not fit are spilled")
	require.NoError(t, aggregate(1<<30, 12<<20))
}

// manyNodes returns options for fake machines of several nodes, with fewer and with
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
	return fmt.Sprintf("kernel=%s/nodes=%d/workers=%d/access=%s", o.Kernel, len(o.system.Machine().Nodes), o.Workers, o.Access)
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

// TestBadRowsOnManyNodes checks that the first error and its line are the same as with
// one worker, although chunks are not read in order.
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

// TestManyBadRowsOnManyNodes checks inputs with several bad rows: the first one is the
// error, or all are reported in order if they are skipped.
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

// TestWorkersThatCannotBePlaced checks that such workers run where they are, unless the
// caller chose the place.
func TestWorkersThatCannotBePlaced(t *testing.T) {
	refused := errors.New("refused")
	in := Bytes("input", bytes.Repeat([]byte("a;1.0\n"), 10_000))
	o := Options{Workers: 3, system: fake(2, 2)}
	o.system.Pin = func(topology.Set) (func() error, error) { return nil, refused }
	o.system.SetPolicy = func(topology.Policy, topology.Set) (func() error, error) { return nil, refused }
	result, err := Aggregate(context.Background(), o, in)
	require.NoError(t, err)
	require.EqualValues(t, 10_000, result.Rows)
	for _, chosen := range []Options{{CPUs: []int{0}}, {NUMA: NUMAInterleave}} {
		o.CPUs, o.NUMA = chosen.CPUs, chosen.NUMA
		_, err = Aggregate(context.Background(), o, in)
		require.ErrorIs(t, err, refused)
	}
}

// TestWorkersLeaveTheirPlaces checks that each worker restores its thread, even if the
// run fails.
func TestWorkersLeaveTheirPlaces(t *testing.T) {
	for _, content := range []string{"a;1.0\n", "bad\n"} {
		for _, numa := range NUMAs() {
			var entered, left atomic.Int64
			count := func() (func() error, error) {
				entered.Add(1)
				return func() error { left.Add(1); return nil }, nil
			}
			o := Options{Workers: 3, NUMA: numa, CPUs: []int{0, 1, 2}, system: fake(2, 2)}
			o.system.Pin = func(topology.Set) (func() error, error) { return count() }
			o.system.SetPolicy = func(policy topology.Policy, nodes topology.Set) (func() error, error) {
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
