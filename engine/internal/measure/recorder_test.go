package measure

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fake is a Recorder whose clock, CPU and counts the test sets.
type fake struct {
	*Recorder
	now       time.Duration
	cpu, node int
	used      counts
	counted   bool
}

func newFake() *fake {
	f := &fake{Recorder: New(false)}
	f.Recorder.clock = func() time.Duration { return f.now }
	f.Recorder.cpu = func() (int, int) { return f.cpu, f.node }
	f.Recorder.counts = func() (counts, bool) { return f.used, f.counted }
	return f
}

// begin starts workers at time 0.
func (f *fake) begin(workers int) []*Worker {
	f.Work(workers)
	all := make([]*Worker, workers)
	for i := range all {
		all[i] = f.Worker(i)
	}
	return all
}

// step makes w wait for a chunk of a file and then work on it, both for a number
// of milliseconds.
func (f *fake) step(w *Worker, wait, work int, c Chunk) { f.stepOn(w, false, wait, work, c) }

// stepOn is step for a chunk of a stream or of a file.
func (f *fake) stepOn(w *Worker, stream bool, wait, work int, c Chunk) {
	f.now = w.free + time.Duration(wait)*time.Millisecond
	w.Taken(stream)
	f.now += time.Duration(work) * time.Millisecond
	w.Done(c)
}

// end stops each worker some milliseconds after it became free, and returns the
// run.
func (f *fake) end(workers []*Worker, after ...int) Run {
	last := time.Duration(0)
	for i, w := range workers {
		f.now = w.free + time.Duration(after[i])*time.Millisecond
		last = max(last, f.now)
		w.Stop()
	}
	f.now = last
	f.Reduce()
	return f.Run()
}

// requireSum requires that the time of each worker has no gaps.
func requireSum(t *testing.T, run Run) {
	t.Helper()
	for _, w := range run.Workers {
		sum := w.BusySeconds + w.WaitingSeconds + w.InputSeconds + w.IdleSeconds
		require.InDelta(t, run.WorkSeconds, sum, 1e-9, "worker %d", w.Worker)
		require.LessOrEqual(t, w.EndedSeconds, run.WorkSeconds)
	}
}

// TestStalledWorker gives each of two workers 100 chunks of 1 MiB and 10 ms. One
// of them stalls for a second. That shows wherever it happens.
func TestStalledWorker(t *testing.T) {
	const stalled = 40
	for name, stall := range map[string]struct{ wait, work int }{
		"between two chunks": {1000, 10},
		"in a chunk":         {0, 1010},
		"in both":            {500, 510},
	} {
		f := newFake()
		workers := f.begin(2)
		for i := range 100 {
			chunk := Chunk{Input: "rows", Offset: int64(i) * mib, Bytes: mib, Rows: 10}
			f.step(workers[0], 0, 10, chunk)
			chunk.Offset += 100 * mib
			if i == stalled {
				f.step(workers[1], stall.wait, stall.work, chunk)
			} else {
				f.step(workers[1], 0, 10, chunk)
			}
		}
		run := f.end(workers, 0, 0)
		requireSum(t, run)
		require.InEpsilon(t, 0.010, run.Latency.P50, 0.01, name)
		require.InEpsilon(t, 0.010, run.Latency.P99, 0.01, name)
		require.Equal(t, 1.010, run.Latency.Max, "%s: a clock for chunks alone would miss what is between them", name)
		require.Equal(t, 1.010, run.Pace.Max, name)
		require.InEpsilon(t, 0.010, run.Pace.P50, 0.01, name)

		one := run.Workers[1]
		require.InDelta(t, float64(stall.wait)/1000, one.WaitingSeconds, 1e-9, name)
		require.InDelta(t, float64(99*10+stall.work)/1000, one.BusySeconds, 1e-9, name)
		require.InDelta(t, 1, run.Workers[0].IdleSeconds, 1e-9, "%s: the other has to wait for it", name)
		require.Zero(t, run.Workers[0].WaitingSeconds, name)

		worst := run.Stragglers[0]
		require.InDelta(t, 1, worst.LostSeconds, 0.001, name)
		worst.LostSeconds = 0
		require.Equal(t, Straggler{
			Input: "rows", Offset: (100 + stalled) * mib, Bytes: mib, Rows: 10, Worker: 1,
			EndedSeconds: (stalled*10 + 1010) / 1000.0, LatencySeconds: 1.010, WaitedSeconds: float64(stall.wait) / 1000,
		}, worst, name)
	}
}

