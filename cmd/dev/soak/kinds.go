//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing/iotest"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"onebrc/engine"
	"onebrc/engine/stages"
)

// kind is a kind of try: one way to run the engine on the data of a case.
type kind struct {
	name  string
	tries int // in each case
	// try returns what is wrong. It notes its random choices.
	try func(l *lab) error
}

// kinds lists all kinds, in the order of the table.
var kinds = []kind{
	{"legal rows: the result", 8, tryLegal},
	{"damaged rows: the first bad row", 4, tryDamaged},
	{"damaged rows: all bad rows, and the result of the others", 4, trySkip},
	{"planted bad rows: planted equals found", 2, tryPlanted},
	{"stages of the journey", 1, tryStage},
	{"truncated while reading", 2, tryTruncated},
	{"grown, replaced or removed while reading", 2, tryChanged},
	{"a reader that fails", 1, tryBrokenReader},
	{"cancelled", 2, tryCancelled},
	{"a bound of the memory", 1, tryMemory},
	{"many names in little memory", 1, tryManyNames},
	{"percentiles of names", 2, tryPercentiles},
	{"goroutines, descriptors and mappings that are left", 1, tryLeaks},
	{"the program: file, pipe, FIFO", 1, tryProgram},
	{"the program: --rejects", 1, tryRejects},
	{"the program: a disk that fails half-way", 1, tryFaultyDisk},
	{"the program: SIGINT and SIGTERM", 1, trySignal},
	{"the program: limits of memory", 1, tryLimits},
	{"the program: a slow or closed standard output", 1, tryOutput},
	{"the program: many names in little memory", 1, tryManyProgram},
	{"the program: killed with many names in little memory", 1, tryManyKilled},
	{"group: the result and the bad rows", 12, tryGroup},
	{"group: planted bad rows: planted equals found", 2, tryGroupPlanted},
	{"group: little memory", 4, tryGroupLimited},
	{"group: approximate results", 4, tryGroupApprox},
	{"group: truncated, cancelled, out of memory, a reader that fails", 4, tryGroupStopped},
	{"the program: group of files, pipe, FIFO", 4, tryGroupProgram},
	{"the program: group --rejects", 2, tryGroupRejects},
	{"goroutines, descriptors and mappings that group leaves", 1, tryLeaks},
}

// options returns random options.
func (l *lab) options() engine.Options {
	o := engine.Options{
		Workers:    l.r.IntN(1 + 1<<l.r.IntN(6)),
		ChunkBytes: engine.MinChunkBytes << l.r.IntN(15),
		Kernel:     pick(l.r, runnableKernels()),
		Access:     pick(l.r, engine.Accesses()),
		NUMA:       pick(l.r, engine.NUMAs()),
		SMT:        l.r.IntN(2) == 0,
	}
	if l.r.IntN(4) == 0 {
		o.CPUs = l.cpus[l.r.IntN(len(l.cpus)):]
	}
	if l.r.IntN(4) == 0 {
		o.Measure = true
	}
	l.note("%d workers, chunks of %d bytes, kernel %s, access %s, NUMA %s, CPUs %v, SMT %t, measured %t",
		o.Workers, o.ChunkBytes, o.Kernel, o.Access, o.NUMA, o.CPUs, o.SMT, o.Measure)
	return o
}

