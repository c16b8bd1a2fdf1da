package source

import (
	"errors"
	"os"

	"onebrc/engine/internal/schedule"
)

// mapped is a source of bytes in memory: a mapping of a file, or a caller's slice.
type mapped struct {
	plan
	data  []byte
	file  *os.File     // nil for a slice
	unmap func() error // nil for a slice
}

// newMapped returns the source of a caller's slice.
func newMapped(data []byte, c Config) *mapped {
	s := &mapped{data: data}
	s.planRanges(c)
	return s
}

// planRanges sets the plan. It asks for the nodes of the pages.
func (s *mapped) planRanges(c Config) {
	var ranges []schedule.Range
	if begin, end := c.part.of(int64(len(s.data))); c.Ranges != nil {
		ranges = c.Ranges(s.data[begin:end])
	}
	s.plan = newPlan(int64(len(s.data)), c, ranges...)
}

// Cut implements Source.
func (s *mapped) Cut(c *Chunk, _ *Buffer) (err error) {
	defer func() { catchFault(recover(), s.data, s.file, s.size, &err) }()
	if s.borders != nil {
		return s.cutAtQuotes(c, func(from, to int64) ([]byte, error) { return s.data[from:min(from+scanBytes, to)], nil })
	}
	return s.cut(c, func(at int64) ([]byte, error) {
		return s.data[at-1 : min(at-1+int64(rowSearchBytes), s.size)], nil
	})
}

// Load implements Source.
func (s *mapped) Load(c *Chunk, offset int64, _ *Buffer) (Window, error) {
	return Window{s.data, int(offset), int(c.End() - offset), s.file}, nil
}

// Shrunk implements Source.
func (s *mapped) Shrunk() bool { return isShorter(s.file, s.size) }

// releaseUnit is the unit in which Release unmaps pages: the size of a huge page on
// amd64, because unmapping a part of one divides it.
const releaseUnit = 2 << 20

// Release implements Source. Without it, a process would seem to grow by all of the
// file. Units at the borders of chunks stay: the neighbour may still read them.
func (s *mapped) Release(c *Chunk) {
	begin := (c.Offset + releaseUnit - 1) &^ (releaseUnit - 1)
	if end := c.End() &^ (releaseUnit - 1); s.unmap != nil && begin < end {
		dropPages(s.data[begin:end])
	}
}

// Close implements Source.
func (s *mapped) Close() error {
	if s.unmap == nil {
		return nil
	}
	return errors.Join(s.unmap(), s.file.Close())
}
