// Package measure records where the time of a run goes, so that the slowest parts
// can be seen and not only the average.
//
//	Recorder ─ Worker: Taken and Done for each chunk, Stop ─▶ Run: workers, nodes, percentiles, stragglers
//
// What happens after the run, while a stream of the result is read, is added by
// package engine.
//
// The fields of Run define the terms: busy, waiting, input, idle, latency, pace.
//
// # Time
//
// A worker becomes free at the start of the work and at the end of each of its
// chunks. One reading of the clock both ends a chunk and makes the worker free,
// so its time has no gaps:
//
//	├─ waiting ─┼──── busy ────┼─ waiting ─┼──── busy ────┼──── idle ────┤
//	free        taken          done = free taken          done           end of the work
//
// # Latency
//
// The latency of a chunk starts when the worker became free, which is when the
// chunk could have been started. If it started when the chunk was taken, it would
// not show a worker that stalls between two chunks (coordinated omission). So a
// stalled worker has a chunk of high latency, wherever it stalls, except after
// its last chunk: then it is the worker that ended last, while all others are
// idle.
//
// # Threads
//
// The kernel counts CPU time, page faults and context switches of a thread. A
// goroutine has a thread to itself only while it is locked to it. A worker is
// locked while it is busy, but not while it waits for the queue, because that
// would cost more context switches. So the counts are those of busy time.
// Chunks of streams are not counted, because they are small and many.
//
// # Spans
//
// A recorder of chunks keeps a span for each chunk, from when the worker became free to
// when the chunk was done, so that a timeline can be drawn. Their number is limited: at
// the limit, each span of the worker is merged with its neighbour, and from then on twice
// as many chunks make a span.
//
// # Cost
//
// Nothing is recorded per row or per tile. A chunk takes two readings of the
// clock, a system call for the CPU and two counters of histograms. A chunk of a
// file takes four more system calls, for the counts at its start and end. A recorder of
// chunks copies one span more, and takes less than 1 MB for each worker. Workers
// share nothing until they have stopped. All methods of a nil *Recorder and a nil
// *Worker do nothing.
package measure
