package stages

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/parse"
	"onebrc/parse/oracle"
)

func TestRegistry(t *testing.T) {
	want := namesWritten()
	for _, kernel := range slices.Backward(engine.Kernels()[1:]) {
		if (engine.Options{Kernel: kernel}).Check() == nil {
			want = append(want, "engine-"+string(kernel))
		}
	}
	var got []string
	for _, s := range All() {
		got = append(got, s.Name)
		require.NotNil(t, s.Run, s.Name)
		require.True(t, strings.HasSuffix(s.Idea, "."), s.Name)
		found, err := ByName(s.Name)
		require.NoError(t, err)
		require.Equal(t, s.Idea, found.Idea)
	}
	require.Equal(t, want, got)
	slices.Sort(got)
	require.Equal(t, got, slices.Compact(slices.Clone(got)), "names are unique")

	_, err := ByName("none")
	require.ErrorContains(t, err, `unknown stage "none"`)
	for _, name := range want {
		require.ErrorContains(t, err, name)
	}
}

// namesWritten returns the names of the stages of this package.
func namesWritten() []string {
	var names []string
	for _, s := range written {
		names = append(names, s.Name)
	}
	return names
}

// stageFile returns the name of the file of a stage.
func stageFile(stage string) string { return strings.ReplaceAll(stage, "-", "_") + ".go" }

// TestDocumentation checks that the package documentation lists all stages in
// order, and then the engine.
func TestDocumentation(t *testing.T) {
	source, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	_, list, _ := strings.Cut(string(source), "one goroutine ")
	list, _, found := strings.Cut(list, "engine-KERNEL")
	require.True(t, found)
	var listed []string
	for _, word := range strings.FieldsFunc(list, func(c rune) bool { return c != '-' && (c < 'a' || c > 'z') }) {
		if slices.Contains(namesWritten(), word) {
			listed = append(listed, word)
		}
	}
	require.Equal(t, namesWritten(), listed)
}

// TestStagesReadAlone checks what the package documentation promises for the
// file of each stage: its name, the parts of its explanation, and that it uses
// nothing that the file of another stage declares.
func TestStagesReadAlone(t *testing.T) {
	files := map[string]*ast.File{}
	declaredIn := map[string]string{}
	for _, name := range namesWritten() {
		file, err := parser.ParseFile(token.NewFileSet(), stageFile(name), nil, parser.ParseComments)
		require.NoError(t, err)
		files[name] = file
		for declared := range file.Scope.Objects {
			declaredIn[declared] = name
		}
	}
	for i, name := range namesWritten() {
		first, isFunc := files[name].Decls[1].(*ast.FuncDecl) // after the imports
		require.True(t, isFunc && strings.HasPrefix(first.Name.Name, "run"), "%s begins with its run function", name)
		for _, part := range []string{"Idea:", "Same:", "Why:", "Next:"} {
			if i > 0 || part == "Idea:" || part == "Next:" {
				require.Contains(t, first.Doc.Text(), "\n"+part, name)
			}
		}
		for _, used := range files[name].Unresolved {
			require.NotContains(t, declaredIn, used.Name, "%s uses a declaration of another stage", name)
		}
	}
}

// eachStage runs do for each stage, first with the usual sizes of windows and chunks
// and then with sizes so small that rows cross the end of a window or chunk.
func eachStage(t *testing.T, do func(t *testing.T, s Stage)) {
	for _, s := range All() {
		t.Run(s.Name, func(t *testing.T) { do(t, s) })
	}
	for _, size := range []int{1, 7, 64, 4096} {
		for _, s := range All()[slices.Index(namesWritten(), "mapreduce"):len(written)] {
			t.Run(fmt.Sprintf("%s in parts of %d bytes", s.Name, size), func(t *testing.T) {
				defer func(c, w int) { chunkBytes, windowBytes = c, w }(chunkBytes, windowBytes)
				chunkBytes, windowBytes = size, size
				do(t, s)
			})
		}
	}
}

