// Package tail records where the time of a run goes, so that the slowest parts
// of it can be seen and not only the average.
//
//	Recorder ─ Worker: Taken and Done of each chunk, Stop ─▶ Run: workers, nodes, percentiles, stragglers
//	Watch, beside the run ─ Stop ─▶ Process: GC pauses, resident memory
//
// # Time
//
// A worker is free from the start of the work on, and again from the end of
// each of its chunks; one reading of the clock ends a chunk and makes the
// worker free. So its time has no gaps:
//
//	├─ waiting ─┼──── busy ────┼─ waiting ─┼──── busy ────┼──── idle ────┤
//	free        taken          done = free taken          done           end of the work
//
// Each moment is one of these:
//
//   - Busy: from when a chunk was taken to when it was done, on the wall clock.
//     Page-in, the time without a CPU, and the turn to report bad rows are part
//     of it.
//   - Waiting: from when the worker was free to when it had a chunk. There was
//     work then, as it got some: what it waited for is the queue, or a CPU.
//   - Input: the same for a chunk of a stream, whose bytes did not exist before:
//     waiting for them, for other workers that read, and reading.
//   - Idle: from its last chunk to the end of the work. There was no work left
//     for it; other workers were not done.
//
// The latency of a chunk goes from when it could have been started to when it
// was done: it is busy and waiting. That is more than the time from its start,
// which a worker that stalls between two chunks would not show (coordinated
// omission). A stalled worker has a chunk of high latency, wherever it stalls;
// behind its last chunk it is the worker that ended last, while all are idle.
// Input is no part of a latency.
//
// # Threads
//
// The kernel counts CPU time, page faults and context switches of a thread, and
// a goroutine has its thread to itself only while it is locked to it. A worker
// is locked while it is busy, and not while it waits for the queue, where that
// would cost the scheduler more switches. So the counts are those of busy time:
// the part of it that is not CPU time the worker waited, for a page or a CPU.
// Chunks of streams are small and many, and not counted.
//
// # Cost
//
// Nothing is recorded per row or per tile. A chunk takes two readings of the
// clock, a system call for the CPU and two counters of histograms, and one of a
// file four system calls more, for the counts at its start and its end. Nothing
// is shared between workers before they have stopped. All methods of a nil
// *Recorder and a nil *Worker do nothing.
package measure
