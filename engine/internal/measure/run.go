package measure

// Run says where the time of a run went. Times are in seconds of the wall clock.
// Package engine documents it for users under the name Measurement.
type Run struct {
	// PrepareSeconds is the time until workers could start. WorkSeconds is the
	// time from then until all of them had stopped. ReduceSeconds is the time for
	// closing the inputs and joining the tables, or the partitions that they
	// overflowed to. SortSeconds is the time for making the result and sorting it,
	// except what of it other workers did during the output. OutputSeconds is the
	// time for writing a stream, or in the caller's loop over it.
	PrepareSeconds float64 `json:"prepare_seconds"`
	WorkSeconds    float64 `json:"work_seconds"`
	ReduceSeconds  float64 `json:"reduce_seconds"`
	SortSeconds    float64 `json:"sort_seconds"`
	OutputSeconds  float64 `json:"output_seconds"`
	// Partitions is the number of parts that the names were divided into by their
	// hash, and SpilledBytes what was written to temporary files. Both are 0, and
	// left out of JSON, if all names fit in tables.
	Partitions   int   `json:"partitions,omitempty"`
	SpilledBytes int64 `json:"spilled_bytes,omitempty"`
	// Latency is the time from when a chunk could have been started to when it
	// was done: its waiting and busy time. Pace is the latency per MiB. It is
	// what can be compared, because chunks become smaller towards the end of an
	// input. The percentiles of Pace are those of bytes: 99 % of the bytes were
	// read at P99 or faster.
	Latency    Percentiles `json:"chunk_latency_seconds"`
	Pace       Percentiles `json:"pace_seconds_per_mib"`
	Workers    []WorkerRun `json:"workers"`
	Nodes      []NodeRun   `json:"nodes"` // that workers ran on, in ascending order; empty if unknown
	Stragglers []Straggler `json:"stragglers"`
	// LatencyBuckets is the distribution of Latency, in ascending order and without
	// buckets of no chunks. It is nil unless each chunk is recorded.
	LatencyBuckets []Bucket `json:"chunk_latency_buckets,omitempty"`
}

// Total returns the sums of the counts and times of all workers.
func (r *Run) Total() WorkerRun {
	var total WorkerRun
	for _, w := range r.Workers {
		total.Chunks += w.Chunks
		total.Stolen += w.Stolen
		total.Bytes += w.Bytes
		total.Rows += w.Rows
		total.BusySeconds += w.BusySeconds
		total.WaitingSeconds += w.WaitingSeconds
		total.InputSeconds += w.InputSeconds
		total.IdleSeconds += w.IdleSeconds
	}
	return total
}

// Percentiles are the percentiles of a distribution, exact to 1 %. Max is exact.
// All are 0 if there are no values.
type Percentiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
}

// WorkerRun says what one worker did. Busy, waiting, input and idle time add up
// to Run.WorkSeconds.
type WorkerRun struct {
	Worker int   `json:"worker"` // counted from 0
	Chunks int64 `json:"chunks"`
	Stolen int64 `json:"stolen_chunks"` // taken from the queue of another node
	// Bytes counts whole chunks, also one that failed. Rows counts the rows
	// read, bad ones included.
	Bytes int64 `json:"bytes"`
	Rows  int64 `json:"rows"`
	// BusySeconds is the time from when chunks were taken to when they were
	// done. It includes page faults, time without a CPU, and waiting for the
	// turn to report bad rows.
	BusySeconds float64 `json:"busy_seconds"`
	// WaitingSeconds is the time from when the worker was free to when it had a
	// chunk. There was work, so it waited for the queue or for a CPU.
	WaitingSeconds float64 `json:"waiting_seconds"`
	// InputSeconds is the same for chunks of a stream, whose bytes did not exist
	// yet: waiting for them, reading them, or waiting for another worker that
	// reads. It is not part of a latency.
	InputSeconds float64 `json:"input_seconds"`
	// IdleSeconds is the time from the worker's last chunk to the end of the
	// work. No work was left, but other workers were not done.
	IdleSeconds float64 `json:"idle_seconds"`
	// EndedSeconds is when the worker found no more work, counted from the start
	// of the work.
	EndedSeconds float64 `json:"ended_seconds"`
	// CPUs are the CPUs that the worker was on at the end of a chunk, in
	// ascending order; empty if unknown. Moves counts how often the CPU had
	// changed since the previous chunk.
	CPUs  []int `json:"cpus,omitempty"`
	Moves int64 `json:"cpu_moves"`
	// Thread is what the kernel counted for the worker's thread while it was
	// busy. It is nil if that is unknown, if the worker had no chunk, or if it
	// had a chunk of a stream.
	Thread *Thread `json:"thread,omitempty"`
	// Spans are the chunks of the worker in the order of time, each from when the
	// worker became free, without gaps. It is nil unless each chunk is recorded. If
	// there are more than some thousand, neighbours are merged, so that all spans but
	// the last have the same number of chunks.
	Spans []Span `json:"spans,omitempty"`
}

