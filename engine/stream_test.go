package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/parse/oracle"
)

// little returns a limit of memory that is little more than what workers need.
func little(t *testing.T, o Options) int64 {
	t.Helper()
	o.MaxMemory = 1
	_, text, _ := strings.Cut(fmt.Sprint(o.Check()), "at least ")
	var bytes int64
	_, err := fmt.Sscan(text, &bytes)
	require.NoError(t, err)
	return bytes + int64(o.Workers)*3<<19
}

// manyNames returns rows, most of which have a name of their own, and bad rows among
// them. They do not fit in the memory of little.
func manyNames() []byte {
	var b bytes.Buffer
	for i := range 150_000 {
		fmt.Fprintf(&b, "%0*x;%d.%d\n", 60+i%40, uint32(i)*2654435761, i%100, i%10)
		if i%4 == 0 {
			fmt.Fprintf(&b, "again %d;-%d.%d\n", i%1000, i%100, i%10)
		}
		if i%1000 == 0 {
			fmt.Fprintf(&b, "bad %d\n", i)
		}
	}
	return b.Bytes()
}

// skipping returns o with bad rows skipped.
func skipping(o Options) Options {
	o.OnBadRow = func(*RowError) error { return nil }
	return o
}

// spilling returns options with which manyNames are written to temporary files in folder.
func spilling(t *testing.T, workers int, folder string) Options {
	o := skipping(Options{Workers: workers, ChunkBytes: 64 << 10, TempDir: folder, Measure: true})
	o.MaxMemory = little(t, o)
	return o
}

// spillingWorkers returns some numbers of workers; with -short, as under the race detector,
// one.
func spillingWorkers() []int {
	if testing.Short() {
		return []int{2}
	}
	return []int{1, 3}
}

// stream returns the stream of content, which the test closes at its end.
func stream(t *testing.T, o Options, content []byte) *Stream {
	t.Helper()
	s, err := AggregateStream(t.Context(), o, Bytes("rows", content))
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// requireStream checks that streams of content have the stations and texts of want.
func requireStream(t *testing.T, want *Result, o Options, content []byte) {
	t.Helper()
	s := stream(t, o, content)
	require.Equal(t, []int64{int64(len(want.Stations)), want.Rows, want.BadRows, want.Bytes}, []int64{s.Names, s.Rows, s.BadRows, s.Bytes})
	var stations []Station
	for station, err := range s.All() {
		require.NoError(t, err)
		stations = append(stations, station)
	}
	require.Len(t, stations, len(want.Stations))
	for i := range stations {
		if stations[i] != want.Stations[i] {
			require.Equal(t, want.Stations[i], stations[i])
		}
	}
	for name, write := range map[string][2]func(b *bytes.Buffer) error{
		"line": {
			func(b *bytes.Buffer) error { _, err := want.WriteTo(b); return err },
			func(b *bytes.Buffer) error {
				s := stream(t, o, content)
				var visited []Station
				const limit = pieceStations + 5
				s.Visit = func(station Station) bool {
					visited = append(visited, station)
					return len(visited) < limit
				}
				n, err := s.WriteTo(b)
				require.EqualValues(t, b.Len(), n)
				require.True(t, slices.Equal(want.Stations[:min(limit, len(want.Stations))], visited))
				return err
			},
		},
		"JSON": {
			func(b *bytes.Buffer) error { return want.WriteJSON(b) },
			func(b *bytes.Buffer) error { return stream(t, o, content).WriteJSON(b) },
		},
		"CSV": {
			func(b *bytes.Buffer) error { return want.WriteCSV(b) },
			func(b *bytes.Buffer) error { return stream(t, o, content).WriteCSV(b) },
		},
	} {
		if testing.Short() && name != "line" {
			continue
		}
		var wanted, got bytes.Buffer
		require.NoError(t, write[0](&wanted))
		require.NoError(t, write[1](&got))
		require.True(t, bytes.Equal(wanted.Bytes(), got.Bytes()), name)
	}
}

// TestStream compares streams with results, for all golden inputs and for names that do
// not fit in memory.
func TestStream(t *testing.T) {
	for _, p := range oracle.Golden(t) {
		o := Options{Workers: 2, ChunkBytes: MinChunkBytes}
		want, err := Aggregate(t.Context(), o, Bytes(p.Name, []byte(p.Input)))
		require.NoError(t, err)
		require.Equal(t, p.Output, want.String(), p.Name)
		requireStream(t, want, o, []byte(p.Input))
	}
	content, folder := manyNames(), t.TempDir()
	want, err := Aggregate(t.Context(), skipping(Options{Workers: 1}), Bytes("rows", content))
	require.NoError(t, err)
	rows := int64(0)
	for _, s := range want.Stations {
		rows += s.Count
	}
	require.Equal(t, rows, want.Rows)
	require.EqualValues(t, 150, want.BadRows)
	requireStream(t, want, skipping(Options{Workers: 2}), content)
	for _, workers := range spillingWorkers() {
		o := spilling(t, workers, folder)
		requireStream(t, want, o, content)
		o.MaxMemory = 0
		got, err := Aggregate(t.Context(), o, Bytes("rows", content))
		require.NoError(t, err)
		got.Measurement = nil
		require.True(t, fmt.Sprint(want) == fmt.Sprint(got))
		require.Equal(t, []int64{want.Rows, want.BadRows, want.Bytes}, []int64{got.Rows, got.BadRows, got.Bytes})
	}
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left, "temporary files")
}