// TestStallOutside has one worker stall before its first chunk, and another one
// after its last.
func TestStallOutside(t *testing.T) {
	f := newFake()
	workers := f.begin(2)
	f.step(workers[0], 1000, 10, Chunk{Bytes: mib})
	f.step(workers[1], 0, 10, Chunk{Bytes: mib})
	run := f.end(workers, 0, 2000)
	requireSum(t, run)
	require.Equal(t, 1.010, run.Latency.Max)
	require.Equal(t, 1.0, run.Workers[0].WaitingSeconds)
	require.Equal(t, 1.010, run.Workers[0].EndedSeconds)
	require.Equal(t, 2.010, run.Workers[1].EndedSeconds, "all others waited for this worker")
	require.Equal(t, 2.010, run.WorkSeconds)
}

// TestStream tests that a slow stream adds nothing to a latency, because there was
// no work.
func TestStream(t *testing.T) {
	f := newFake()
	workers := f.begin(1)
	for range 10 {
		f.stepOn(workers[0], true, 500, 10, Chunk{Bytes: mib})
	}
	f.step(workers[0], 20, 10, Chunk{Bytes: mib})
	run := f.end(workers, 0)
	requireSum(t, run)
	require.Equal(t, 5.0, run.Workers[0].InputSeconds)
	require.Equal(t, 0.020, run.Workers[0].WaitingSeconds)
	require.Equal(t, 0.030, run.Latency.Max)
	require.InEpsilon(t, 0.010, run.Latency.P90, 0.01)
}

// TestPercentiles compares the percentiles over many workers with the sorted
// latencies of their chunks.
func TestPercentiles(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	f := newFake()
	workers := f.begin(7)
	var latencies []float64
	for range 5000 {
		latency := time.Duration(r.ExpFloat64() * float64(time.Millisecond))
		w := workers[r.IntN(len(workers)-1)] // the last one gets no chunk
		f.now = w.free
		w.Taken(false)
		f.now += latency
		w.Done(Chunk{Bytes: 1 + r.Int64N(mib)})
		latencies = append(latencies, latency.Seconds())
	}
	run := f.end(workers, 0, 0, 0, 0, 0, 0, 0)
	requireSum(t, run)
	slices.Sort(latencies)
	for percent, got := range map[float64]float64{
		50: run.Latency.P50, 90: run.Latency.P90, 99: run.Latency.P99, 99.9: run.Latency.P999,
	} {
		require.InEpsilon(t, latencies[int(percent/100*5000)-1], got, 0.011, "%v %%", percent)
	}
	require.Equal(t, latencies[len(latencies)-1], run.Latency.Max)
	require.Len(t, run.Stragglers, maxStragglers)
	require.True(t, slices.IsSortedFunc(run.Stragglers, func(a, b Straggler) int {
		return int((b.LostSeconds - a.LostSeconds) * 1e9)
	}))
}

// TestStragglers has chunks of many sizes at one pace. One of them takes twice as
// long. Another one is tiny: it is slow for its bytes, but loses little.
func TestStragglers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	f := newFake()
	workers := f.begin(1)
	for i := range 1000 {
		size := 1 + r.IntN(64)
		work := size * 10
		switch i {
		case 500:
			size, work = 30, 600
		case 700:
			f.step(workers[0], 0, 1, Chunk{Offset: 700, Bytes: 3})
		}
		f.step(workers[0], 0, work, Chunk{Offset: int64(i), Bytes: int64(size) * mib})
	}
	run := f.end(workers, 0)
	require.EqualValues(t, 500, run.Stragglers[0].Offset)
	require.InEpsilon(t, 0.300, run.Stragglers[0].LostSeconds, 0.03)
	for _, other := range run.Stragglers[1:] {
		require.Less(t, other.LostSeconds, 0.010)
	}
	require.InEpsilon(t, 0.010, run.Pace.P999, 0.01, "percentiles are of bytes, and the tiny chunk has few")
	require.Greater(t, run.Pace.Max, 100.0)
}

