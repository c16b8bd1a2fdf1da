package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/parse"
	"onebrc/parse/oracle"
)

// variant is one way to run the engine.
type variant struct {
	name    string
	options engine.Options
	input   func(path, content string) engine.Input
}

// variants returns all kernels × workers × chunk sizes × kinds of input. With -short,
// as under the race detector, it uses only some worker counts and chunk sizes.
func variants(t *testing.T) []variant {
	kinds := []struct {
		name   string
		access engine.Access
		input  func(path, content string) engine.Input
	}{
		{"mapped", engine.AccessMap, func(path, _ string) engine.Input { return engine.File(path) }},
		{"read", engine.AccessRead, func(path, _ string) engine.Input { return engine.File(path) }},
		{"copied", engine.AccessCopy, func(path, _ string) engine.Input { return engine.File(path) }},
		{"stream", "", func(_, content string) engine.Input {
			return engine.Reader("input", strings.NewReader(content))
		}},
		{"slow stream", "", func(_, content string) engine.Input {
			return engine.Reader("input", iotest.HalfReader(strings.NewReader(content)))
		}},
		{"bytes", "", func(_, content string) engine.Input { return engine.Bytes("input", []byte(content)) }},
	}
	counts, chunks := []int{1, 2, 7}, []int{engine.MinChunkBytes, 64 << 10, engine.DefaultChunkBytes}
	if testing.Short() {
		counts, chunks = []int{2}, []int{engine.MinChunkBytes, engine.DefaultChunkBytes}
	}
	var all []variant
	for _, kernel := range engine.TestedKernels(t) {
		for _, workers := range counts {
			for _, chunk := range chunks {
				for _, kind := range kinds {
					all = append(all, variant{
						fmt.Sprintf("kernel=%s/workers=%d/chunk=%d/input=%s", kernel, workers, chunk, kind.name),
						engine.Options{Workers: workers, ChunkBytes: chunk, Kernel: kernel, Access: kind.access},
						kind.input,
					})
				}
			}
		}
	}
	return all
}

func TestGolden(t *testing.T) {
	pairs := oracle.Golden(t)
	for _, v := range variants(t) {
		t.Run(v.name, func(t *testing.T) {
			for _, p := range pairs {
				result, err := engine.Aggregate(context.Background(), v.options, v.input(p.Path, p.Input))
				require.NoError(t, err, p.Name)
				require.Equal(t, p.Output, result.String(), p.Name)
				require.Equal(t, int64(len(p.Input)), result.Bytes, p.Name)
			}
		})
	}
}

func TestBadRows(t *testing.T) {
	all := oracle.BadInputs(t)
	for _, v := range variants(t) {
		t.Run(v.name, func(t *testing.T) {
			for _, b := range all {
				_, err := engine.Aggregate(context.Background(), v.options, v.input(b.Path, b.Input))
				requireRowError(t, &b, err)
			}
		})
	}
}

func requireRowError(t *testing.T, want *oracle.Bad, err error) {
	t.Helper()
	var row *engine.RowError
	require.ErrorAs(t, err, &row, want.Name)
	require.Equal(t, want.Reason, string(row.Reason), want.Name)
	require.Equal(t, want.Line, row.Line, "line of %s", want.Name)
	require.Equal(t, want.Offset, row.Offset, "offset of %s", want.Name)
	require.ErrorIs(t, err, parse.Reason(want.Reason))
	require.Truef(t, strings.HasPrefix(want.Input[want.Offset:], string(row.Row)), "excerpt of %s", want.Name)
}

// TestOracleOnTestdata checks the oracle, which the random tests rely on.
func TestOracleOnTestdata(t *testing.T) {
	for _, p := range oracle.Golden(t) {
		output, bad := oracle.Aggregate(p.Input)
		require.Nil(t, bad, p.Name)
		require.Equal(t, p.Output, output, p.Name)
	}
	for _, b := range oracle.BadInputs(t) {
		_, bad := oracle.Aggregate(b.Input)
		require.NotNil(t, bad, b.Name)
		require.Equal(t, [3]any{b.Line, b.Offset, b.Reason}, [3]any{bad.Line, bad.Offset, bad.Reason}, b.Name)
	}
}

// randomInput returns size bytes of random rows with that many different names of 1
// to 100 bytes. If the last row does not fit, a row of the remaining size replaces it.
func randomInput(r *rand.Rand, names, size int) string {
	pool := make([]string, names)
	for i := range pool {
		n := 1 + r.IntN(16)
		if r.IntN(8) == 0 {
			n = 1 + r.IntN(100)
		}
		name := make([]byte, n)
		for k := range name {
			for {
				if name[k] = "abcXYZ \x00\r\xc3\xa9-.0"[r.IntN(14)]; r.IntN(20) == 0 {
					name[k] = byte(r.Uint32())
				}
				if name[k] != ';' && name[k] != '\n' {
					break
				}
			}
		}
		pool[i] = string(name)
	}
	var b strings.Builder
	for b.Len() < size {
		v := r.IntN(1999) - 999
		row := fmt.Sprintf("%s;%.1f\n", pool[r.IntN(names)], float64(v)/10)
		if left := size - b.Len() - len(row); left < 0 || left > 0 && left < parse.MinRowBytes {
			row = strings.Repeat("z", max(size-b.Len()-5, 1)) + ";1.0\n"
		}
		b.WriteString(row)
	}
	return b.String()
}