func TestGolden(t *testing.T) {
	pairs := oracle.Golden(t)
	eachStage(t, func(t *testing.T, s Stage) {
		for _, p := range pairs {
			if windowBytes < 64 && len(p.Input) > 10_000 {
				continue // each byte would take a system call or a lock
			}
			for _, workers := range []int{1, 2, 7} {
				result, err := s.Run(context.Background(), p.Path, workers)
				require.NoError(t, err, p.Name)
				if p.Output != result.String() { // to print the long outputs only if they differ
					require.Equal(t, p.Output, result.String(), "%s with %d workers", p.Name, workers)
				}
				require.Equal(t, int64(len(p.Input)), result.Bytes, p.Name)
				require.Equal(t, rowsOf(p.Input), result.Rows, p.Name)
			}
		}
	})
}

func rowsOf(input string) int64 {
	rows := strings.Count(input, "\n")
	if input != "" && !strings.HasSuffix(input, "\n") {
		rows++
	}
	return int64(rows)
}

func TestBadRows(t *testing.T) {
	all := oracle.BadInputs(t)
	eachStage(t, func(t *testing.T, s Stage) {
		for _, b := range all {
			if windowBytes < 64 && len(b.Input) > 10_000 {
				continue
			}
			for _, workers := range []int{1, 3} {
				result, err := s.Run(context.Background(), b.Path, workers)
				require.Nil(t, result, b.Name)
				var row *engine.RowError
				require.ErrorAs(t, err, &row, b.Name)
				require.ErrorIs(t, err, parse.Reason(b.Reason), b.Name)
				require.Equal(t, b.Path, row.Input)
				require.Equal(t, b.Line, row.Line, "line of %s", b.Name)
				require.Equal(t, b.Offset, row.Offset, "offset of %s", b.Name)
				require.Truef(t, strings.HasPrefix(b.Input[b.Offset:], string(row.Row)), "excerpt of %s", b.Name)
			}
		}
	})
}

// TestEveryValueByte replaces each byte of legal rows by every other byte, so that
// each parser of a value sees each byte in each place.
func TestEveryValueByte(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.txt")
	for _, row := range []string{"ab;1.2", "ab;-3.4", "ab;56.7", "ab;-89.0", "ab;-12.3\r"} {
		for at := range len(row) {
			for c := range 256 {
				changed := []byte(row)
				changed[at] = byte(c)
				// Long rows follow, so that the end of the file is far.
				input := string(changed) + "\n" + strings.Repeat(strings.Repeat("x", 90)+";0.0\n", 3)
				want, bad := oracle.Aggregate(input)
				require.NoError(t, os.WriteFile(path, []byte(input), 0o600))
				for _, name := range []string{"naive", "bytes", "branchless", "tiles"} {
					s, err := ByName(name)
					require.NoError(t, err)
					result, err := s.Run(context.Background(), path, 1)
					if bad != nil {
						require.ErrorIs(t, err, parse.Reason(bad.Reason), "%s on %q", name, changed)
						continue
					}
					require.NoError(t, err, "%s on %q", name, changed)
					require.Equal(t, want, result.String(), "%s on %q", name, changed)
				}
			}
		}
	}
}

func TestRandomRows(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, names := range []int{1, 3, 400, 20_000} {
		input, want := randomRows(r, names, 30_000)
		path := filepath.Join(t.TempDir(), "rows.txt")
		require.NoError(t, os.WriteFile(path, []byte(input), 0o600))
		eachStage(t, func(t *testing.T, s Stage) {
			if windowBytes < 64 {
				t.Skip("slow")
			}
			result, err := s.Run(context.Background(), path, 3)
			require.NoError(t, err)
			require.True(t, want == result.String(), "%d names", names)
		})
	}
}

