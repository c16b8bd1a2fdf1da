// Package stages is a journey from a naive program to the engine, with one idea
// per stage. All lists the stages in order. Every stage reads the same files and
// returns the same bytes, so any two stages can be compared.
//
//	one goroutine       naive
//	channels            goroutine-per-station, channel-unbuffered, channel-buffered, batches
//	less per row        running, tenths
//	all cores           mapreduce
//	no garbage          bytes
//	no copies           mmap, openaddr, zero-copy
//	no branches         branchless, tiles
//	the engine          engine-KERNEL for each kernel that this machine can run
//
// Each stage is one file with the name of the stage: channel_buffered.go is
// stage channel-buffered. The file starts with an explanation, owns its loop
// over rows, and uses nothing from the file of another stage. The explanation
// has up to four parts:
//
//   - Idea: what the stage does differently from the stage before,
//   - Same: what it does not change,
//   - Why: why that is faster or slower, and
//   - Next: where the time goes now.
//
// A stage that is slower than the stage before says so. Numbers are only in the
// folder profiles.
//
// Code that is not the idea of one stage is in these files:
//
//	stages.go      the list of stages, and what every run checks
//	lessons.go     what to read, run, try and solve at each stage
//	input.go       reading a file, and the error for a bad row
//	value.go       parsing a value
//	stats.go       statistics of one station and of many
//	chunks.go      a producer of chunks, workers and a reducer
//	windows.go     workers that take windows of a file
//	mapped.go      mapping a file, and recovery from faults
//	open_table.go  a hash table with open addressing
//	tile_table.go  the hash table of stage tiles
//
// Every stage keeps these invariants:
//
//   - A row outside the grammar of package parse ends the run with an
//     *engine.RowError for the first such row. The stage only notices that a
//     bad row exists; a strict reader then finds the first one from the start
//     of the file.
//   - Sums are exact, in tenths, even where values are floats.
//   - The result depends neither on the number of workers nor on where a file
//     is cut.
package stages
