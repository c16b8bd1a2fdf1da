package engine

import (
	"fmt"

	"onebrc/engine/internal/topology"
)

// CPUSet holds the numbers of CPUs in ascending order, without duplicates.
type CPUSet []int

// ParseCPUs parses the list format of Linux: numbers and ranges separated by
// commas, such as "0-3,8". An empty list is an empty set.
func ParseCPUs(list string) (CPUSet, error) {
	set, err := topology.ParseSet(list)
	if err != nil {
		return nil, fmt.Errorf("engine: CPU %w", err)
	}
	return CPUSet(set), nil
}

// String returns s in the format that ParseCPUs parses.
func (s CPUSet) String() string { return topology.Set(s).String() }
