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
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/engine/internal/kernel"
	"onebrc/parse"
	"onebrc/parse/oracle"
)

// skipAll makes o skip bad rows. It returns the slice that collects them.
func skipAll(o *engine.Options) *[]*engine.RowError {
	all := new([]*engine.RowError)
	o.OnBadRow = func(row *engine.RowError) error {
		*all = append(*all, row)
		return nil
	}
	return all
}

// requireSkipped checks that the output and the bad rows of the named input are those
// that the oracle found.
func requireSkipped(t *testing.T, o engine.Options, in engine.Input, name, output string, bad []oracle.Bad) {
	t.Helper()
	got := skipAll(&o)
	result, err := engine.Aggregate(context.Background(), o, in)
	require.NoError(t, err)
	require.Equal(t, output, result.String())
	require.Equal(t, int64(len(bad)), result.BadRows)
	require.Equal(t, len(bad), len(*got))
	for i, want := range bad {
		row := (*got)[i]
		if row.Input != name || row.Line != want.Line || row.Offset != want.Offset || string(row.Reason) != want.Reason {
			t.Fatalf("bad row %d: %.300s, want %d %d %s", i, row.Error(), want.Line, want.Offset, want.Reason)
		}
		if kept := want.Row[:min(len(want.Row), engine.MaxBadRowBytes)]; string(row.Row) != kept || row.Cut != (len(want.Row) > len(kept)) {
			t.Fatalf("bad row %d: got %d of %d bytes, cut: %v", i, len(row.Row), len(want.Row), row.Cut)
		}
	}
}

// nameOf returns the name that a variant gives the input of the file at path.
func (v variant) nameOf(path string) string {
	if strings.Contains(v.name, "stream") || strings.Contains(v.name, "bytes") {
		return "input"
	}
	return path
}

func TestSkipBadInputs(t *testing.T) {
	type expectation struct {
		oracle.Bad
		output string
		all    []oracle.Bad
	}
	var inputs []expectation
	for _, b := range oracle.BadInputs(t) {
		output, all := oracle.Skip(b.Input)
		require.NotEmpty(t, all)
		inputs = append(inputs, expectation{b, output, all})
	}
	for _, v := range variants(t) {
		if v.options.ChunkBytes != engine.MinChunkBytes {
			continue // larger chunks hold the whole input
		}
		t.Run(v.name, func(t *testing.T) {
			for _, in := range inputs {
				requireSkipped(t, v.options, v.input(in.Path, in.Input), v.nameOf(in.Path), in.output, in.all)
			}
		})
	}
}

// mixture returns about size bytes of rows. One row in badEvery is bad, and one in
// longEvery is so long that it may cover tiles, windows and chunks.
func mixture(r *rand.Rand, size, badEvery, longEvery int) string {
	reasons := []string{
		"", "name", ";1.0", strings.Repeat("n", 101) + ";1.0", "a;", "a;b;1.0", "a;1.00", "\r", "\x00",
		strings.Repeat("n", 150) + ";1.0", strings.Repeat("x", parse.MaxRowBytes+1), strings.Repeat(";", parse.MaxRowBytes),
		strings.Repeat("y", 3000), "a;1.0\r\r",
	}
	ends := []string{"\n", "\n", "\n", "\r\n"}
	lengths := []int{4095, 4096, 4097, engine.MaxBadRowBytes - 1, engine.MaxBadRowBytes, engine.MaxBadRowBytes + 1, 256 << 10, 600_000}
	var b strings.Builder
	for b.Len() < size {
		switch {
		case r.IntN(longEvery) == 0:
			b.WriteString(strings.Repeat("l;1", lengths[r.IntN(len(lengths))]/3+r.IntN(3)) + "\n")
		case r.IntN(badEvery) == 0:
			b.WriteString(reasons[r.IntN(len(reasons))] + "\n")
		default:
			fmt.Fprintf(&b, "name %d;%.1f%s", r.IntN(50), float64(r.IntN(1999)-999)/10, ends[r.IntN(4)])
		}
	}
	if r.IntN(2) == 0 {
		return strings.TrimSuffix(b.String(), "\n")
	}
	return b.String()
}

func TestSkipMixtures(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	path := filepath.Join(t.TempDir(), "input")
	for _, size := range []int{1000, 100_000, 1 << 20} {
		for _, badEvery := range []int{1, 2, 30, 10_000} {
			content := mixture(r, size, badEvery, 20+size/100)
			output, bad := oracle.Skip(content)
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
			all := variants(t)
			for _, i := range r.Perm(len(all))[:min(len(all), 40)] {
				requireSkipped(t, all[i].options, all[i].input(path, content), all[i].nameOf(path), output, bad)
			}
		}
	}
}

