package engine

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMeasure checks for inputs of every kind that each chunk is recorded once and
// that the workers' totals are those of the run.
func TestMeasure(t *testing.T) {
	content := bytes.Repeat([]byte("name;12.3\n"), 60_000)
	path := filepath.Join(t.TempDir(), "rows")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	for _, workers := range []int{1, 2, 5} {
		for _, access := range Accesses() {
			o := Options{Workers: workers, ChunkBytes: 50_000, Access: access}
			inputs := func() []Input {
				return []Input{
					File(path), Reader("stream", bytes.NewReader(content)), Bytes("bytes", content),
					Reader("short stream", bytes.NewReader(content[:10])), Bytes("empty", nil),
				}
			}
			want, err := Aggregate(context.Background(), o, inputs()...)
			require.NoError(t, err)
			o.Measure = true
			got, err := Aggregate(context.Background(), o, inputs()...)
			require.NoError(t, err)
			run := got.Measurement
			got.Measurement = nil
			require.Equal(t, want, got)

			total := run.Total()
			require.Len(t, run.Workers, workers)
			require.Equal(t, [2]int64{got.Rows, got.Bytes}, [2]int64{total.Rows, total.Bytes})
			for _, w := range run.Workers {
				require.InDelta(t, run.WorkSeconds, w.BusySeconds+w.WaitingSeconds+w.InputSeconds+w.IdleSeconds, 1e-6)
				require.GreaterOrEqual(t, min(w.BusySeconds, w.WaitingSeconds, w.InputSeconds, w.IdleSeconds), 0.0)
				require.LessOrEqual(t, w.EndedSeconds, run.WorkSeconds)
			}
			require.Positive(t, total.InputSeconds)
			require.LessOrEqual(t, run.Latency.Max, total.BusySeconds+total.WaitingSeconds)
			for _, chunk := range run.Stragglers {
				require.Contains(t, []string{path, "stream", "bytes", "short stream"}, chunk.Input)
				require.LessOrEqual(t, chunk.Offset+chunk.Bytes, int64(len(content)))
				require.Equal(t, chunk.Bytes/10, chunk.Rows, "rows of 10 bytes")
				require.Less(t, chunk.Worker, workers)
			}
		}
	}
}

// TestMeasureFailure checks that a failed run returns the measurement of what was
// done.
func TestMeasureFailure(t *testing.T) {
	rows := bytes.Repeat([]byte("name;12.3\n"), 30_000)
	bad := append(bytes.Clone(rows), "bad\n"...)
	o := Options{Workers: 2, ChunkBytes: 50_000, Measure: true}
	result, err := Aggregate(context.Background(), o, Bytes("good", rows), Bytes("bad", bad))
	var row *RowError
	require.ErrorAs(t, err, &row)
	require.Equal(t, int64(len(rows)+len(bad)), result.Measurement.Total().Bytes)
	require.GreaterOrEqual(t, result.Measurement.Total().Rows, int64(60_000))

	result, err = Aggregate(context.Background(), o, File(filepath.Join(t.TempDir(), "missing")))
	require.Error(t, err)
	require.Zero(t, result.Measurement.Total(), "the run did not start")

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	result, err = Aggregate(ctx, o, Bytes("good", rows))
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, result.Measurement.Workers, 2)
	require.Zero(t, result.Measurement.Total().Rows)

	refused := errors.New("refused")
	o.OnBadRow = func(*RowError) error { return refused }
	result, err = Aggregate(context.Background(), o, Bytes("bad", bad))
	require.ErrorIs(t, err, refused)
	require.EqualValues(t, 30_001, result.Measurement.Total().Rows, "bad rows included")
}

