// Package flame has call stacks with what was measured in each, such as CPU time, and
// draws them as flame graphs.
//
//	main.main;main.read 30000000
//	main.main;main.work 70000000
//
// This is the collapsed format, which most tools for flame graphs read and write: a
// line for each stack, with its functions from the outermost to the innermost and, after
// a space, the value. The values of 1brc are nanoseconds of CPU time. The format has no
// way to write a ';' in the name of a function, which types in Go may have: Write
// replaces it by ','.
package flame
