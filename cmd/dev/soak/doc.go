//go:build linux

// Command soak runs the engine on random data in random ways, with faults, and
// compares each result with the oracle of package enginetest. It stops at the
// first difference, crash or hang with the command that repeats it:
//
//	go run ./cmd/dev/soak --minutes 30
//	go run ./cmd/dev/soak --seed 1 --case 23
//
// A case is a data set of a random profile of package gen, from nothing to about
// 50 MB, and one or more tries of each kind in the list of kinds: all that is
// random in it depends on the seed and the number of the case alone, but for the
// moments at which signals come. The cases run in a process of their own, which
// the first process watches, so that a crash or a hang is counted too.
//
// It needs Linux, and bin/1brc, which make soak builds.
package main
