package process

import (
	"math"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Process is what a run did to the process, all its goroutines together.
type Process struct {
	GCCycles int64 `json:"gc_cycles"`
	// GCLongestPauseSeconds is how long the longest stop of all goroutines was.
	// Of runs of more than 256 cycles it is known to a quarter, from below.
	GCLongestPauseSeconds float64 `json:"gc_longest_pause_seconds"`
	GCPauses              []Pause `json:"gc_pauses,omitempty"` // in order, without those of no count
	// PeakResidentBytes counts the pages of a mapped file, from the start of
	// the process on, and OwnResidentBytes, at the end of the run, only the
	// process's own memory. 0 is unknown.
	PeakResidentBytes int64 `json:"peak_resident_bytes,omitempty"`
	OwnResidentBytes  int64 `json:"own_resident_bytes,omitempty"`
	// Memory is what was sampled during the run; nil if unknown.
	Memory *Memory `json:"memory,omitempty"`
}

// Pause counts the stops of all goroutines that took from FromSeconds up to
// ToSeconds, which is 0 if there is no upper bound. A cycle has two of them.
type Pause struct {
	FromSeconds float64 `json:"from_seconds"`
	ToSeconds   float64 `json:"to_seconds"`
	Count       uint64  `json:"count"`
}

// Memory is the resident memory in samples taken every 10 ms.
type Memory struct {
	Samples int64  `json:"samples"`
	Own     Spread `json:"own_bytes"`    // the process's own, which the kernel would have to swap
	Shared  Spread `json:"shared_bytes"` // pages of mapped files, which are also the page cache's
}

// Spread is that of some samples. P50 is within 1 %.
type Spread struct {
	Min int64 `json:"min"`
	P50 int64 `json:"p50"`
	Max int64 `json:"max"`
}

// Watch watches this process; make one with StartWatch.
type Watch struct {
	stop, stopped chan struct{}
	cycles        int64
	pauses        []uint64
	memory        memory
}

// sampleEvery is how much time is between two samples of the memory: each is
// one read of a file of /proc.
const sampleEvery = 10 * time.Millisecond

// StartWatch starts to watch, with a goroutine that Stop ends.
func StartWatch() *Watch {
	w := &Watch{
		stop: make(chan struct{}), stopped: make(chan struct{}),
		cycles: readGC().NumGC, memory: newMemory(),
	}
	if h := readPauses(); h != nil {
		w.pauses = h.Counts
	}
	w.memory.sample()
	go w.sample()
	return w
}

// sample takes a sample now and then, and one at the end.
func (w *Watch) sample() {
	defer close(w.stopped)
	ticker := time.NewTicker(sampleEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			w.memory.sample()
		case <-w.stop:
			w.memory.sample()
			return
		}
	}
}

// Stop ends the watch and returns what it has seen. The error is of reading
// the memory, where the system should tell it.
func (w *Watch) Stop() (Process, error) {
	close(w.stop)
	<-w.stopped
	var p Process
	gc := readGC()
	p.GCCycles = gc.NumGC - w.cycles
	p.GCPauses = w.newPauses()
	p.GCLongestPauseSeconds = longestPause(gc.Pause, p.GCCycles, p.GCPauses)
	return p, w.memory.report(&p)
}

func readGC() (gc debug.GCStats) {
	debug.ReadGCStats(&gc)
	return gc
}

// readPauses returns the histogram of all pauses so far, nil if this Go has
// none.
func readPauses() *metrics.Float64Histogram {
	all := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(all)
	if all[0].Value.Kind() != metrics.KindFloat64Histogram {
		return nil
	}
	return all[0].Value.Float64Histogram()
}

// newPauses returns the pauses since the start of the watch.
func (w *Watch) newPauses() []Pause {
	h := readPauses()
	if h == nil {
		return nil
	}
	var pauses []Pause
	for i, count := range h.Counts {
		if w.pauses != nil {
			count -= w.pauses[i]
		}
		if count == 0 {
			continue
		}
		p := Pause{FromSeconds: max(h.Buckets[i], 0), ToSeconds: h.Buckets[i+1], Count: count}
		if math.IsInf(p.ToSeconds, 1) {
			p.ToSeconds = 0
		}
		pauses = append(pauses, p)
	}
	return pauses
}

// longestPause returns the longest pause of the last cycles in seconds, from
// those that the runtime has kept, the newest first, and if these are fewer
// from the histogram too.
func longestPause(kept []time.Duration, cycles int64, histogram []Pause) float64 {
	longest := 0.0
	for _, pause := range kept[:min(int64(len(kept)), cycles)] {
		longest = max(longest, pause.Seconds())
	}
	if cycles > int64(len(kept)) && len(histogram) > 0 {
		longest = max(longest, histogram[len(histogram)-1].FromSeconds)
	}
	return longest
}
