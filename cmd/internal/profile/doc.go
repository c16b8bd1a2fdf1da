// Package profile takes a profile of every stage of the journey and writes the
// folder profiles from what it took: figures are generated, never typed.
//
//	Make    stages ─▶ profiles/DATE-CPU-Ncpu/run.json          machine, input, settings
//	                                        STAGE/run.json     times and memory of the stage
//	                                        STAGE/cpu.pprof    ─▶ cpu.svg (flame graph), top.txt
//	                                        STAGE/allocs.pprof ─▶ top.txt
//	                                        STAGE/execution.trace  (of some stages)
//	Render  newest run ─▶ profiles/README.md, the table in README.md,
//	                      profiles/LESSONS.md from LESSONS.md.tmpl
//	        side-by-side/*/*.json ─▶ the table of other programs in README.md
//
// Times come from package compare: the stages in turns, each run in a process
// of its own. Profiles come from other processes, one a stage, so that what a
// profile costs is in no time. The profiler looks 100 times a second, and the
// last stages take less than a tenth of one: a stage is therefore repeated in
// its process until Options.CPUTime has passed. (The heap of one repetition is
// the garbage of the next, so that the share of the garbage collector is a bit
// smaller than in a single run.) Allocations and traces are those of one run.
//
// Profiles are read, and written as text, by github.com/google/pprof. Its flame
// graph is a web page with a server behind it, and its SVG needs Graphviz; so
// flame.go draws the stacks that it reads.
//
// Units are seconds, bytes and rows. A file in the folder holds no path of the
// machine that wrote it.
//
// The program is in the folder cmd; it is not a part of 1brc, which does
// without google/pprof.
package profile