// TestMeasureChunks checks that the spans are the chunks of the inputs, each once, for a
// run that succeeds and for one that fails.
func TestMeasureChunks(t *testing.T) {
	content := bytes.Repeat([]byte("name;12.3\n"), 60_000)
	path := filepath.Join(t.TempDir(), "rows")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	o := Options{Workers: 3, ChunkBytes: 50_000, MeasureChunks: true}
	for _, end := range []string{"", "bad\n"} {
		contents := [][]byte{nil, content, content, append(bytes.Clone(content), end...)}
		result, err := Aggregate(context.Background(), o,
			Bytes("empty", nil), File(path), Reader("stream", bytes.NewReader(content)), Bytes("bytes", contents[3]))
		require.Equal(t, end != "", err != nil)
		run := result.Measurement
		chunks := make([]map[int64]int64, len(contents)) // the size of each, by offset
		for i := range chunks {
			chunks[i] = map[int64]int64{}
		}
		count := int64(0)
		for _, w := range run.Workers {
			var sum WorkerMeasurement
			at := 0.0
			for _, s := range w.Spans {
				require.EqualValues(t, 1, s.Chunks, "they are few")
				require.InDelta(t, at, s.StartSeconds, 1e-9)
				at = s.EndSeconds
				require.LessOrEqual(t, s.BusySeconds+s.InputSeconds, at-s.StartSeconds+1e-9)
				require.Equal(t, s.Input == 2, s.InputSeconds > 0)
				require.NotContains(t, chunks[s.Input], s.Offset)
				chunks[s.Input][s.Offset] = s.Bytes
				sum.Rows += s.Rows
				sum.BusySeconds += s.BusySeconds
				sum.InputSeconds += s.InputSeconds
			}
			require.Equal(t, w.Rows, sum.Rows)
			require.InDelta(t, w.BusySeconds, sum.BusySeconds, 1e-6)
			require.InDelta(t, w.InputSeconds, sum.InputSeconds, 1e-6)
			require.LessOrEqual(t, at, run.WorkSeconds)
			count += w.Chunks
		}
		for i, content := range contents {
			offset := int64(0)
			for offset < int64(len(content)) {
				require.Contains(t, chunks[i], offset)
				offset += chunks[i][offset]
			}
			require.EqualValues(t, len(content), offset)
		}
		for _, bucket := range run.LatencyBuckets {
			count -= bucket.Count
		}
		require.Zero(t, count)
	}
	groups, err := GroupBy(context.Background(), Query{NoHeader: true, Delimiter: ';', By: []Column{{Position: 1}}}, o, File(path))
	require.NoError(t, err)
	require.NotEmpty(t, groups.Measurement.LatencyBuckets)
}

// TestMeasureNodes checks the counts of local, remote and unknown bytes. One worker
// runs on the first of two nodes. Half of the file lies on that node, a quarter on the
// other, and a quarter on an unknown one.
func TestMeasureNodes(t *testing.T) {
	const chunk = MinChunkBytes
	content := bytes.Repeat([]byte("nam;1.2\n"), 64*chunk/8) // rows end where chunks do
	path := filepath.Join(t.TempDir(), "rows")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	system := fake(2, 1)
	system.PageNodes = func(_ []byte, offsets []int) ([]int, error) {
		ids := make([]int, len(offsets))
		for i, offset := range offsets {
			ids[i] = []int{0, 0, 2, -1}[offset*4/len(content)]
		}
		return ids, nil
	}
	o := Options{Workers: 1, Access: AccessMap, ChunkBytes: chunk, Measure: true, system: system}
	result, err := Aggregate(context.Background(), o, File(path))
	require.NoError(t, err)
	run := result.Measurement
	total := run.Total()
	require.EqualValues(t, len(content), total.Bytes)
	require.Equal(t, total.Chunks/4, total.Stolen)
	if len(run.Nodes) == 0 {
		t.Skip("this system does not report the node of a CPU")
	}
	var known, unknown int64
	for _, n := range run.Nodes { // the nodes of this machine
		known += n.LocalBytes + n.RemoteBytes
		unknown += n.UnknownBytes
	}
	require.EqualValues(t, len(content)/4, unknown)
	require.EqualValues(t, len(content)*3/4, known)
	if len(run.Nodes) == 1 && run.Nodes[0].Node == 0 {
		require.EqualValues(t, len(content)/4, run.Nodes[0].RemoteBytes)
	}
}
