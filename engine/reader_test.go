package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// readerFunc is a function that implements io.Reader.
type readerFunc func(b []byte) (int, error)

// Read implements io.Reader.
func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// stuckAfter returns a reader that returns first and then blocks until release is
// closed.
func stuckAfter(first string, release <-chan struct{}) io.Reader {
	return readerFunc(func(b []byte) (int, error) {
		if first != "" {
			n := copy(b, first)
			first = first[n:]
			return n, nil
		}
		<-release
		return copy(b, "late;1.0\n"), io.EOF
	})
}

// patience limits every wait. It is long, because the machine may be busy.
const patience = time.Minute

// soon fails the test if do takes long, because it waits for a reader that is stuck.
func soon(t *testing.T, do func()) {
	t.Helper()
	start := time.Now()
	do()
	require.Less(t, time.Since(start), patience)
}

// TestStuckReader checks what ends a run although its reader blocks: the end of ctx, a
// bad row before that, and an OnBadRow that refuses the row.
func TestStuckReader(t *testing.T) {
	before := runtime.NumGoroutine()
	refused := errors.New("refused")
	release := make(chan struct{})
	for _, workers := range []int{1, 2, 7} {
		for _, measure := range []bool{false, true} {
			o := engine.Options{Workers: workers, Measure: measure}
			soon(t, func() {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
				defer cancel()
				_, err := engine.Aggregate(ctx, o, engine.Reader("stuck", stuckAfter("a;1.0\n", release)))
				require.ErrorIs(t, err, context.DeadlineExceeded)
			})
			soon(t, func() {
				in := []engine.Input{engine.Bytes("good", []byte("a;1.0\n")), engine.Reader("stuck", stuckAfter("a;1.0\nbad\n", release))}
				_, err := engine.Aggregate(t.Context(), o, in...)
				require.ErrorIs(t, err, engine.ErrMissingSeparator)
				var row *engine.RowError
				require.ErrorAs(t, err, &row)
				require.EqualValues(t, 2, row.Line)
			})
			soon(t, func() {
				o.OnBadRow = func(*engine.RowError) error { return refused }
				_, err := engine.Aggregate(t.Context(), o, engine.Reader("stuck", stuckAfter("bad\n", release)))
				require.ErrorIs(t, err, refused)
			})
		}
	}
	close(release)
	// The remaining workers end with their readers.
	for start := time.Now(); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		require.Less(t, time.Since(start), patience)
	}
}

// TestShortReads checks that OnBadRow gets each row as soon as a read returns it. The
// reader waits for that.
func TestShortReads(t *testing.T) {
	for _, workers := range []int{1, 2} {
		reported := make(chan struct{}, 1)
		rows := 0
		in := readerFunc(func(b []byte) (int, error) {
			if rows > 0 {
				select {
				case <-reported:
				case <-time.After(patience):
					return 0, errors.New("the row was not reported")
				}
			}
			if rows++; rows == 10 {
				return 0, io.EOF
			}
			return copy(b, "bad\na;1.0\na;"), nil // the next read brings the value
		})
		o := engine.Options{Workers: workers, OnBadRow: func(*engine.RowError) error { reported <- struct{}{}; return nil }}
		result, err := engine.Aggregate(t.Context(), o, engine.Reader("slow", in))
		require.NoError(t, err)
		require.EqualValues(t, 9, result.Rows)
	}
}

// TestImpossibleCounts checks the error for readers that break the contract of
// io.Reader.
func TestImpossibleCounts(t *testing.T) {
	for _, count := range []func(b []byte) int{
		func([]byte) int { return -1 },
		func(b []byte) int { return len(b) + 1 },
	} {
		in := readerFunc(func(b []byte) (int, error) { return count(b), nil })
		_, err := engine.Aggregate(t.Context(), engine.Options{}, engine.Reader("wrong", in))
		require.ErrorContains(t, err, "wrong: the reader returned a count of ")
	}
}

// TestPanic checks that Aggregate panics or ends the caller's goroutine if a Reader or
// OnBadRow does so.
func TestPanic(t *testing.T) {
	for name, end := range map[string]func(){
		"panic": func() { panic("ours") },
		"error": func() { panic(io.ErrNoProgress) },
		"nil":   func() { panic(nil) },
		"exit":  func() { runtime.Goexit() },
	} {
		for _, workers := range []int{1, 3} {
			o := engine.Options{Workers: workers, OnBadRow: func(*engine.RowError) error { end(); return nil }}
			for kind, in := range map[string]engine.Input{
				"reader": engine.Reader("reader", readerFunc(func([]byte) (int, error) { end(); return 0, io.EOF })),
				"row":    engine.Bytes("rows", []byte(strings.Repeat("a;1.0\n", 100_000)+"bad\n")),
			} {
				t.Run(fmt.Sprintf("%s in a %s with %d workers", name, kind, workers), func(t *testing.T) {
					returned, panicked := false, any(nil)
					done := make(chan struct{})
					go func() {
						defer close(done)
						defer func() { panicked = recover() }()
						_, _ = engine.Aggregate(t.Context(), o, in)
						returned = true
					}()
					<-done
					require.False(t, returned)
					switch name {
					case "panic":
						require.Equal(t, "ours", panicked)
					case "error":
						require.Equal(t, io.ErrNoProgress, panicked)
					case "nil":
						require.IsType(t, &runtime.PanicNilError{}, panicked)
					case "exit":
						require.Nil(t, panicked)
					}
				})
			}
		}
	}
}

// TestPanicBesideStuckReader has OnBadRow panic while another worker waits for a
// reader.
func TestPanicBesideStuckReader(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	o := engine.Options{Workers: 2, OnBadRow: func(*engine.RowError) error {
		time.Sleep(10 * time.Millisecond) // until the other worker reads
		panic("ours")
	}}
	soon(t, func() {
		require.PanicsWithValue(t, "ours", func() {
			_, _ = engine.Aggregate(t.Context(), o, engine.Reader("stuck", stuckAfter("bad\n", release)))
		})
	})
}

// TestFS checks inputs of an fs.FS that opens files of the system and of one that does
// not.
func TestFS(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "rows"), []byte("a;1.0\nb;2.0"), 0o600))
	for _, fsys := range []fs.FS{os.DirFS(folder), fstest.MapFS{"rows": {Data: []byte("a;1.0\nb;2.0")}}} {
		for _, access := range engine.Accesses() {
			result, err := engine.Aggregate(t.Context(), engine.Options{Access: access}, engine.FS(fsys, "rows"))
			require.NoError(t, err, access)
			require.Equal(t, "{a=1.0/1.0/1.0, b=2.0/2.0/2.0}\n", result.String())
		}
		_, err := engine.Aggregate(t.Context(), engine.Options{}, engine.FS(fsys, "missing"))
		require.ErrorIs(t, err, os.ErrNotExist)
		require.ErrorContains(t, err, "missing: ")
		_, err = engine.Aggregate(t.Context(), engine.Options{}, engine.FS(fsys, "."))
		require.ErrorContains(t, err, "is a directory")
	}
}
