package engine_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

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
