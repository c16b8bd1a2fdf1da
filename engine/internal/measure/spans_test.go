package measure

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// newChunkFake is newFake for a recorder of chunks.
func newChunkFake() *fake {
	f := newFake()
	f.Recorder.chunks = true
	return f
}

// TestSpans has two workers with chunks of a file and of a stream, after the start of a
// run that prepares for 3 s.
func TestSpans(t *testing.T) {
	f := newChunkFake()
	f.now = 3 * time.Second
	workers := f.begin(2)
	f.cpu, f.node, f.counted = 4, 1, true
	f.step(workers[0], 20, 30, Chunk{InputNumber: 2, Offset: 64, Bytes: 640, Rows: 7, Node: 1})
	f.counted = false
	f.stepOn(workers[0], true, 5, 10, Chunk{InputNumber: 3, Bytes: 100, Rows: 1, Node: Unknown, Stolen: true})
	run := f.end(workers, 40, 0)
	requireSum(t, run)
	require.Equal(t, []Span{
		{
			StartSeconds: 0, EndSeconds: 0.050, BusySeconds: 0.030, Chunks: 1, Bytes: 640, Rows: 7,
			Input: 2, Offset: 64, CPU: 4, Node: 1, MemoryNode: 1, Thread: &Thread{},
		},
		{
			StartSeconds: 0.050, EndSeconds: 0.065, BusySeconds: 0.010, InputSeconds: 0.005, Chunks: 1, Stolen: 1, Bytes: 100, Rows: 1,
			Input: 3, CPU: 4, Node: 1, MemoryNode: Unknown,
		},
	}, run.Workers[0].Spans)
	require.Nil(t, run.Workers[1].Spans, "it had no chunk")
	require.InDelta(t, 0.065, run.Stragglers[0].EndedSeconds, 1e-9)

	f = newFake()
	workers = f.begin(1)
	f.step(workers[0], 0, 1, Chunk{Bytes: 1})
	run = f.end(workers, 0)
	require.Nil(t, run.Workers[0].Spans, "chunks are not recorded")
	require.Nil(t, run.LatencyBuckets)
	require.Nil(t, New(true).Run().LatencyBuckets, "a run that failed before the work")
}

// TestSpansMerge records more and more chunks. Whatever their number, the spans are few,
// leave no gap and have all that was recorded.
func TestSpansMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, workers := range []int{1, 3, 5, 1000, 1025} {
		limit := newSpans(workers).limit
		require.Zero(t, limit%2)
		require.GreaterOrEqual(t, limit, minSpans)
		require.LessOrEqual(t, limit, maxSpans)
		require.True(t, limit == minSpans || limit*workers <= allSpans)
		for _, chunks := range []int{limit - 1, limit, limit + 1, 2*limit - 1, 2 * limit, 2*limit + 1, 7*limit + 3} {
			f := newChunkFake()
			f.counted = true
			w := f.begin(workers)[0]
			var want Span
			for i := range chunks {
				f.used.minor++
				f.cpu = i / limit
				c := Chunk{InputNumber: i, Bytes: r.Int64N(100), Rows: 1, Stolen: i%2 == 1}
				f.now = w.free + time.Duration(r.IntN(5))*time.Millisecond
				w.Taken(false)
				busy := time.Duration(r.IntN(5)) * time.Millisecond
				f.now += busy
				f.used.minor += 2
				w.Done(c)
				want.BusySeconds += busy.Seconds()
				want.Bytes += c.Bytes
			}
			all := w.run().Spans
			require.LessOrEqual(t, len(all), limit)
			require.GreaterOrEqual(t, len(all), min(chunks, limit/2))
			var got Span
			first := int64(0)
			for i, s := range all {
				require.Equal(t, got.EndSeconds, s.StartSeconds, "no gap")
				require.Equal(t, int(first), s.Input, "that of the first chunk")
				if i+1 < len(all) {
					require.Equal(t, all[0].Chunks, s.Chunks, "all but the last one are full")
				}
				if last := first + s.Chunks - 1; first/int64(limit) == last/int64(limit) {
					require.Equal(t, int(first)/limit, s.CPU)
				} else {
					require.Equal(t, Unknown, s.CPU, "it is not the same for all chunks")
				}
				require.Equal(t, 2*s.Chunks, s.Thread.MinorFaults)
				first += s.Chunks
				got.EndSeconds = s.EndSeconds
				got.BusySeconds += s.BusySeconds
				got.Bytes += s.Bytes
				got.Stolen += s.Stolen
			}
			require.EqualValues(t, chunks, first)
			require.Equal(t, w.free.Seconds(), got.EndSeconds)
			require.InDelta(t, want.BusySeconds, got.BusySeconds, 1e-6)
			require.Equal(t, want.Bytes, got.Bytes)
			require.EqualValues(t, chunks/2, got.Stolen)
		}
	}
}