// usableCPUs returns the numbers of the CPUs that this process may use.
func usableCPUs() (cpus []int, err error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, err
	}
	for cpu := range 8 * int(unsafe.Sizeof(set)) {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// inputName is the name, in errors, of an input that is not a file.
const inputName = "input"

// input returns content as an input of a random type.
func (l *lab) input(content string) engine.Input {
	in, _ := l.namedInput(content)
	return in
}

// namedInput returns content, which it may compress, as an input of a random type, and its
// name in errors.
func (l *lab) namedInput(content string) (in engine.Input, name string) {
	return l.plainInput(l.packed(content))
}

// plainInput is namedInput for content that stays as it is: what decompression needs is
// not in the least memory that an error tells.
func (l *lab) plainInput(content string) (in engine.Input, name string) {
	switch l.r.IntN(4) {
	case 0:
		l.note("%d bytes in memory", len(content))
		return engine.Bytes(inputName, []byte(content)), inputName
	case 1:
		l.note("a reader of %d bytes", len(content))
		return engine.Reader(inputName, randomReads(l.r, content)), inputName
	case 2:
		l.note("a reader of %d bytes that reads half of what is asked", len(content))
		return engine.Reader(inputName, iotest.HalfReader(strings.NewReader(content))), inputName
	}
	l.note("a file of %d bytes", len(content))
	path := l.write(content)
	return engine.File(path), path
}

// randomReads returns a reader whose reads have random lengths.
func randomReads(r *rand.Rand, content string) io.Reader {
	rest := strings.NewReader(content)
	most := max(1+r.IntN(1<<(4+r.IntN(16))), 1+len(content)>>14)
	own := rand.New(rand.NewPCG(r.Uint64(), 0)) // the engine reads in a goroutine of its own
	return readerFunc(func(to []byte) (int, error) { return rest.Read(to[:min(len(to), 1+own.IntN(most))]) })
}

type readerFunc func([]byte) (int, error)

// Read calls f(to).
func (f readerFunc) Read(to []byte) (int, error) { return f(to) }

// text returns the line of a result. A result together with an error is an error
// of its own.
func text(result *engine.Result, err error) (string, error) {
	switch {
	case err == nil:
		return result.String(), nil
	case result != nil && (len(result.Stations) > 0 || result.Measurement == nil):
		return "", fmt.Errorf("a result together with the error %w", err)
	}
	return "", err
}

// tryLegal compares the result with the oracle's. It may cut the data into
// several inputs.
func tryLegal(l *lab) error {
	var inputs []engine.Input
	for rest := l.content; len(inputs) == 0 || rest != ""; {
		part := rest
		if at := l.r.IntN(3*len(rest) + 1); at < len(rest) {
			if lf := strings.IndexByte(rest[at:], '\n'); lf >= 0 {
				part = rest[:at+lf+1]
			}
		}
		inputs = append(inputs, l.input(part))
		rest = rest[len(part):]
	}
	return l.same(text(engine.Aggregate(context.Background(), l.options(), inputs...)))
}

// tryDamaged compares the error with the first bad row that the oracle finds.
func tryDamaged(l *lab) error {
	in := l.input(l.damaged)
	got, err := text(engine.Aggregate(context.Background(), l.options(), in))
	return l.sameDamaged(got, err)
}

// tryStage runs a random stage.
func tryStage(l *lab) error {
	stage := pick(l.r, stages.All())
	workers := 1 + l.r.IntN(8)
	l.note("stage %s, %d workers", stage.Name, workers)
	if l.r.IntN(2) == 0 {
		return l.same(text(stage.Run(context.Background(), l.write(l.content), workers)))
	}
	l.note("damaged")
	got, err := text(stage.Run(context.Background(), l.write(l.damaged), workers))
	return l.sameDamaged(got, err)
}

// tryBrokenReader reads from a reader that fails before the end of the data.
func tryBrokenReader(l *lab) error {
	broken := errors.New("broken")
	at := l.r.IntN(len(l.content) + 1)
	l.note("fails at byte %d", at)
	in := engine.Reader(inputName, io.MultiReader(randomReads(l.r, l.content[:at]), iotest.ErrReader(broken)))
	got, err := text(engine.Aggregate(context.Background(), l.options(), in))
	if err == nil || err.Error() != inputName+": broken" {
		return fmt.Errorf("got the error %v and the result %s, want the reader's error", err, excerpt(got))
	}
	return nil
}

// stepContext is a context that calls do at one step of the engine's work and at
// every later one. A step is a call of Err: the engine calls it before it takes
// each part of an open file.
type stepContext struct {
	context.Context
	left atomic.Int64 // steps without a call of do
	do   func()
}

func newStepContext(ctx context.Context, step int, do func()) *stepContext {
	s := &stepContext{Context: ctx, do: do}
	s.left.Store(int64(step))
	return s
}

// Err counts a step and returns the error of the context.
func (s *stepContext) Err() error {
	if s.left.Add(-1) < 0 {
		s.do()
	}
	return s.Context.Err()
}

// tryCancelled cancels the context at a random step or time.
func tryCancelled(l *lab) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	step := l.r.IntN(1 << l.r.IntN(8))
	if l.r.IntN(2) == 0 {
		l.note("at step %d", step)
		ctx = newStepContext(ctx, step, cancel)
	} else {
		delay := time.Duration(l.r.IntN(len(l.content)/2 + 1)) // in nanoseconds, which is about as long as the run
		l.note("after %v", delay)
		defer time.AfterFunc(delay, cancel).Stop()
	}
	in := l.input(l.content)
	got, err := text(engine.Aggregate(ctx, l.options(), in))
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return l.same(got, err)
}

// tryMemory limits the engine's memory. The run has a result, or fails because
// the limit is too low.
func tryMemory(l *lab) error {
	o := l.options()
	o.MaxMemory = 1 + l.r.Int64N(1<<(20+l.r.IntN(11)))
	l.note("at most %d bytes of memory", o.MaxMemory)
	got, err := text(engine.Aggregate(context.Background(), o, l.input(l.content)))
	if errors.Is(err, engine.ErrMemory) {
		return nil
	}
	return l.same(got, err)
}

// tryLeaks looks for what earlier tries have left behind.
func tryLeaks(l *lab) error {
	var err error
	for range 100 { // a goroutine may end shortly after the run that started it
		if err = l.leaks(); err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return err
}

// leaks returns an error if goroutines, descriptors, mappings or the affinity of
// a thread are left from earlier tries.
func (l *lab) leaks() error {
	if n := runtime.NumGoroutine(); n > l.goroutines {
		all := make([]byte, 1<<16)
		return fmt.Errorf("%d goroutines, want %d as before the first try:\n%s", n, l.goroutines, all[:runtime.Stack(all, true)])
	}
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, fd := range open {
		if target, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(target, l.folder) {
			return fmt.Errorf("%s is still open", target)
		}
	}
	cpus, err := usableCPUs()
	if err != nil {
		return err
	}
	if !slices.Equal(cpus, l.cpus) {
		return fmt.Errorf("this thread may use the CPUs %v, want %v as before the first try", cpus, l.cpus)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return err
	}
	if strings.Contains(string(maps), l.folder) {
		return fmt.Errorf("a file in %s is still mapped:\n%s", l.folder, maps)
	}
	return nil
}

// runnableKernels returns the names of the kernels that this machine can run.
func runnableKernels() []engine.Kernel {
	var names []engine.Kernel
	for _, name := range engine.Kernels() {
		if (engine.Options{Kernel: name}).Check() == nil && name != engine.KernelAuto {
			names = append(names, name)
		}
	}
	return names
}
