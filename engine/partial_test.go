package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/parse/oracle"
)

// partials returns so many partial results of ranges. Unless there is only one, ranges that
// meet are not in the same one.
func partials(t testing.TB, o engine.Options, mode engine.BadRowMode, count int, ranges []engine.Range) []*engine.Partial {
	t.Helper()
	var all []*engine.Partial
	for i := range min(count, len(ranges)) {
		var some []engine.Range
		for j := i; j < len(ranges); j += count {
			some = append(some, ranges[j])
		}
		p, err := engine.AggregatePartial(t.Context(), o, mode, some...)
		require.NoError(t, err)
		all = append(all, p)
	}
	return all
}

// sequence returns all without an error.
func sequence(all []*engine.Partial) func(func(*engine.Partial, error) bool) {
	return func(yield func(*engine.Partial, error) bool) {
		for _, p := range all {
			if !yield(p, nil) {
				return
			}
		}
	}
}

// merged returns all merged, in some order and grouping.
func merged(t testing.TB, r *rand.Rand, all []*engine.Partial) *engine.Partial {
	t.Helper()
	all = slices.Clone(all)
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if r.IntN(2) == 0 {
		p, err := engine.MergePartials(sequence(all))
		require.NoError(t, err)
		return p
	}
	for len(all) > 1 {
		i := r.IntN(len(all) - 1)
		p := recoded(t, all[i])
		require.NoError(t, p.Merge(all[i+1]))
		all = slices.Replace(all, i, i+2, p)
	}
	return all[0]
}

// encoded returns p in its encoded form.
func encoded(t testing.TB, p *engine.Partial) []byte {
	t.Helper()
	data, err := p.MarshalBinary()
	require.NoError(t, err)
	return data
}

// recoded returns p encoded and decoded.
func recoded(t testing.TB, p *engine.Partial) *engine.Partial {
	t.Helper()
	decoded := new(engine.Partial)
	data := encoded(t, p)
	require.NoError(t, decoded.UnmarshalBinary(data))
	require.Equal(t, data, encoded(t, decoded))
	return decoded
}

// requireParts checks that ranges of size bytes of the files at paths together give what
// Aggregate gives in all modes.
func requireParts(t *testing.T, r *rand.Rand, o engine.Options, size int64, paths ...string) {
	t.Helper()
	about := fmt.Sprint(paths, " in ranges of ", size)
	inputs := make([]engine.Input, len(paths))
	for i, path := range paths {
		inputs[i] = engine.File(path)
	}
	ranges, err := engine.Divide(size, paths...)
	require.NoError(t, err, about)
	if len(ranges) > 2000 || len(ranges) > 200 && testing.Short() {
		return // each of them opens the file
	}
	count := 2 + r.IntN(3)

	want, wantErr := engine.Aggregate(t.Context(), o, inputs...)
	p := merged(t, r, partials(t, o, engine.BadRowsFail, count, ranges))
	got, err := p.Result()
	require.Equal(t, wantErr, err, about)
	require.Equal(t, want, got, about)
	require.Equal(t, encoded(t, p), encoded(t, merged(t, r, partials(t, o, engine.BadRowsFail, 1, ranges))), about)

	skipping := o
	bad := skipAll(&skipping)
	want, err = engine.Aggregate(t.Context(), skipping, inputs...)
	require.NoError(t, err)
	for _, mode := range []engine.BadRowMode{engine.BadRowsKeep, engine.BadRowsCount} {
		p = merged(t, r, partials(t, o, mode, count, ranges))
		got, err = recoded(t, p).Result()
		require.NoError(t, err, about)
		require.Equal(t, want, got, about)
		if kept := slices.Collect(p.BadRows()); mode == engine.BadRowsKeep {
			require.Equal(t, *bad, kept, about)
		} else {
			require.Empty(t, kept)
		}
		stream, err := p.Stream(t.Context())
		require.NoError(t, err)
		var text strings.Builder
		_, err = stream.WriteTo(&text)
		require.NoError(t, err)
		require.Equal(t, want.String(), text.String(), about)
		require.Equal(t, []int64{int64(len(want.Stations)), want.Rows, want.BadRows, want.Bytes}, []int64{stream.Names, stream.Rows, stream.BadRows, stream.Bytes})
	}
}

// partSizes are sizes of ranges: tiny ones, those of pages, a prime, and one that is
// larger than any file of the tests.
var partSizes = []int64{1, 7, 1 << 10, 7919, 64 << 10, 1 << 40}

