package measure

import (
	"maps"
	"slices"
)

// run returns what the worker did.
func (w *Worker) run() WorkerRun {
	r := w.recorder
	return WorkerRun{
		Worker: w.index, Chunks: w.chunks, Stolen: w.stolen, Bytes: w.bytes, Rows: w.rows,
		BusySeconds: seconds(w.busy), WaitingSeconds: seconds(w.waiting), InputSeconds: seconds(w.input),
		IdleSeconds: seconds(r.reduce - w.free), EndedSeconds: seconds(w.ended - r.work),
		CPUs: slices.Sorted(maps.Keys(w.cpus)), Moves: w.moves,
		Thread: w.used.thread(w.chunks > 0 && w.countedChunks == w.chunks),
		Spans:  w.spans.run(r.work),
	}
}

// nodes has what was read on each node, indexed by its number.
type nodes []NodeRun

// at returns the entry of a node, and adds it if it is missing.
func (all *nodes) at(node int) *NodeRun {
	for len(*all) <= node {
		*all = append(*all, NodeRun{Node: len(*all)})
	}
	return &(*all)[node]
}

// add counts a chunk that a CPU of node has read.
func (all *nodes) add(node int, c *Chunk) {
	n := all.at(node)
	n.Chunks++
	switch c.Node {
	case Unknown:
		n.UnknownBytes += c.Bytes
	case node:
		n.LocalBytes += c.Bytes
	default:
		n.RemoteBytes += c.Bytes
	}
}

// merge adds the counts of others.
func (all *nodes) merge(others nodes) {
	for _, other := range others {
		n := all.at(other.Node)
		n.Chunks += other.Chunks
		n.LocalBytes += other.LocalBytes
		n.RemoteBytes += other.RemoteBytes
		n.UnknownBytes += other.UnknownBytes
	}
}

// seen returns the nodes that have read something.
func (all nodes) seen() []NodeRun {
	seen := []NodeRun{}
	for _, n := range all {
		if n.Chunks > 0 {
			seen = append(seen, n)
		}
	}
	return seen
}
