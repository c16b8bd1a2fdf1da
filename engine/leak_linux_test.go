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

// addressSpaceNow returns the size of all mappings of this process in bytes, including
// those of tables.
func addressSpaceNow(t *testing.T) int64 {
	content, err := os.ReadFile("/proc/self/statm")
	require.NoError(t, err)
	var pages int64
	_, err = fmt.Sscan(string(content), &pages)
	require.NoError(t, err)
	return pages * int64(os.Getpagesize())
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
			o.OnBadRow = func(*engine.RowError) error { return refused }
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
	before, addresses := resourcesNow(t, folder), addressSpaceNow(t)
	for range rounds {
		run()
	}
	now := resourcesNow(t, folder)
	for range 500 { // goroutines may end a moment after the run
		if now.goroutines <= before.goroutines {
			break
		}
		time.Sleep(10 * time.Millisecond)
		now = resourcesNow(t, folder)
	}
	require.LessOrEqual(t, now.goroutines, before.goroutines)
	require.LessOrEqual(t, now.descriptors, before.descriptors)
	require.Zero(t, now.mappings)
	const table = 3 << 20 // each run that leaks its table takes more
	require.Less(t, addressSpaceNow(t), addresses+rounds*table)
}
