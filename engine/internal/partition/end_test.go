package partition_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
)

// stepContext cancels itself when Err is called for the last of a number of times.
type stepContext struct {
	context.Context
	cancel func()
	left   atomic.Int64
}

func newStepContext(steps int) *stepContext {
	s := &stepContext{}
	s.Context, s.cancel = context.WithCancel(context.Background())
	s.left.Store(int64(steps))
	return s
}

// Err counts the calls and returns the error of the context.
func (s *stepContext) Err() error {
	if s.left.Add(-1) < 0 {
		s.cancel()
	}
	return s.Context.Err()
}

// descriptors returns the number of open files, or 0 where it is not known.
func descriptors() int {
	list, _ := os.ReadDir("/proc/self/fd")
	return len(list)
}

// nothingLeft returns a function that checks that no goroutines and files were left since
// the call of nothingLeft.
func nothingLeft(t *testing.T) func() {
	reader, writer, err := os.Pipe() // the runtime opens files of its own for the first one
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	require.NoError(t, writer.Close())
	goroutines, files := runtime.NumGoroutine(), descriptors()
	return func() {
		for range 500 { // goroutines may end a moment after their last statement
			if runtime.NumGoroutine() <= goroutines {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		require.LessOrEqual(t, runtime.NumGoroutine(), goroutines)
		require.LessOrEqual(t, descriptors(), files)
	}
}

// formatFunc is counts with a Merger of which add is called before Add, and drain before
// Drain.
type formatFunc struct {
	counts
	add, drain func() error
}

func (f formatFunc) NewMerger(budget *memory.Budget) (partition.Merger, error) {
	m, err := f.counts.NewMerger(budget)
	return mergerFunc{m, f}, err
}

type mergerFunc struct {
	partition.Merger
	format formatFunc
}

func (m mergerFunc) Add(records partition.Records) error {
	if err := m.format.add(); err != nil {
		return err
	}
	return m.Merger.Add(records)
}

func (m mergerFunc) Drain(put func([]byte) error) error {
	if err := m.format.drain(); err != nil {
		return err
	}
	return m.Merger.Drain(put)
}

// outcomeOf returns what use ends with: an error, the value of a panic, or "goexit".
func outcomeOf(use func() error) (panicked any, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		returned := false
		defer func() {
			if panicked = recover(); panicked == nil && !returned {
				panicked = "goexit"
			}
		}()
		err = use()
		returned = true
	}()
	<-done
	return panicked, err
}

// TestEnds ends the use of a Store in each phase and in each way, with and without files.
// It checks what the caller gets and that nothing is left.
func TestEnds(t *testing.T) {
	wrong := errors.New("wrong")
	keys := keySets(20_000)["random"]
	folder := t.TempDir()
	for _, limit := range []int64{memory.NoLimit, 1 << 20} {
		for _, phase := range []string{"add", "drain", "convert", "deliver"} {
			for _, way := range []string{"error", "panic", "goexit", "cancel"} {
				for _, after := range []int64{0, 3} {
					check := nothingLeft(t)
					ctx, cancel := context.WithCancel(context.Background())
					var calls atomic.Int64
					end := func(of string) error {
						if of != phase || calls.Add(1) <= after {
							return nil
						}
						switch way {
						case "error":
							return wrong
						case "panic":
							panic("a panic")
						case "goexit":
							runtime.Goexit()
						}
						cancel()
						return nil
					}
					budget := memory.NewBudget(limit)
					s := partition.New(partition.Config{
						Format: formatFunc{add: func() error { return end("add") }, drain: func() error { return end("drain") }},
						Budget: budget, Workers: 2, Partitions: 16, TempDir: folder,
					})
					require.NoError(t, appendKeys(s, 2, keys))
					panicked, err := outcomeOf(func() error {
						if err := s.Merge(ctx); err != nil {
							return err
						}
						return s.Each(ctx,
							func(*partition.Batch) error { return end("convert") },
							func(*partition.Batch) error { return end("deliver") })
					})
					cancel()
					name := []any{"%s in %s after %d, limit %d", way, phase, after, limit}
					require.Greater(t, calls.Load(), after, name...)
					switch way {
					case "error":
						require.ErrorIs(t, err, wrong, name...)
					case "panic":
						require.Equal(t, "a panic", panicked, name...)
					case "goexit":
						require.Equal(t, "goexit", panicked, name...)
					case "cancel":
						require.ErrorIs(t, err, context.Canceled, name...)
					}
					s.Free()
					require.Zero(t, budget.Used(), name...)
					require.Zero(t, entries(t, folder))
					check()
				}
			}
		}
	}
}

// TestCancelAnywhere cancels the context at each time that it is asked.
func TestCancelAnywhere(t *testing.T) {
	keys := keySets(20_000)["random"]
	want := countKeys(counts{}, keys)
	canceled := 0
	for steps := 0; ; steps += 1 + steps/8 {
		check := nothingLeft(t)
		ctx := newStepContext(steps)
		budget := memory.NewBudget(2 << 20)
		s := partition.New(partition.Config{Format: counts{}, Budget: budget, Workers: 2, Partitions: 64, TempDir: t.TempDir()})
		require.NoError(t, appendKeys(s, 2, keys))
		err := s.Merge(ctx)
		var got []string
		if err == nil {
			got, err = collect(ctx, s)
		}
		s.Free()
		ctx.cancel()
		require.Zero(t, budget.Used())
		check()
		if err == nil {
			require.Equal(t, want, got)
			break
		}
		require.ErrorIs(t, err, context.Canceled)
		canceled++
	}
	require.Greater(t, canceled, 10)
}

// TestFreeEarly frees Stores that were not used to the end.
func TestFreeEarly(t *testing.T) {
	keys := keySets(20_000)["random"]
	for phase := range 3 {
		for _, limit := range []int64{memory.NoLimit, 1 << 20} {
			check := nothingLeft(t)
			budget := memory.NewBudget(limit)
			s := partition.New(partition.Config{Format: counts{}, Budget: budget, Workers: 3, Partitions: 16, TempDir: t.TempDir()})
			if phase > 0 {
				require.NoError(t, appendKeys(s, 3, keys))
			}
			if phase > 1 {
				require.NoError(t, s.Merge(context.Background()))
			}
			s.Free()
			require.Zero(t, budget.Used())
			check()
		}
	}
}
