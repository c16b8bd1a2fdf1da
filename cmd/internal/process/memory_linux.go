package process

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// memory samples the resident memory of a process.
type memory struct {
	// statm is /proc/PID/statm. It has the number of pages of the address
	// space, of resident pages, and of resident pages of files and shared
	// memory (proc_pid_statm(5)). A read at offset 0 gets new values.
	statm       *os.File
	err         error // the first error
	own, shared spread
	last        int64     // own memory in the last sample
	timeline    *timeline // nil if it is not wanted
}

func newMemory(pid int) memory {
	m := memory{own: newSpread(), shared: newSpread()}
	m.statm, m.err = os.Open(fmt.Sprintf("/proc/%d/statm", pid))
	return m
}

// keep makes the following samples a timeline, which begins now.
func (m *memory) keep() { m.timeline = newTimeline() }

// sample takes a sample, unless one has failed.
func (m *memory) sample() {
	if m.err != nil {
		return
	}
	var buffer [128]byte
	n, err := m.statm.ReadAt(buffer[:], 0)
	if n == 0 {
		m.err = err
		return
	}
	var size, resident, shared int64
	if _, m.err = fmt.Sscan(string(buffer[:n]), &size, &resident, &shared); m.err != nil {
		return
	}
	page := int64(os.Getpagesize())
	m.last = (resident - shared) * page
	m.own.add(m.last)
	m.shared.add(shared * page)
	m.timeline.add(m.last, shared*page)
}

// report stores the summary of the samples in p, and closes m.
func (m *memory) report(p *Process) error {
	if m.statm != nil {
		m.err = errors.Join(m.err, m.statm.Close())
	}
	if m.err != nil {
		return m.err
	}
	p.OwnResidentBytes = m.last
	p.Memory = &Memory{Samples: m.own.all.TotalCount(), Own: m.own.spread(), Shared: m.shared.spread(), Timeline: m.timeline.samples()}
	var err error
	p.PeakResidentBytes, err = peakResident()
	return err
}

// peakOwn returns the largest sample of the process's own memory, or 0 if there is
// none, and closes m.
func (m *memory) peakOwn() int64 {
	if m.statm != nil {
		_ = m.statm.Close() // it was only read
	}
	return m.own.max
}

// spread collects samples.
type spread struct {
	all      *hdrhistogram.Histogram
	min, max int64
}

const (
	// highestBytes is the largest sample that the histogram distinguishes from
	// larger ones. digits is its number of significant digits: 2 are 1 %.
	highestBytes = 64 << 40
	digits       = 2
)

func newSpread() spread {
	return spread{all: hdrhistogram.New(1, highestBytes, digits), min: math.MaxInt64}
}

func (s *spread) add(bytes int64) {
	// The histogram refuses only values below 0 or above highestBytes.
	_ = s.all.RecordValue(min(max(bytes, 0), highestBytes))
	s.min = min(s.min, bytes)
	s.max = max(s.max, bytes)
}

func (s *spread) spread() Spread {
	return Spread{Min: s.min, P50: max(min(s.all.ValueAtPercentile(50), s.max), s.min), Max: s.max}
}

// peakResident returns the peak resident memory of this process in bytes, which
// may lie between two samples. Pages of a file count while they are mapped.
func peakResident() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(status), "VmHWM:")
	var kib int64
	if _, err := fmt.Sscan(rest, &kib); !found || err != nil {
		return 0, errors.New("/proc/self/status: no VmHWM")
	}
	return kib << 10, nil
}
