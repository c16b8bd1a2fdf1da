package engine_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"onebrc/engine"
	"onebrc/engine/internal/measure"
	"onebrc/engine/internal/topology"
	"onebrc/gen"
	"onebrc/parse/oracle"
)

// requireNodes returns the machine and its nodes that have memory. It skips the test
// if there is only one.
func requireNodes(t *testing.T) (*topology.Machine, []int) {
	m := topology.Here()
	var ids []int
	for _, n := range m.Nodes {
		t.Logf("node %d: CPUs %s, %d MiB, distances %v", n.ID, n.CPUs, n.MemoryBytes>>20, n.Distances)
		if n.MemoryBytes > 0 {
			ids = append(ids, n.ID)
		}
	}
	if len(ids) < 2 {
		if slices.Contains(strings.Split(os.Getenv("ONEBRC_REQUIRE"), ","), "numa") {
			t.Fatal("ONEBRC_REQUIRE: this machine has one node")
		}
		t.Skip("this machine has one node; make numa runs the test in another")
	}
	return m, ids
}

// partBytes is the size of the parts of a file, each of which lies on one node. The
// engine asks for the node of one page in each 8 MiB.
const partBytes = 8 << 20

// writeOn writes data to a new file, partBytes on each of the nodes in turn, and
// returns the path of the file.
func writeOn(t *testing.T, data []byte, nodes []int) string {
	path := filepath.Join(t.TempDir(), "measurements.txt")
	f, err := os.Create(path)
	require.NoError(t, err)
	for i := 0; len(data) > 0; i++ {
		n := min(partBytes, len(data))
		restore, err := topology.SetPolicy(topology.Bind, topology.Set{nodes[i%len(nodes)]})
		require.NoError(t, err)
		_, err = f.Write(data[:n])
		require.NoError(t, err)
		require.NoError(t, restore())
		data = data[n:]
	}
	require.NoError(t, f.Close())
	return path
}

// requireNodesOf checks that the parts of the file lie on the given nodes, one page in
// each 256 KiB.
func requireNodesOf(t *testing.T, path string, nodes []int) {
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	info, err := f.Stat()
	require.NoError(t, err)
	data, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	require.NoError(t, err)
	var offsets, want []int
	for offset := 0; offset < len(data); offset += 256 << 10 {
		offsets = append(offsets, offset)
		want = append(want, nodes[offset/partBytes%len(nodes)])
	}
	got, err := topology.PageNodes(data, offsets)
	require.NoError(t, err)
	require.Equal(t, want, got)
	t.Logf("move_pages: %d pages lie on nodes %v, as they were written", len(got), nodes)
	require.NoError(t, unix.Munmap(data))
}

// TestNodes checks runs over files whose pages lie on chosen nodes: the kernel reports
// these nodes, and the result does not depend on them.
func TestNodes(t *testing.T) {
	m, nodes := requireNodes(t)
	var rows bytes.Buffer
	require.NoError(t, gen.Write(context.Background(), &rows, gen.Options{Rows: 20_000}))
	want, bad := oracle.Aggregate(rows.String())
	require.Nil(t, bad)
	// Repeated rows have the same minima, means and maxima.
	data := bytes.Repeat(rows.Bytes(), 4*partBytes/rows.Len())
	for _, layout := range [][]int{nodes, nodes[:1], nodes[len(nodes)-1:]} {
		path := writeOn(t, data, layout)
		requireNodesOf(t, path, layout)
		for _, numa := range engine.NUMAs() {
			for _, smt := range []bool{false, true} {
				o := engine.Options{NUMA: numa, SMT: smt, ChunkBytes: 1 << 20, Access: engine.AccessMap, Measure: true}
				result, err := engine.Aggregate(context.Background(), o, engine.File(path))
				require.NoError(t, err)
				run := result.Measurement
				require.Equal(t, want, result.String(), "pages on %v, %+v", layout, o)
				t.Logf("%s, pages on nodes %v, %d workers: the result of the oracle", numa, layout, len(run.Workers))
				if numa == engine.NUMAAuto {
					requirePlaced(t, m, run)
				}
			}
		}
	}
}

// requirePlaced checks that each worker ran on at most one CPU, that no CPU had two
// workers, and that the node of every page was known.
func requirePlaced(t *testing.T, m *topology.Machine, run *measure.Run) {
	workerOn := map[int]int{}
	for _, w := range run.Workers {
		require.LessOrEqual(t, len(w.CPUs), 1, "worker %d", w.Worker)
		for _, cpu := range w.CPUs {
			require.NotContains(t, workerOn, cpu)
			require.True(t, m.Usable().Has(cpu))
			workerOn[cpu] = w.Worker
		}
	}
	t.Logf("  CPUs and their workers: %v", workerOn)
	for _, n := range run.Nodes {
		require.Zero(t, n.UnknownBytes)
		t.Logf("  node %d read %d MiB of its own and %d MiB of others", n.Node, n.LocalBytes>>20, n.RemoteBytes>>20)
	}
}
