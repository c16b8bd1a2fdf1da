package topology

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Choice says which places to choose. The zero value is the default.
type Choice struct {
	// CPUs are the CPUs to choose from. None means all usable ones.
	CPUs Set
	// Workers is the number of places to choose. 0 means one for each core, or
	// for each CPU if SMT is set, but at most the quota, rounded up. If there
	// are more workers than CPUs, some CPUs are chosen more than once.
	Workers int
	// SMT gives a worker to each CPU of a core. Without SMT, only the first CPU
	// of each core gets one, unless there are more workers than cores.
	SMT bool
}

// Place is where a worker runs.
type Place struct {
	// CPU and Node are IDs.
	CPU, Node int
	// Pin has the CPUs to pin the worker's thread to. If there is one worker for
	// each core (or CPU) to choose from, Pin is CPU alone. Otherwise it is all
	// CPUs to choose from on the node: with fewer workers, because processes
	// that leave CPUs free would otherwise all use the same ones; with more, so
	// that the kernel can balance them.
	Pin Set
}

// Choose returns the places of workers in ascending order of node and CPU. It
// spreads workers over nodes in proportion to the cores of each node that there
// are to choose from. The number of places does not depend on whether the
// workers will be pinned.
func (m *Machine) Choose(c Choice) ([]Place, error) {
	if c.Workers < 0 {
		return nil, fmt.Errorf("workers must be 0 or more, got %d", c.Workers)
	}
	cpus, err := m.chosen(c.CPUs)
	if err != nil {
		return nil, err
	}
	var cores, siblings []CPU
	seen := map[int]bool{}
	for _, cpu := range cpus {
		if seen[cpu.Core] {
			siblings = append(siblings, cpu)
			continue
		}
		seen[cpu.Core] = true
		cores = append(cores, cpu)
	}
	full := len(cores) // workers that each have a core or CPU alone
	if c.SMT || c.Workers > len(cores) {
		full = len(cpus)
	}
	workers := c.Workers
	if workers == 0 {
		workers = full
		if m.Quota > 0 {
			workers = min(workers, int(math.Ceil(m.Quota)))
		}
	}
	// The first CPUs of the cores come first, then their siblings, then both
	// again.
	var places []Place
	for round := [2][]CPU{cores, siblings}; len(places) < workers; round[0], round[1] = round[1], round[0] {
		places = append(places, spread(round[0], workers-len(places))...)
	}
	slices.SortFunc(places, func(a, b Place) int {
		if a.Node != b.Node {
			return a.Node - b.Node
		}
		return a.CPU - b.CPU
	})
	onNode := map[int]Set{}
	for _, cpu := range cpus {
		onNode[cpu.Node] = append(onNode[cpu.Node], cpu.ID)
	}
	for i, p := range places {
		places[i].Pin = Set{p.CPU}
		if workers != full {
			places[i].Pin = onNode[p.Node]
		}
	}
	return places, nil
}

// chosen returns the CPUs with the given IDs, or all usable CPUs if ids is
// empty.
func (m *Machine) chosen(ids Set) ([]CPU, error) {
	if len(m.CPUs) == 0 {
		return nil, errors.New("no usable CPUs")
	}
	if len(ids) == 0 {
		return m.CPUs, nil
	}
	usable := m.Usable()
	var cpus []CPU
	var unusable Set
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if i, ok := slices.BinarySearch(usable, id); ok {
			cpus = append(cpus, m.CPUs[i])
		} else {
			unusable = append(unusable, id)
		}
	}
	if unusable != nil {
		return nil, fmt.Errorf("CPUs must be among %s, got %s", usable, unusable)
	}
	return cpus, nil
}

// spread returns n places on cpus, or one on each of them if there are fewer, in
// proportion to the CPUs of each node. By the method of D'Hondt, the next place
// goes to the node that is least full with it. cpus must be in ascending order.
func spread(cpus []CPU, n int) []Place {
	byNode := map[int][]CPU{}
	var nodes []int
	for _, c := range cpus {
		if byNode[c.Node] == nil {
			nodes = append(nodes, c.Node)
		}
		byNode[c.Node] = append(byNode[c.Node], c)
	}
	slices.Sort(nodes)
	taken := map[int]int{}
	var places []Place
	for range min(n, len(cpus)) {
		// Compare (taken+1)/size without a division.
		next := slices.MinFunc(nodes, func(a, b int) int {
			return (taken[a]+1)*len(byNode[b]) - (taken[b]+1)*len(byNode[a])
		})
		places = append(places, Place{CPU: byNode[next][taken[next]].ID, Node: next})
		taken[next]++
	}
	return places
}
