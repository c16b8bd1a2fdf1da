package engine

import (
	"fmt"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/run"
	"onebrc/engine/internal/source"
)

const (
	// DefaultChunkBytes is the default of Options.ChunkBytes.
	DefaultChunkBytes = run.DefaultChunkBytes
	// MinChunkBytes is the least Options.ChunkBytes.
	MinChunkBytes = run.MinChunkBytes
	// MaxWorkers is the largest Options.Workers: as many CPUs as Linux supports.
	MaxWorkers = run.MaxWorkers
)

// Options say how to run. The zero value is right for most programs. No option but
// OnBadRow changes the result.
type Options struct {
	// Workers is the number of goroutines that read rows, at most MaxWorkers. 0
	// means one for each physical core of CPUs, but no more than the CPU limit of
	// the cgroup or GOMAXPROCS. Set it to leave cores to others.
	Workers int
	// NUMA says where workers and memory lie on a machine of several nodes; ""
	// means NUMAAuto. It has no effect on a machine of one node.
	NUMA NUMA
	// CPUs are the numbers of the CPUs that workers run on; none means all that
	// this process may use. Aggregate pins its threads to them while it runs. A
	// CPU that may not be used is an error. Set it to share a machine.
	CPUs []int
	// SMT puts a worker on each CPU of a core instead of the first one only. It
	// has no effect if Workers is set. Workers that share a core are faster
	// together only if each of them waits for memory.
	SMT bool
	// ChunkBytes is how much a worker takes at a time, at least MinChunkBytes; 0
	// means DefaultChunkBytes. Towards the end of an input chunks become smaller,
	// so that all workers end together. Chunks of a stream have at most 256 KiB,
	// which stay in the cache until they are read. There is hardly ever a reason
	// to set it.
	ChunkBytes int
	// Kernel is the implementation of the inner passes; "" means KernelAuto. Set
	// it to compare kernels.
	Kernel Kernel
	// Access is how regular files are read; "" means AccessAuto.
	Access Access
	// MaxMemory is the most memory in bytes that the engine uses for tables,
	// buffers, bad rows and the result. The page cache and mappings of inputs do
	// not count. A run that needs more fails with an error that wraps ErrMemory. 0
	// means the limit of the cgroup, less 8 MiB for the rest of the program, or
	// no limit if the cgroup has none. Set it where names come from strangers.
	MaxMemory int64
	// OnBadRow is called for every row outside the grammar. The row is skipped,
	// and the rows around it count. Calls come one at a time, from several
	// goroutines, in the order of the inputs and of the rows in them. OnBadRow
	// may keep the RowError. An error that it returns ends the run, and
	// Aggregate returns it. If OnBadRow is nil, the first bad row ends the run.
	OnBadRow func(*RowError) error
	// Measure asks for Result.Measurement: where the time of the run went. It
	// costs a few clock readings for each chunk.
	Measure bool

	system *run.System // of tests, else nil
}

// Access is a way to read a regular file.
type Access string

const (
	// AccessAuto maps a part of the file first. It is AccessMap if the page cache
	// turns out to hold large pages, and AccessRead otherwise.
	AccessAuto Access = source.AccessAuto
	// AccessMap reads a mapping of the file without a copy.
	AccessMap Access = source.AccessMap
	// AccessRead reads pieces that stay in the L2 cache, with read calls. Where
	// pages are small, the kernel maps them more slowly than it copies them.
	AccessRead Access = source.AccessRead
	// AccessCopy copies from a mapping made by golang.org/x/exp/mmap. Systems
	// without another mapping use it for AccessMap.
	AccessCopy Access = source.AccessCopy
)

// Accesses returns the values of Options.Access.
func Accesses() []Access { return typed[Access](source.Accesses()) }

// NUMA is a way to use several nodes. A node is memory and the CPUs near it.
type NUMA string

const (
	// NUMAAuto pins each worker to a core, or to the CPUs of its node if there are
	// fewer workers than cores. The worker's table and buffers lie on its node. It
	// first reads what lies on its node, and then what is nearest. The kernel
	// tells where a mapped file lies; everything else is dealt out evenly. Chunks
	// are not read in the order of the input, unless OnBadRow is set.
	NUMAAuto NUMA = run.NUMAAuto
	// NUMAOff leaves everything to the kernel.
	NUMAOff NUMA = run.NUMAOff
	// NUMAInterleave spreads the workers' memory, and what they read from disk,
	// over all nodes page by page. Workers are not pinned.
	NUMAInterleave NUMA = run.NUMAInterleave
)

// NUMAs returns the values of Options.NUMA.
func NUMAs() []NUMA { return typed[NUMA](run.NUMAs()) }

// Kernel is an implementation of the inner passes, such as "generic" or "avx2".
type Kernel string

// KernelAuto is the kernel that the environment variable ONEBRC_KERNEL names, or
// else the best one that this machine can run.
const KernelAuto Kernel = kernel.Auto

// Kernels returns the values of Options.Kernel for this architecture. Some of them
// may need a better CPU than this one: then Options.Check fails.
func Kernels() []Kernel { return typed[Kernel](kernel.Names()) }

// typed returns names as values of a type of their own.
func typed[T ~string](names []string) []T {
	all := make([]T, len(names))
	for i, name := range names {
		all[i] = T(name)
	}
	return all
}

// Check returns the error that Aggregate would return for o. It leaves the limit of
// the cgroup out.
func (o Options) Check() error {
	if err := run.Check(o.internal()); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}

// internal returns o as package run knows it.
func (o Options) internal() run.Options {
	var onBadRow func(*run.BadRow) error
	if o.OnBadRow != nil {
		onBadRow = func(row *run.BadRow) error { return o.OnBadRow((*RowError)(row)) }
	}
	return run.Options{
		Workers: o.Workers, CPUs: o.CPUs, SMT: o.SMT, NUMA: string(o.NUMA), Kernel: string(o.Kernel),
		Access: string(o.Access), ChunkBytes: o.ChunkBytes, MaxMemory: o.MaxMemory, OnBadRow: onBadRow, System: o.system,
	}
}
