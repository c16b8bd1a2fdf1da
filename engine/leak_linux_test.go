package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// resources counts what a run may leak.
type resources struct{ goroutines, descriptors, mappings int }

// resourcesNow counts the goroutines and the open descriptors of this process,
// and its mappings of files in folder.
func resourcesNow(t *testing.T, folder string) resources {
	open, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	maps, err := os.ReadFile("/proc/self/maps")
	require.NoError(t, err)
	return resources{runtime.NumGoroutine(), len(open), strings.Count(string(maps), folder)}
}

// exceeds reports whether a run has left something: r is after it, and before is before it.
func (r resources) exceeds(before resources) bool {
	return r.goroutines > before.goroutines || r.descriptors > before.descriptors || r.mappings > 0
}

// tablesNow returns the size of the mappings of this process that ask for huge pages, in
// bytes. Those are tables; the Go heap and the stacks of threads, which may grow, do not
// ask. It is 0 if the kernel has no huge pages.
func tablesNow(t *testing.T) (bytes int64) {
	content, err := os.ReadFile("/proc/self/smaps")
	require.NoError(t, err)
	kib := int64(0)
	for line := range strings.Lines(string(content)) {
		if text, found := strings.CutPrefix(line, "Size:"); found {
			_, err := fmt.Sscan(text, &kib)
			require.NoError(t, err)
		}
		if strings.HasPrefix(line, "VmFlags:") && strings.Contains(line, " hg") {
			bytes += kib << 10
		}
	}
	return bytes
}

// stepContext cancels itself after the engine has called Err a number of times.
type stepContext struct {
	context.Context
	cancel func()
	left   atomic.Int64
}

// Err counts the calls and returns the error of the context.
func (s *stepContext) Err() error {
	if s.left.Add(-1) < 0 {
		s.cancel()
	}
	return s.Context.Err()
}

// TestNothingIsLeft checks that runs leave no goroutines, descriptors and mappings,
// however they end.
func TestNothingIsLeft(t *testing.T) {
	const rounds = 100
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // the collector would close leaked files
	folder := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	good := write("good", strings.Repeat("a;1.0\n", 300_000))
	bad := write("bad", strings.Repeat("a;1.0\n", 200_000)+"x\n"+strings.Repeat("a;1.0\n", 100_000))
	refused := errors.New("refused")
	r := rand.New(rand.NewPCG(1, 1))
	tables := int64(0) // of a run
	run := func() {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		o := engine.Options{
			Workers: 1 + r.IntN(4), ChunkBytes: engine.MinChunkBytes << r.IntN(8),
			Access: engine.Accesses()[r.IntN(4)], NUMA: engine.NUMAs()[r.IntN(3)],
		}
		step := &stepContext{Context: ctx, cancel: cancel}
		step.left.Store(1 << 40)
		var err error
		switch r.IntN(6) {
		case 0:
			_, err = engine.Aggregate(step, o, engine.File(good))
			require.NoError(t, err)
		case 1:
			_, err = engine.Aggregate(step, o, engine.File(good), engine.File(bad))
			require.ErrorContains(t, err, "missing-separator")
		case 2:
			step.left.Store(r.Int64N(8))
			_, err = engine.Aggregate(step, o, engine.File(good), engine.File(good))
			require.ErrorIs(t, err, context.Canceled)
		case 3:
			_, err = engine.Aggregate(step, o, engine.File(good), engine.File(filepath.Join(folder, "none")))
			require.ErrorIs(t, err, os.ErrNotExist)
		case 4:
			o.OnBadRow = func(*engine.RowError) error { tables = tablesNow(t); return refused }
			_, err = engine.Aggregate(step, o, engine.File(bad))
			require.ErrorIs(t, err, refused)
		case 5:
			in := io.MultiReader(strings.NewReader("a;1.0\n"), iotest.ErrReader(refused))
			_, err = engine.Aggregate(step, o, engine.File(good), engine.Reader("broken", in))
			require.ErrorIs(t, err, refused)
		}
	}
	for range 20 { // let the runtime start its threads
		run()
	}
	before, tablesBefore := resourcesNow(t, folder), tablesNow(t)
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err == nil {
		require.Positive(t, tables)
	}
	for range rounds {
		run()
	}
	now := resourcesNow(t, folder)
	for start := time.Now(); now.exceeds(before) && time.Since(start) < patience; { // goroutines may end a moment after the run
		time.Sleep(10 * time.Millisecond)
		now = resourcesNow(t, folder)
	}
	require.False(t, now.exceeds(before), "%+v, before: %+v", now, before)
	const table = 1 << 20 // each run that leaks its table takes more
	require.Less(t, tablesNow(t), tablesBefore+rounds*table/2)
}
