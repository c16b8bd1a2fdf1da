package run

import (
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"

	"onebrc/engine/internal/schedule"
	"onebrc/engine/internal/topology"
)

// System holds the functions of the operating system that place threads and memory.
// Tests replace them.
type System struct {
	OneNode     func() bool
	Machine     func() *topology.Machine
	Pin         func(topology.Set) (unpin func() error, err error)
	SetPolicy   func(topology.Policy, topology.Set) (restore func() error, err error)
	PageNodes   func(data []byte, offsets []int) ([]int, error)
	MemoryLimit func() int64
	// SampledBytes is how many bytes of a mapping one page represents when the
	// kernel is asked for nodes.
	SampledBytes int
	// Overflow makes tables overflow that are too small for it, in tests.
	Overflow Overflow
}

// Overflow says how tables overflow in tests. The zero value changes nothing.
type Overflow struct {
	// Partitions is the number of partitions of the store. If it is not 0, tables
	// evict all groups after each chunk.
	Partitions int
	// Spill writes records to temporary files, whatever the memory limit.
	Spill bool
}

// linkedOverflow is "" or, in a program that a test builds with it as a flag of the
// linker, the fields of its Overflow, such as "16 true".
var linkedOverflow string

func parseOverflow(s string) (o Overflow) {
	if s == "" {
		return o
	}
	if _, err := fmt.Sscan(s, &o.Partitions, &o.Spill); err != nil {
		panic(fmt.Sprintf("run: linked with the overflow %q: %v", s, err))
	}
	return o
}

// newSystem returns the System of this process, whose root directory is root.
func newSystem(root fs.FS) *System {
	host := topology.NewHost(root)
	return &System{
		OneNode: host.OneNode, Machine: host.Machine, MemoryLimit: host.MemoryLimit,
		Pin: topology.Pin, SetPolicy: topology.SetPolicy, PageNodes: topology.PageNodes,
		// Large pages of the page cache, and the pieces in which programs
		// write files, have about this size.
		SampledBytes: 8 << 20,
		Overflow:     parseOverflow(linkedOverflow),
	}
}

// place is where a worker runs.
type place struct {
	node int          // index in placement.nodes
	pin  topology.Set // CPUs that its thread is pinned to, nil if it is not
}

// placement says where the workers of a run are and how chunks are queued for them.
// The workers of a node first join their tables with each other. If the machine has
// one node, or nodes do not matter, all workers are on one node.
type placement struct {
	places []place
	nodes  schedule.Nodes
	ids    []int // the kernel's numbers of the nodes, by index
	// interleaved are the nodes over which memory is spread. If it is nil,
	// memory lies where it is touched first.
	interleaved topology.Set
	// required makes it an error if a worker cannot be placed, because the
	// caller asked for the place.
	required bool
}

// onOneNode returns the placement of workers that run anywhere.
func onOneNode(workers int) placement {
	return placement{
		places: make([]place, workers),
		nodes:  schedule.Nodes{Workers: []int{workers}},
		ids:    []int{schedule.AnyNode},
	}
}

// place decides where the workers run, and how many there are if o does not say so.
// It reads the topology of the machine only if that matters.
func (c *Config) place(o Options) error {
	if len(o.CPUs) == 0 {
		switch {
		case o.Workers == 0 && c.numa != NUMAInterleave && c.isSmall(o.Bytes):
			c.placement = onOneNode(1)
			return nil
		case o.Workers > 0 && (c.numa == NUMAOff || c.system.OneNode()):
			c.placement = onOneNode(o.Workers)
			return nil
		}
	}
	m := c.system.Machine()
	choice := topology.Choice{CPUs: topology.Set(o.CPUs), Workers: o.Workers, SMT: o.SMT}
	places, err := m.Choose(choice)
	if most := runtime.GOMAXPROCS(0); err == nil && o.Workers == 0 && len(places) > most {
		choice.Workers = most // no more can run at the same time
		places, err = m.Choose(choice)
	}
	if err != nil {
		return &OptionError{"CPUs", strings.TrimPrefix(err.Error(), "CPUs ")}
	}
	c.placement = onOneNode(len(places))
	p := &c.placement
	several := len(nodesOf(m, o.CPUs)) > 1
	p.required = len(o.CPUs) > 0
	switch {
	case c.numa == NUMAAuto && several:
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
	case c.numa == NUMAAuto && p.required:
		for i, at := range places {
			p.places[i].pin = at.Pin
		}
	case p.required:
		for i := range p.places {
			p.places[i].pin = o.CPUs
		}
	}
	if c.numa == NUMAInterleave && len(m.Nodes) > 1 {
		p.interleaved, p.required = withMemory(m), true
	}
	return nil
}

// SmallBytes is the largest size of an input that one worker reads before the topology is
// read and a second worker runs.
const SmallBytes = 1 << 20

// isSmall reports whether inputs of so many bytes are not worth a second worker.
func (c *Config) isSmall(bytes int64) bool {
	return bytes > 0 && bytes <= int64(min(c.chunkBytes, SmallBytes))
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

// enter moves the calling goroutine to its place until it calls leave.
func (c *Config) enter(at place) (leave func(), err error) {
	leave = func() {}
	if at.pin != nil {
		unpin, err := c.system.Pin(at.pin)
		switch {
		case err == nil:
			// If unpin fails, the thread ends with the goroutine.
			leave = func() { _ = unpin() }
		case c.placement.required:
			return leave, err
		}
	}
	if c.placement.interleaved != nil {
		restore, err := c.system.SetPolicy(topology.Interleave, c.placement.interleaved)
		if err != nil {
			leave()
			return func() {}, err
		}
		unpin := leave
		leave = func() { _ = restore(); unpin() }
	}
	return leave, nil
}

// maxSamples limits how many pages of a mapping the kernel is asked for.
const maxSamples = 4096

// ranges cuts data, a mapping, into ranges with the index of the node that holds
// their pages, or schedule.AnyNode if that is unknown. With one node there is one
// range.
func (c *Config) ranges(data []byte) []schedule.Range {
	size := len(data)
	all := []schedule.Range{{End: int64(size), Node: schedule.AnyNode}}
	if len(c.queues().Workers) == 1 || size == 0 {
		return all
	}
	step := c.system.SampledBytes
	for size/step > maxSamples {
		step *= 2
	}
	var offsets []int
	for at := 0; at < size; at += step {
		offsets = append(offsets, at+min(step, size-at)/2)
	}
	nodes, err := c.system.PageNodes(data, offsets)
	if err != nil {
		return all // the kernel does not say
	}
	all = all[:0]
	for i, id := range nodes {
		node := slices.Index(c.placement.ids, id)
		if id < 0 || node < 0 {
			node = schedule.AnyNode
		}
		begin := i * step
		all = append(all, schedule.Range{Begin: int64(begin), End: int64(min(begin+step, size)), Node: node})
	}
	return all
}

// queues returns the nodes, each of which has a queue of chunks. If bad rows must
// be reported in order, all workers share one queue.
func (c *Config) queues() schedule.Nodes {
	if c.onBadRow != nil {
		return c.oneQueue()
	}
	return c.placement.nodes
}

// oneQueue returns one node for all workers.
func (c *Config) oneQueue() schedule.Nodes {
	return schedule.Nodes{Workers: []int{len(c.placement.places)}}
}
