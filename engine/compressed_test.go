package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"github.com/ulikunitz/xz"

	"onebrc/engine"
)

// compressors are the formats that a package can write.
var compressors = map[string]func(w io.Writer) (io.WriteCloser, error){
	"gzip": func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
	"zstd": func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) },
	"xz":   func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) },
}

// compressed returns data in a format.
func compressed(t testing.TB, format string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := compressors[format](&b)
	require.NoError(t, err)
	_, err = w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// randomRows returns about size bytes of rows of names of all lengths.
func randomRows(size int) []byte {
	var b []byte
	for len(b) < size {
		b = fmt.Appendf(b, "%s%d;%d.%d\n", strings.Repeat("n", rand.IntN(98)), rand.IntN(50), rand.IntN(199)-99, rand.IntN(10))
	}
	return b
}

// writeFile writes a file of a test.
func writeFile(t testing.TB, data []byte) string {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	_, err = f.Write(data)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return f.Name()
}

// asInputs returns data as inputs of every kind.
func asInputs(t testing.TB, data []byte) map[string]func() engine.Input {
	path := writeFile(t, data)
	return map[string]func() engine.Input{
		"file":   func() engine.Input { return engine.File(path) },
		"fs":     func() engine.Input { return engine.FS(os.DirFS(filepath.Dir(path)), filepath.Base(path)) },
		"bytes":  func() engine.Input { return engine.Bytes("bytes", data) },
		"reader": func() engine.Input { return engine.Reader("reader", bytes.NewReader(data)) },
		"half":   func() engine.Input { return engine.Reader("half", iotest.HalfReader(bytes.NewReader(data))) },
		"ending": func() engine.Input { return engine.Reader("ending", iotest.DataErrReader(bytes.NewReader(data))) },
	}
}

// TestCompressed checks that compressed inputs have the result of the text in them, for
// all kernels, numbers of workers, sizes of chunks and kinds of input, alone and mixed
// with other inputs.
func TestCompressed(t *testing.T) {
	rows := randomRows(100 << 10)
	want, err := engine.Aggregate(t.Context(), engine.Options{}, engine.Bytes("text", rows))
	require.NoError(t, err)
	mixed, err := engine.Aggregate(t.Context(), engine.Options{}, engine.Bytes("text", bytes.Repeat(rows, 4)))
	require.NoError(t, err)
	all, turn := engine.TestedKernels(t), 0
	for format := range compressors {
		data := compressed(t, format, rows)
		for kind, in := range asInputs(t, data) {
			kernels := all
			if testing.Short() { // they take turns
				kernels = all[turn%len(all):][:1]
				turn++
			}
			for _, kernel := range kernels {
				for _, workers := range []int{1, 2, 7} {
					for _, chunkBytes := range []int{engine.MinChunkBytes, engine.DefaultChunkBytes} {
						o := engine.Options{Kernel: kernel, Workers: workers, ChunkBytes: chunkBytes}
						got, err := engine.Aggregate(t.Context(), o, in())
						require.NoError(t, err, "%s %s %+v", format, kind, o)
						require.Equal(t, want, got, "%s %s %+v", format, kind, o)
						got, err = engine.Aggregate(t.Context(), o, in(), engine.Bytes("text", rows), in(), engine.Reader("stream", bytes.NewReader(rows)))
						require.NoError(t, err)
						require.Equal(t, mixed, got, "%s %s %+v", format, kind, o)
					}
				}
			}
		}
	}
}

// TestCompressedGroups is TestCompressed for GroupBy, which looks at headers first, with
// quotes and without.
func TestCompressedGroups(t *testing.T) {
	var text []byte
	count := 30_000
	if testing.Short() {
		count = 10_000
	}
	for i := range count {
		text = fmt.Appendf(text, "key %d,%d.%d,\"a\nb\"\n", rand.IntN(100), rand.IntN(1000), i%10)
	}
	header := []byte("city,temp,note\n")
	q := engine.Query{
		By:         []engine.Column{{Name: "city"}},
		Aggregates: []engine.Aggregation{{Func: engine.FuncSum, Of: &engine.Column{Name: "temp"}}, {Func: engine.FuncCount}},
	}
	for _, body := range [][]byte{text, bytes.ReplaceAll(text, []byte("\"a\nb\""), []byte("ab"))} {
		data := slices.Concat(header, body)
		want := groupsText(t, q, engine.Options{}, engine.Bytes("text", slices.Concat(header, body, body, body)))
		for format := range compressors {
			for kind, in := range asInputs(t, compressed(t, format, data)) {
				for _, workers := range []int{1, 2, 5} {
					o := engine.Options{Workers: workers, ChunkBytes: 64 << 10}
					require.Equal(t, want, groupsText(t, q, o, in(), engine.Bytes("text", data), in()), "%s %s %d", format, kind, workers)
				}
			}
		}
	}
}

// groupsText returns the groups of a query as text.
func groupsText(t *testing.T, q engine.Query, o engine.Options, inputs ...engine.Input) string {
	t.Helper()
	groups, err := engine.GroupBy(t.Context(), q, o, inputs...)
	require.NoError(t, err)
	var b strings.Builder
	for g := range groups.All() {
		fmt.Fprintln(&b, g.Key(0), g.Cell(0), g.Cell(1))
	}
	return b.String()
}

// TestCompressedBadRows checks that bad rows of several compressed files, which are read
// at the same time, are reported in the order of the inputs with their lines and offsets,
// and that the first one of all ends a run.
func TestCompressedBadRows(t *testing.T) {
	var inputs []engine.Input
	var want []string
	for i := range 7 {
		var text []byte
		for line := 1; line <= 40_000; line++ {
			if (i > 0 || line > 30_000) && rand.IntN(2_000) == 0 {
				want = append(want, fmt.Sprintf("%d:%d:%d", i, line, len(text)))
				text = append(text, "bad\n"...)
			} else {
				text = append(text, "a;1.0\n"...)
			}
		}
		if i != 4 {
			text = compressed(t, []string{"gzip", "zstd"}[i%2], text)
		}
		name := filepath.Join(t.TempDir(), fmt.Sprint(i))
		require.NoError(t, os.WriteFile(name, text, 0o600))
		inputs = append(inputs, engine.File(name))
	}
	where := func(row *engine.RowError) string {
		return fmt.Sprintf("%s:%d:%d", filepath.Base(row.Input), row.Line, row.Offset)
	}
	for _, workers := range []int{1, 2, 3, 8} {
		var got []string
		o := engine.Options{Workers: workers, ChunkBytes: 16 << 10}
		o.OnBadRow = func(row *engine.RowError) error { got = append(got, where(row)); return nil }
		result, err := engine.Aggregate(t.Context(), o, inputs...)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.EqualValues(t, len(want), result.BadRows)

		stop := errors.New("enough")
		got = nil
		o.OnBadRow = func(row *engine.RowError) error {
			if got = append(got, where(row)); len(got) == len(want)/2 {
				return stop
			}
			return nil
		}
		_, err = engine.Aggregate(t.Context(), o, inputs...)
		require.Equal(t, stop, err)
		require.Equal(t, want[:len(want)/2], got)

		o.OnBadRow = nil
		_, err = engine.Aggregate(t.Context(), o, inputs...)
		var row *engine.RowError
		require.ErrorAs(t, err, &row)
		require.Equal(t, want[0], where(row))
	}
}

// TestCompressedErrors checks the errors of damaged data, which have the input and the
// place, of a limit that is too small, and of ranges.
func TestCompressedErrors(t *testing.T) {
	size := 2 << 20
	if testing.Short() {
		size = 512 << 10
	}
	rows := randomRows(size)
	for format := range compressors {
		data := compressed(t, format, rows)
		damaged := slices.Clone(data)
		damaged[len(data)/2] ^= 0x55
		for what, b := range map[string][]byte{
			"truncated: it ends at compressed byte " + fmt.Sprint(len(data)/3) + "$": data[:len(data)/3],
			// A damaged length may reach beyond the end.
			"(damaged before|truncated: it ends at) compressed byte [0-9]+": damaged,
			"": append(slices.Clone(data), "trailing"...),
		} {
			for kind, in := range asInputs(t, b) {
				for _, workers := range []int{1, 3} {
					result, err := engine.Aggregate(t.Context(), engine.Options{Workers: workers}, engine.Bytes("x", rows), in())
					require.Nil(t, result)
					var row *engine.RowError
					if bytes.Equal(b, damaged) && errors.As(err, &row) {
						continue // the damaged data has a bad row
					}
					require.ErrorIs(t, err, engine.ErrCompressed, "%s %s", format, kind)
					if what != "" {
						require.Regexp(t, format+" data is "+what, err.Error())
					}
				}
			}
		}
		path := writeFile(t, data)
		_, err := engine.Aggregate(t.Context(), engine.Options{}, engine.File(writeFile(t, data[:len(data)-1])))
		require.ErrorContains(t, err, "truncated")
		_, err = engine.Divide(1<<20, path)
		require.EqualError(t, err, path+": compressed with "+format+", so that it has no ranges: decompress it, or read it whole")
		_, err = engine.AggregatePartial(t.Context(), engine.Options{}, engine.BadRowsFail, engine.Range{Path: path, End: 100})
		require.ErrorContains(t, err, path+": compressed with "+format)

		before := engine.Options{Workers: 1}
		for limit := int64(4 << 20); ; limit += 1 << 20 {
			before.MaxMemory = limit
			if _, err = engine.Aggregate(t.Context(), before, engine.File(path)); err == nil {
				break
			}
			require.ErrorIs(t, err, engine.ErrMemory)
			require.Less(t, limit, int64(40<<20))
		}
	}
}

// TestCompressedProgress checks that progress counts compressed bytes and ends at the size
// of the file, even if padding follows the last row.
func TestCompressedProgress(t *testing.T) {
	for format := range compressors {
		data := compressed(t, format, randomRows(3<<20))
		if format == "gzip" {
			data = append(data, make([]byte, 100_000)...)
		}
		var mu sync.Mutex
		var all []int64
		o := engine.Options{Workers: 2, Progress: func(bytes int64) {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, bytes)
		}}
		_, err := engine.Aggregate(t.Context(), o, engine.File(writeFile(t, data)), engine.Bytes("more", []byte("a;1.0\n")))
		require.NoError(t, err)
		require.Greater(t, len(all), 4)
		require.True(t, slices.IsSorted(all))
		require.EqualValues(t, len(data)+6, all[len(all)-1])
	}
}

