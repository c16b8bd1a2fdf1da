package topology

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Choice says which places to choose; the zero value is the default.
type Choice struct {
	// CPUs are those to choose from; none means all usable ones.
	CPUs Set
	// Workers is how many places to choose; 0 means one for each core, or for
	// each CPU if SMT, but not more than the quota has CPUs, rounded up. Any
	// other number is taken as it is: CPUs are used by more than one worker
	// if there are not enough.
	Workers int
	// SMT gives each CPU of a core a worker. Without it, only the first one of
	// each core gets one, unless Workers is above the number of cores.
	SMT bool
}

// Place is where a worker runs.
type Place struct {
	// CPU and Node are IDs.
	CPU, Node int
	// Pin is what the worker's thread is to be pinned to. That is CPU alone if
	// there is one worker for each core (or CPU) to choose from. If there are
	// fewer workers, it is all that the choice has on the node: with a CPU of
	// its own for each worker, all processes that leave CPUs free would choose
	// the same ones. If there are more, it is too, for the kernel to balance
	// them.
	Pin Set
}

// Choose returns the places of workers, by node and CPU. Workers are spread
// over nodes in proportion to the cores that the nodes have in the choice. How
// many there are does not depend on whether they will be pinned.
func (m *Machine) Choose(c Choice) ([]Place, error) {
	if c.Workers < 0 {
		return nil, fmt.Errorf("topology: %d workers", c.Workers)
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
	full := len(cores) // as many workers as there are places
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
	// Cores first, then siblings, then both again.
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

// chosen returns the CPUs with the given IDs, or all if there are none.
func (m *Machine) chosen(ids Set) ([]CPU, error) {
	if len(m.CPUs) == 0 {
		return nil, errors.New("topology: no usable CPUs")
	}
	if len(ids) == 0 {
		return m.CPUs, nil
	}
	usable := m.Usable()
	var cpus []CPU
	var not Set
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if i, ok := slices.BinarySearch(usable, id); ok {
			cpus = append(cpus, m.CPUs[i])
		} else {
			not = append(not, id)
		}
	}
	if not != nil {
		return nil, fmt.Errorf("topology: CPUs %s are not usable, only %s are", not, usable)
	}
	return cpus, nil
}

// spread returns n places on cpus, or all if there are fewer, in proportion to
// the CPUs of each node (method of D'Hondt: the next place goes to the node
// that is the least full with it). cpus are ascending.
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
		// (taken+1)/size is compared without a division.
		next := slices.MinFunc(nodes, func(a, b int) int {
			return (taken[a]+1)*len(byNode[b]) - (taken[b]+1)*len(byNode[a])
		})
		places = append(places, Place{CPU: byNode[next][taken[next]].ID, Node: next})
		taken[next]++
	}
	return places
}
