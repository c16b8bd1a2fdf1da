// Package compare measures stages against each other, so that what it calls a
// difference is one.
//
//	stages A, B ─ warm-up A B ─▶ runs A B A B ... ─▶ samples ─ Summary, Comparison ─▶ Report
//
// Each run is a child process of its own, so that neither heap nor page tables
// go from one run to the next, and the runs are interleaved, so that a machine
// that becomes slower or faster meanwhile does so for all stages. All runs must
// print the same bytes.
//
// Units are seconds and bytes. What a system can't tell is left out of the
// report, which lists it.
package compare
