package engine_test

import (
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// TestPartialErrors checks ranges that have no result.
func TestPartialErrors(t *testing.T) {
	path, other := writeInput(t, "a;1.0\nb;2.0\n"), writeInput(t, "a;1.0\n")
	aggregate := func(ranges ...engine.Range) (*engine.Partial, error) {
		return engine.AggregatePartial(t.Context(), engine.Options{}, engine.BadRowsFail, ranges...)
	}
	for _, test := range []struct {
		want   string
		ranges []engine.Range
	}{
		{"a partial result without files has no result", nil},
		{"the bytes from 0 to 11 are in no range", []engine.Range{{End: 0}}},
		{"the bytes from 0 to 0 are in no range", []engine.Range{{Begin: 1, End: 12}}},
		{"the bytes from 3 to 4 are in no range", []engine.Range{{End: 3}, {Begin: 5, End: 12}}},
		{"the bytes from 11 to 11 are in no range", []engine.Range{{End: 11}}},
		{"the bytes from 0 to 11 are in no range", []engine.Range{{End: 12}, {End: 12, File: 1}, {End: 0, File: 2}}},
		{"the bytes from 4 to 4 are in two ranges", []engine.Range{{End: 5}, {Begin: 4, End: 12}}},
		{"the bytes from 0 to 4 are in two ranges", []engine.Range{{End: 12}, {End: 5}}},
		{"the bytes from 0 to 11 are in two ranges", []engine.Range{{End: 12}, {End: 12}}},
		{"no range from -1 to 2", []engine.Range{{Begin: -1, End: 2}}},
		{"no range from 3 to 2", []engine.Range{{Begin: 3, End: 2}}},
		{"file -1 has no range", []engine.Range{{File: -1, End: 2}}},
		{"planned for 3 bytes", []engine.Range{{End: 12, Version: &engine.FileVersion{Size: 3}}}},
	} {
		for i := range test.ranges {
			test.ranges[i].Path = path
		}
		p, err := aggregate(test.ranges...)
		if err == nil {
			_, err = p.Result()
		}
		require.ErrorContains(t, err, test.want)
		if len(test.ranges) > 0 {
			require.ErrorContains(t, err, path)
		}
		// The same if the ranges are merged.
		merged := new(engine.Partial)
		for _, r := range test.ranges {
			if p, err = aggregate(r); err == nil {
				err = merged.Merge(p)
			}
			if err != nil {
				break
			}
		}
		if err == nil {
			_, err = merged.Result()
		}
		require.ErrorContains(t, err, test.want)
	}
	p, err := aggregate(engine.Range{Path: path, End: 12})
	require.NoError(t, err)
	before := encoded(t, p)
	require.Error(t, p.Merge(p))
	q, err := engine.AggregatePartial(t.Context(), engine.Options{}, engine.BadRowsCount, engine.Range{Path: other, End: 6})
	require.NoError(t, err)
	require.ErrorContains(t, p.Merge(q), "treat bad rows differently")
	require.Equal(t, before, encoded(t, p))

	_, err = aggregate(engine.Range{Path: path + "x"})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = aggregate(engine.Range{Path: filepath.Dir(path)})
	require.ErrorContains(t, err, "is a directory")
	_, err = engine.AggregatePartial(t.Context(), engine.Options{OnBadRow: func(*engine.RowError) error { return nil }}, engine.BadRowsFail)
	require.ErrorAs(t, err, new(*engine.OptionError))
	_, err = engine.AggregatePartial(t.Context(), engine.Options{}, engine.BadRowsKeep+1)
	require.ErrorContains(t, err, "BadRowMode")
	_, err = engine.Divide(0, path)
	require.Error(t, err)
	_, err = engine.MergePartials(sequence(nil))
	require.ErrorContains(t, err, "no partial results")
	_, err = engine.MergePartials(func(yield func(*engine.Partial, error) bool) { yield(nil, os.ErrClosed) })
	require.ErrorIs(t, err, os.ErrClosed)
	if runtime.GOOS == "linux" {
		_, err = engine.StatFile("/proc/self/status")
		require.ErrorContains(t, err, "the size of the file is not known")
	}
}

// TestPartialOfChangedFile checks files that are another version than a range or another
// partial result has.
func TestPartialOfChangedFile(t *testing.T) {
	path := writeInput(t, "a;1.0\nb;2.0\n")
	ranges, err := engine.Divide(6, path)
	require.NoError(t, err)
	aggregate := func(r engine.Range) (*engine.Partial, error) {
		return engine.AggregatePartial(t.Context(), engine.Options{}, engine.BadRowsFail, r)
	}
	first, err := aggregate(ranges[0])
	require.NoError(t, err)
	second, err := aggregate(ranges[1])
	require.NoError(t, err)
	require.NoError(t, first.Merge(second))

	first, err = aggregate(ranges[0])
	require.NoError(t, err)
	require.NoError(t, os.Chtimes(path, time.Time{}, time.Unix(1e9, 5)))
	_, err = aggregate(ranges[1])
	require.ErrorIs(t, err, engine.ErrChanged)
	require.ErrorContains(t, err, path+": the file has changed: planned for 12 bytes of ")
	require.ErrorContains(t, err, "found 12 bytes of 2001-09-09T01:46:40.000000005Z")
	ranges[1].Version = nil
	second, err = aggregate(ranges[1])
	require.NoError(t, err)
	err = first.Merge(second)
	require.ErrorIs(t, err, engine.ErrChanged)
	require.ErrorContains(t, err, path)
	_, err = engine.AggregatePartial(t.Context(), engine.Options{}, engine.BadRowsFail, ranges[0], engine.Range{Path: path, Version: &engine.FileVersion{}})
	require.ErrorIs(t, err, engine.ErrChanged)
}

// TestPartialOfFileThatChanges changes a file between opening and closing it.
func TestPartialOfFileThatChanges(t *testing.T) {
	for _, access := range engine.Accesses() {
		path := writeInput(t, strings.Repeat("a;1.0\n", 1<<20))
		o := engine.Options{Workers: 1, Access: access, ChunkBytes: 1 << 20, Progress: func(int64) {
			require.NoError(t, os.Chtimes(path, time.Time{}, time.Unix(1e9, 0)))
		}}
		_, err := engine.AggregatePartial(t.Context(), o, engine.BadRowsFail, engine.Range{Path: path, End: math.MaxInt64})
		require.ErrorIs(t, err, engine.ErrChanged)
		require.ErrorContains(t, err, path)
	}
}

// TestNamesFromElsewhere takes a partial result apart and joins it again.
func TestNamesFromElsewhere(t *testing.T) {
	path := writeInput(t, "b;1.0\na;-99.9\nb;99.9\nbad\n")
	p, err := engine.AggregatePartial(t.Context(), engine.Options{}, engine.BadRowsCount, engine.Range{Path: path, End: 1 << 20})
	require.NoError(t, err)
	want := encoded(t, p)
	ranges := recoded(t, p.WithoutNames())
	require.Empty(t, slices.Collect(ranges.All()))
	_, err = ranges.Result()
	require.ErrorContains(t, err, "the names have 0 rows, the ranges have 3")
	stations := slices.Collect(p.All())
	slices.Reverse(stations)
	names, err := engine.NewPartial(engine.BadRowsCount, stations)
	require.NoError(t, err)
	require.NoError(t, names.Merge(ranges))
	require.Equal(t, want, encoded(t, names))

	good := engine.Station{Name: "a", Min: -1, Max: 2, Sum: 1, Count: 2}
	_, err = engine.NewPartial(engine.BadRowsFail, []engine.Station{good})
	require.NoError(t, err)
	for _, wrong := range []func(*engine.Station){
		func(s *engine.Station) { s.Name = "" },
		func(s *engine.Station) { s.Name = "a;b" },
		func(s *engine.Station) { s.Name = strings.Repeat("a", 101) },
		func(s *engine.Station) { s.Name = strings.Repeat("a", 256+50) },
		func(s *engine.Station) { s.Count = 0 },
		func(s *engine.Station) { s.Count = -1 },
		func(s *engine.Station) { s.Count = 1 },
		func(s *engine.Station) { s.Count = 1 << 60 },
		func(s *engine.Station) { s.Min = -1000 },
		func(s *engine.Station) { s.Max = 1000 },
		func(s *engine.Station) { s.Max = -2 },
		func(s *engine.Station) { s.Sum = 5 },
		func(s *engine.Station) { s.Sum = -3 },
		func(s *engine.Station) { s.Min -= 1 << 16 },
	} {
		s := good
		wrong(&s)
		_, err := engine.NewPartial(engine.BadRowsFail, []engine.Station{s})
		require.Error(t, err, "%+v", s)
	}
	_, err = engine.NewPartial(engine.BadRowsFail, []engine.Station{good, good})
	require.Error(t, err)
	many := engine.Station{Name: "a", Min: 0, Max: 0, Count: 1 << 52}
	p, err = engine.NewPartial(engine.BadRowsFail, []engine.Station{many})
	require.NoError(t, err)
	require.ErrorContains(t, p.Merge(p), "more than 4503599627370496 rows")
}