func TestPartialsOfTestdata(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 1))
	var paths []string
	for _, p := range oracle.Golden(t) {
		paths = append(paths, p.Path)
	}
	for _, b := range oracle.BadInputs(t) {
		paths = append(paths, b.Path)
	}
	for _, path := range paths {
		for _, size := range partSizes {
			if testing.Short() && r.IntN(4) > 0 {
				continue
			}
			requireParts(t, r, engine.Options{Workers: 1 + r.IntN(3)}, size, path)
		}
	}
}

// writeInput writes a file and returns its path.
func writeInput(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestPartialsOfMixtures(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 2))
	for _, access := range engine.Accesses() {
		for _, badEvery := range []int{1, 3, 50, 10_000} {
			for _, longEvery := range []int{20, 1000} {
				path := writeInput(t, mixture(r, 10_000, badEvery, longEvery))
				for _, size := range partSizes[1:] {
					requireParts(t, r, engine.Options{Access: access, Workers: 2, ChunkBytes: engine.MinChunkBytes}, size, path)
				}
			}
		}
	}
}

// TestPartialsAtEachByte divides small inputs at every pair of bytes.
func TestPartialsAtEachByte(t *testing.T) {
	for _, content := range []string{"", "a;1.0", "a;1.0\r\nb;2.0\r\n", "a;1.0\nb\nc;3.0\n\n", "\n", "x\r\n\na;-1.0"} {
		path := writeInput(t, content)
		output, bad := oracle.Skip(content)
		size := int64(len(content))
		for first := range size + 1 {
			for second := first; second <= size; second++ {
				var all []*engine.Partial
				for _, b := range [][2]int64{{0, first}, {first, second}, {second, size + 5}} {
					p, err := engine.AggregatePartial(t.Context(), engine.Options{Workers: 1}, engine.BadRowsKeep, engine.Range{Path: path, Begin: b[0], End: b[1]})
					require.NoError(t, err)
					all = append(all, p)
				}
				p, err := engine.MergePartials(sequence(all))
				require.NoError(t, err)
				result, err := p.Result()
				require.NoError(t, err)
				require.Equal(t, output, result.String())
				kept := slices.Collect(p.BadRows())
				require.Len(t, kept, len(bad))
				for i, row := range kept {
					require.Equal(t, bad[i], oracle.Bad{Line: row.Line, Offset: row.Offset, Reason: string(row.Reason), Row: string(row.Row)})
				}
			}
		}
	}
}

// TestPartialsOfLongRows divides rows of more than 64 KiB, at which a border is not found
// by looking for an LF.
func TestPartialsOfLongRows(t *testing.T) {
	const kept = engine.MaxBadRowBytes
	for _, length := range []int64{kept - 1, kept, kept + 1, kept + 7, 2*kept + 3, 400_000} {
		begin := int64(len("a;1.0\n"))
		for _, end := range []string{"", "\n", "\r\nb;2.0\nbad"} {
			content := "a;1.0\n" + strings.Repeat("x", int(length)) + end
			output, bad := oracle.Skip(content)
			path := writeInput(t, content)
			lf := begin + length
			borders := []int64{begin - 1, begin, begin + 1, begin + 2, lf - kept - 6, lf - kept - 5, lf - kept, lf - kept + 1, lf - 2, lf - 1, lf, lf + 1, lf + 2}
			for i, first := range borders {
				for _, second := range borders[i:] {
					size := int64(len(content))
					first := min(max(first, 0), size)
					second := min(max(second, first), size)
					about := fmt.Sprint(length, first, second, end)
					ranges := []engine.Range{{Path: path, End: first}, {Path: path, Begin: first, End: second}, {Path: path, Begin: second, End: size}}
					p, err := engine.MergePartials(sequence(partials(t, engine.Options{Workers: 1}, engine.BadRowsKeep, 2, ranges)))
					require.NoError(t, err, about)
					result, err := p.Result()
					require.NoError(t, err, about)
					require.Equal(t, output, result.String(), about)
					rows := slices.Collect(p.BadRows())
					require.Len(t, rows, len(bad), about)
					for i, row := range rows {
						require.Equal(t, []int64{bad[i].Line, bad[i].Offset}, []int64{row.Line, row.Offset}, about)
						require.Equal(t, bad[i].Row[:min(len(bad[i].Row), kept)], string(row.Row), about)
						require.Equal(t, len(bad[i].Row) > kept, row.Cut, about)
					}
				}
			}
		}
	}
}

func TestPartialsOfSeveralFiles(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 3))
	first, empty, last := writeInput(t, "a;1.0\nb;2.0"), writeInput(t, ""), writeInput(t, "a;-1.0\nbad\nc;3.0")
	for _, paths := range [][]string{{empty}, {first, empty, first}, {last, first, last}, {empty, first, empty, last}} {
		for _, size := range partSizes {
			requireParts(t, r, engine.Options{}, size, paths...)
		}
	}
}