// TestStreamMeasurement checks what a measurement says about names that do not fit in
// memory.
func TestStreamMeasurement(t *testing.T) {
	content := manyNames()
	s := stream(t, spilling(t, 2, t.TempDir()), content)
	m := s.Measurement
	require.Positive(t, m.Partitions)
	require.Positive(t, m.SpilledBytes)
	require.Positive(t, m.ReduceSeconds)
	require.Zero(t, m.OutputSeconds)
	_, err := s.WriteTo(new(bytes.Buffer))
	require.NoError(t, err)
	require.Positive(t, m.OutputSeconds)
	require.Positive(t, m.SortSeconds)

	o := skipping(Options{Workers: 2, Measure: true})
	result, err := Aggregate(t.Context(), o, Bytes("rows", content))
	require.NoError(t, err)
	require.Zero(t, result.Measurement.SpilledBytes)
	require.Positive(t, result.Measurement.Partitions)
	require.Positive(t, result.Measurement.SortSeconds)

	s = stream(t, o, []byte("a;1.0\n"))
	require.Zero(t, s.Measurement.Partitions, "all names fit in tables")
}

// TestStreamOnce reads and closes a Stream several times.
func TestStreamOnce(t *testing.T) {
	requireUsed := func(s *Stream) {
		t.Helper()
		var b bytes.Buffer
		_, err := s.WriteTo(&b)
		require.ErrorIs(t, err, ErrStream)
		require.EqualError(t, err, "engine: the stream was already read or closed")
		require.ErrorIs(t, s.WriteJSON(&b), ErrStream)
		require.ErrorIs(t, s.WriteCSV(&b), ErrStream)
		require.Zero(t, b.Len())
		for station, err := range s.All() {
			require.Zero(t, station)
			require.ErrorIs(t, err, ErrStream)
		}
	}
	many, folder := manyNames(), t.TempDir()
	for _, content := range [][]byte{nil, []byte("a;1.0\n"), many} {
		o := spilling(t, 2, folder)
		s := stream(t, o, content)
		require.NoError(t, s.WriteJSON(new(bytes.Buffer)))
		requireUsed(s)
		s.Close()
		requireUsed(s)
		s = stream(t, o, content)
		s.Close()
		s.Close()
		requireUsed(s)
	}
}

// failingWriter fails after some bytes.
type failingWriter struct{ left int }

var errFull = errors.New("full")

// Write implements io.Writer.
func (w *failingWriter) Write(b []byte) (int, error) {
	n := min(len(b), w.left)
	w.left -= n
	if n < len(b) {
		return n, errFull
	}
	return n, nil
}

