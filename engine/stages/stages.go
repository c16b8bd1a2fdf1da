package stages

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"onebrc/engine"
)

// Stage is one step of the journey.
type Stage struct {
	// Name is the technique, as in 1brc --stage NAME.
	Name string
	// Idea is one sentence, for the table of stages.
	Idea string
	// Run aggregates the regular file at path. workers is the number of
	// goroutines that read rows; 0 means GOMAXPROCS. The stages before mapreduce
	// ignore it, because their number of goroutines is fixed. The error is an
	// *engine.RowError for the first row outside the grammar, or ctx.Err() if
	// ctx ends first; any other error says why the file could not be read.
	Run func(ctx context.Context, path string, workers int) (*engine.Result, error)
}

// written lists the stages of this package in the order of the journey.
var written = []Stage{
	{"naive", "A line scanner, a map of all values, statistics at the end.", runNaive},
	{"goroutine-per-station", "The statistics of each station in a goroutine of its own.", runGoroutinePerStation},
	{"channel-unbuffered", "One goroutine reads and one processes, with one row per send.", runChannelUnbuffered},
	{"channel-buffered", "The channel holds rows, so that neither goroutine waits for the other at each row.", runChannelBuffered},
	{"batches", "Rows are sent a thousand at a time, in slices that are used again.", runBatches},
	{"running", "Minimum, maximum, sum and count instead of all values.", runRunning},
	{"tenths", "Integers in tenths instead of floats.", runTenths},
	{"mapreduce", "A producer of 64 MiB chunks, a map for each worker, one reducer.", runMapreduce},
	{"bytes", "Rows stay bytes: no string for each of them, and numbers by hand.", runBytes},
	{"mmap", "The file is mapped, and each worker takes its own parts of it.", runMmap},
	{"openaddr", "A hash table made for the job instead of the built-in map.", runOpenaddr},
	{"zero-copy", "Rows are read where the file is mapped.", runZeroCopy},
	{"branchless", "Eight bytes at a time, without a branch that depends on the data.", runBranchless},
	{"tiles", "Three passes over a few KiB instead of one loop over rows.", runTiles},
}

// All returns the stages in the order of the journey. The last ones are the engine
// with each kernel that this machine can run, the fastest kernel last.
func All() []Stage {
	var all []Stage
	for _, s := range written {
		s.Run = checked(s.Run)
		all = append(all, s)
	}
	for _, kernel := range slices.Backward(engine.Kernels()[1:]) {
		if (engine.Options{Kernel: kernel}).Check() != nil {
			continue
		}
		all = append(all, Stage{
			Name: "engine-" + string(kernel),
			Idea: "The engine with its " + string(kernel) + " kernel.",
			Run: checked(func(ctx context.Context, path string, workers int) (*engine.Result, error) {
				o := engine.Options{Workers: workers, Kernel: kernel}
				return engine.Aggregate(ctx, o, engine.File(path))
			}),
		})
	}
	return all
}

// ByName returns the stage with that name.
func ByName(name string) (Stage, error) {
	var names []string
	for _, s := range All() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Stage{}, fmt.Errorf("stages: unknown stage %q: want one of %s", name, strings.Join(names, ", "))
}

// checked adds to run what all stages share: it refuses wrong workers and what is
// not a regular file, finds the row that made run fail, and reports a file that
// became shorter while it was read.
func checked(run func(context.Context, string, int) (*engine.Result, error)) func(context.Context, string, int) (*engine.Result, error) {
	return func(ctx context.Context, path string, workers int) (*engine.Result, error) {
		switch {
		case workers < 0 || workers > engine.MaxWorkers:
			return nil, fmt.Errorf("stages: workers must be 0 to %d, got %d", engine.MaxWorkers, workers)
		case workers == 0:
			workers = runtime.GOMAXPROCS(0)
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("stages: %s: not a regular file", path)
		}
		if info.Size() == 0 && !isEmpty(path) {
			return nil, fmt.Errorf("stages: %s: its size is 0, but it has contents; copy it to a regular file", path)
		}
		if err := checkPlain(path); err != nil {
			return nil, err
		}
		result, err := run(ctx, path, workers)
		switch {
		case err == nil && result.Bytes >= info.Size():
			return result, nil
		case err == nil, ctx.Err() == nil && isShorter(path, info.Size()):
			return nil, fmt.Errorf("%s: %w", path, engine.ErrTruncated)
		case errors.Is(err, errBadRow), errors.Is(err, bufio.ErrTooLong):
			err = firstBadRow(ctx, path)
		case errors.Is(err, errFault):
			err = fmt.Errorf("%s: %w", path, syscall.EIO)
		}
		return nil, err
	}
}

// isEmpty reports whether nothing can be read from the file at path, whose size is
// 0. Files in /proc have size 0 and contents.
func isEmpty(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return true // the stage reports the error
	}
	n, _ := f.Read(make([]byte, 1))
	_ = f.Close()
	return n == 0
}

// isShorter reports whether the file at path has less than size bytes.
func isShorter(path string, size int64) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() < size
}