// TestSkipLongRowAcrossBorders moves bad rows of critical lengths across the borders of
// tiles and chunks.
func TestSkipLongRowAcrossBorders(t *testing.T) {
	for _, length := range []int{parse.MaxRowBytes, parse.MaxRowBytes + 1, kernel.TileBytes, engine.MaxBadRowBytes, engine.MaxBadRowBytes + 1, engine.MaxBadRowBytes + engine.MinChunkBytes} {
		long := strings.Repeat("z", length)
		for before := range 12 {
			content := filler(engine.MinChunkBytes-6*before) + long + "\na;1.0\n" + filler(9000)
			output, bad := oracle.Skip(content)
			require.Equal(t, 1, len(bad))
			for way := range ways {
				o, in := wayOf(way, content)
				o.Kernel = engine.Kernels()[len(engine.Kernels())-1]
				requireSkipped(t, o, in, "input", output, bad)
			}
		}
	}
}

// FuzzSkip compares the skipped and the counted rows with those of the oracle. The input
// is arbitrary bytes after legal rows and around a long row.
func FuzzSkip(f *testing.F) {
	for _, b := range oracle.BadInputs(f) {
		if len(b.Input) <= 2048 {
			f.Add([]byte(b.Input), uint16(0), uint32(0), byte(len(b.Input)))
			f.Add([]byte(b.Input), uint16(engine.MinChunkBytes-len(b.Input)/2), uint32(engine.MaxBadRowBytes), byte(len(b.Input)/2))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, before uint16, long uint32, way byte) {
		half := len(data) / 2
		content := filler(int(before%20_000)) + string(data[:half]) + strings.Repeat("l", int(long%200_000)) + string(data[half:])
		skipCompressed(t, content)
		output, bad := oracle.Skip(content)
		for _, k := range kernel.All() {
			o, in := wayOf(int(way)%ways, content)
			o.Kernel = engine.Kernel(k.Name)
			requireSkipped(t, o, in, "input", output, bad)
		}
	})
}

func TestSkipSeveralInputs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte("c;1.0\n;\n"), 0o600))
	long := strings.Repeat("a;1.0\n", 1e4)
	for workers := range 5 {
		o := engine.Options{Workers: workers + 1, ChunkBytes: engine.MinChunkBytes}
		bad := skipAll(&o)
		result, err := engine.Aggregate(context.Background(), o,
			engine.Bytes("one", []byte(long+"x\n"+long+"y")),
			engine.Bytes("empty", nil),
			engine.Reader("stream", strings.NewReader(long+"\n"+long)),
			engine.File(path))
		require.NoError(t, err)
		require.Equal(t, "{a=1.0/1.0/1.0, c=1.0/1.0/1.0}\n", result.String())
		require.Equal(t, [3]int64{40_001, 4, 240_012}, [3]int64{result.Rows, result.BadRows, result.Bytes})
		var text []string
		for _, row := range *bad {
			text = append(text, row.Error())
		}
		require.Equal(t, []string{
			`one:10001: byte 60000: missing-separator: "x"`,
			`one:20002: byte 120002: missing-separator: "y"`,
			`stream:10001: byte 60000: empty-row: ""`,
			path + `:2: byte 6: empty-name: ";"`,
		}, text)
	}
}

// TestOnBadRowEndsRun checks that an error of OnBadRow is returned unchanged, and that
// OnBadRow is not called again.
func TestOnBadRowEndsRun(t *testing.T) {
	content := []byte(strings.Repeat(strings.Repeat("a;1.0\n", 500)+"bad\n", 60))
	for _, workers := range []int{1, 2, 7} {
		for _, end := range []int{1, 2, 31, 60} {
			o := engine.Options{Workers: workers, ChunkBytes: engine.MinChunkBytes}
			var last *engine.RowError
			calls := 0
			enough := errors.New("enough")
			o.OnBadRow = func(row *engine.RowError) error {
				if calls++; calls == end {
					last = row
					return enough
				}
				return nil
			}
			result, err := engine.Aggregate(context.Background(), o, engine.Bytes("input", content))
			require.True(t, err == enough, "%v", err)
			require.Nil(t, result)
			require.Equal(t, end, calls)
			require.Equal(t, int64(end*501), last.Line)
			require.Equal(t, int64(end*3004-4), last.Offset)

			// An OnBadRow that returns the bad row has the same effect as none.
			o.OnBadRow = func(row *engine.RowError) error { return row }
			_, err = engine.Aggregate(context.Background(), o, engine.Bytes("input", content))
			require.EqualError(t, err, `input:501: byte 3000: missing-separator: "bad"`)
		}
	}
}

