package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/measure"
	"onebrc/engine/internal/table"
)

// Defaults of Options.
const (
	DefaultChunkBytes = 64 << 20
	// MinChunkBytes keeps a chunk longer than any row and its neighbours.
	MinChunkBytes = 4 << 10
	// MaxWorkers is as many CPUs as Linux can have. Each worker is a thread and
	// has a table, so that more of them could end the process, where
	// an error is wanted.
	MaxWorkers = 8192
)

// Options say how to run; the zero value is the default of each. But for
// OnBadRow, they don't change the result.
type Options struct {
	// Workers is how many goroutines read rows, up to MaxWorkers; 0 means one for
	// each physical core of CPUs, but not more than the CPU limit of the cgroup or
	// GOMAXPROCS.
	Workers int
	// NUMA says where workers and memory are on a machine of several nodes: one
	// of the NUMA constants, "" means NUMAAuto. On one node all are the same.
	NUMA string
	// CPUs are the numbers of those that workers run on; none means all that
	// this process may use. The threads of workers are pinned to them while
	// Aggregate runs; a CPU that may not be used is an error.
	CPUs []int
	// SMT has a worker on each CPU of a core, not only on the first one. It
	// counts if Workers is 0.
	SMT bool
	// ChunkBytes is how many bytes a worker takes at a time, at least
	// MinChunkBytes; 0 means DefaultChunkBytes. Towards the end of an input
	// chunks become smaller, so that the workers end together. A stream is cut
	// in chunks of at most 256 KiB, which stay in the cache until they are
	// read.
	ChunkBytes int
	// Kernel names the implementation of the passes; "" and "auto" mean the
	// one that the environment variable ONEBRC_KERNEL names, or else the best
	// one that this machine can run. Kernels lists them.
	Kernel string
	// Access is how regular files are read: one of the Access constants, ""
	// means AccessAuto.
	Access string
	// MaxMemory bounds the memory of the engine in bytes: tables, buffers, bad
	// rows and the result, but not the page cache and the mappings of inputs. A
	// run that needs more ends with an error that wraps ErrMemory. 0 means what
	// the cgroup allows, less 8 MiB for the program around the engine, and no
	// bound if it has no limit.
	MaxMemory int64
	// OnBadRow is called for every row outside the grammar, which is skipped
	// then; the rows around it count. The calls come one at a time, from
	// several goroutines, in the order of the inputs and of the rows in them.
	// An error that it returns ends the run, and is what Aggregate returns.
	// The RowError is the callee's to keep. nil means that the first bad row
	// ends the run.
	OnBadRow func(*RowError) error
	// Measure, if not nil, is filled in when Aggregate ends, also with an
	// error: where the time of the run went. It is of one run at a time.
	// Without it nothing is measured.
	Measure *measure.Run

	system *system // of tests, else nil
}

// The ways to read a regular file.
const (
	// AccessAuto is AccessMap if the page cache holds the file in large pages,
	// which is found out by mapping a part of it, and else AccessRead.
	AccessAuto = "auto"
	// AccessMap works on a mapping of the file without a copy.
	AccessMap = "map"
	// AccessRead reads pieces that stay in the L2 cache with read calls. Where
	// pages are small, the kernel takes longer to map than to copy them.
	AccessRead = "read"
	// AccessCopy copies from a mapping that golang.org/x/exp/mmap makes. It
	// is AccessMap where there is no other mapping.
	AccessCopy = "copy"
)

// Accesses returns the names that Options.Access knows.
func Accesses() []string { return []string{AccessAuto, AccessMap, AccessRead, AccessCopy} }

// The ways to use several nodes, which are memory and the CPUs near to it.
const (
	// NUMAAuto pins each worker to a core, or to the CPUs of its node if there
	// are fewer workers than cores, where it has its table and its buffers. It
	// reads what lies on its node first, and then what is nearest. Of a file
	// that is mapped, the kernel tells where it lies; all else is dealt out
	// evenly. Chunks are not read in the order of the input then, but if
	// OnBadRow is set.
	NUMAAuto = "auto"
	// NUMAOff leaves all to the kernel.
	NUMAOff = "off"
	// NUMAInterleave spreads the memory of the workers, and what they read from
	// disk, over all nodes page by page. Workers are not pinned.
	NUMAInterleave = "interleave"
)

