//go:build linux

// Command soak runs the engine on random data in random ways, with faults, and
// compares each result with that of package parse/oracle. It stops at the first
// difference, crash or hang and prints the command that repeats it:
//
//	go run ./cmd/dev/soak --minutes 30
//	go run ./cmd/dev/soak --seed 1 --case 23
//
// A case is a data set of a random profile of package gen, from empty to about
// 50 MB, and one or more tries of each kind in the list of kinds. Tries of a group-by
// make a table of their own, of a random schema or a log; large ones are compared with
// what the portable kernel finds with one worker, because the oracle takes long.
// Tries with many names make data sets of their own, too, for limits of the memory that
// are far below what all names need.
// Queries have percentiles and other functions of values, times as keys and conditions,
// and an error for approximate results. One in four inputs is compressed.
// Everything random in a case depends only on the seed and the number of the case,
// except when signals arrive. The cases run in a child process that the first process
// watches, so that it can count crashes and hangs too.
//
// It needs Linux, bzip2, and bin/1brc, which make soak builds.
package main
