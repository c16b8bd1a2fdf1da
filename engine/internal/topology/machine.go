package topology

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
)

// Machine is what a process has to run on.
type Machine struct {
	// Nodes are those online, ascending by ID; there is at least one.
	Nodes []Node
	// CPUs are the usable ones, ascending by ID; there is at least one.
	CPUs []CPU
	// Quota is the CPU time that the cgroup may use, in CPUs; 0 is no limit.
	Quota float64
	// MemoryBytes is the memory limit of the cgroup, page cache included; 0 is
	// no limit.
	MemoryBytes int64
	// Notes say what could not be read and what was assumed instead. They are
	// for people; a machine that told everything has none.
	Notes []string
}

// Node is memory and the CPUs near to it.
type Node struct {
	ID int
	// CPUs are those online, usable or not; a node of memory alone has none.
	CPUs Set
	// MemoryBytes is the memory of the node, free or not; 0 if it has none or
	// is not known.
	MemoryBytes int64
	// Distances are those to the nodes of the machine, in their order; 10 is
	// the node's own memory.
	Distances []int
}

// CPU is one that this process may run on.
type CPU struct {
	ID   int
	Node int // ID of its node
	Core int // the lowest ID of the CPUs that share its core
}

// Here reads the machine of this process.
func Here() *Machine { return Read(os.DirFS("/")) }

// OneNode reports whether the machine of this process has one node, which takes
// one file to read where Here takes dozens.
func OneNode() bool { return isOneNode(os.DirFS("/")) }

func isOneNode(root fs.FS) bool {
	ids, err := (&reader{root: root}).set(path.Join(nodeFolder, "online"))
	return err != nil || len(ids) <= 1 // as Read assumes
}

// MemoryLimit returns the memory limit of the cgroup of this process in bytes,
// as Machine.MemoryBytes, without reading the rest of the machine. It is 0 if
// that can't be told.
func MemoryLimit() int64 {
	r := &reader{root: os.DirFS("/"), m: &Machine{}}
	_ = r.memoryLimit()
	return r.m.MemoryBytes
}

// Read reads a machine from the root of a file system that has /sys and /proc.
func Read(root fs.FS) *Machine {
	r := &reader{root: root, m: &Machine{}}
	online := r.online()
	usable := r.usable(online)
	if online == nil {
		online = usable
	}
	r.nodes(online)
	r.cpus(usable)
	r.limits()
	return r.m
}

// Usable returns the IDs of m.CPUs.
func (m *Machine) Usable() Set {
	ids := make(Set, len(m.CPUs))
	for i, c := range m.CPUs {
		ids[i] = c.ID
	}
	return ids
}

// Near returns the IDs of all nodes, from the nearest to the farthest as seen
// from the node with the given ID, which comes first. Nodes at the same
// distance are in the order of their IDs. Of a node that m lacks it returns
// nil.
func (m *Machine) Near(node int) []int {
	from := slices.IndexFunc(m.Nodes, func(n Node) bool { return n.ID == node })
	if from < 0 {
		return nil
	}
	order := make([]int, len(m.Nodes))
	for i := range order {
		order[i] = i
	}
	distance := func(i int) int {
		if i == from {
			return -1 // whatever the firmware says
		}
		return m.Nodes[from].Distances[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return distance(a) - distance(b) })
	for i, index := range order {
		order[i] = m.Nodes[index].ID
	}
	return order
}

// String tells about m in one line.
func (m *Machine) String() string {
	cores := map[int]bool{}
	for _, c := range m.CPUs {
		cores[c.Core] = true
	}
	s := fmt.Sprintf("%d nodes, usable CPUs %s on %d cores", len(m.Nodes), m.Usable(), len(cores))
	if m.Quota > 0 {
		s += fmt.Sprintf(", quota of %.4g CPUs", m.Quota)
	}
	if m.MemoryBytes > 0 {
		s += fmt.Sprintf(", memory limit of %d bytes", m.MemoryBytes)
	}
	return s
}