// NUMAs returns the names that Options.NUMA knows.
func NUMAs() []string { return []string{NUMAAuto, NUMAOff, NUMAInterleave} }

// Kernels returns the names that Options.Kernel knows; those whose kernel this
// machine can't run are errors.
func Kernels() []string { return kernel.Names() }

// Check returns what is wrong with o, which is what Aggregate would return. What
// the cgroup allows is no part of o.
func (o Options) Check() error {
	s, err := o.settings()
	if err == nil && (len(o.CPUs) > 0 || o.MaxMemory != 0) {
		err = s.place(o)
	}
	if err == nil && o.MaxMemory != 0 {
		err = s.bound(o.MaxMemory)
	}
	return err
}

// settings are checked options with the defaults filled in. Before place, the
// workers are on no CPU in particular.
type settings struct {
	chunkBytes   int
	kernel       *kernel.Kernel
	access, numa string
	onBadRow     func(*RowError) error
	system       *system
	placement    placement
	budget       *table.Budget
}

// workerBytes is what a worker takes: itself, its buffer and its share of what a
// source keeps, and the bad rows that it holds at most.
func (s *settings) workerBytes() int64 {
	size := int(unsafe.Sizeof(worker{})) + 2*copyBytes
	if s.onBadRow != nil {
		size += heldBytes + kernel.TileBytes*badRowBytes + MaxBadRowBytes
	}
	return int64(size)
}

// aroundBytes is what a program takes beside the engine, which the runtime of Go
// is most of.
const aroundBytes = 8 << 20

// bound makes the budget of limit bytes, or of those that the cgroup allows if
// it is 0, and takes from it what the workers need beside their tables.
func (s *settings) bound(limit int64) error {
	if limit < 0 {
		return fmt.Errorf("engine: memory of %d bytes", limit)
	}
	of := ""
	if limit == 0 {
		allowed := s.system.memoryLimit()
		if allowed == 0 {
			return nil
		}
		limit, of = max(allowed-aroundBytes, 0), " by the cgroup"
	}
	workers := int64(len(s.placement.places))
	if need := workers * (s.workerBytes() + table.InitialBytes()); limit < need {
		return fmt.Errorf("engine: %w: %d workers need at least %d bytes, %d are allowed%s", ErrMemory, workers, need, limit, of)
	}
	s.budget = table.NewBudget(limit)
	return s.budget.Take(workers * s.workerBytes())
}

func (o Options) settings() (settings, error) {
	s := settings{
		chunkBytes: o.ChunkBytes, access: cmp.Or(o.Access, AccessAuto), numa: cmp.Or(o.NUMA, NUMAAuto),
		onBadRow: o.OnBadRow, system: o.system, placement: onOneNode(min(max(o.Workers, 1), MaxWorkers)),
	}
	if s.system == nil {
		s.system = newSystem()
	}
	switch {
	case o.Workers < 0:
		return s, fmt.Errorf("engine: %d workers", o.Workers)
	case o.Workers > MaxWorkers:
		return s, fmt.Errorf("engine: %d workers: at most %d are possible", o.Workers, MaxWorkers)
	}
	switch {
	case s.chunkBytes == 0:
		s.chunkBytes = DefaultChunkBytes
	case s.chunkBytes < MinChunkBytes:
		return s, fmt.Errorf("engine: chunk of %d bytes: at least %d are needed", s.chunkBytes, MinChunkBytes)
	}
	if !slices.Contains(Accesses(), s.access) {
		return s, fmt.Errorf("engine: unknown access %q: want one of %s", s.access, strings.Join(Accesses(), ", "))
	}
	if !slices.Contains(NUMAs(), s.numa) {
		return s, fmt.Errorf("engine: unknown NUMA %q: want one of %s", s.numa, strings.Join(NUMAs(), ", "))
	}
	var err error
	if s.kernel, err = kernel.Select(o.Kernel); err != nil {
		return s, fmt.Errorf("engine: %w", err)
	}
	return s, nil
}
