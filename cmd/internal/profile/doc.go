// Package profile measures and profiles every stage of the journey, and generates
// the pages and charts of the folder profiles, so that no figure is typed by hand.
//
//	Make    stages ─▶ profiles/DATE-CPU-Ncpu/run.json          machine, input, settings
//	                                        STAGE/run.json     times and memory of the stage
//	                                        STAGE/cpu.pprof    ─▶ cpu.svg (flame graph), top.txt
//	                                                           ─▶ cpu.folded (by Render, for 1brc report)
//	                                        STAGE/allocs.pprof ─▶ top.txt
//	                                        STAGE/execution.trace  (of some stages)
//	MakeNames  numbers of names ─▶ names/DATE-CPU-Ncpu/PROFILE-N.json
//	Render  newest run             ─▶ README.md; LESSONS.md from LESSONS.md.tmpl
//	        side-by-side/*/*.json  ─▶ SIDE-BY-SIDE.md; headline-*.svg and the main README's headline
//	        queries/*/*.json       ─▶ QUERIES.md
//	        scaling.json           ─▶ SCALING.md
//	        names/*/*.json         ─▶ NAMES.md; names-*.svg
//
// Package compare measures the times: the stages take turns, and each run is a
// process of its own. Profiles come from other processes, one for each stage, so
// that no time includes the cost of a profile. Fast stages have ten times as many rows as
// slow ones, so that the start of the process does not count; pages therefore compare
// times for a row. The profiler takes 100 samples per second, so a stage is repeated in
// its process until it has taken about Options.CPUTime. One repetition leaves its heap to
// the next as garbage, so the share of the garbage collector is slightly smaller than in
// a single run. Allocations and traces are those of one run.
//
// Package github.com/google/pprof reads profiles and writes them as text. Its
// flame graph needs a web server, and its SVG needs Graphviz; flame.go therefore
// draws the stacks itself.
//
// Units are seconds, bytes and rows. No file in the folder contains a path of the
// machine that wrote it.
//
// Only cmd/dev uses this package, so that 1brc does not depend on google/pprof, which
// would slow down its start. Package journey has the types of a run and reads them,
// and package chart draws the charts.
package profile