// earlyEnds returns ways to end reading a Stream before its end. Each returns the error.
func earlyEnds(t *testing.T) map[string]func(s *Stream, cancel func()) error {
	return map[string]func(s *Stream, cancel func()) error{
		"break": func(s *Stream, _ func()) error {
			for _, err := range s.All() {
				return err
			}
			return errors.New("no station")
		},
		"break later": func(s *Stream, _ func()) error {
			n := int64(0)
			for _, err := range s.All() {
				if n++; n == s.Names/2 {
					return err
				}
			}
			return errors.New("no station")
		},
		"close": func(s *Stream, _ func()) error { s.Close(); return nil },
		"close in the loop": func(s *Stream, _ func()) (last error) {
			n := 0
			for _, err := range s.All() {
				s.Close()
				last = err
				n++
			}
			require.Equal(t, 2, n)
			require.ErrorIs(t, last, ErrStream)
			return nil
		},
		"cancel": func(s *Stream, cancel func()) (last error) {
			for _, err := range s.All() {
				cancel()
				last = err
			}
			require.ErrorIs(t, last, context.Canceled)
			return nil
		},
		"cancel before": func(s *Stream, cancel func()) error {
			cancel()
			_, err := s.WriteTo(new(bytes.Buffer))
			require.ErrorIs(t, err, context.Canceled)
			return nil
		},
		"full": func(s *Stream, _ func()) error {
			n, err := s.WriteTo(&failingWriter{left: 1000})
			require.ErrorIs(t, err, errFull)
			require.EqualValues(t, 1000, n)
			return nil
		},
		"full at once": func(s *Stream, _ func()) error {
			require.ErrorIs(t, s.WriteCSV(&failingWriter{}), errFull)
			return nil
		},
		"panic": func(s *Stream, _ func()) error {
			require.PanicsWithValue(t, "loop", func() {
				for range s.All() {
					panic("loop")
				}
			})
			return nil
		},
		"exit": func(s *Stream, _ func()) error {
			done := make(chan struct{})
			go func() {
				defer close(done)
				for range s.All() {
					runtime.Goexit()
				}
			}()
			<-done
			return nil
		},
	}
}

// openFiles returns the number of open files, or 0 if the system does not tell.
func openFiles() int {
	open, _ := os.ReadDir("/proc/self/fd")
	return len(open)
}

// TestStreamEndsEarly ends reading early, and checks that nothing is left then: no memory,
// goroutines or files.
func TestStreamEndsEarly(t *testing.T) {
	content, folder := manyNames(), t.TempDir()
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // the collector would close leaked files
	for _, workers := range spillingWorkers() {
		for _, limited := range []bool{true, false} {
			o := spilling(t, workers, folder)
			if !limited {
				if testing.Short() {
					continue
				}
				o.MaxMemory = 0
			}
			unused := stream(t, o, nil).budget.Used() // the workers
			goroutines, files := runtime.NumGoroutine(), openFiles()
			for name, end := range earlyEnds(t) {
				ctx, cancel := context.WithCancel(t.Context())
				s, err := AggregateStream(ctx, o, Bytes("rows", content))
				require.NoError(t, err)
				require.Greater(t, s.budget.Used(), unused)
				require.NoError(t, end(s, cancel), name)
				require.Equal(t, unused, s.budget.Used(), name)
				require.LessOrEqual(t, openFiles(), files, name)
				cancel()
			}
			// Goroutines may end a moment after the run.
			for range 500 {
				if runtime.NumGoroutine() <= goroutines {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			require.LessOrEqual(t, runtime.NumGoroutine(), goroutines)
		}
	}
}

// TestSpillErrors has no place for temporary files.
func TestSpillErrors(t *testing.T) {
	content := manyNames()
	missing := filepath.Join(t.TempDir(), "missing")
	for _, workers := range spillingWorkers() {
		o := spilling(t, workers, missing)
		s, err := AggregateStream(t.Context(), o, Bytes("rows", content))
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.ErrorContains(t, err, "temporary file in "+missing+": no such file or directory")
		require.Positive(t, s.Measurement.Total().Rows)
		o.TempDir, o.NoSpill = "", true
		s, err = AggregateStream(t.Context(), o, Bytes("rows", content))
		require.ErrorIs(t, err, ErrMemory)
		require.NotNil(t, s.Measurement)
		o.Measure = false
		s, err = AggregateStream(t.Context(), o, Bytes("rows", content))
		require.ErrorIs(t, err, ErrMemory)
		require.Nil(t, s)
		_, err = Aggregate(t.Context(), spilling(t, workers, t.TempDir()), Bytes("rows", content))
		require.ErrorIs(t, err, ErrMemory, "the result needs more than the limit")
		require.ErrorContains(t, err, "result of 150250 names")
	}
}
