package engine

import (
	"fmt"
	"slices"
	"strings"

	"onebrc/engine/internal/challenge"
	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/measure"
	"onebrc/engine/internal/percent"
	"onebrc/engine/internal/run"
	"onebrc/engine/internal/source"
	"onebrc/engine/internal/table"
)

const (
	// DefaultChunkBytes is the default of Options.ChunkBytes.
	DefaultChunkBytes = run.DefaultChunkBytes
	// MinChunkBytes is the smallest Options.ChunkBytes.
	MinChunkBytes = run.MinChunkBytes
	// MaxWorkers is the largest Options.Workers: the number of CPUs that Linux
	// supports.
	MaxWorkers = run.MaxWorkers
)

// Options are the options of Aggregate. The zero value is right for most programs.
// Only OnBadRow and Percentiles change the result.
type Options struct {
	// Workers is the number of goroutines that read rows, at most MaxWorkers. 0
	// means one for each physical core of CPUs, but no more than the CPU limit of
	// the cgroup or GOMAXPROCS, and only one for files and slices that have one chunk
	// of up to 1 MiB together. Set it to leave cores to other programs.
	Workers int
	// NUMA says where workers and memory are placed on a machine of several
	// nodes; "" means NUMAAuto. It has no effect on a machine of one node.
	NUMA NUMA
	// CPUs are the numbers of the CPUs that workers run on; none means all that
	// this process may use. Aggregate pins its threads to them while it runs. A
	// CPU that may not be used is an error. Set it to share a machine.
	CPUs []int
	// SMT puts a worker on each CPU of a core instead of only the first one. It
	// has no effect if Workers is set. Workers that share a core are faster
	// together only if each of them waits for memory.
	SMT bool
	// ChunkBytes is how many bytes a worker takes at a time, at least
	// MinChunkBytes; 0 means DefaultChunkBytes. Chunks become smaller towards the
	// end of an input, so that all workers end together. Chunks of a stream, or of a
	// compressed input after decompression, have at most 256 KiB, which stay in the cache until they are read. There is
	// hardly ever a reason to set it.
	ChunkBytes int
	// Kernel is the implementation of the inner passes; "" means KernelAuto. Set
	// it to compare kernels.
	Kernel Kernel
	// Access is how regular files are read; "" means AccessAuto. Compressed files are
	// always read with read calls.
	Access Access
	// MaxMemory is the largest number of bytes of memory that the engine uses for
	// tables, buffers, decompression, bad rows and the result. The page cache and mappings of
	// inputs do not count. Names that do not fit are written to temporary files in
	// TempDir, so that there may be any number of them. A run fails with an error
	// that wraps ErrMemory only if the limit is too small for its workers, if a
	// Result of all names does not fit (a Stream does), or if NoSpill is set. 0
	// means the limit of the cgroup, less 8 MiB for the rest of the program, or no
	// limit if the cgroup has none.
	MaxMemory int64
	// TempDir is the folder of temporary files; "" means os.TempDir(). They take
	// up to twice as much space as the different names and their statistics, and
	// are gone when the run has ended. A folder that is missing or full is an error
	// when the first file is needed.
	TempDir string
	// NoSpill makes a run that needs more than MaxMemory fail with ErrMemory instead
	// of writing temporary files. Set it if strangers choose the names.
	NoSpill bool
	// Percentiles are percentiles of each name to compute, such as "50" and "99.9":
	// numbers from 0 to 100 with at most 15 decimals, each one once. Percentile p of n
	// values in ascending order is the value at rank p/100*n, rounded up, and at least 1:
	// one of the values, exactly. A name takes 4 KiB in the table of each worker then;
	// MaxMemory bounds that, too. GroupBy and AggregatePartial refuse Percentiles.
	Percentiles []string
	// OnBadRow is called for every row outside the grammar. The row is skipped,
	// and all other rows count. Calls are made one at a time, from several
	// goroutines, in the order of the inputs and of the rows in them. OnBadRow
	// may keep the RowError. If it returns an error, the run ends and Aggregate
	// returns that error. If OnBadRow is nil, the first bad row ends the run.
	OnBadRow func(*RowError) error
	// Progress is called when a worker has read a chunk, with the bytes of the inputs
	// that are read so far: compressed bytes, if they are compressed. Calls are made one at a time, from several goroutines. The count
	// begins again if GroupBy has to read its inputs again.
	Progress func(bytes int64)
	// Measure sets Result.Measurement, which says where the time of the run went.
	// It costs a few clock readings for each chunk.
	Measure bool
	// MeasureChunks is Measure with WorkerMeasurement.Spans, which has the time and
	// place of each chunk, and Measurement.LatencyBuckets. It takes less than 1 MB of
	// memory for each worker.
	MeasureChunks bool

	system *run.System // set by tests only
}

// Access is a way to read a regular file.
type Access string

const (
	// AccessAuto first maps the file and touches a part of it. It is AccessMap if
	// the page cache holds large pages there, and AccessRead otherwise.
	AccessAuto Access = source.AccessAuto
	// AccessMap reads a mapping of the file without copying.
	AccessMap Access = source.AccessMap
	// AccessRead uses read calls for pieces that stay in the L2 cache. The kernel
	// copies small pages faster than it maps them.
	AccessRead Access = source.AccessRead
	// AccessCopy copies from a mapping made by golang.org/x/exp/mmap. On systems
	// that have no other mapping, AccessMap does the same.
	AccessCopy Access = source.AccessCopy
)

