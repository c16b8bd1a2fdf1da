package engine

import "onebrc/engine/internal/topology"

// CPUSet is numbers of CPUs in ascending order, each of them once.
type CPUSet []int

// ParseCPUs reads the list format of Linux: numbers and ranges separated by
// commas, such as "0-3,8".
func ParseCPUs(list string) (CPUSet, error) {
	set, err := topology.ParseSet(list)
	return CPUSet(set), err
}

// String returns the list in the format that ParseCPUs reads.
func (s CPUSet) String() string { return topology.Set(s).String() }