// TestPartialsOfAnyNames checks names that are not UTF-8.
func TestPartialsOfAnyNames(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 4))
	var content strings.Builder
	for range 3000 {
		name := make([]byte, 1+r.IntN(4))
		for i := range name {
			name[i] = byte(r.IntN(256))
		}
		fmt.Fprintf(&content, "%s;%d.%d\n", name, r.IntN(100), r.IntN(10)) // some are bad rows
	}
	requireParts(t, r, engine.Options{}, 777, writeInput(t, content.String()))
}

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

// TestDamagedPartials checks that no change of one bit and no truncation is accepted.
func TestDamagedPartials(t *testing.T) {
	path := writeInput(t, "b;1.0\na;-99.9\nb;99.9\nbad\nworse;\n")
	p, err := engine.AggregatePartial(t.Context(), engine.Options{}, engine.BadRowsKeep, engine.Range{Path: path, End: 1 << 20})
	require.NoError(t, err)
	data := encoded(t, p)
	for i := range data {
		require.ErrorIs(t, new(engine.Partial).UnmarshalBinary(data[:i]), engine.ErrPartial)
		for bit := range 8 {
			damaged := bytes.Clone(data)
			damaged[i] ^= 1 << bit
			require.ErrorIs(t, p.UnmarshalBinary(damaged), engine.ErrPartial, "%d %d", i, bit)
		}
	}
	require.Equal(t, data, encoded(t, p))
	require.ErrorContains(t, p.UnmarshalBinary(append(bytes.Clone(data), 0)), "1 bytes follow it")
	other := bytes.Clone(data)
	other[8] = 2
	require.EqualError(t, p.UnmarshalBinary(other), "engine: not a partial result: it has version 2 of the format, this program reads version 1")
	require.EqualError(t, p.UnmarshalBinary([]byte(strings.Repeat("a;1.0\n", 10))), `engine: not a partial result: it does not begin with "1brcpart"`)
}

func TestReadPartials(t *testing.T) {
	path := writeInput(t, "b;1.0\na;-99.9\nb;99.9\nbad\n")
	ranges, err := engine.Divide(9, path)
	require.NoError(t, err)
	var stream bytes.Buffer
	for _, p := range partials(t, engine.Options{}, engine.BadRowsFail, len(ranges), ranges) {
		n, err := p.WriteTo(&stream)
		require.NoError(t, err)
		require.EqualValues(t, len(encoded(t, p)), n)
	}
	data := stream.Bytes()
	p, err := engine.MergePartials(engine.ReadPartials(bytes.NewReader(data)))
	require.NoError(t, err)
	_, err = p.Result()
	var bad *engine.RowError
	require.ErrorAs(t, err, &bad)
	require.EqualValues(t, 4, bad.Line)
	_, err = engine.MergePartials(engine.ReadPartials(bytes.NewReader(data[:len(data)-1])))
	require.ErrorIs(t, err, engine.ErrPartial)
	_, err = engine.MergePartials(engine.ReadPartials(failingReader{}))
	require.ErrorIs(t, err, errFailing)
}

var errFailing = errors.New("failing")

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errFailing }

// TestDamagedLengths checks that lengths and counts in damaged bytes do not decide how
// much memory is taken.
func TestDamagedLengths(t *testing.T) {
	header := append([]byte("1brcpart\x01\x00"), bytes.Repeat([]byte{0xff}, 16)...)
	section := append(bytes.Clone(header), 0, 0, 16, 0)
	// A file with a long path, then one with many spans, one of which has many bad rows.
	path := append(bytes.Clone(header), 12, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 'a')
	spans := append(bytes.Clone(header), 13, 0, 0, 0, 0, 1, 'a', 0xff, 0x7f, 0, 0xff, 0x7f, 0, 0xff, 0x7f, 0x7f, 0x7f)
	for _, plain := range [][]byte{header, section, path, spans} {
		data := withChecksums(plain)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		require.ErrorIs(t, new(engine.Partial).UnmarshalBinary(data), engine.ErrPartial)
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(3<<20))
	}
}