// randomRows returns random rows and their result, which it computes with big
// rationals and sorts by UTF-16 code units.
func randomRows(r *rand.Rand, names, rows int) (input, output string) {
	const letters = "abcdefghäöüßABCXYZ .-'0123456789日本\U0001F600\uE000"
	pool := make([]string, names)
	for i := range pool {
		name := fmt.Sprint(i)
		for len(name) < r.IntN(30) {
			name += string([]rune(letters)[r.IntN(len([]rune(letters)))])
		}
		pool[i] = name
	}
	type values struct{ min, max, sum, count *big.Rat }
	all := map[string]*values{}
	var b strings.Builder
	for range rows {
		name := pool[r.IntN(names)]
		text := fmt.Sprintf("%d.%d", r.IntN(100), r.IntN(10))
		if r.IntN(2) == 0 {
			text = "-" + text
		}
		b.WriteString(name + ";" + text + "\n")
		v, _ := new(big.Rat).SetString(text)
		s := all[name]
		if s == nil {
			s = &values{v, v, new(big.Rat), new(big.Rat)}
			all[name] = s
		}
		if v.Cmp(s.min) < 0 {
			s.min = v
		}
		if v.Cmp(s.max) > 0 {
			s.max = v
		}
		s.sum.Add(s.sum, v)
		s.count.Add(s.count, big.NewRat(1, 1))
	}
	var sorted []string
	for name := range all {
		sorted = append(sorted, name)
	}
	slices.SortFunc(sorted, func(a, b string) int {
		return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
	})
	for i, name := range sorted {
		s := all[name]
		mean := new(big.Rat).Quo(s.sum, s.count)
		sorted[i] = fmt.Sprintf("%s=%s/%s/%s", name, oneDecimal(s.min), oneDecimal(mean), oneDecimal(s.max))
	}
	return b.String(), "{" + strings.Join(sorted, ", ") + "}\n"
}

// oneDecimal rounds v half up, to floor(10 v + 1/2) tenths.
func oneDecimal(v *big.Rat) string {
	up := new(big.Rat).Add(new(big.Rat).Mul(v, big.NewRat(10, 1)), big.NewRat(1, 2))
	tenths := new(big.Int)
	tenths.DivMod(up.Num(), up.Denom(), new(big.Int)) // DivMod is Euclidean: a floor, as the divisor is positive
	sign := ""
	if tenths.Sign() < 0 {
		sign = "-"
	}
	whole, tenth := new(big.Int).QuoRem(tenths.Abs(tenths), big.NewInt(10), new(big.Int))
	return fmt.Sprintf("%s%s.%s", sign, whole, tenth)
}

// TestCollidingNames aggregates names of equal length whose first and last 8 bytes
// agree.
func TestCollidingNames(t *testing.T) {
	var input strings.Builder
	for round := range 2 {
		for i := range 1000 {
			fmt.Fprintf(&input, "same-beginning-%04d-same-end;%d.%d\n", i, i/100, round)
		}
	}
	want, bad := oracle.Aggregate(input.String())
	require.Nil(t, bad)
	path := filepath.Join(t.TempDir(), "rows.txt")
	require.NoError(t, os.WriteFile(path, []byte(input.String()), 0o600))
	for _, s := range All() {
		result, err := s.Run(context.Background(), path, 2)
		require.NoError(t, err, s.Name)
		require.Equal(t, want, result.String(), s.Name)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	for _, s := range All() {
		_, err := s.Run(context.Background(), filepath.Join(dir, "none"), 2)
		require.ErrorIs(t, err, os.ErrNotExist, s.Name)
		_, err = s.Run(context.Background(), dir, 2)
		require.ErrorContains(t, err, "not a regular file", s.Name)
		packed := filepath.Join(dir, "packed")
		require.NoError(t, os.WriteFile(packed, []byte("\x1f\x8b\x08\x00"), 0o600))
		_, err = s.Run(context.Background(), packed, 2)
		require.EqualError(t, err, "stages: "+packed+": stages read plain text, and the file is compressed with gzip: decompress it first")
		_, err = s.Run(context.Background(), os.DevNull, -1)
		require.EqualError(t, err, "stages: workers must be 0 to 8192, got -1", s.Name)
		_, err = s.Run(context.Background(), os.DevNull, engine.MaxWorkers+1)
		require.EqualError(t, err, "stages: workers must be 0 to 8192, got 8193", s.Name)
	}
}

// TestCancel cancels runs before they start and while they work.
func TestCancel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.txt")
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("a;1.0\n"), 2e6), 0o600))
	for _, s := range All() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := s.Run(ctx, path, 2)
		require.ErrorIs(t, err, context.Canceled, s.Name)

		ctx, cancel = context.WithTimeout(context.Background(), 5*time.Millisecond)
		result, err := s.Run(ctx, path, 2)
		if err == nil { // the stage was faster than the timeout
			require.Equal(t, int64(2e6), result.Rows, s.Name)
		} else {
			require.ErrorIs(t, err, context.DeadlineExceeded, s.Name)
		}
		cancel()
	}
}

