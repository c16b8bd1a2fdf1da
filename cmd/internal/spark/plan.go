package spark

import (
	"fmt"
	"os"
	"path/filepath"

	"onebrc/engine"
)

const (
	// DefaultRangeBytes is the default size of a range.
	DefaultRangeBytes = 64 << 20
	// maxRanges bounds the memory that the driver of Spark needs for ranges.
	maxRanges = 10_000_000
	// DefaultTasks is the default of the largest number of tasks, each of which costs the
	// driver time and memory.
	DefaultTasks = 10_000
)

// Plan cuts files into ranges. NewPlan makes one.
type Plan struct {
	Files  []File
	Bytes  int64 // of all files
	Ranges int64 // number of ranges of all files
	// Tasks is the number of tasks that the ranges are dealt out to. A task that has
	// several ranges is repeated as a whole.
	Tasks int64
	step  int64 // bytes of each range but the last one of a file
}

// File is a file of a Plan.
type File struct {
	Name    string // as the user named it
	Path    string // absolute; files with the same path have the same name
	Version engine.FileVersion
}

// NewPlan returns a plan for the regular files with the given names, with ranges of
// rangeBytes bytes and at most so many tasks, both at least 1.
func NewPlan(names []string, rangeBytes int64, tasks int) (*Plan, error) {
	folder, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	p := &Plan{step: rangeBytes}
	largest := int64(1)
	for _, name := range names {
		version, err := engine.StatFile(name)
		if err != nil {
			return nil, err
		}
		f := File{Name: name, Path: name, Version: version}
		if !filepath.IsAbs(name) {
			// Not filepath.Join, which gives ./a and a the same path.
			f.Path = folder + string(filepath.Separator) + name
		}
		p.Files = append(p.Files, f)
		p.Bytes += version.Size
		largest = max(largest, version.Size)
	}
	p.step = min(p.step, largest) // so that the query cannot overflow
	for _, f := range p.Files {
		p.Ranges += p.ranges(f)
	}
	if p.Ranges > maxRanges {
		return nil, fmt.Errorf("%d ranges are too many, at most %d are possible: use a larger --range-size", p.Ranges, maxRanges)
	}
	p.Tasks = min(p.Ranges, int64(tasks))
	return p, nil
}

// ranges returns the number of ranges of f. An empty file has one, so that some process
// opens it.
func (p *Plan) ranges(f File) int64 { return max(1, (f.Version.Size+p.step-1)/p.step) }

// name returns what the user calls the file at path.
func (p *Plan) name(path string) string {
	for _, f := range p.Files {
		if f.Path == path {
			return f.Name
		}
	}
	return path
}