// Accesses returns the values of Options.Access.
func Accesses() []Access { return typed[Access](source.Accesses()) }

// NUMA is a way to use several nodes. A node is a part of the memory with the CPUs
// near it.
type NUMA string

const (
	// NUMAAuto pins each worker to a core, or to the CPUs of its node if there are
	// fewer workers than cores. The worker's table and buffers lie on its node.
	// The worker first reads the chunks on its node, then the nearest ones. The
	// kernel tells where a mapped file lies; all other chunks are dealt out
	// evenly. Chunks are not read in the order of the input, unless OnBadRow is
	// set.
	NUMAAuto NUMA = run.NUMAAuto
	// NUMAOff leaves the placement to the kernel.
	NUMAOff NUMA = run.NUMAOff
	// NUMAInterleave spreads the workers' memory, and what they read from disk,
	// page by page over all nodes. Workers are not pinned.
	NUMAInterleave NUMA = run.NUMAInterleave
)

// NUMAs returns the values of Options.NUMA.
func NUMAs() []NUMA { return typed[NUMA](run.NUMAs()) }

// Kernel is an implementation of the inner passes: "generic" on every architecture,
// "avx2" and "avx512" on amd64, "neon" on arm64. The last has been tested under
// emulation and never timed on a real machine. GroupBy has no passes of its own for it,
// and runs those of "generic".
type Kernel string

// KernelAuto is the kernel that the environment variable ONEBRC_KERNEL names, or the
// best one that this machine can run if the variable is not set.
const KernelAuto Kernel = kernel.Auto

// Kernels returns the values of Options.Kernel for this architecture. If one of them
// needs a better CPU than this one, Options.Check fails for it.
func Kernels() []Kernel { return typed[Kernel](kernel.Names()) }

// typed returns names as values of type T.
func typed[T ~string](names []string) []T {
	all := make([]T, len(names))
	for i, name := range names {
		all[i] = T(name)
	}
	return all
}

// Check returns the error that Aggregate would return for o. It ignores the memory
// limit of the cgroup.
func (o Options) Check() error {
	plan, err := o.challenge()
	if err == nil {
		err = run.Check(o.internal(), plan)
	}
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}

// challenge returns the plan of Aggregate.
func (o Options) challenge() (run.Plan, error) {
	k, err := kernel.Select(string(o.Kernel))
	if err != nil {
		return nil, kernelError(err)
	}
	percentiles, err := o.percentiles()
	if err != nil {
		return nil, err
	}
	return challenge.Plan(k, percentiles), nil
}

// percentiles returns o.Percentiles, and nil if there are none.
func (o Options) percentiles() (*table.Percentiles, error) {
	if len(o.Percentiles) == 0 {
		return nil, nil
	}
	percents := make([]percent.Percent, len(o.Percentiles))
	for i, text := range o.Percentiles {
		p, err := percent.Parse(text)
		if err != nil {
			return nil, &OptionError{Option: "Percentiles", Problem: err.Error()}
		}
		if slices.Contains(percents[:i], p) {
			return nil, &OptionError{Option: "Percentiles", Problem: fmt.Sprintf("must be different, got %s again", text)}
		}
		percents[i] = p
	}
	return table.NewPercentiles(percents), nil
}

// refusePercentiles returns an error if there are percentiles, for what cannot have them.
func (o Options) refusePercentiles(whose string) error {
	if len(o.Percentiles) == 0 {
		return nil
	}
	return fmt.Errorf("engine: %w", &OptionError{Option: "Percentiles", Problem: "must be empty for " + whose})
}

// kernelError returns err, of kernel.Select, as an OptionError.
func kernelError(err error) error {
	option, problem, _ := strings.Cut(err.Error(), " ")
	return &OptionError{Option: option, Problem: problem}
}

// recorder returns what a run is recorded with; nil means that it is not measured.
func (o Options) recorder() *measure.Recorder {
	if !o.Measure && !o.MeasureChunks {
		return nil
	}
	return measure.New(o.MeasureChunks)
}

// internalFor returns o as options of package run for a run over inputs.
func (o Options) internalFor(inputs []Input) run.Options {
	internal := o.internal()
	internal.Bytes = sizeOf(inputs)
	return internal
}

// internal returns o as options of package run.
func (o Options) internal() run.Options {
	var onBadRow func(int, *run.BadRow) error
	if o.OnBadRow != nil {
		onBadRow = func(_ int, row *run.BadRow) error { return o.OnBadRow((*RowError)(row)) }
	}
	return run.Options{
		Workers: o.Workers, CPUs: o.CPUs, SMT: o.SMT, NUMA: string(o.NUMA), Access: string(o.Access),
		ChunkBytes: o.ChunkBytes, MaxMemory: o.MaxMemory, TempDir: o.TempDir, NoSpill: o.NoSpill,
		OnBadRow: onBadRow, Progress: o.Progress, System: o.system,
	}
}
