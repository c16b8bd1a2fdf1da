package measure

// Run is where the time of a run went. Times are in seconds of the wall clock.
type Run struct {
	// PrepareSeconds is the time before a worker could start, WorkSeconds that
	// until all of them had ended, and ReduceSeconds the rest: joining the
	// tables, sorting, closing the inputs.
	PrepareSeconds float64 `json:"prepare_seconds"`
	WorkSeconds    float64 `json:"work_seconds"`
	ReduceSeconds  float64 `json:"reduce_seconds"`
	// Latency is the latency of chunks, see the package. Pace is the latency of
	// each MiB: chunks become smaller towards the end of an input, so that only
	// their pace can be compared. Its percentiles are of bytes, not of chunks:
	// 99 % of the bytes were read at P99 or faster.
	Latency    Percentiles `json:"chunk_latency_seconds"`
	Pace       Percentiles `json:"pace_seconds_per_mib"`
	Workers    []WorkerRun `json:"workers"`
	Nodes      []NodeRun   `json:"nodes"` // on which workers ran, in order; none if unknown
	Stragglers []Straggler `json:"stragglers"`
}

// Total adds up what the workers did, but for when and where.
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

// Percentiles are those of a distribution, within 1 % of the exact ones. Max is
// exact. All are 0 without values.
type Percentiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
}

// WorkerRun is what one worker did. Busy, waiting, input and idle, which the
// package defines, add up to Run.WorkSeconds.
type WorkerRun struct {
	Worker int   `json:"worker"` // counted from 0
	Chunks int64 `json:"chunks"`
	Stolen int64 `json:"stolen_chunks"` // of them, from the queue of another node
	// Bytes are of whole chunks, also of one that failed; Rows are those read,
	// bad ones included.
	Bytes          int64   `json:"bytes"`
	Rows           int64   `json:"rows"`
	BusySeconds    float64 `json:"busy_seconds"`
	WaitingSeconds float64 `json:"waiting_seconds"`
	InputSeconds   float64 `json:"input_seconds"`
	IdleSeconds    float64 `json:"idle_seconds"`
	EndedSeconds   float64 `json:"ended_seconds"` // when it found no more work, from the start of the work on
	// CPUs are those that it was seen on at the end of a chunk, in order, and
	// Moves how often that was another one than at the chunk before. None if
	// unknown.
	CPUs  []int `json:"cpus,omitempty"`
	Moves int64 `json:"cpu_moves"`
	// Thread is what the kernel counted for the worker's thread while it was
	// busy; nil if unknown, for a worker that never was, or had a stream.
	Thread *Thread `json:"thread,omitempty"`
}

// Thread is what the kernel counted for a thread, see getrusage(2).
type Thread struct {
	CPUSeconds          float64 `json:"cpu_seconds"` // user and system
	MinorFaults         int64   `json:"minor_faults"`
	MajorFaults         int64   `json:"major_faults"` // that had to read from a disk
	VoluntarySwitches   int64   `json:"voluntary_switches"`
	InvoluntarySwitches int64   `json:"involuntary_switches"`
}

// NodeRun is what the CPUs of a NUMA node read.
type NodeRun struct {
	Node         int   `json:"node"`
	Chunks       int64 `json:"chunks"`
	LocalBytes   int64 `json:"local_bytes"`   // in memory of the node itself
	RemoteBytes  int64 `json:"remote_bytes"`  // in memory of another node
	UnknownBytes int64 `json:"unknown_bytes"` // nobody knows where
}

// Straggler is a chunk that took long for its size.
type Straggler struct {
	Input          string  `json:"input"`
	Offset         int64   `json:"offset"` // of its first byte in the input, which is decompressed before
	Bytes          int64   `json:"bytes"`
	Rows           int64   `json:"rows"`
	Worker         int     `json:"worker"`
	CPU            int     `json:"cpu"` // at its end, Unknown if nobody knows
	LatencySeconds float64 `json:"latency_seconds"`
	WaitedSeconds  float64 `json:"waited_seconds"` // of the latency, before it was taken
	// LostSeconds is how much longer it took than its bytes take at the median
	// pace.
	LostSeconds float64 `json:"lost_seconds"`
	// Thread is what the kernel counted for the worker's thread while it was
	// busy with the chunk; nil if unknown, or for a stream.
	Thread *Thread `json:"thread,omitempty"`
}