// TestChangedWhileReading truncates a file that a stage has open, in the middle and
// in the last page, where a mapping continues with zeros, and then appends to it.
func TestChangedWhileReading(t *testing.T) {
	const rows = 100_000
	path := filepath.Join(t.TempDir(), "rows.txt")
	mapped := func(change func()) (*engine.Result, error) {
		return checked(func(ctx context.Context, path string, workers int) (*engine.Result, error) {
			return overMapping(ctx, path, workers, func(t *openTable, data []byte, from, to int) error {
				change()
				return addZeroCopyRows(t, data[from:to])
			})
		})(context.Background(), path, 1)
	}
	read := func(change func()) (*engine.Result, error) {
		return checked(func(ctx context.Context, path string, workers int) (*engine.Result, error) {
			return mapReduce(ctx, path, workers, func(s summary, chunk []byte) error {
				change()
				return addByteRows(s, chunk)
			})
		})(context.Background(), path, 1)
	}
	defer func(c, w int) { chunkBytes, windowBytes = c, w }(chunkBytes, windowBytes)
	chunkBytes, windowBytes = 64<<10, 64<<10
	for name, run := range map[string]func(change func()) (*engine.Result, error){"mapped": mapped, "read": read} {
		for _, left := range []int64{0, 300_000, 6*rows - 3} {
			require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("a;1.0\n"), rows), 0o600))
			result, err := run(func() { require.NoError(t, os.Truncate(path, left)) })
			require.ErrorIs(t, err, engine.ErrTruncated, "%s, %d bytes are left", name, left)
			require.EqualError(t, err, path+": truncated while reading")
			require.Nil(t, result)
		}
		require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("a;1.0\n"), rows), 0o600))
		result, err := run(sync.OnceFunc(func() {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			require.NoError(t, err)
			defer f.Close()
			_, err = f.Write(bytes.Repeat([]byte("bad\n"), rows))
			require.NoError(t, err)
		}))
		require.NoError(t, err, name)
		require.EqualValues(t, rows, result.Rows, "%s: appended rows do not count", name)
	}
}

// fault is like the runtime's panic value for memory that cannot be read.
type fault uintptr

func (f fault) Error() string { return "fault" }
func (f fault) Addr() uintptr { return uintptr(f) }

// TestFault simulates a fault in the mapping of a file that did not become shorter.
func TestFault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.txt")
	require.NoError(t, os.WriteFile(path, []byte("a;1.0\n"), 0o600))
	_, err := checked(func(ctx context.Context, _ string, workers int) (*engine.Result, error) {
		return nil, inParallel(ctx, workers, func(context.Context, int) error { panic(fault(0x1000)) })
	})(context.Background(), path, 2)
	require.ErrorIs(t, err, syscall.EIO)
	require.EqualError(t, err, path+": input/output error")

	other := errors.New("other")
	require.ErrorIs(t, inParallel(context.Background(), 2, func(context.Context, int) error { return other }), other)
	require.Panics(t, func() { _ = catchFault(func() error { panic("a bug") }) })
}

// TestParseWord compares the parsers with every value, and parseWord with various
// bytes after the value.
func TestParseWord(t *testing.T) {
	for tenths := parse.MinTenths; tenths <= parse.MaxTenths; tenths++ {
		for _, format := range []string{"%s%d.%d", "%s%02d.%d"} {
			sign, v := "", tenths
			if v < 0 {
				sign, v = "-", -v
			}
			text := fmt.Sprintf(format, sign, v/10, v%10)
			for _, after := range []string{"\n\n\n\n\n", "\n----", "\r\n;;;", "\nzzzz", "\n\x00\xff\x00\xff", "\n.0.0"} {
				word := uint64(0)
				for i, c := range []byte((text + after)[:8]) {
					word |= uint64(c) << (8 * i)
				}
				got, length, bad := parseWord(word)
				require.False(t, bad, text)
				require.Equal(t, tenths, got, text)
				require.Equal(t, len(text), length, text)
			}
			got, ok := parseTenthsBytes([]byte(text + "\r"))
			require.True(t, ok, text)
			require.Equal(t, tenths, got)
			require.Equal(t, tenths, parseTenths(text))
		}
	}
}
