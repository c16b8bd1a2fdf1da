// Package tail records where the time of a run goes, so that the slowest parts
// of it can be seen and not only the average.
//
//	Recorder ─ Worker: Start, {Taken, Done} per chunk, Stop ─▶ Run: workers, nodes, percentiles, stragglers
//	Watch, beside the run ─ Stop ─▶ Process: GC pauses, resident memory
//
// # Time
//
// A worker is free from the start of the work on, and again from the end of
// each of its chunks; one reading of the clock ends a chunk and makes the
// worker free. Its time has no gaps, each moment is one of four:
//
//		├─ waiting ─┼──── busy ────┼─ waiting ─┼──── busy ────┼──── idle ────┤
//		free        taken          done = free taken          done           end of the work
//
//	  - Busy: from when a chunk was taken to when it was done, on the wall clock.
//	    Page-in and the time without a CPU are part of it.
//	  - Waiting: from when the worker was free to when it had a chunk. There was
//	    work then, as it got some: what it waited for is the queue, or a CPU.
//	  - Input: the same for a chunk of a stream, whose bytes did not exist before:
//	    waiting for them, for other workers that read, and reading.
//	  - Idle: from its last chunk to the end of the work. There was no work left
//	    for it; other workers were not done.
//
// The latency of a chunk goes from when it could have been started to when it
// was done: it is busy and waiting. That is more than the time from its start,
// which a worker that stalls between two chunks would not show (coordinated
// omission). A stalled worker has a chunk of high latency, wherever it stalls;
// behind its last chunk it is the worker that ended last, while all are idle.
// Input is no part of a latency.
//
// # Cost
//
// Nothing is recorded per row or per tile. A chunk takes two readings of the
// clock, one system call for the CPU and two counters of a histogram; nothing
// is shared between workers before they have stopped. A recorded worker keeps
// its operating system thread to itself, without which the kernel's counters
// would be of many goroutines. All methods of a nil *Recorder and a nil *Worker
// do nothing.
package tail