// TestSkipHoldsLittle checks that bad rows take little memory while OnBadRow still
// handles the first of them.
func TestSkipHoldsLittle(t *testing.T) {
	content := []byte(strings.Repeat("\n", 2<<20))
	var before, during runtime.MemStats
	runtime.ReadMemStats(&before)
	rows := 0
	o := engine.Options{Workers: 4, ChunkBytes: 256 << 10, OnBadRow: func(row *engine.RowError) error {
		if rows++; rows == 1 {
			for range 100 {
				runtime.Gosched() // let the other workers read and hold bad rows
			}
			runtime.GC()
			runtime.ReadMemStats(&during)
		}
		if row.Line != int64(rows) {
			return row
		}
		return nil
	}}
	result, err := engine.Aggregate(context.Background(), o, engine.Bytes("input", content))
	require.NoError(t, err)
	require.Equal(t, int64(len(content)), result.BadRows)
	require.Less(t, int64(during.HeapAlloc)-int64(before.HeapAlloc), int64(16<<20))
}

// TestSkipStops checks that a run ends while its workers wait for the turn of their
// chunks.
func TestSkipStops(t *testing.T) {
	content := strings.Repeat("x\n", 1<<18)
	for _, workers := range []int{1, 2, 7} {
		ctx, cancel := context.WithCancel(context.Background())
		calls := 0
		o := engine.Options{Workers: workers, ChunkBytes: 64 << 10, OnBadRow: func(*engine.RowError) error {
			if calls++; calls == 1 {
				cancel()
			}
			return nil
		}}
		_, err := engine.Aggregate(ctx, o, engine.Bytes("input", []byte(content)))
		require.ErrorIs(t, err, context.Canceled)
		require.Less(t, calls, 1<<18)

		broken := errors.New("broken")
		bad := skipAll(&o)
		_, err = engine.Aggregate(context.Background(), o, engine.Reader("input", io.MultiReader(
			strings.NewReader(content), iotest.ErrReader(broken))))
		require.ErrorIs(t, err, broken)
		for i, row := range *bad {
			if row.Line != int64(i+1) {
				t.Fatalf("%d: %v", i, row)
			}
		}
	}
}

// TestTwoNamesAreNoName checks that a row with two ';' is bad even if its bytes up to
// the value equal those of two names that the table keeps one after the other, or those
// of a short name and the zeros after it in its slot.
func TestTwoNamesAreNoName(t *testing.T) {
	check := func(x, y, bad string) {
		content := x + ";1.0\n" + y + ";2.0\n" + bad + ";3.0\n"
		for _, name := range engine.TestedKernels(t) {
			o := engine.Options{Workers: 1, Kernel: name}
			_, err := engine.Aggregate(context.Background(), o, engine.Bytes("input", []byte(content)))
			var row *engine.RowError
			require.ErrorAs(t, err, &row, "%s: %q", name, bad)
			require.Equal(t, int64(3), row.Line)
			require.Equal(t, parse.BadValue, row.Reason)
		}
	}
	for n := range 91 {
		x, y := strings.Repeat("x", n)+"district", "North district"
		check(x, y, x+";"+y)
		if len(x) < 31 {
			y = strings.Repeat("y", 40) + "district" // it ends like x, so that the hashes are equal
			kept := x + ";" + y
			check(x, y, x+";"+strings.Repeat("\x00", 31-len(x))+kept[32:])
		}
	}
}

// TestRowsBeforeReadError checks a stream that fails after a bad row: that row is the
// error, or is skipped, for any size of the reads.
func TestRowsBeforeReadError(t *testing.T) {
	broken := errors.New("broken")
	content := "a;1.0\nbad\n" + strings.Repeat("a;1.0\n", 2000) + "a;1"
	for _, chunkBytes := range []int{engine.MinChunkBytes, 0} {
		o := engine.Options{Workers: 1, ChunkBytes: chunkBytes}
		in := func() engine.Input {
			return engine.Reader("in", io.MultiReader(strings.NewReader(content), iotest.ErrReader(broken)))
		}
		_, err := engine.Aggregate(context.Background(), o, in())
		require.ErrorContains(t, err, "in:2: byte 6")
		bad := skipAll(&o)
		_, err = engine.Aggregate(context.Background(), o, in())
		require.ErrorIs(t, err, broken)
		require.Len(t, *bad, 1)
	}
	_, err := engine.Aggregate(context.Background(), engine.Options{}, engine.Reader("in", nil))
	require.ErrorContains(t, err, "the reader is nil")
}

// TestRefusalAndCancel checks that the error of an OnBadRow that also ends the context
// is returned.
func TestRefusalAndCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	refused := errors.New("refused")
	o := engine.Options{Workers: 2, OnBadRow: func(*engine.RowError) error { cancel(); return refused }}
	_, err := engine.Aggregate(ctx, o, engine.Bytes("in", []byte("bad\n")))
	require.Equal(t, refused, err)
}