// TestSpansOfStreams merges a chunk that is counted with one that is not.
func TestSpansOfStreams(t *testing.T) {
	s := spans{limit: 2, full: 1}
	for i := range 3 {
		s.add(span{chunks: 1, counted: int64(i) % 2, input: time.Second})
	}
	all := s.run(0)
	require.Len(t, all, 2)
	require.Equal(t, []int64{2, 1}, []int64{all[0].Chunks, all[1].Chunks})
	require.Equal(t, 2.0, all[0].InputSeconds)
	require.Nil(t, all[0].Thread)
}

// TestLatencyBuckets compares the buckets with the latencies themselves.
func TestLatencyBuckets(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	f := newChunkFake()
	workers := f.begin(2)
	var latencies []float64
	for i := range 2000 {
		latency := time.Duration(r.ExpFloat64() * float64(time.Millisecond))
		w := workers[i%2]
		f.now = w.free
		w.Taken(false)
		f.now += latency
		w.Done(Chunk{Bytes: 1})
		latencies = append(latencies, latency.Seconds())
	}
	run := f.end(workers, 0, 0)
	total, last := int64(0), 0.0
	for _, bucket := range run.LatencyBuckets {
		require.Positive(t, bucket.Count)
		require.GreaterOrEqual(t, bucket.FromSeconds, last*(1-1e-9))
		require.InEpsilon(t, 1.2589, bucket.ToSeconds/bucket.FromSeconds, 1e-4, "ten for a factor of 10")
		last = bucket.ToSeconds
		total += bucket.Count
		surely, possibly := int64(0), int64(0)
		for _, latency := range latencies {
			if latency >= 1.01*bucket.FromSeconds && latency < 0.99*bucket.ToSeconds {
				surely++
			}
			if latency >= 0.99*bucket.FromSeconds && latency < 1.01*bucket.ToSeconds {
				possibly++
			}
		}
		require.LessOrEqual(t, surely, bucket.Count)
		require.GreaterOrEqual(t, possibly, bucket.Count)
	}
	require.EqualValues(t, len(latencies), total)
	require.GreaterOrEqual(t, last, run.Latency.Max*0.99)
	require.Greater(t, len(run.LatencyBuckets), 15)
}

// TestLatencyOfZero tests that a chunk that took no time is in the first bucket.
func TestLatencyOfZero(t *testing.T) {
	d := newDistribution()
	d.add(0, 3)
	require.Equal(t, []Bucket{{FromSeconds: 1e-9, ToSeconds: d.buckets()[0].ToSeconds, Count: 3}}, d.buckets())
}

// TestSpanNames pins the names of spans and buckets in JSON, which programs read.
func TestSpanNames(t *testing.T) {
	text, err := json.Marshal(Span{InputSeconds: 1, Stolen: 2, Thread: &Thread{}})
	require.NoError(t, err)
	require.Equal(t, `{"start_seconds":0,"end_seconds":0,"busy_seconds":0,"input_seconds":1,"chunks":0,"stolen_chunks":2,`+
		`"bytes":0,"rows":0,"input":0,"offset":0,"cpu":0,"node":0,"memory_node":0,`+
		`"thread":{"cpu_seconds":0,"minor_faults":0,"major_faults":0,"voluntary_switches":0,"involuntary_switches":0}}`, string(text))
	text, err = json.Marshal(Run{LatencyBuckets: []Bucket{{}}, Workers: []WorkerRun{{Spans: []Span{{}}}}})
	require.NoError(t, err)
	require.Contains(t, string(text), `,"chunk_latency_buckets":[{"from_seconds":0,"to_seconds":0,"count":0}]`)
	require.Contains(t, string(text), `,"spans":[{`)
}
