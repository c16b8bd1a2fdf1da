package measure

import (
	"runtime"
	"time"
)

// Unknown is the number of an unknown CPU or node.
const Unknown = -1

// Recorder records one run. Call Work when workers can start, Worker for each of
// them, Reduce when all have stopped, Sort when their tables are joined, and Run at the
// end.
type Recorder struct {
	clock   func() time.Duration          // since the start of the run
	cpu     func() (cpu, node int)        // of the calling thread
	counts  func() (c counts, known bool) // of the calling thread
	work    time.Duration                 // start of the work
	reduce  time.Duration                 // end of the work
	sort    time.Duration                 // end of the reduction; 0 if it has not ended
	chunks  bool                          // whether each chunk is recorded
	workers []*Worker
}

// New starts to record a run. chunks says whether to record each chunk, which
// WorkerRun.Spans and Run.LatencyBuckets need.
func New(chunks bool) *Recorder {
	start := time.Now()
	return &Recorder{
		clock: func() time.Duration { return time.Since(start) },
		cpu:   currentCPU, counts: threadCounts, chunks: chunks,
	}
}

// Work starts the work of the given number of workers.
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
		if r.chunks {
			r.workers[i].spans = newSpans(workers)
		}
	}
}

// Worker returns the recorder of worker i, counted from 0. Only that worker may
// use it.
func (r *Recorder) Worker(i int) *Worker {
	if r == nil {
		return nil
	}
	return r.workers[i]
}

// Reduce ends the work. All workers must have stopped.
func (r *Recorder) Reduce() {
	if r != nil {
		r.reduce = r.clock()
	}
}

// Sort ends the reduction.
func (r *Recorder) Sort() {
	if r != nil {
		r.sort = r.clock()
	}
}

// Run ends the recording and returns it. It works for a failed run too, whatever
// was called before.
func (r *Recorder) Run() Run {
	if r == nil {
		return Run{}
	}
	if r.workers == nil { // the run failed before the work
		r.work = r.clock()
		r.reduce = r.work
	}
	now := r.clock()
	sort := r.sort
	if sort == 0 {
		sort = now
	}
	run := Run{
		PrepareSeconds: seconds(r.work), WorkSeconds: seconds(r.reduce - r.work),
		ReduceSeconds: seconds(sort - r.reduce), SortSeconds: seconds(now - sort),
		Workers: []WorkerRun{},
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
	run.Stragglers = slowest.worst(float64(pace.at(50))/mib, r.work)
	if r.chunks {
		run.LatencyBuckets = latency.buckets()
	}
	return run
}

// Chunk is a chunk that a worker has done.
type Chunk struct {
	Input               string // name of the input
	InputNumber         int    // of the input among all, from 0
	Offset, Bytes, Rows int64
	Stolen              bool // taken from the queue of another node
	Node                int  // whose memory has the bytes, or Unknown
}

// Worker records one worker. Only the goroutine of that worker may use it.
type Worker struct {
	recorder *Recorder
	index    int

	free, taken, ended   time.Duration // the last time that it became so
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
	stream               bool  // the current chunk is one of a stream
	counted              bool  // before is known
	countedChunks        int64 // number of chunks in used
	spans                spans
}

// Taken starts a chunk. stream says that it is a chunk of a stream, whose bytes
// were read while the worker waited. Otherwise Taken locks the goroutine to its
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

// begin allocates what a recording needs, on the node of the worker. A worker
// without chunks needs nothing.
func (w *Worker) begin() {
	w.latency, w.pace = newDistribution(), newDistribution()
	w.slowest = make(stragglers, 0, candidates)
	w.cpus = map[int]struct{}{}
}

// Done ends the chunk, whether it succeeded or not.
func (w *Worker) Done(c Chunk) {
	if w == nil {
		return
	}
	cpu, node := w.locate(&c)
	s := straggler{chunk: c, worker: w.index, cpu: cpu}
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
	start, waited, input := w.free, w.taken-w.free, time.Duration(0)
	if w.stream {
		waited, input = 0, waited
	}
	latency := now - w.taken + waited
	w.waiting += waited
	w.input += input
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
	s.end, s.latency, s.waited, s.counted = now, latency, waited, w.counted
	w.slowest.add(s, mean)
	if w.spans.limit == 0 {
		return
	}
	chunk := span{
		start: start, end: now, busy: now - w.taken, input: input, chunks: 1,
		inputNumber: c.InputNumber, offset: c.Offset, bytes: c.Bytes, rows: c.Rows,
		cpu: cpu, node: node, memoryNode: c.Node, used: s.used,
	}
	if c.Stolen {
		chunk.stolen = 1
	}
	if w.counted {
		chunk.counted = 1
	}
	w.spans.add(chunk)
}

const mib = 1 << 20

// locate records where c was done, and returns the CPU and its node.
func (w *Worker) locate(c *Chunk) (cpu, node int) {
	cpu, node = w.recorder.cpu()
	if cpu == Unknown {
		return cpu, node
	}
	if cpu != w.lastCPU {
		if w.lastCPU != Unknown {
			w.moves++
		}
		w.lastCPU = cpu
		w.cpus[cpu] = struct{}{}
	}
	w.nodes.add(node, c)
	return cpu, node
}

// Stop records that the worker has found no more work.
func (w *Worker) Stop() {
	if w != nil {
		w.ended = w.recorder.clock()
	}
}
