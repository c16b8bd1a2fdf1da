package kernel

import "unsafe"

// Kernel is one implementation of the passes. All kernels give the same results,
// bit for bit. A tile must go through the passes of one kernel.
type Kernel struct {
	Name string

	// Index writes the start of each row of the n bytes at data to t.Starts,
	// followed by the end of the last complete row, and returns the number of
	// complete rows. n is at most TileBytes.
	Index func(data unsafe.Pointer, n int, t *Tile) int

	// Decode writes t.Len, t.Hash and t.Value of the rows that Index found at
	// data, and reports whether all of them can be trusted: each row ends in
	// ';', a value and LF, and its name has less than 128 bytes. Whether a name
	// is empty, too long or has a ';' in it is left to the table. Decode refuses
	// more than TileRows rows, and rows that end in CR LF if others end in LF;
	// the assembly refuses all rows that end in CR LF. After a refusal the
	// contents of t other than t.Starts are undefined.
	Decode func(data unsafe.Pointer, rows int, t *Tile) bool

	Accumulate Pass

	// Count is Accumulate, and writes t.Counter of the rows that it adds.
	Count Pass

	// Missing lists the CPU features that the kernel needs and this machine
	// lacks.
	Missing []string
}

// Pass is an accumulate pass. It adds the rows from to to-1 of tile, whose names
// are at data, to slots. It stops at the first row whose name is neither in the
// slot where it belongs nor in the next one, and returns the index of that row,
// or to if there is none.
type Pass func(slots *Slots, data unsafe.Pointer, tile *Tile, from, to int) int

// kernels has the kernels of this build.
var kernels = Set[Kernel]{
	Kernels: append(assembly, &Kernel{
		Name:  "generic",
		Index: indexGeneric, Decode: decodeGeneric, Accumulate: accumulateGeneric, Count: countGeneric,
	}),
	Describe: func(k *Kernel) (string, []string) { return k.Name, k.Missing },
}

// All returns the kernels that this machine can run, the best first. The last
// one is generic.
func All() []*Kernel { return kernels.All() }

// Names returns the names that Select accepts, as Set.Names does.
func Names() []string { return kernels.Names() }

// Select returns the kernel called name, as Set.Select does.
func Select(name string) (*Kernel, error) { return kernels.Select(name) }
