package process

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// memory samples the resident memory of this process.
type memory struct {
	// statm is /proc/self/statm, which tells the pages of the address space,
	// those resident, and of them those of files and shared memory
	// (proc_pid_statm(5)). A read from its start makes it anew.
	statm       *os.File
	err         error // the first one
	own, shared spread
	last        int64 // own bytes of the last sample
}

func newMemory() memory {
	m := memory{own: newSpread(), shared: newSpread()}
	m.statm, m.err = os.Open("/proc/self/statm")
	return m
}

// sample takes a sample.
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
}

// report says in p what the samples were.
func (m *memory) report(p *Process) error {
	if m.statm != nil {
		m.err = errors.Join(m.err, m.statm.Close())
	}
	if m.err != nil {
		return m.err
	}
	p.OwnResidentBytes = m.last
	p.Memory = &Memory{Samples: m.own.all.TotalCount(), Own: m.own.spread(), Shared: m.shared.spread()}
	var err error
	p.PeakResidentBytes, err = peakResident()
	return err
}

// spread makes a Spread of samples.
type spread struct {
	all      *hdrhistogram.Histogram
	min, max int64
}

const (
	// highestBytes is the largest sample that is told from a larger one, and
	// digits how many digits of each are kept: 1 %.
	highestBytes = 64 << 40
	digits       = 2
)

func newSpread() spread {
	return spread{all: hdrhistogram.New(1, highestBytes, digits), min: math.MaxInt64}
}

func (s *spread) add(bytes int64) {
	// The histogram refuses only what is negative or above highestBytes.
	_ = s.all.RecordValue(min(max(bytes, 0), highestBytes))
	s.min = min(s.min, bytes)
	s.max = max(s.max, bytes)
}

func (s *spread) spread() Spread {
	return Spread{Min: s.min, P50: max(min(s.all.ValueAtPercentile(50), s.max), s.min), Max: s.max}
}

// peakResident returns the peak resident memory of this process so far, in
// bytes, which no sample has to have seen. The pages of a mapped file count
// while they are mapped.
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