func TestRandomInputs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	for i, size := range []int{100, 4095, 4096, 4097, 8192, 12288, 65536, 65537, 262144, 1 << 20} {
		for _, names := range []int{1, 10, 413, 5000} {
			content := randomInput(r, names, size)
			if i%2 == 1 {
				content = strings.TrimSuffix(content, "\n")
			}
			want, bad := oracle.Aggregate(content)
			require.Nil(t, bad)
			path := filepath.Join(dir, "input")
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
			for _, v := range variants(t) {
				result, err := engine.Aggregate(context.Background(), v.options, v.input(path, content))
				require.NoError(t, err, v.name)
				require.Equal(t, want, result.String(), "%s, %d bytes, %d names", v.name, size, names)
			}
		}
	}
}

// TestManyNames checks tables that grow several times.
func TestManyNames(t *testing.T) {
	names := 1_000_000
	if testing.Short() {
		names = 100_000
	}
	var b bytes.Buffer
	for i := range names {
		fmt.Fprintf(&b, "%d;%d.%d\n", i, i%100, i%10)
	}
	for i := range names {
		fmt.Fprintf(&b, "%d;-%d.%d\n", i, i%100, i%10)
	}
	for _, kernel := range engine.TestedKernels(t) {
		result, err := engine.Aggregate(context.Background(), engine.Options{Kernel: kernel, Workers: 3, ChunkBytes: 1 << 20}, engine.Bytes("names", b.Bytes()))
		require.NoError(t, err)
		require.Len(t, result.Stations, names)
		for _, s := range result.Stations {
			var i int
			_, err := fmt.Sscan(s.Name, &i)
			require.NoError(t, err)
			v := i%100*10 + i%10
			require.Equal(t, engine.Station{Name: s.Name, Min: engine.Tenths(-v), Max: engine.Tenths(v), Sum: 0, Count: 2}, s)
		}
	}
}

// TestOneNameOverflowsPacking checks the statistics of a name with more rows than a
// slot can count without a flush, 2^24.
func TestOneNameOverflowsPacking(t *testing.T) {
	if testing.Short() {
		t.Skip("30 million rows for each kernel, on one worker")
	}
	const rows = 3e7
	content := bytes.Repeat([]byte("a;99.9\n"), rows)
	for _, kernel := range engine.TestedKernels(t) {
		result, err := engine.Aggregate(context.Background(), engine.Options{Kernel: kernel, Workers: 1, ChunkBytes: 1 << 30}, engine.Bytes("one", content))
		require.NoError(t, err)
		require.Equal(t, []engine.Station{{Name: "a", Min: 999, Max: 999, Sum: 999 * rows, Count: rows}}, result.Stations)
	}
}

func TestSeveralInputs(t *testing.T) {
	result, err := engine.Aggregate(context.Background(), engine.Options{},
		engine.Bytes("one", []byte("a;1.0\nb;2.0")),
		engine.Bytes("empty", nil),
		engine.Reader("two", strings.NewReader("a;3.0\n")))
	require.NoError(t, err)
	require.Equal(t, "{a=1.0/2.0/3.0, b=2.0/2.0/2.0}\n", result.String())

	result, err = engine.Aggregate(context.Background(), engine.Options{})
	require.NoError(t, err)
	require.Equal(t, "{}\n", result.String())

	// The error is the first bad row in the order of the inputs.
	long := strings.Repeat("a;1.0\n", 1e5)
	_, err = engine.Aggregate(context.Background(), engine.Options{Workers: 4, ChunkBytes: 4096},
		engine.Bytes("good", []byte(long)),
		engine.Bytes("bad", []byte(long+"x\n"+long)),
		engine.Bytes("worse", []byte("y\n")))
	require.EqualError(t, err, `bad:100001: byte 600000: missing-separator: "x"`)
}

func TestReadErrors(t *testing.T) {
	ctx := context.Background()
	broken := errors.New("broken")
	_, err := engine.Aggregate(ctx, engine.Options{}, engine.Reader("pipe", io.MultiReader(
		strings.NewReader("a;1.0\n"), iotest.ErrReader(broken))))
	require.ErrorIs(t, err, broken)
	require.EqualError(t, err, "pipe: broken")

	_, err = engine.Aggregate(ctx, engine.Options{}, engine.File(filepath.Join(t.TempDir(), "none")))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.Contains(t, err.Error(), "none: ")
	_, err = engine.Aggregate(ctx, engine.Options{}, engine.File(t.TempDir()))
	require.ErrorContains(t, err, "is a directory")
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []engine.Options{{Workers: -1}, {Workers: engine.MaxWorkers + 1}, {Workers: math.MaxInt}, {ChunkBytes: 100}, {ChunkBytes: -1}, {Kernel: "none"}, {Access: "none"}} {
		_, err := engine.Aggregate(context.Background(), o)
		require.Error(t, err, "%+v", o)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	content := bytes.Repeat([]byte("a;1.0\n"), 1e6)
	_, err := engine.Aggregate(ctx, engine.Options{}, engine.Bytes("a", content))
	require.ErrorIs(t, err, context.Canceled)
}