// TestCPUsAndNodes moves a worker between two nodes.
func TestCPUsAndNodes(t *testing.T) {
	f := newFake()
	workers := f.begin(2)
	for _, at := range []struct{ cpu, node, home int }{
		{4, 0, 0}, {4, 0, 2}, {9, 2, 2}, {4, 0, Unknown}, {9, 2, 0}, {9, 2, 2},
	} {
		f.cpu, f.node = at.cpu, at.node
		f.step(workers[0], 0, 1, Chunk{Bytes: 100, Node: at.home, Stolen: at.home == 0})
	}
	f.cpu, f.node = 9, 2
	f.step(workers[1], 0, 1, Chunk{Bytes: 7, Node: 2})
	f.cpu, f.node = Unknown, Unknown
	f.step(workers[1], 0, 1, Chunk{Bytes: 7, Node: 2})
	run := f.end(workers, 0, 0)
	require.Equal(t, []int{4, 9}, run.Workers[0].CPUs)
	require.EqualValues(t, 3, run.Workers[0].Moves)
	require.EqualValues(t, 2, run.Workers[0].Stolen)
	require.Equal(t, []int{9}, run.Workers[1].CPUs)
	require.Zero(t, run.Workers[1].Moves)
	require.Equal(t, []NodeRun{
		{Node: 0, Chunks: 3, LocalBytes: 100, RemoteBytes: 100, UnknownBytes: 100},
		{Node: 2, Chunks: 4, LocalBytes: 207, RemoteBytes: 100},
	}, run.Nodes)
}

// TestCounts makes the kernel count while the worker waits. Those counts belong to
// other goroutines on the thread and are left out.
func TestCounts(t *testing.T) {
	f := newFake()
	workers := f.begin(2)
	f.counted = true
	for i := range int64(2) {
		f.used.minor += 1000
		workers[0].Taken(false)
		f.used.add(counts{}, counts{time.Second, 1, 2, 3, 4 + i})
		f.now += 5 * time.Second
		workers[0].Done(Chunk{Bytes: 1 << (20 - i)})
	}
	run := f.end(workers, 0, 0)
	require.Equal(t, &Thread{
		CPUSeconds: 2, MinorFaults: 2, MajorFaults: 4, VoluntarySwitches: 6, InvoluntarySwitches: 9,
	}, run.Workers[0].Thread)
	require.Nil(t, run.Workers[1].Thread, "it had no chunk")
	require.Len(t, run.Stragglers, 1)
	require.Equal(t, &Thread{
		CPUSeconds: 1, MinorFaults: 1, MajorFaults: 2, VoluntarySwitches: 3, InvoluntarySwitches: 5,
	}, run.Stragglers[0].Thread)

	f.stepOn(workers[0], true, 0, 9000, Chunk{Bytes: 1})
	run = f.end(workers, 0, 0)
	require.Nil(t, run.Workers[0].Thread, "not all of its chunks were counted")
	require.Nil(t, run.Stragglers[0].Thread)
}

// TestPhases tests a run that prepares, works and reduces, and runs that end
// earlier.
func TestPhases(t *testing.T) {
	f := newFake()
	f.now = 3 * time.Second
	f.Work(1)
	w := f.Worker(0)
	f.now = 5 * time.Second
	w.Stop()
	f.Reduce()
	f.now = 9 * time.Second
	run := f.Run()
	require.Equal(t, []float64{3, 2, 4, 0}, []float64{run.PrepareSeconds, run.WorkSeconds, run.ReduceSeconds, run.SortSeconds})
	f.Sort()
	f.now = 14 * time.Second
	run = f.Run()
	require.Equal(t, []float64{3, 2, 4, 5}, []float64{run.PrepareSeconds, run.WorkSeconds, run.ReduceSeconds, run.SortSeconds})
	require.Equal(t, Percentiles{}, run.Latency)
	require.Empty(t, run.Stragglers)
	requireSum(t, run)

	f = newFake()
	f.Work(2)
	require.Len(t, f.Run().Workers, 2, "workers that never started")
	f = newFake()
	f.now = time.Second
	run = f.Run()
	require.Empty(t, run.Workers)
	require.Equal(t, []float64{1, 0, 0}, []float64{run.PrepareSeconds, run.WorkSeconds, run.ReduceSeconds})
}

// TestNil tests that the methods of nil do nothing.
func TestNil(t *testing.T) {
	var r *Recorder
	r.Work(1)
	w := r.Worker(0)
	w.Taken(false)
	w.Done(Chunk{})
	w.Stop()
	r.Reduce()
	r.Sort()
	require.Equal(t, Run{}, r.Run())
}

