package engine

import (
	"fmt"
	"runtime"

	"onebrc/engine/kernel"
)

// Defaults of Options.
const (
	DefaultChunkBytes = 64 << 20
	// MinChunkBytes keeps a chunk longer than any row and its neighbours.
	MinChunkBytes = 4 << 10
)

// Options say how to run; the zero value is the default of each. They don't
// change the result.
type Options struct {
	// Workers is how many goroutines read rows; 0 means GOMAXPROCS, which
	// follows the affinity mask and the CPU limit of the cgroup.
	Workers int
	// ChunkBytes is how many bytes a worker takes at a time, at least
	// MinChunkBytes; 0 means DefaultChunkBytes. Towards the end of an input
	// chunks become smaller, so that the workers end together. Input that has
	// to be copied (a stream, or Copy) is cut in chunks of at most 1 MiB, so
	// that a copy is still in the cache when it is read.
	ChunkBytes int
	// Kernel names the implementation of the passes; "" and "auto" mean the
	// one that the environment variable ONEBRC_KERNEL names, or else the best
	// one that this machine can run. Kernels lists them.
	Kernel string
	// Copy reads files through golang.org/x/exp/mmap into buffers instead of
	// working on a mapping. It is how files are read where there is no other
	// way, and slower elsewhere.
	Copy bool
}

// Kernels returns the names that Options.Kernel knows; those whose kernel this
// machine can't run are errors.
func Kernels() []string { return kernel.Names() }

// Check returns what is wrong with o, which is what Aggregate would return.
func (o Options) Check() error {
	_, err := o.settings()
	return err
}

// settings are checked options with the defaults filled in.
type settings struct {
	workers, chunkBytes int
	kernel              *kernel.Kernel
	copy                bool
}

func (o Options) settings() (settings, error) {
	s := settings{workers: o.Workers, chunkBytes: o.ChunkBytes, copy: o.Copy}
	switch {
	case s.workers < 0:
		return s, fmt.Errorf("engine: %d workers", s.workers)
	case s.workers == 0:
		s.workers = runtime.GOMAXPROCS(0)
	}
	switch {
	case s.chunkBytes == 0:
		s.chunkBytes = DefaultChunkBytes
	case s.chunkBytes < MinChunkBytes:
		return s, fmt.Errorf("engine: chunk of %d bytes: at least %d are needed", s.chunkBytes, MinChunkBytes)
	}
	var err error
	if s.kernel, err = kernel.Select(o.Kernel); err != nil {
		return s, fmt.Errorf("engine: %w", err)
	}
	return s, nil
}
