package measure

import (
	"cmp"
	"slices"
	"time"
)

const (
	// maxStragglers is the largest number of stragglers in a Run. candidates is
	// the number that each worker keeps. It is larger, because a worker does not
	// know the median pace and uses its own mean so far.
	maxStragglers = 8
	candidates    = 2 * maxStragglers
	// leastLost is the least loss of a straggler, as a fraction of the loss of
	// the worst one.
	leastLost = 0.1
)

// straggler is a chunk that may become a Straggler.
type straggler struct {
	chunk           Chunk
	worker, cpu     int
	end             time.Duration
	latency, waited time.Duration
	used            counts
	counted         bool
}

// lost returns how many nanoseconds longer the chunk took than at pace, which is
// in nanoseconds per byte.
func (s *straggler) lost(pace float64) float64 {
	return float64(s.latency) - float64(s.chunk.Bytes)*pace
}

// stragglers are the candidates of a worker, in no order.
type stragglers []straggler

// add keeps s if there is room or if s lost more than another one.
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

// worst returns the stragglers that lost most at pace, the worst first, with times since
// start.
func (all stragglers) worst(pace float64, start time.Duration) []Straggler {
	slices.SortFunc(all, func(a, b straggler) int { return cmp.Compare(b.lost(pace), a.lost(pace)) })
	worst := []Straggler{}
	for _, s := range all[:min(len(all), maxStragglers)] {
		lost := s.lost(pace)
		if lost <= 0 || lost < leastLost*all[0].lost(pace) {
			break
		}
		worst = append(worst, Straggler{
			Input: s.chunk.Input, Offset: s.chunk.Offset, Bytes: s.chunk.Bytes, Rows: s.chunk.Rows,
			Worker: s.worker, CPU: s.cpu, EndedSeconds: seconds(s.end - start),
			LatencySeconds: seconds(s.latency), WaitedSeconds: seconds(s.waited), LostSeconds: lost / 1e9,
			Thread: s.used.thread(s.counted),
		})
	}
	return worst
}
