package topology

import (
	"fmt"
	"io/fs"
	"path"
)

// Machine is the part of a machine that this process may use.
type Machine struct {
	// Nodes are the nodes online, in ascending order of ID. There is at least
	// one.
	Nodes []Node
	// CPUs are the usable CPUs, in ascending order of ID. There is at least one.
	CPUs []CPU
	// Quota is the CPU time that the cgroup may use, in CPUs. 0 means no limit.
	Quota float64
	// MemoryBytes is the memory limit of the cgroup, which includes the page
	// cache. 0 means no limit.
	MemoryBytes int64
	// Notes say, for people, what could not be read and what was assumed
	// instead.
	Notes []string
}

// Node is memory and the CPUs near it.
type Node struct {
	ID int
	// CPUs are the node's CPUs online, usable or not. A node that has only
	// memory has none.
	CPUs Set
	// MemoryBytes is the node's memory, free or not. 0 means none or unknown.
	MemoryBytes int64
	// Distances has the distance to each of Machine.Nodes, in their order. 10 is
	// the node's own memory.
	Distances []int
}

// CPU is a CPU that this process may run on.
type CPU struct {
	ID   int
	Node int // ID of its node
	Core int // the lowest ID of the CPUs that share its core
}

// Host reads the parts of a machine as they are asked for. It reads the files
// that say where the cgroups are at most once, because they can be large. A Host
// must not be used by several goroutines at a time.
type Host struct {
	reader  reader
	machine *Machine
}

// NewHost returns a Host that reads from root, a file system with /sys and
// /proc.
func NewHost(root fs.FS) *Host { return &Host{reader: reader{root: root}} }

// Machine returns the whole machine.
func (h *Host) Machine() *Machine {
	if h.machine == nil {
		h.machine = h.reader.machine()
	}
	return h.machine
}

// OneNode reports whether the machine has only one node. It reads one file,
// where Machine reads dozens.
func (h *Host) OneNode() bool {
	ids, err := h.reader.set(path.Join(nodeFolder, "online"))
	return err != nil || len(ids) <= 1 // as Machine assumes
}

// MemoryLimit returns Machine.MemoryBytes without reading the rest of the
// machine. It returns 0 if the limit is unknown.
func (h *Host) MemoryLimit() int64 {
	if h.machine != nil {
		return h.machine.MemoryBytes
	}
	h.reader.m = &Machine{}
	_ = h.reader.memoryLimit()
	return h.reader.m.MemoryBytes
}

// Here returns the machine of this process.
func Here() *Machine { return Read(Root()) }

// Read returns the machine that root describes, a file system with /sys and
// /proc.
func Read(root fs.FS) *Machine { return NewHost(root).Machine() }

// Usable returns the IDs of m.CPUs.
func (m *Machine) Usable() Set {
	ids := make(Set, len(m.CPUs))
	for i, c := range m.CPUs {
		ids[i] = c.ID
	}
	return ids
}

// String describes m on one line.
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
