// Package compare measures stages and other programs against each other, so
// that what it calls a difference is one.
//
//	file ─ engine ─▶ expected result ─────────────────┐
//	entries A, B ─ warm-up A B ─▶ runs A B A B ... ─▶ samples ─ evaluate ─▶ Report
//
// An entry is a stage or a Command. Each run is a process of its own, so that
// neither heap nor page tables go from one run to the next, and the runs are
// interleaved, so that a machine that becomes slower or faster meanwhile does so
// for all. Before each run the input is read if it has left the page cache. What
// each run prints is held to the expected result: a stage that prints something
// else is an error, of a command the report says so.
//
// A report holds no folder of the machine, so that it can be published.
//
// Units are seconds and bytes. What a system can't tell is left out of the
// report, which lists it.
package compare
