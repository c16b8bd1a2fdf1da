// Package kernel is the one list of implementations of the three passes.
package kernel

import (
	"fmt"
	"strings"
	"unsafe"

	"onebrc/engine/table"
	"onebrc/parse"
)

// Auto is the name that chooses the best kernel that this machine can run.
const Auto = "auto"

// Kernel is one implementation of each pass. All kernels give the same
// results, bit for bit.
type Kernel struct {
	Name       string
	Index      func(data unsafe.Pointer, n int, t *parse.Tile) int
	Decode     func(data unsafe.Pointer, rows int, t *parse.Tile) bool
	Accumulate table.Pass
}

// all lists the kernels that this build has, the best first.
var all = []*Kernel{
	{"generic", parse.IndexGeneric, parse.DecodeGeneric, table.AccumulateGeneric},
}

// All returns the kernels that this machine can run, the best first.
func All() []*Kernel { return all }

// Names returns the names that Select knows.
func Names() []string {
	names := []string{Auto}
	for _, k := range all {
		names = append(names, k.Name)
	}
	return names
}

// Select returns the kernel of that name; "" means Auto.
func Select(name string) (*Kernel, error) {
	if name == "" || name == Auto {
		return All()[0], nil
	}
	for _, k := range All() {
		if k.Name == name {
			return k, nil
		}
	}
	return nil, fmt.Errorf("kernel: unknown kernel %q: want one of %s", name, strings.Join(Names(), ", "))
}
