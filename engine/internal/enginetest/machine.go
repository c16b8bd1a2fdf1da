package enginetest

import "onebrc/engine/internal/topology"

// Machine returns a machine with nodes numbered 0, 2, 4 and so on. Each of them has
// cpus cores of one CPU.
func Machine(nodes, cpus int) *topology.Machine {
	m := &topology.Machine{}
	for n := range nodes {
		node := topology.Node{ID: 2 * n, MemoryBytes: 1 << 30}
		for k := range nodes {
			node.Distances = append(node.Distances, 10+10*max(n-k, k-n))
		}
		for c := range cpus {
			id := n*cpus + c
			node.CPUs = append(node.CPUs, id)
			m.CPUs = append(m.CPUs, topology.CPU{ID: id, Node: node.ID, Core: id})
		}
		m.Nodes = append(m.Nodes, node)
	}
	return m
}
