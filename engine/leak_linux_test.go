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

// resources counts what a run may leave behind.
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

// addressSpaceNow is the size of all mappings of this process in bytes, those of
// tables included.
func addressSpaceNow(t *testing.T) int64 {
	content, err := os.ReadFile("/proc/self/statm")
	require.NoError(t, err)
	var pages int64
	_, err = fmt.Sscan(string(content), &pages)
	require.NoError(t, err)
	return pages * int64(os.Getpagesize())
}

// stepContext cancels itself when the engine asks for its error often enough.
type stepContext struct {
	context.Context
	cancel func()
	left   atomic.Int64
}

// Err counts.
func (s *stepContext) Err() error {
	if s.left.Add(-1) < 0 {
		s.cancel()
	}
	return s.Context.Err()
}

// TestNothingIsLeft holds runs that end in every way to leaving no goroutines,
// descriptors and mappings.
func TestNothingIsLeft(t *testing.T) {
	const rounds = 100
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // it would close files that are left open
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
	for range 20 { // threads, and what the runtime makes of them
		run()
	}
	before, addresses := resourcesNow(t, folder), addressSpaceNow(t)
	for range rounds {
		run()
	}
	now := resourcesNow(t, folder)
	for range 500 { // goroutines end a moment after what they were for
		if now.goroutines <= before.goroutines {
			break
		}
		time.Sleep(10 * time.Millisecond)
		now = resourcesNow(t, folder)
	}
	require.LessOrEqual(t, now.goroutines, before.goroutines)
	require.LessOrEqual(t, now.descriptors, before.descriptors)
	require.Zero(t, now.mappings)
	const table = 3 << 20 // and more: a run that leaves its table
	require.Less(t, addressSpaceNow(t), addresses+rounds*table)
}
