package engine

import "onebrc/engine/internal/measure"

// Measurement says where the time of a run went. Times are wall-clock times in
// seconds. The JSON form has stable names.
//
// The phases of the run follow each other:
//
//	PrepareSeconds  from the start until workers could start
//	WorkSeconds     until all workers had stopped
//	ReduceSeconds   until the tables, or the partitions that they overflowed to, were
//	                joined
//	SortSeconds     the rest: making the result and sorting it. If there are
//	                partitions, a Stream does that while it is read.
//	OutputSeconds   writing a Stream, or the caller's loop over it; 0 for a Result
//
// Names by the million:
//
//	Partitions    the parts that names were divided into by their hash; 0 if all
//	              fit in tables
//	SpilledBytes  what was written to temporary files
//
// Distributions over all chunks:
//
//	Latency Percentiles  from when a chunk could have been started to when it was
//	                     done
//	Pace    Percentiles  latency per MiB, which is comparable although chunks become
//	                     smaller towards the end of an input. The percentiles are
//	                     those of bytes: 99 % of the bytes were read at P99 or
//	                     faster.
//
// Details:
//
//	Workers    []WorkerMeasurement  what each worker did
//	Nodes      []NodeMeasurement    what each NUMA node read; empty if unknown
//	Stragglers []Straggler          the chunks that lost most time, worst first
//
// LatencyBuckets is the distribution of Latency as a []LatencyBucket, in ascending order
// and without buckets of no chunks. It is nil unless [Options.MeasureChunks] is set.
//
// Total returns the sums of the counts and times of all workers. A failed run is
// measured up to its end.
type Measurement = measure.Run

// Percentiles are the percentiles of a distribution, in seconds: P50, P90, P99,
// P999 (99.9 %), each exact to 1 %, and Max, which is exact. All are 0 if there are
// no values.
type Percentiles = measure.Percentiles

// WorkerMeasurement says what one worker did.
//
// Counts:
//
//	Worker  its number, from 0
//	Chunks  chunks that it read
//	Stolen  chunks that it took from the queue of another node
//	Bytes   bytes of its chunks, including a chunk that failed
//	Rows    rows that it read, including bad ones
//
// The time of the work has four parts, which add up to Measurement.WorkSeconds:
//
//	BusySeconds     the worker had a chunk. This includes page faults, time
//	                without a CPU, and waiting for the turn to report bad rows.
//	WaitingSeconds  it waited for a chunk of a file, that is, for the queue or for
//	                a CPU
//	InputSeconds    it waited for a chunk of a stream: for its bytes, for reading
//	                or decompressing them, or for another worker that does
//	IdleSeconds     no work was left, but other workers were not done
//
// EndedSeconds is when the worker found no more work, counted from the start of
// the work.
//
// Where it ran, as observed at the end of each chunk:
//
//	CPUs    the numbers of the CPUs, in ascending order; empty if unknown
//	Moves   how often the CPU had changed since the previous chunk
//	Thread  a *ThreadMeasurement of the time that the worker was busy; nil if that is
//	        unknown, if the worker had no chunk, or if it had a chunk of a stream
//
// Spans is what the worker did in the order of time, as a []SpanMeasurement. It is nil
// unless [Options.MeasureChunks] is set.
type WorkerMeasurement = measure.WorkerRun

// SpanMeasurement is a chunk, from when its worker became free to when it was done. The
// next span of the worker begins where it ends. If a worker has more than some thousand
// chunks, neighbours are merged, so that all its spans but the last have the same number
// of Chunks.
//
//	StartSeconds, EndSeconds  the time of the span, counted from the start of the work
//	BusySeconds               the part of it with a chunk: the last one, if Chunks is 1
//	InputSeconds              the part of it that it waited for a chunk of a stream; in
//	                          what is left, it waited for a chunk of a file
//	Chunks, Stolen            number of chunks, and of those from the queue of another
//	                          node
//	Bytes, Rows               size of the chunks
//	Input, Offset             where the first chunk is: number of the input, from 0, and
//	                          offset after decompression
//	CPU, Node                 the CPU at the end of a chunk, and its NUMA node
//	MemoryNode                the node whose memory has the bytes
//	Thread                    a *ThreadMeasurement of the time that the worker was busy;
//	                          nil if that is unknown, or if a chunk is one of a stream
//
// CPU, Node and MemoryNode are Unknown if chunks that are merged differ.
type SpanMeasurement = measure.Span

// LatencyBucket counts the chunks whose latency was at least FromSeconds and less than
// ToSeconds, exact to 1 %. All buckets have the same width on a logarithmic axis.
type LatencyBucket = measure.Bucket

// ThreadMeasurement holds the kernel's counts for the thread of a worker, see
// getrusage(2): CPUSeconds in user and kernel mode, MinorFaults, MajorFaults (those
// that read from a disk), VoluntarySwitches and InvoluntarySwitches.
type ThreadMeasurement = measure.Thread

// NodeMeasurement says what the CPUs of one NUMA node read: Node is its number,
// Chunks counts the chunks, and LocalBytes, RemoteBytes and UnknownBytes count
// bytes in memory of the node itself, of another node, and of an unknown one.
type NodeMeasurement = measure.NodeRun

// Straggler is a chunk that took long for its size.
//
//	Input, Offset   name of the input, and offset of the chunk after decompression
//	Bytes, Rows     size of the chunk
//	Worker, CPU     who read it; CPU may be Unknown
//	EndedSeconds    when it was done, counted from the start of the work
//	LatencySeconds  from when it could have been started to when it was done
//	WaitedSeconds   the part of LatencySeconds before a worker took it
//	LostSeconds     how much longer it took than at the median pace
//	Thread          a *ThreadMeasurement of the chunk; nil if unknown
type Straggler = measure.Straggler

// Unknown is the number of a CPU or node that the system does not report.
const Unknown = measure.Unknown
