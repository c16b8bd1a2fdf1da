// Package process watches what a run does to its own process: garbage
// collection and resident memory. It can watch the memory of another process, too.
package process

import (
	"math"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Process describes the process during a run, all its goroutines together.
type Process struct {
	GCCycles int64 `json:"gc_cycles"`
	// GCLongestPauseSeconds is the longest time that all goroutines were
	// stopped. In a run of more than 256 cycles it may be up to a quarter too
	// low.
	GCLongestPauseSeconds float64 `json:"gc_longest_pause_seconds"`
	GCPauses              []Pause `json:"gc_pauses,omitempty"` // in ascending order, without those whose Count is 0
	// PeakResidentBytes is the peak since the start of the process. It includes
	// the pages of mapped files. OwnResidentBytes is the process's own memory at
	// the end of the run. 0 means unknown.
	PeakResidentBytes int64 `json:"peak_resident_bytes,omitempty"`
	OwnResidentBytes  int64 `json:"own_resident_bytes,omitempty"`
	// Memory has samples taken during the run. nil means unknown.
	Memory *Memory `json:"memory,omitempty"`
}

// Pause counts the pauses that took at least FromSeconds and less than ToSeconds,
// which is 0 if there is no upper bound. All goroutines are stopped in a pause. A
// cycle has two pauses.
type Pause struct {
	FromSeconds float64 `json:"from_seconds"`
	ToSeconds   float64 `json:"to_seconds"`
	Count       uint64  `json:"count"`
}

// Memory summarizes samples of the resident memory, taken every 10 ms.
type Memory struct {
	Samples int64  `json:"samples"`
	Own     Spread `json:"own_bytes"`    // the process's own, which the kernel could only swap out
	Shared  Spread `json:"shared_bytes"` // pages of mapped files, which belong to the page cache too
	// Timeline has the samples in the order of time. It is nil unless StartWatch was
	// asked for it. If they are more than some thousand, neighbours are merged.
	Timeline []Sample `json:"timeline,omitempty"`
}

// Sample is the resident memory at one time, or the largest of several samples, the last
// of which was taken then.
type Sample struct {
	Seconds float64 `json:"seconds"` // since the start of the watch
	Own     int64   `json:"own_bytes"`
	Shared  int64   `json:"shared_bytes"`
}

// Spread is the spread of samples. P50 is exact to 1 %.
type Spread struct {
	Min int64 `json:"min"`
	P50 int64 `json:"p50"`
	Max int64 `json:"max"`
}

// Watch watches this process. StartWatch makes one.
type Watch struct {
	stop, stopped chan struct{}
	cycles        int64
	pauses        []uint64
	memory        memory
}

// sampleEvery is the time between two samples of the memory. A sample reads one
// file in /proc.
const sampleEvery = 10 * time.Millisecond

// StartWatch starts to watch this process, on a goroutine that Stop ends. timeline says
// whether Memory has a Timeline.
func StartWatch(timeline bool) *Watch {
	w := &Watch{
		stop: make(chan struct{}), stopped: make(chan struct{}),
		cycles: readGC().NumGC, memory: newMemory(os.Getpid()),
	}
	if timeline {
		w.memory.keep()
	}
	if h := readPauses(); h != nil {
		w.pauses = h.Counts
	}
	w.memory.sample()
	go w.sample()
	return w
}

// WatchChild starts to watch the memory of the process pid, which this process has
// started. The returned function ends the watch and returns the peak of the child's
// own memory; 0 is unknown. It is the largest of samples that are taken until the
// child exits: every millisecond at first, because it may exit soon, and every 10 ms
// after a tenth of a second.
func WatchChild(pid int) (stop func() int64) {
	m := newMemory(pid)
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for start := time.Now(); ; {
			m.sample()
			wait := sampleEvery
			if time.Since(start) < 10*sampleEvery {
				wait = sampleEvery / 10
			}
			select {
			case <-time.After(wait):
			case <-end:
				return
			}
		}
	}()
	return func() int64 {
		close(end)
		<-ended
		return m.peakOwn()
	}
}

// sample takes samples until Stop is called, and one more at the end.
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

// Stop ends the watch and returns what it has seen. It fails if the memory could
// not be read although the system supports it.
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

// readGC returns the statistics of the garbage collector.
func readGC() (gc debug.GCStats) {
	debug.ReadGCStats(&gc)
	return gc
}

// readPauses returns the histogram of all pauses so far, or nil if this version
// of Go has none.
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

// longestPause returns the longest pause of the last cycles in seconds. kept has
// the pauses that the runtime has kept, the newest first. If they are fewer than
// cycles, longestPause uses the histogram too.
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