// TestPartialMemory checks that a Partial takes little more memory than its names.
func TestPartialMemory(t *testing.T) {
	count := 1_000_000
	if testing.Short() {
		count = 100_000
	}
	var content strings.Builder
	for i := range count {
		fmt.Fprintf(&content, "name %09d;%d.5\n", i*7919%count, i%100)
	}
	size := content.Len()
	path := writeInput(t, content.String())
	content = strings.Builder{}
	heap := func() int64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	before := heap()
	ranges, err := engine.Divide(int64(size/5), path)
	require.NoError(t, err)
	all := partials(t, engine.Options{}, engine.BadRowsFail, len(ranges), ranges)
	const pieceBytes = 1 << 20 // the last piece of each may be nearly empty
	allowed := int64(count)*(14+4)*11/10 + pieceBytes
	require.Less(t, heap()-before, allowed+int64(len(all))*pieceBytes)
	p, err := engine.MergePartials(sequence(all))
	require.NoError(t, err)
	all = nil
	require.Less(t, heap()-before, allowed)
	result, err := p.Result()
	require.NoError(t, err)
	require.Len(t, result.Stations, count)
	want, err := engine.Aggregate(t.Context(), engine.Options{}, engine.File(path))
	require.NoError(t, err)
	require.Equal(t, want.String(), result.String())
	require.Less(t, len(encoded(t, p)), int(allowed))

	// The Partial counts as part of the limit.
	_, err = engine.AggregatePartial(t.Context(), engine.Options{Workers: 1, MaxMemory: 8 << 20}, engine.BadRowsFail, engine.Range{Path: path, End: 1 << 40})
	if count == 1_000_000 {
		require.ErrorIs(t, err, engine.ErrMemory)
	}
}

// TestKeptBadRows checks that there is a limit for the memory of bad rows.
func TestKeptBadRows(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 300 MB")
	}
	path := writeInput(t, strings.Repeat(strings.Repeat("x", engine.MaxBadRowBytes)+"\n", 2500))
	ranges, err := engine.Divide(100<<20, path)
	require.NoError(t, err)
	all := partials(t, engine.Options{}, engine.BadRowsKeep, len(ranges), ranges)
	_, err = engine.MergePartials(sequence(all))
	require.NoError(t, err)
	for _, mode := range []engine.BadRowMode{engine.BadRowsFail, engine.BadRowsCount} {
		_, err = engine.AggregatePartial(t.Context(), engine.Options{}, mode, ranges...)
		require.NoError(t, err)
	}
	path = writeInput(t, strings.Repeat(strings.Repeat("x", engine.MaxBadRowBytes)+"\n", 4200))
	ranges, err = engine.Divide(140<<20, path)
	require.NoError(t, err)
	const want = "the bad rows take more than 256 MiB"
	_, err = engine.MergePartials(sequence(partials(t, engine.Options{}, engine.BadRowsKeep, len(ranges), ranges)))
	require.ErrorContains(t, err, want)
	_, err = engine.AggregatePartial(t.Context(), engine.Options{}, engine.BadRowsKeep, ranges...)
	require.ErrorContains(t, err, want)
}

// BenchmarkMergePartials merges a thousand partial results of as many names as the
// challenge has.
func BenchmarkMergePartials(b *testing.B) {
	var content strings.Builder
	for i := range 413_000 {
		fmt.Fprintf(&content, "station %d;%d.%d\n", i%413, i%100, i%10)
	}
	path := writeInput(b, content.String())
	ranges, err := engine.Divide(int64(content.Len()/1000+1), path)
	require.NoError(b, err)
	var stream bytes.Buffer
	for _, p := range partials(b, engine.Options{Workers: 1}, engine.BadRowsFail, len(ranges), ranges) {
		_, err := p.WriteTo(&stream)
		require.NoError(b, err)
	}
	b.SetBytes(int64(stream.Len()))
	for b.Loop() {
		p, err := engine.MergePartials(engine.ReadPartials(bytes.NewReader(stream.Bytes())))
		require.NoError(b, err)
		_, err = p.Result()
		require.NoError(b, err)
	}
}

// FuzzPartial checks that the decoder takes nothing but what WriteTo can write.
func FuzzPartial(f *testing.F) {
	path := writeInput(f, "b;1.0\na;-99.9\nb;99.9\nbad\nworse;\n")
	for mode := range engine.BadRowsKeep + 1 {
		p, err := engine.AggregatePartial(f.Context(), engine.Options{}, mode, engine.Range{Path: path, End: 1 << 20})
		require.NoError(f, err)
		f.Add(payloadsOf(encoded(f, p)))
		f.Add(payloadsOf(encoded(f, p.WithoutNames())))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, input := range [][]byte{data, withChecksums(data)} {
			p := new(engine.Partial)
			if p.UnmarshalBinary(input) == nil {
				recoded(t, p)
				_, _ = p.Result()
			}
		}
	})
}