// Span is a chunk, or several chunks that a worker has read one after the other. The
// worker was busy for BusySeconds of its time, after the rest of it if it is one chunk.
type Span struct {
	// StartSeconds is when the worker became free, and EndSeconds when the last chunk
	// was done, counted from the start of the work.
	StartSeconds float64 `json:"start_seconds"`
	EndSeconds   float64 `json:"end_seconds"`
	BusySeconds  float64 `json:"busy_seconds"`            // see WorkerRun
	InputSeconds float64 `json:"input_seconds,omitempty"` // see WorkerRun
	Chunks       int64   `json:"chunks"`
	Stolen       int64   `json:"stolen_chunks,omitempty"` // taken from the queue of another node
	Bytes        int64   `json:"bytes"`
	Rows         int64   `json:"rows"`
	Input        int     `json:"input"`  // number of the input of the first chunk, from 0
	Offset       int64   `json:"offset"` // of the first chunk in its input
	// CPU is where the chunk ended, Node is the node of that CPU, and MemoryNode that
	// of the bytes. Each is Unknown if it is not known or if chunks differ.
	CPU        int `json:"cpu"`
	Node       int `json:"node"`
	MemoryNode int `json:"memory_node"`
	// Thread is what the kernel counted for the worker's thread while it was busy. It
	// is nil if that is unknown or if a chunk is one of a stream.
	Thread *Thread `json:"thread,omitempty"`
}

// Bucket counts the chunks whose latency was at least FromSeconds and less than
// ToSeconds, exact to 1 %.
type Bucket struct {
	FromSeconds float64 `json:"from_seconds"`
	ToSeconds   float64 `json:"to_seconds"`
	Count       int64   `json:"count"`
}

// Thread has what the kernel counted for a thread; see getrusage(2).
type Thread struct {
	CPUSeconds          float64 `json:"cpu_seconds"` // in user and kernel mode
	MinorFaults         int64   `json:"minor_faults"`
	MajorFaults         int64   `json:"major_faults"` // faults that had to read from a disk
	VoluntarySwitches   int64   `json:"voluntary_switches"`
	InvoluntarySwitches int64   `json:"involuntary_switches"`
}

// NodeRun says what the CPUs of a NUMA node read.
type NodeRun struct {
	Node         int   `json:"node"`
	Chunks       int64 `json:"chunks"`
	LocalBytes   int64 `json:"local_bytes"`   // in memory of the node itself
	RemoteBytes  int64 `json:"remote_bytes"`  // in memory of another node
	UnknownBytes int64 `json:"unknown_bytes"` // in memory of an unknown node
}

// Straggler is a chunk that took long for its size.
type Straggler struct {
	Input          string  `json:"input"`
	Offset         int64   `json:"offset"` // of its first byte in the input, after decompression
	Bytes          int64   `json:"bytes"`
	Rows           int64   `json:"rows"`
	Worker         int     `json:"worker"`
	CPU            int     `json:"cpu"`           // at its end, or Unknown
	EndedSeconds   float64 `json:"ended_seconds"` // counted from the start of the work
	LatencySeconds float64 `json:"latency_seconds"`
	WaitedSeconds  float64 `json:"waited_seconds"` // part of the latency before it was taken
	// LostSeconds is how much longer the chunk took than it would have at the
	// median pace.
	LostSeconds float64 `json:"lost_seconds"`
	// Thread is what the kernel counted for the worker's thread during the
	// chunk. It is nil if that is unknown or if the chunk is one of a stream.
	Thread *Thread `json:"thread,omitempty"`
}
