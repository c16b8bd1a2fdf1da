package scaling_test

import (
	"os"
	"path/filepath"
	"testing"

	"onebrc/engine/scaling"

	"github.com/stretchr/testify/require"
)

const scalingText = `{"machine": "test", "commands": ["true"], "core_bytes_per_second": 1e9,
	"node_bytes_per_second": 8e9, "fixed_seconds": 0.5, "merge_seconds": 0.25,
	"nodes": 2, "cores_per_node": 12, "remote_slowdown": 2, "bytes": 48000000000}`

func readScaling(t *testing.T, text string) (*scaling.Scaling, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "scaling.json")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return scaling.ReadScaling(path)
}

// TestPredict uses numbers that can be checked by hand: 48 s of work for one core,
// with half of the pages on another node or none.
func TestPredict(t *testing.T) {
	s, err := readScaling(t, scalingText)
	require.NoError(t, err)
	require.Equal(t, 16, s.Bound())
	points := s.Predict()
	var workers []int
	for _, p := range points {
		workers = append(workers, p.Workers)
	}
	require.Equal(t, []int{1, 2, 4, 8, 16, 24}, workers)
	near := func(want, got float64) { t.Helper(); require.InEpsilon(t, want, got, 0.01) }
	near(0.5+24+2*24, points[0].Spread) // half of the pages are on the other node
	near(0.5+48, points[0].OneNode)
	near(0.5+24+0.25, points[1].Spread)
	near(0.5+48/1.5+0.25, points[1].OneNode) // the second worker has half the speed
	near(0.5+6+3*0.25, points[3].Spread)
	near(0.5+3+4*0.25, points[4].Spread)  // at the limit of memory
	near(0.5+3+5*0.25, points[5].Spread)  // and beyond it
	near(0.5+6+5*0.25, points[5].OneNode) // the memory of one node
}

func TestReadScaling(t *testing.T) {
	for text, want := range map[string]string{
		`{`:  "unexpected end",
		`{}`: "speed",
		`{"core_bytes_per_second": 1, "node_bytes_per_second": 1, "fixed_seconds": -1}`:                         "time",
		`{"core_bytes_per_second": 1, "node_bytes_per_second": 1, "nodes": 1, "cores_per_node": 1}`:             "bytes",
		`{"core_bytes_per_second": 1, "node_bytes_per_second": 1, "nodes": 1, "cores_per_node": 1, "bytes": 1}`: "slowdown",
	} {
		_, err := readScaling(t, text)
		require.ErrorContains(t, err, want, text)
	}
	_, err := scaling.ReadScaling(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
