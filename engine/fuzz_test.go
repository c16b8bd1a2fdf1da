package engine_test

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/engine/internal/decompress"
	"onebrc/engine/internal/kernel"
	"onebrc/parse/oracle"
)

// filler returns n bytes of legal rows of about 100 bytes. If n is less than the
// shortest row, it returns nothing.
func filler(n int) string {
	var b strings.Builder
	for left := n; left >= 6; left = n - b.Len() {
		length := min(left, 100+5)
		if rest := left - length; rest > 0 && rest < 6 {
			length -= 6
		}
		b.WriteString(strings.Repeat("f", length-5) + ";1.0\n")
	}
	return b.String()
}

// The ways to run an input: a way is one of the worker counts, one of the chunk sizes
// and one of the kinds of input.
var (
	chunkSizes = []int{engine.MinChunkBytes, engine.MinChunkBytes + 777, engine.DefaultChunkBytes}
	inputs     = []func(content string) engine.Input{
		func(content string) engine.Input { return engine.Bytes("input", []byte(content)) },
		func(content string) engine.Input { return engine.Reader("input", strings.NewReader(content)) },
		func(content string) engine.Input {
			return engine.Reader("input", iotest.HalfReader(strings.NewReader(content)))
		},
	}
	ways = 3 * len(chunkSizes) * len(inputs) // 1 to 3 workers
)

// wayOf returns the options and the input of one of the ways.
func wayOf(way int, content string) (engine.Options, engine.Input) {
	o := engine.Options{Workers: 1 + way%3, ChunkBytes: chunkSizes[way/3%len(chunkSizes)]}
	return o, inputs[way/3/len(chunkSizes)%len(inputs)](content)
}

// checkAggregate compares Aggregate with the oracle on one input, for every kernel and
// in one of the ways.
func checkAggregate(t *testing.T, content string, way int) {
	t.Helper()
	want, bad := oracle.Aggregate(content)
	for _, k := range kernel.All() {
		o, in := wayOf(way, content)
		o.Kernel = engine.Kernel(k.Name)
		result, err := engine.Aggregate(context.Background(), o, in)
		if bad != nil {
			bad.Name, bad.Input = "input", content
			requireRowError(t, bad, err)
			require.Nil(t, result)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, result.String(), "%+v", o)
		require.Equal(t, int64(len(content)), result.Bytes)
	}
}

// skipCompressed skips a test whose input begins like compressed data.
func skipCompressed(t *testing.T, content string) {
	if f, _ := decompress.Detect([]byte(content), true); f != "" {
		t.Skip("not text")
	}
}

// FuzzAggregate compares Aggregate with the oracle on arbitrary bytes after legal
// rows, which move the bytes across the borders of tiles and chunks.
func FuzzAggregate(f *testing.F) {
	seed := func(content string) {
		if len(content) <= 2048 {
			f.Add([]byte(content), uint16(0), byte(len(content)))
			f.Add([]byte(content), uint16(engine.MinChunkBytes-len(content)/2), byte(len(content)/2))
		}
	}
	for _, p := range oracle.Golden(f) {
		seed(p.Input)
	}
	for _, b := range oracle.BadInputs(f) {
		seed(b.Input)
	}
	f.Fuzz(func(t *testing.T, data []byte, before uint16, way byte) {
		content := filler(int(before%20_000)) + string(data)
		skipCompressed(t, content)
		checkAggregate(t, content, int(way)%ways)
	})
}

// TestAggregateAcrossBorders moves short inputs, legal or not, byte by byte across the
// end of the first chunk, which is also the end of a tile.
func TestAggregateAcrossBorders(t *testing.T) {
	for _, content := range []string{"a;1.0\nb;-2.0", "a\r;1.0\r\nb;20.0\r\n", "\x00;1.0\n;1.0\n", "a;1.0\n\n", "a;b;1.0\n", strings.Repeat("n", 1030) + ";1.0\n"} {
		for before := engine.MinChunkBytes - 2*len(content) - 8; before <= engine.MinChunkBytes+8; before += 1 + len(content)/100 {
			for _, way := range []int{1, 1 + 3, 1 + 9, 2 + 18} {
				checkAggregate(t, filler(before)+content, way)
			}
		}
	}
}

