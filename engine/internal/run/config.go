package run

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/source"
	"onebrc/engine/internal/topology"
)

const (
	// DefaultChunkBytes is the default of Options.ChunkBytes.
	DefaultChunkBytes = 64 << 20
	// MinChunkBytes makes every chunk longer than a row and its neighbours.
	MinChunkBytes = 4 << 10
	// MaxWorkers is the largest number of CPUs that Linux supports. Each worker
	// is a thread with a table: more of them could kill the process, where an
	// error is wanted.
	MaxWorkers = 8192
	// aroundBytes is the memory of a program without the engine, mostly that of
	// Go's runtime.
	aroundBytes = 8 << 20
)

// The ways to use several nodes.
const (
	NUMAAuto       = "auto"
	NUMAOff        = "off"
	NUMAInterleave = "interleave"
)

// NUMAs returns the ways to use several nodes.
func NUMAs() []string { return []string{NUMAAuto, NUMAOff, NUMAInterleave} }

// Options are the options of package engine, which documents them.
type Options struct {
	Workers      int
	CPUs         []int
	SMT          bool
	NUMA, Access string
	ChunkBytes   int
	MaxMemory    int64
	Bytes        int64 // the size of all inputs, or 0 if it is not known
	TempDir      string
	NoSpill      bool
	OnBadRow     func(input int, row *BadRow) error // input is an index
	Progress     func(bytes int64)
	System       *System // nil means this process
}

// Config holds options that are checked and complete. It does not change.
type Config struct {
	chunkBytes   int
	access, numa string
	onBadRow     func(input int, row *BadRow) error
	progress     func(bytes int64) // may be nil
	system       *System
	placement    placement
	memory       int64 // the limit in bytes, or memory.NoLimit
	tempDir      string
	noSpill      bool
}

// OptionError is the error of an option with a wrong value.
type OptionError struct {
	Option  string // the name of the field, or of the variable that replaces it
	Problem string // such as "must be 0 or more, got -1"
}

// Error returns the option and the problem.
func (e *OptionError) Error() string { return e.Option + " " + e.Problem }

// Check returns what is wrong with o for a run of plan. It ignores the memory limit
// of the cgroup. A nil plan needs no memory.
func Check(o Options, plan Plan) error {
	c, err := check(o)
	if err == nil && (len(o.CPUs) > 0 || o.MaxMemory != 0) {
		err = c.place(o)
	}
	if err == nil && o.MaxMemory != 0 && plan != nil {
		err = c.bound(plan, o.MaxMemory)
	}
	return err
}

// Configure returns the configuration that o describes on this machine for runs of
// plan.
func Configure(o Options, plan Plan) (*Config, error) {
	c, err := check(o)
	if err == nil {
		err = c.place(o)
	}
	if err == nil && (o.MaxMemory != 0 || !isTiny(o.Bytes)) {
		err = c.bound(plan, o.MaxMemory)
	}
	return c, err
}

// tinyBytes is the size of inputs that need no more memory than new tables have: 2,048
// names of the challenge have 10 KiB at least.
const tinyBytes = 8 << 10

// isTiny reports whether the limit of the cgroup does not matter for inputs of so many
// bytes. It takes longer to find than they take to read.
func isTiny(bytes int64) bool { return 0 < bytes && bytes <= tinyBytes }

// check checks o and returns a configuration without placement and memory limit.
func check(o Options) (*Config, error) {
	c := &Config{
		chunkBytes: cmp.Or(o.ChunkBytes, DefaultChunkBytes),
		access:     cmp.Or(o.Access, source.AccessAuto), numa: cmp.Or(o.NUMA, NUMAAuto),
		onBadRow: o.OnBadRow, progress: o.Progress, system: o.System,
		tempDir: o.TempDir, noSpill: o.NoSpill, memory: memory.NoLimit,
	}
	if c.system == nil {
		c.system = newSystem(topology.Root())
	}
	wrong := func(option, format string, args ...any) (*Config, error) {
		return nil, &OptionError{option, fmt.Sprintf(format, args...)}
	}
	switch {
	case o.Workers < 0:
		return wrong("Workers", "must be 0 or more, got %d", o.Workers)
	case o.Workers > MaxWorkers:
		return wrong("Workers", "must be at most %d, got %d", MaxWorkers, o.Workers)
	case c.chunkBytes < MinChunkBytes:
		return wrong("ChunkBytes", "must be at least %d, got %d", MinChunkBytes, c.chunkBytes)
	case o.MaxMemory < 0:
		return wrong("MaxMemory", "must be 0 or more, got %d", o.MaxMemory)
	case !slices.Contains(source.Accesses(), c.access):
		return wrong("Access", "must be one of %s, got %q", strings.Join(source.Accesses(), ", "), c.access)
	case !slices.Contains(NUMAs(), c.numa):
		return wrong("NUMA", "must be one of %s, got %q", strings.Join(NUMAs(), ", "), c.numa)
	}
	return c, nil
}

// workerBytes returns the memory of a worker without its table: the worker itself,
// its reader and buffer, its share of what a source keeps, and the bad rows that it
// may hold.
func (c *Config) workerBytes(plan Plan) int64 {
	size := int(unsafe.Sizeof(worker{})) + 2*source.CopyBytes
	if c.onBadRow != nil {
		size += heldBytes + tileRows*badRowBytes + source.MaxBadRowBytes
	}
	return int64(size) + plan.ReaderBytes()
}

// bound sets the memory limit for a run of plan. If limit is 0, the limit of the
// cgroup applies.
func (c *Config) bound(plan Plan, limit int64) error {
	of := ""
	if limit == 0 {
		allowed := c.system.MemoryLimit()
		if allowed == 0 {
			return nil
		}
		limit, of = max(allowed-aroundBytes, 0), " by the cgroup"
	}
	workers := int64(len(c.placement.places))
	each := c.workerBytes(plan) + plan.TableBytes()
	if plan.Format() != nil {
		each += partition.MinBytes(c.system.Overflow.Partitions)
	}
	if need := workers * each; limit < need {
		return fmt.Errorf("%w: %d workers need at least %d bytes, %d are allowed%s", memory.ErrMemory, workers, need, limit, of)
	}
	c.memory = limit
	return nil
}

// source returns the configuration of the sources of a run of plan. Chunks that are
// cut at quotes are taken in order, from one queue.
func (c *Config) source(plan Plan, cut source.Cut) source.Config {
	s := source.Config{
		ChunkBytes: c.chunkBytes, Syntax: plan.Syntax(), Cut: cut,
		Access: c.access, Nodes: c.queues(), Ranges: c.ranges,
	}
	if cut == source.CutAtQuotes {
		s.Nodes, s.Ranges = c.oneQueue(), nil
	}
	return s
}
