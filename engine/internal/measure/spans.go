package measure

import "time"

const (
	// maxSpans is the largest number of spans of a worker, and allSpans that of all
	// workers together, as long as each has at least minSpans. A span takes about
	// 150 bytes. All three are even.
	maxSpans = 4096
	allSpans = 4 * maxSpans
	minSpans = 16
)

// span is a Span that is being recorded.
type span struct {
	start, end, busy, input time.Duration
	chunks, stolen          int64
	inputNumber             int
	offset, bytes, rows     int64
	cpu, node, memoryNode   int
	used                    counts
	counted                 int64 // number of chunks in used
}

// join adds the span that follows s.
func (s *span) join(next span) {
	s.end = next.end
	s.busy += next.busy
	s.input += next.input
	s.chunks += next.chunks
	s.stolen += next.stolen
	s.bytes += next.bytes
	s.rows += next.rows
	s.cpu = common(s.cpu, next.cpu)
	s.node = common(s.node, next.node)
	s.memoryNode = common(s.memoryNode, next.memoryNode)
	s.used.add(counts{}, next.used)
	s.counted += next.counted
}

// common returns what a and b are, or Unknown if they differ.
func common(a, b int) int {
	if a != b {
		return Unknown
	}
	return a
}

// span returns s with times since start.
func (s *span) span(start time.Duration) Span {
	return Span{
		StartSeconds: seconds(s.start - start), EndSeconds: seconds(s.end - start),
		BusySeconds: seconds(s.busy), InputSeconds: seconds(s.input),
		Chunks: s.chunks, Stolen: s.stolen, Bytes: s.bytes, Rows: s.rows,
		Input: s.inputNumber, Offset: s.offset, CPU: s.cpu, Node: s.node, MemoryNode: s.memoryNode,
		Thread: s.used.thread(s.counted == s.chunks),
	}
}

// spans are the spans of a worker, in the order of time.
type spans struct {
	all   []span
	limit int   // the largest length of all, an even number; 0 means that nothing is recorded
	full  int64 // chunks of each span but the last, which may have fewer
}

// newSpans returns the spans of one of so many workers.
func newSpans(workers int) spans {
	return spans{limit: min(maxSpans, max(minSpans, allSpans/workers&^1)), full: 1}
}

// add records a chunk. At the limit, it first merges each span with a neighbour, so that
// all spans always have the same number of chunks.
func (s *spans) add(chunk span) {
	if last := len(s.all) - 1; last >= 0 && s.all[last].chunks < s.full {
		s.all[last].join(chunk)
		return
	}
	if len(s.all) == s.limit {
		half := s.all[:0]
		for i := 0; i < s.limit; i += 2 {
			pair := s.all[i]
			pair.join(s.all[i+1])
			half = append(half, pair)
		}
		s.all, s.full = half, 2*s.full
	}
	s.all = append(s.all, chunk)
}

// run returns the spans with times since start, or nil if there are none.
func (s *spans) run(start time.Duration) []Span {
	var all []Span
	for i := range s.all {
		all = append(all, s.all[i].span(start))
	}
	return all
}
