package engine

import (
	"fmt"
	"runtime"
	"slices"

	"onebrc/engine/internal/schedule"
	"onebrc/engine/internal/topology"
)

// system is what the engine asks of the operating system to put threads and
// memory in their places. Tests have others.
type system struct {
	oneNode     func() bool
	machine     func() *topology.Machine
	pin         func(topology.Set) (unpin func() error, err error)
	setPolicy   func(topology.Policy, topology.Set) (restore func() error, err error)
	pageNodes   func(data []byte, offsets []int) ([]int, error)
	memoryLimit func() int64
	// sampledBytes is how much of a mapping one page stands for when nodes are
	// asked for.
	sampledBytes int
}

// newSystem returns that of this process.
func newSystem() *system {
	return &system{
		oneNode: topology.OneNode, machine: topology.Here,
		pin: topology.Pin, setPolicy: topology.SetPolicy, pageNodes: topology.PageNodes,
		memoryLimit: topology.MemoryLimit,
		// The large pages of the page cache, and the pieces that files are
		// written in, are of this order.
		sampledBytes: 8 << 20,
	}
}

// place is where a worker runs.
type place struct {
	node int          // index in placement.nodes
	pin  topology.Set // what its thread is pinned to, nil if it is not
}

// placement is where the workers of a run are, and how their work is queued.
// Workers of one node join their tables before those of others. Unless there
// are several nodes that count, all is one node.
type placement struct {
	places []place
	nodes  schedule.Nodes
	ids    []int // of nodes, by index: the kernel's numbers
	// interleaved are the nodes that memory is spread over, nil if it lies
	// where it is touched first.
	interleaved topology.Set
	// required says that it is an error if a worker can't be placed, because
	// the caller asked for it.
	required bool
}

// onOneNode is the placement of workers that run anywhere.
func onOneNode(workers int) placement {
	return placement{
		places: make([]place, workers),
		nodes:  schedule.Nodes{Workers: []int{workers}},
		ids:    []int{schedule.AnyNode},
	}
}

// place decides how many workers there are if o does not say so, and where they
// run. Unless that is clear, it reads the topology of the machine.
func (s *settings) place(o Options) error {
	if o.Workers > 0 && len(o.CPUs) == 0 && (s.numa == NUMAOff || s.system.oneNode()) {
		s.placement = onOneNode(o.Workers)
		return nil
	}
	m := s.system.machine()
	choice := topology.Choice{CPUs: topology.Set(o.CPUs), Workers: o.Workers, SMT: o.SMT}
	places, err := m.Choose(choice)
	if most := runtime.GOMAXPROCS(0); err == nil && o.Workers == 0 && len(places) > most {
		choice.Workers = most // more can't run at a time
		places, err = m.Choose(choice)
	}
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	s.placement = onOneNode(len(places))
	p := &s.placement
	several := len(nodesOf(m, o.CPUs)) > 1
	p.required = len(o.CPUs) > 0
	switch {
	case s.numa == NUMAAuto && several:
		p.nodes = schedule.Nodes{Workers: make([]int, len(m.Nodes))}
		p.ids = p.ids[:0]
		for _, n := range m.Nodes {
			p.ids = append(p.ids, n.ID)
			p.nodes.Distances = append(p.nodes.Distances, n.Distances)
		}
		for i, at := range places {
			node := slices.Index(p.ids, at.Node)
			p.nodes.Workers[node]++
			p.places[i] = place{node: node, pin: at.Pin}
		}
	case s.numa == NUMAAuto && p.required:
		for i, at := range places {
			p.places[i].pin = at.Pin
		}
	case p.required:
		for i := range p.places {
			p.places[i].pin = o.CPUs
		}
	}
	if s.numa == NUMAInterleave && len(m.Nodes) > 1 {
		p.interleaved, p.required = withMemory(m), true
	}
	return nil
}

// nodesOf returns the nodes of cpus, or of all usable CPUs if there are none.
func nodesOf(m *topology.Machine, cpus topology.Set) map[int]bool {
	nodes := map[int]bool{}
	for _, cpu := range m.CPUs {
		if len(cpus) == 0 || slices.Contains(cpus, cpu.ID) {
			nodes[cpu.Node] = true
		}
	}
	return nodes
}

// withMemory returns the nodes that have memory.
func withMemory(m *topology.Machine) topology.Set {
	var nodes topology.Set
	for _, n := range m.Nodes {
		if n.MemoryBytes > 0 {
			nodes = append(nodes, n.ID)
		}
	}
	return nodes
}

// enter puts the calling goroutine in its place, where it stays until leave.
func (s *settings) enter(at place) (leave func(), err error) {
	leave = func() {}
	if at.pin != nil {
		unpin, err := s.system.pin(at.pin)
		switch {
		case err == nil:
			// If it fails, the thread ends with the goroutine.
			leave = func() { _ = unpin() }
		case s.placement.required:
			return leave, err
		}
	}
	if s.placement.interleaved != nil {
		restore, err := s.system.setPolicy(topology.Interleave, s.placement.interleaved)
		if err != nil {
			leave()
			return func() {}, err
		}
		unpin := leave
		leave = func() { _ = restore(); unpin() }
	}
	return leave, nil
}

// maxSamples bounds what it takes to ask for the nodes of a mapping.
const maxSamples = 4096

// ranges returns the parts of data, a mapping, with the index of the node that
// their pages are on: all is one part unless there are several nodes. Of a node
// that is not known it is schedule.AnyNode.
func (s *settings) ranges(data []byte) []schedule.Range {
	size := len(data)
	all := []schedule.Range{{End: int64(size), Node: schedule.AnyNode}}
	if len(s.queues().Workers) == 1 || size == 0 {
		return all
	}
	step := s.system.sampledBytes
	for size/step > maxSamples {
		step *= 2
	}
	var offsets []int
	for at := 0; at < size; at += step {
		offsets = append(offsets, at+min(step, size-at)/2)
	}
	nodes, err := s.system.pageNodes(data, offsets)
	if err != nil {
		return all // the kernel does not tell, or may not: no node is known
	}
	all = all[:0]
	for i, id := range nodes {
		node := slices.Index(s.placement.ids, id)
		if id < 0 || node < 0 {
			node = schedule.AnyNode
		}
		begin := i * step
		all = append(all, schedule.Range{Begin: int64(begin), End: int64(min(begin+step, size)), Node: node})
	}
	return all
}

// queues are the nodes that have a queue of their own: one for all if the
// chunks have to be handed out in order.
func (s *settings) queues() schedule.Nodes {
	if s.onBadRow != nil {
		return schedule.Nodes{Workers: []int{len(s.placement.places)}}
	}
	return s.placement.nodes
}
