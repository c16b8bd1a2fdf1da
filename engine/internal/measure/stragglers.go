package measure

import (
	"cmp"
	"slices"
	"time"
)

const (
	// maxStragglers is how many a Run has at most, and candidates how many each
	// worker keeps for that: while it works, it doesn't know the median pace
	// and goes by its own mean so far.
	maxStragglers = 8
	candidates    = 2 * maxStragglers
	// leastLost is the part of what the worst has lost that another one has to
	// have lost to be worth a look.
	leastLost = 0.1
)

// straggler is a chunk that may be one.
type straggler struct {
	chunk           Chunk
	worker, cpu     int
	latency, waited time.Duration
	used            counts
	counted         bool
}

// lost is how much longer the chunk took than at pace, in nanoseconds per byte.
func (s *straggler) lost(pace float64) float64 {
	return float64(s.latency) - float64(s.chunk.Bytes)*pace
}

// stragglers are the candidates of a worker, in no order.
type stragglers []straggler

// add keeps s if it lost more than one of the others.
func (all *stragglers) add(s straggler, pace float64) {
	if len(*all) < candidates {
		*all = append(*all, s)
		return
	}
	least, at := s.lost(pace), -1
	for i := range *all {
		if lost := (*all)[i].lost(pace); lost < least {
			least, at = lost, i
		}
	}
	if at >= 0 {
		(*all)[at] = s
	}
}

// worst returns those that lost most at pace, the worst first.
func (all stragglers) worst(pace float64) []Straggler {
	slices.SortFunc(all, func(a, b straggler) int { return cmp.Compare(b.lost(pace), a.lost(pace)) })
	worst := []Straggler{}
	for _, s := range all[:min(len(all), maxStragglers)] {
		lost := s.lost(pace)
		if lost <= 0 || lost < leastLost*all[0].lost(pace) {
			break
		}
		worst = append(worst, Straggler{
			Input: s.chunk.Input, Offset: s.chunk.Offset, Bytes: s.chunk.Bytes, Rows: s.chunk.Rows,
			Worker: s.worker, CPU: s.cpu,
			LatencySeconds: seconds(s.latency), WaitedSeconds: seconds(s.waited), LostSeconds: lost / 1e9,
			Thread: s.used.thread(s.counted),
		})
	}
	return worst
}
