// Package compare measures stages and other programs against each other and
// tells differences from noise.
//
//	file ─ engine ─▶ expected result ─────────────────┐
//	entries A, B ─ warm-up A B ─▶ runs A B A B ... ─▶ samples ─ evaluate ─▶ Report
//
// An entry is a stage or a Command. Each run is a process of its own, so that no
// run inherits a heap or page tables. The runs are interleaved, so that a change
// in the speed of the machine affects all entries. Before each run the input is
// read if it has left the page cache. The output of each run is checked against
// the expected result: a stage with another output is an error, a command with
// another output is reported.
//
// An output goes through a pipe, or to a file if results are large. A file may have
// the result as CSV, as a database prints it.
//
// A report contains no directory of the machine, so that it can be published.
//
// Times are in seconds and sizes in bytes. What the system does not tell is
// missing from the report, which lists it.
package compare