// TestCutInsideRow checks the error when a chunk is cut inside a row that is too long,
// because no LF is near. The next chunk then begins with what looks like the end of a
// row. Whatever a worker makes of that, Aggregate must return the first error.
func TestCutInsideRow(t *testing.T) {
	const cut = 1 << 20 // the nominal end of the first chunk
	const searched = cut + engine.MaxBadRowBytes
	step := 1
	if testing.Short() {
		step = 7
	}
	for _, tail := range []string{"1.0\n", "-1.0\n", "10.0\r\n", "\n", "0\n", ".0\n"} {
		for end := searched - 9; end < searched+11; end += step {
			var b bytes.Buffer
			b.WriteString(strings.Repeat("abcd;1.0\n", cut/9-10))
			before := b.Len()
			full := "x;" + strings.Repeat("y", end-before) + ";1.0\n"
			b.WriteString(full[:end-before-1] + ";" + tail)
			b.WriteString(strings.Repeat("abcd;1.0\n", 4*cut/9))
			for _, k := range kernel.All() {
				o := engine.Options{Workers: 2, ChunkBytes: cut, Kernel: engine.Kernel(k.Name)}
				_, err := engine.Aggregate(context.Background(), o, engine.Bytes("input", b.Bytes()))
				requireRowError(t, &oracle.Bad{
					Name: "cut", Input: b.String(), Line: cut/9 - 9, Offset: int64(before), Reason: "row-too-long",
				}, err)
			}
		}
	}
}

// randomText returns a short string of characters next to the borders of UTF-8 and
// UTF-16.
func randomText(r *rand.Rand, valid bool) string {
	var b []byte
	for range r.IntN(5) {
		if !valid && r.IntN(3) == 0 {
			b = append(b, "\x7f\x80\xbf\xc0\xed\xee\xef\xf0\xf4\xf5\xff\x00"[r.IntN(12)])
			continue
		}
		b = utf8.AppendRune(b, []rune("\x00az\x7f\u0080\u07ff\u0800\u20ac\ud7ff\ue000\uf8ff\ufdd0\uffff\U00010000\U0001f600\U000fffff\U0010ffff")[r.IntN(17)])
	}
	return string(b)
}

func TestCompareIsUTF16Order(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	supplementary := 0
	for range 200_000 {
		a, b := randomText(r, true), randomText(r, true)
		x, y := utf16.Encode([]rune(a)), utf16.Encode([]rune(b))
		require.Equal(t, slices.Compare(x, y), cmp.Compare(engine.Compare(a, b), 0), "%q and %q", a, b)
		if slices.Compare(x, y) != cmp.Compare(a, b) {
			supplementary++
		}
	}
	require.Greater(t, supplementary, 1000, "cases in which the order of bytes differs")
}

func TestCompareIsTotalOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sign := func(a, b string) int { return cmp.Compare(engine.Compare(a, b), 0) }
	for range 200_000 {
		a, b, c := randomText(r, false), randomText(r, false), randomText(r, false)
		if sign(a, a) != 0 || (sign(a, b) == 0) != (a == b) || sign(a, b) != -sign(b, a) {
			t.Fatalf("%q and %q", a, b)
		}
		if sign(a, b) <= 0 && sign(b, c) <= 0 && sign(a, c) > 0 {
			t.Fatalf("%q, %q and %q", a, b, c)
		}
	}
}

// TestCompareOfBytes checks Compare for every pair of first differing bytes.
func TestCompareOfBytes(t *testing.T) {
	var order []byte // F0 to F4 come before EE and EF
	for c := range 256 {
		if c == 0xEE {
			order = append(order, 0xF0, 0xF1, 0xF2, 0xF3, 0xF4)
		}
		if c < 0xF0 || c > 0xF4 {
			order = append(order, byte(c))
		}
	}
	for i, a := range order {
		for k, b := range order {
			got := engine.Compare("same"+string([]byte{a})+"z", "same"+string([]byte{b})+"a")
			if i != k {
				require.Equal(t, cmp.Compare(i, k), cmp.Compare(got, 0), "%#x and %#x", a, b)
			}
		}
	}
}

// TestMeanIsExact compares Mean with floor((2S+n) / 2n) in unlimited arithmetic.
func TestMeanIsExact(t *testing.T) {
	check := func(sum, count int64) {
		n := big.NewInt(count)
		twice := new(big.Int).Lsh(n, 1)
		numerator := new(big.Int).Add(new(big.Int).Lsh(big.NewInt(sum), 1), n)
		want := new(big.Int).Div(numerator, twice) // Euclidean division, which is the floor because 2n > 0
		got := engine.Station{Name: "a", Sum: engine.Tenths(sum), Count: count}.Mean()
		require.Equal(t, want.Int64(), int64(got), "sum %d, count %d", sum, count)
	}
	for count := int64(1); count <= 40; count++ {
		for sum := -40 * count; sum <= 40*count; sum++ {
			check(sum, count)
		}
	}
	r := rand.New(rand.NewPCG(1, 3))
	for range 300_000 {
		count := 1 + r.Int64N(math.MaxInt64/4000)>>r.IntN(50)
		sum := r.Int64N(2*999*count+1) - 999*count
		check(sum, count)
		check(sum/count*count+count/2, count) // a tie, if count is even
		check(-999*count, count)
		check(999*count, count)
	}
}
