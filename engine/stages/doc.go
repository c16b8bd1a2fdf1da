// Package stages is the journey from a naive program to the engine, one idea a
// stage. All lists them in order; every stage reads the same files and gives
// the same bytes, so that any two can be compared.
//
//	one goroutine       naive
//	channels            goroutine-per-station, channel-unbuffered, channel-buffered, batches
//	less per row        running, tenths
//	all cores           mapreduce
//	no garbage          bytes
//	no copies           mmap, openaddr, zero-copy
//	no branches         branchless, tiles
//	the engine          engine-KERNEL for each kernel of this machine
//
// A stage is one file, and has its name: stage channel-buffered is
// channel_buffered.go. The file owns its hot loop, so that it can be read
// alone, and its head says
//
//   - Idea: what the stage does differently from the one before,
//   - Same: what it left as it was,
//   - Why: what the profile of the stage before showed, and
//   - Next: what its own profile shows.
//
// A stage that is slower than the one before says so. Numbers are in the
// folder profiles only.
//
// What is not the idea of any stage is shared: the registry (stages.go),
// opening files and refusing rows (input.go), the statistics of integer stages
// (stats.go), and workers over windows of a file (windows.go).
//
// Invariants of all stages:
//
//   - A row outside the grammar of package parse ends the run with an
//     *engine.RowError for the first such row. The stages only notice that
//     there is one; a strict reader then finds it from the start of the file.
//   - Sums are exact, in tenths, also where values are floats.
//   - The result does not depend on the number of workers or on where a file
//     is cut.
package stages
