package measure

import (
	"runtime"
	"time"
)

// Unknown is a CPU or a node that nobody knows.
const Unknown = -1

// Recorder records one run. Its methods are called one after the other: New,
// Work, Worker for each of them, Reduce when all have stopped, Run.
type Recorder struct {
	clock   func() time.Duration          // since the start of the run
	cpu     func() (cpu, node int)        // of the calling thread
	counts  func() (c counts, known bool) // of the calling thread
	work    time.Duration                 // when the work began
	reduce  time.Duration                 // when it had ended
	workers []*Worker
}

// New starts to record a run.
func New() *Recorder {
	start := time.Now()
	return &Recorder{
		clock: func() time.Duration { return time.Since(start) },
		cpu:   currentCPU, counts: threadCounts,
	}
}

// Work says that workers can start now.
func (r *Recorder) Work(workers int) {
	if r == nil {
		return
	}
	r.work = r.clock()
	r.reduce = r.work
	r.workers = make([]*Worker, workers)
	for i := range r.workers {
		r.workers[i] = &Worker{
			recorder: r, index: i, free: r.work, ended: r.work, lastCPU: Unknown,
		}
	}
}

// Worker returns the recorder of worker i, from 0, which that uses alone.
func (r *Recorder) Worker(i int) *Worker {
	if r == nil {
		return nil
	}
	return r.workers[i]
}

// Reduce says that all workers have ended.
func (r *Recorder) Reduce() {
	if r != nil {
		r.reduce = r.clock()
	}
}

// Run ends the recording and returns what there is, also of a run that failed
// on the way.
func (r *Recorder) Run() Run {
	if r == nil {
		return Run{}
	}
	if r.workers == nil { // it failed before
		r.work = r.clock()
		r.reduce = r.work
	}
	run := Run{
		PrepareSeconds: seconds(r.work), WorkSeconds: seconds(r.reduce - r.work),
		ReduceSeconds: seconds(r.clock() - r.reduce),
		Workers:       []WorkerRun{},
	}
	latency, pace := newDistribution(), newDistribution()
	var slowest stragglers
	var nodes nodes
	for _, w := range r.workers {
		run.Workers = append(run.Workers, w.run())
		if w.chunks == 0 {
			continue
		}
		latency.merge(w.latency)
		pace.merge(w.pace)
		slowest = append(slowest, w.slowest...)
		nodes.merge(w.nodes)
	}
	run.Latency, run.Pace, run.Nodes = latency.percentiles(), pace.percentiles(), nodes.seen()
	run.Stragglers = slowest.worst(float64(pace.at(50)) / mib)
	return run
}

// Chunk is what a worker has done.
type Chunk struct {
	Input               string // its name
	Offset, Bytes, Rows int64
	Stolen              bool // from the queue of another node
	Node                int  // whose memory has its bytes, or Unknown
}

// Worker records one worker. It is used by the worker's goroutine alone.
type Worker struct {
	recorder *Recorder
	index    int

	free, taken, ended   time.Duration // the last time that it was or had
	busy, waiting, input time.Duration
	chunks, stolen       int64
	bytes, rows          int64
	latency, pace        distribution
	slowest              stragglers
	nodes                nodes
	cpus                 map[int]struct{}
	lastCPU              int
	moves                int64
	before, used         counts
	stream               bool  // the chunk that was taken is of one
	counted              bool  // before is known
	countedChunks        int64 // how many are in used
}

// Taken says that the worker has got a chunk; that it is of a stream means that
// its bytes were read then. Unless it is, Taken locks the goroutine to its
// thread until Done.
func (w *Worker) Taken(stream bool) {
	if w == nil {
		return
	}
	if w.chunks == 0 {
		w.begin()
	}
	w.taken = w.recorder.clock()
	w.stream, w.counted = stream, false
	if !stream {
		runtime.LockOSThread()
		w.before, w.counted = w.recorder.counts()
	}
}

// begin makes room for what is recorded, which a worker without a chunk doesn't
// need: on the worker's own node.
func (w *Worker) begin() {
	w.latency, w.pace = newDistribution(), newDistribution()
	w.slowest = make(stragglers, 0, candidates)
	w.cpus = map[int]struct{}{}
}

// Done says that the worker is done with the chunk, well or not.
func (w *Worker) Done(c Chunk) {
	if w == nil {
		return
	}
	s := straggler{chunk: c, worker: w.index, cpu: w.locate(&c)}
	if w.counted {
		after, _ := w.recorder.counts()
		s.used.add(w.before, after)
		w.used.add(w.before, after)
		w.countedChunks++
	}
	if !w.stream {
		runtime.UnlockOSThread()
	}
	now := w.recorder.clock()
	waited := w.taken - w.free
	if w.stream {
		w.input += waited
		waited = 0
	}
	latency := now - w.taken + waited
	w.waiting += waited
	w.busy += now - w.taken
	w.free = now

	w.chunks++
	w.bytes += c.Bytes
	w.rows += c.Rows
	if c.Stolen {
		w.stolen++
	}
	w.latency.add(int64(latency), 1)
	if c.Bytes > 0 {
		w.pace.add(int64(float64(latency)*mib/float64(c.Bytes)), c.Bytes)
	}
	mean := float64(w.busy+w.waiting) / float64(max(w.bytes, 1))
	s.latency, s.waited, s.counted = latency, waited, w.counted
	w.slowest.add(s, mean)
}

const mib = 1 << 20

// locate notes where c was done, and returns the CPU.
func (w *Worker) locate(c *Chunk) int {
	cpu, node := w.recorder.cpu()
	if cpu == Unknown {
		return cpu
	}
	if cpu != w.lastCPU {
		if w.lastCPU != Unknown {
			w.moves++
		}
		w.lastCPU = cpu
		w.cpus[cpu] = struct{}{}
	}
	w.nodes.add(node, c)
	return cpu
}

// Stop says that the worker has found no more work.
func (w *Worker) Stop() {
	if w != nil {
		w.ended = w.recorder.clock()
	}
}