// TestThread tests the counts of the kernel itself.
func TestThread(t *testing.T) {
	debug.FreeOSMemory() // so that memory of an earlier test is not reused without faults
	r := New(false)
	r.Work(1)
	w := r.Worker(0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Taken(false)
		fresh := make([]byte, 64<<20)
		for i := 0; i < len(fresh); i += 4096 {
			fresh[i] = 1
		}
		time.Sleep(time.Millisecond)
		w.Done(Chunk{Bytes: int64(len(fresh))})
		w.Stop()
	}()
	<-done
	r.Reduce()
	got := r.Run().Workers[0]
	if runtime.GOOS != "linux" {
		require.Nil(t, got.Thread)
		require.Empty(t, got.CPUs)
		t.Skip("this system does not count for a thread")
	}
	require.NotNil(t, got.Thread)
	require.Positive(t, got.Thread.CPUSeconds)
	require.LessOrEqual(t, got.Thread.CPUSeconds, got.BusySeconds+0.1)
	require.Positive(t, got.Thread.MinorFaults)
	require.Positive(t, got.Thread.VoluntarySwitches+got.Thread.InvoluntarySwitches, "the sleep is one")
	require.NotEmpty(t, got.CPUs)
	for _, cpu := range got.CPUs {
		require.Less(t, cpu, 1<<16)
		require.GreaterOrEqual(t, cpu, 0)
	}
}

// TestCost tests that recording a chunk allocates nothing.
func TestCost(t *testing.T) {
	for _, chunks := range []bool{false, true} {
		r := New(chunks)
		r.Work(1)
		w := r.Worker(0)
		r.cpu = func() (int, int) { return 0, 0 }
		for range maxSpans { // the spans do not grow any more
			w.Taken(false)
			w.Done(Chunk{})
		}
		require.Zero(t, testing.AllocsPerRun(1000, func() {
			w.Taken(false)
			w.Done(Chunk{Input: "rows", Bytes: mib})
		}))
	}
}

func BenchmarkChunk(b *testing.B) {
	for _, chunks := range []bool{false, true} {
		b.Run(fmt.Sprintf("chunks=%t", chunks), func(b *testing.B) {
			r := New(chunks)
			r.Work(1)
			w := r.Worker(0)
			for b.Loop() {
				w.Taken(false)
				w.Done(Chunk{Input: "rows", Bytes: mib})
			}
		})
	}
}

// TestNames pins the names of a run in JSON, which programs read.
func TestNames(t *testing.T) {
	const thread = `{"cpu_seconds":0,"minor_faults":0,"major_faults":0,"voluntary_switches":0,"involuntary_switches":0}`
	run, err := json.Marshal(Run{
		Workers: []WorkerRun{{CPUs: []int{3}, Thread: &Thread{}}}, Nodes: []NodeRun{{}}, Stragglers: []Straggler{{Thread: &Thread{}}},
	})
	require.NoError(t, err)
	spilled, err := json.Marshal(Run{Partitions: 256, SpilledBytes: 5})
	require.NoError(t, err)
	require.Contains(t, string(spilled), `,"output_seconds":0,"partitions":256,"spilled_bytes":5,"chunk`)
	const percentiles = `{"p50":0,"p90":0,"p99":0,"p99_9":0,"max":0}`
	require.Equal(t, `{"prepare_seconds":0,"work_seconds":0,"reduce_seconds":0,`+
		`"sort_seconds":0,"output_seconds":0,`+
		`"chunk_latency_seconds":`+percentiles+`,"pace_seconds_per_mib":`+percentiles+`,`+
		`"workers":[{"worker":0,"chunks":0,"stolen_chunks":0,"bytes":0,"rows":0,`+
		`"busy_seconds":0,"waiting_seconds":0,"input_seconds":0,"idle_seconds":0,"ended_seconds":0,`+
		`"cpus":[3],"cpu_moves":0,"thread":`+thread+`}],`+
		`"nodes":[{"node":0,"chunks":0,"local_bytes":0,"remote_bytes":0,"unknown_bytes":0}],`+
		`"stragglers":[{"input":"","offset":0,"bytes":0,"rows":0,"worker":0,"cpu":0,`+
		`"ended_seconds":0,"latency_seconds":0,"waited_seconds":0,"lost_seconds":0,"thread":`+thread+`}]}`, string(run))
}
