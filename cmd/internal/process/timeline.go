package process

import "time"

// maxSamples is the largest number of samples of a timeline, an even number. Samples of
// 10 ms fill it in 20 s.
const maxSamples = 2048

// timeline has samples in the order of time.
type timeline struct {
	start time.Time
	all   []Sample
	full  int // samples that are merged into each of all
	last  int // samples in the last one of all
}

func newTimeline() *timeline { return &timeline{start: time.Now(), full: 1} }

// add adds a sample that was taken now. At the limit, it first merges each sample with a
// neighbour. It does nothing if t is nil.
func (t *timeline) add(own, shared int64) {
	if t != nil {
		t.put(Sample{time.Since(t.start).Seconds(), own, shared})
	}
}

// put is add for a sample of any time.
func (t *timeline) put(s Sample) {
	if len(t.all) > 0 && t.last < t.full {
		t.all[len(t.all)-1].join(s)
		t.last++
		return
	}
	if len(t.all) == maxSamples {
		half := t.all[:0]
		for i := 0; i < maxSamples; i += 2 {
			pair := t.all[i]
			pair.join(t.all[i+1])
			half = append(half, pair)
		}
		t.all, t.full = half, 2*t.full
	}
	t.all, t.last = append(t.all, s), 1
}

// join merges s with the sample that follows it.
func (s *Sample) join(next Sample) {
	s.Seconds = next.Seconds
	s.Own = max(s.Own, next.Own)
	s.Shared = max(s.Shared, next.Shared)
}

// samples returns the samples, or nil if t is nil.
func (t *timeline) samples() []Sample {
	if t == nil {
		return nil
	}
	return t.all
}
