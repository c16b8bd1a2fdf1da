package schedule

// AnyNode is the node of a range whose pages are on no known node.
const AnyNode = -1

// sharesPerWorker is the number of shares per worker that the bytes left are
// divided into. While a worker reads its share, the others read the rest. So it
// ends no later than they do if it is at most sharesPerWorker times slower than
// their average, be it because of its CPU or because its chunk is on another
// node.
const sharesPerWorker = 4

// Nodes describes the nodes of a machine, which are numbered from 0.
type Nodes struct {
	// Workers has the number of workers on each node. At least one node must
	// have workers.
	Workers []int
	// Distances[n][m] is the cost of access from node n to memory of node m, in
	// any unit. If Distances is nil, all other nodes are equally far.
	Distances [][]int
}

// Range is the bytes from Begin to End-1 of an input.
type Range struct {
	Begin, End int64
	Node       int // that its pages are on, or AnyNode
}

// Limits are the largest and the smallest size of a chunk in bytes. The last
// chunk of a range may be smaller.
type Limits struct{ Largest, Smallest int64 }

// Chunk is the bytes from Begin to End-1, which one worker reads.
type Chunk struct {
	Begin, End int64
	Node       int  // that its pages are on, or AnyNode
	Queue      int  // node whose queue it was in
	Stolen     bool // taken by a worker of another node
}

// Queue hands out the chunks of an input. It must not be used by several
// goroutines at a time.
type Queue struct {
	nodes  Nodes
	limits Limits
	shares int64
	left   int64 // bytes in all queues
	queues []nodeQueue
}

// nodeQueue has the ranges in the queue of a node, less what was taken.
type nodeQueue struct {
	ranges []Range
	left   int64 // bytes of them
}

// New returns a Queue of ranges, which must not overlap.
func New(nodes Nodes, limits Limits, ranges ...Range) *Queue {
	q := &Queue{nodes: nodes, limits: limits, queues: make([]nodeQueue, len(nodes.Workers))}
	for _, workers := range nodes.Workers {
		q.shares += sharesPerWorker * int64(workers)
	}
	for _, r := range ranges {
		q.left += r.End - r.Begin
	}
	for _, r := range ranges {
		if r.Node != AnyNode {
			q.queues[r.Node].add(r)
		}
	}
	for _, r := range ranges {
		if r.Node == AnyNode {
			q.deal(r)
		}
	}
	return q
}

// deal cuts r into pieces of the size of the first chunk, and gives each piece to
// the node with the least work for each of its workers.
func (q *Queue) deal(r Range) {
	for piece := r; piece.Begin < r.End; piece.Begin = piece.End {
		piece.End = min(piece.Begin+q.share(), r.End)
		least := -1
		for n, workers := range q.nodes.Workers {
			if workers > 0 && (least < 0 || q.load(n) < q.load(least)) {
				least = n
			}
		}
		q.queues[least].add(piece)
	}
}

// load returns the bytes in the queue of a node for each of its workers. It is
// infinite if the node has no workers.
func (q *Queue) load(node int) float64 {
	return float64(q.queues[node].left) / float64(q.nodes.Workers[node])
}

// add appends r. It extends the last range if r continues it on the same node.
func (n *nodeQueue) add(r Range) {
	size := r.End - r.Begin
	if size == 0 {
		return
	}
	n.left += size
	if last := len(n.ranges) - 1; last >= 0 && n.ranges[last].End == r.Begin && n.ranges[last].Node == r.Node {
		n.ranges[last].End = r.End
		return
	}
	n.ranges = append(n.ranges, r)
}

// share returns the size of the next chunk.
func (q *Queue) share() int64 {
	return min(max(q.left/q.shares, q.limits.Smallest), q.limits.Largest)
}

// Left returns the number of bytes not yet taken.
func (q *Queue) Left() int64 { return q.left }

// Take returns the next chunk for a worker of node. If ok is false, no chunk is
// left for any worker.
func (q *Queue) Take(node int) (c Chunk, ok bool) {
	if q.left == 0 {
		return Chunk{}, false
	}
	from := q.source(node)
	n := &q.queues[from]
	r := &n.ranges[0]
	size := min(q.share(), r.End-r.Begin)
	c = Chunk{Begin: r.Begin, End: r.Begin + size, Node: r.Node, Queue: from, Stolen: from != node}
	q.left -= size
	n.left -= size
	if r.Begin = c.End; r.Begin == r.End {
		n.ranges = n.ranges[1:]
	}
	return c, true
}

// source returns the node whose queue a worker of node takes from. It is node
// itself if its queue has work, and otherwise the nearest one that has. Of several
// at the same distance, it is the one with the most work for each of its workers,
// which needs help most.
func (q *Queue) source(node int) int {
	if q.queues[node].left > 0 {
		return node
	}
	best, bestDistance, bestLoad := -1, 0, 0.0
	for n := range q.queues {
		if q.queues[n].left == 0 {
			continue
		}
		distance, load := q.distance(node, n), q.load(n)
		if best < 0 || distance < bestDistance || distance == bestDistance && load > bestLoad {
			best, bestDistance, bestLoad = n, distance, load
		}
	}
	return best
}

func (q *Queue) distance(from, to int) int {
	if q.nodes.Distances == nil {
		return 0
	}
	return q.nodes.Distances[from][to]
}
