// Package kernel is the one list of implementations of the three passes.
package kernel

import (
	"fmt"
	"os"
	"strings"
	"unsafe"
)

const (
	// Auto is the name that chooses the best kernel that this machine can run.
	Auto = "auto"
	// Variable is the environment variable that names the kernel where Auto
	// would choose.
	Variable = "ONEBRC_KERNEL"
)

// Kernel is one implementation of each pass. All kernels give the same
// results, bit for bit; the passes of one can't be mixed with those of another.
type Kernel struct {
	Name       string
	Index      func(data unsafe.Pointer, n int, t *Tile) int
	Decode     func(data unsafe.Pointer, rows int, t *Tile) bool
	Accumulate Pass
	// Missing are the CPU features that the kernel needs and this machine
	// lacks.
	Missing []string
}

// all lists the kernels that this build has, the best first.
var all = append(assembly, &Kernel{
	Name:  "generic",
	Index: IndexGeneric, Decode: DecodeGeneric, Accumulate: AccumulateGeneric,
})

// All returns the kernels that this machine can run, the best first.
func All() []*Kernel {
	var runnable []*Kernel
	for _, k := range all {
		if len(k.Missing) == 0 {
			runnable = append(runnable, k)
		}
	}
	return runnable
}

// Names returns the names that Select knows: Auto, and all kernels of this
// build, whether this machine can run them or not.
func Names() []string {
	names := []string{Auto}
	for _, k := range all {
		names = append(names, k.Name)
	}
	return names
}

// Select returns the kernel of that name; "" means Auto. Auto is what Variable
// says, or else the best kernel that this machine can run.
func Select(name string) (*Kernel, error) {
	if name == "" || name == Auto {
		name = os.Getenv(Variable)
	}
	if name == "" || name == Auto {
		return All()[0], nil
	}
	for _, k := range all {
		if k.Name != name {
			continue
		}
		if len(k.Missing) > 0 {
			return nil, fmt.Errorf("kernel: %s needs what this CPU lacks: %s", name, strings.Join(k.Missing, ", "))
		}
		return k, nil
	}
	return nil, fmt.Errorf("kernel: unknown kernel %q: want one of %s", name, strings.Join(Names(), ", "))
}