// TestLooksCompressed checks that rows whose first name begins almost like compressed data
// are read as rows, in inputs of every kind.
func TestLooksCompressed(t *testing.T) {
	for _, name := range []string{"BZh1", "BZh9", "BZh91AY&SY", "B", "P*M", "(", "\x1f\x8b", "\xfd7zXZ", "(\u00b5/\u00fd", "\u00fd7zXZ"} {
		for _, text := range []string{name + ";1.0", name + ";1.0\n", name + ";1.0\n" + strings.Repeat(name+";1.0\n", 5000)} {
			for kind, in := range asInputs(t, []byte(text)) {
				result, err := engine.Aggregate(t.Context(), engine.Options{}, in())
				require.NoError(t, err, "%s %q", kind, name)
				require.Len(t, result.Stations, 1)
				require.Equal(t, name, result.Stations[0].Name)
			}
		}
	}
}

// TestCompressedStuck checks that a compressed reader that blocks does not keep a run
// from ending with ctx, and that rows before a slow byte of text are not waited for.
func TestCompressedStuck(t *testing.T) {
	data := compressed(t, "gzip", randomRows(2<<20))
	for _, n := range []int{0, 1, 2, 100, len(data) / 2} {
		release := make(chan struct{})
		soon(t, func() {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			_, err := engine.Aggregate(ctx, engine.Options{Workers: 2}, engine.Reader("stuck", stuckAfter(string(data[:n]), release)))
			require.ErrorIs(t, err, context.DeadlineExceeded)
		})
		close(release)
	}
}
