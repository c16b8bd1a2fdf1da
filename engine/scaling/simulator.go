// Package scaling predicts how long a machine of any size takes for an input. It
// simulates the queues of package schedule with a virtual clock.
//
//	measured speeds (JSON) ─ ReadScaling ─▶ Scaling ─ Predict ─▶ seconds for 1, 2, 4, … workers
//	Machine, ranges ─ Simulate ─▶ Run: time, chunks, what was stolen
//
// In the simulation, a worker takes a chunk, reads it at the speed that its node
// has on the pages of that chunk, and takes the next one. Nothing else takes
// time.
package scaling

import (
	"container/heap"

	"onebrc/engine/internal/schedule"
)

// Machine is the machine to simulate.
type Machine struct {
	Nodes schedule.Nodes
	// Speed returns how many bytes per second a worker of node worker reads from
	// pages of node pages, which may be the same. Pages of no known node count
	// as those of the node whose queue they are in.
	Speed func(worker, pages int) float64
}

// Read is a chunk that a worker has read, with the times in seconds. Workers are
// numbered from 0, node by node.
type Read struct {
	schedule.Chunk
	Worker         int
	Started, Ended float64
}

// Run describes a simulated run.
type Run struct {
	// Seconds is when the last worker ended. Drained is when the first worker
	// found no work, which may be later than when the last chunk was taken.
	Seconds, Drained float64
	// LeftWhenDrained is how many bytes had not been taken at that time.
	LeftWhenDrained int64
	Chunks, Stolen  int
	StolenBytes     int64
}

// Simulate runs m on ranges. It calls read, if not nil, for each chunk in the
// order in which they are taken.
func Simulate(m Machine, limits schedule.Limits, ranges []schedule.Range, read func(Read)) Run {
	queue := schedule.New(m.Nodes, limits, ranges...)
	var nodes []int // of the workers
	var ready events
	for node, workers := range m.Nodes.Workers {
		for range workers {
			ready = append(ready, event{worker: len(nodes)})
			nodes = append(nodes, node)
		}
	}
	run := Run{Drained: -1}
	for len(ready) > 0 {
		next := &ready[0]
		node := nodes[next.worker]
		c, ok := queue.Take(node)
		if !ok {
			if run.Drained < 0 {
				run.Drained, run.LeftWhenDrained = next.time, queue.Left()
			}
			run.Seconds = next.time
			heap.Pop(&ready)
			continue
		}
		start := next.time
		next.time += float64(c.End-c.Begin) / m.Speed(node, c.Queue)
		run.Chunks++
		if c.Stolen {
			run.Stolen++
			run.StolenBytes += c.End - c.Begin
		}
		if read != nil {
			read(Read{Chunk: c, Worker: next.worker, Started: start, Ended: next.time})
		}
		heap.Fix(&ready, 0)
	}
	return run
}

// event is the time at which a worker is ready for a chunk.
type event struct {
	time   float64
	worker int
}

// events is a heap of events. The first element is the earliest.
type events []event

func (e events) Len() int      { return len(e) }
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e events) Less(i, j int) bool {
	if e[i].time != e[j].time {
		return e[i].time < e[j].time
	}
	return e[i].worker < e[j].worker
}

// Push implements heap.Interface.
func (e *events) Push(x any) { *e = append(*e, x.(event)) }

// Pop implements heap.Interface.
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}
