package engine_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// bgzf returns text as blocks of BGZF with at most size bytes of text each. Empty means that
// an empty block ends them, as bgzip writes it.
func bgzf(t testing.TB, text []byte, size int, empty bool) []byte {
	t.Helper()
	var all []byte
	for part := range slices.Chunk(text, size) {
		all = append(all, bgzfBlock(t, part)...)
	}
	if empty {
		all = append(all, bgzfBlock(t, nil)...)
	}
	return all
}

// bgzfBlock returns text as a block of BGZF.
func bgzfBlock(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Extra = []byte("BC\x02\x00\x00\x00")
	_, err := w.Write(text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	block := b.Bytes()
	binary.LittleEndian.PutUint16(block[16:], uint16(len(block)-1))
	return block
}

// frames returns text as zstd frames with at most size bytes of text each.
func frames(t testing.TB, text []byte, size int) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	var all []byte
	for part := range slices.Chunk(text, size) {
		all = w.EncodeAll(part, all)
	}
	return all
}

// pzstd returns text as pzstd writes it: before each frame, which does not tell the size of
// its text, an unused one tells that of the frame.
func pzstd(t testing.TB, text []byte, size int) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	var all []byte
	for part := range slices.Chunk(text, size) {
		var b bytes.Buffer
		w.Reset(&b)
		_, err := w.Write(part)
		require.NoError(t, err)
		require.NoError(t, w.Flush()) // so that the size is not known when the frame begins
		require.NoError(t, w.Close())
		all = append(all, "P*M\x18\x04\x00\x00\x00"...)
		all = binary.LittleEndian.AppendUint32(all, uint32(b.Len()))
		all = append(all, b.Bytes()...)
	}
	return all
}

// inUnits returns text in compressed data of which all or some are units.
func inUnits(t testing.TB, text []byte, size int) map[string][]byte {
	half := len(text) / 2
	return map[string][]byte{
		"pzstd":         pzstd(t, text, max(size, 1000)),
		"bgzf":          bgzf(t, text, size, true),
		"bgzf, no end":  bgzf(t, text, size, false),
		"bgzf, padded":  append(bgzf(t, text, size, true), make([]byte, 1000)...),
		"bgzf, gzip":    slices.Concat(bgzf(t, text[:half], size, true), compressed(t, "gzip", text[half:])),
		"gzip, bgzf":    slices.Concat(compressed(t, "gzip", text[:half]), bgzf(t, text[half:], size, true)),
		"frames":        frames(t, text, size),
		"frames, empty": slices.Concat(frames(t, text, size), []byte("P*M\x18\x03\x00\x00\x00abc"), compressed(t, "zstd", nil)),
		"frames, zstd":  slices.Concat(frames(t, text[:half], size), compressed(t, "zstd", text[half:])),
		"frames, large": slices.Concat(frames(t, text[:half], size), frames(t, text[half:], len(text))),
	}
}

// TestUnits checks that data in units has the result of its text, whatever the sizes of
// units, chunks and rows are and however many workers there are.
func TestUnits(t *testing.T) {
	for i, text := range [][]byte{
		randomRows(130 << 10), bytes.TrimSuffix(randomRows(20<<10), []byte("\n")), []byte("a;1.0"), randomRows(5000),
	} {
		want, err := engine.Aggregate(t.Context(), engine.Options{}, engine.Bytes("text", text))
		require.NoError(t, err)
		for _, size := range []int{7, 3000, 60_000} {
			if len(text)/size > 1000 {
				continue
			}
			for what, data := range inUnits(t, text, size) {
				in := engine.File(writeFile(t, data))
				for _, workers := range []int{1, 3} {
					for _, chunkBytes := range []int{engine.MinChunkBytes, engine.DefaultChunkBytes} {
						o := engine.Options{Workers: workers, ChunkBytes: chunkBytes}
						got, err := engine.Aggregate(t.Context(), o, in)
						require.NoError(t, err, "%d %s %d %+v", i, what, size, o)
						require.Equal(t, want, got, "%d %s %d %+v", i, what, size, o)
						got, err = engine.Aggregate(t.Context(), o, engine.Bytes("bytes", data))
						require.NoError(t, err)
						require.Equal(t, want, got, "%d %s %d %+v", i, what, size, o)
					}
				}
			}
		}
	}
}

// TestBadRowsInUnits checks that bad rows, some of them longer than many units, have the
// places that they have in the text.
func TestBadRowsInUnits(t *testing.T) {
	var text []byte
	for len(text) < 1<<20 {
		switch rand.IntN(1000) {
		case 0:
			text = append(text, "bad\n"...)
		case 1:
			text = append(text, strings.Repeat("long", rand.IntN(50_000))+"\n"...)
		default:
			text = append(text, "name;1.0\n"...)
		}
	}
	rejects := func(o engine.Options, in engine.Input) (all []string) {
		o.OnBadRow = func(row *engine.RowError) error {
			all = append(all, fmt.Sprintf("%d %d %s %d %v", row.Line, row.Offset, row.Reason, len(row.Row), row.Cut))
			return nil
		}
		_, err := engine.Aggregate(t.Context(), o, in)
		require.NoError(t, err)
		return all
	}
	want := rejects(engine.Options{Workers: 1}, engine.Bytes("text", text))
	require.Greater(t, len(want), 10)
	for _, size := range []int{1000, 60_000} {
		for what, data := range inUnits(t, text, size) {
			for _, workers := range []int{1, 4} {
				for _, chunkBytes := range []int{engine.MinChunkBytes, engine.DefaultChunkBytes} {
					o := engine.Options{Workers: workers, ChunkBytes: chunkBytes}
					require.Equal(t, want, rejects(o, engine.Bytes("packed", data)), "%s %d %+v", what, size, o)
				}
			}
		}
	}
}

// TestGroupsInUnits checks rows with LFs in quotes, which may be between units.
func TestGroupsInUnits(t *testing.T) {
	text := []byte("city,temp,note\n")
	for i := range 5_000 {
		text = fmt.Appendf(text, "key %d,%d.%d,\"a\nb\"\n", rand.IntN(100), rand.IntN(1000), i%10)
	}
	q := engine.Query{
		By:         []engine.Column{{Name: "city"}},
		Aggregates: []engine.Aggregation{{Func: engine.FuncSum, Of: &engine.Column{Name: "temp"}}, {Func: engine.FuncCount}},
	}
	for _, text := range [][]byte{text, bytes.ReplaceAll(text, []byte("\"a\nb\""), []byte("\"ab\""))} {
		want := groupsText(t, q, engine.Options{}, engine.Bytes("text", text))
		for what, data := range inUnits(t, text, 3000) {
			in := engine.File(writeFile(t, data))
			for _, workers := range []int{1, 3} {
				o := engine.Options{Workers: workers, ChunkBytes: 8 << 10}
				require.Equal(t, want, groupsText(t, q, o, in), "%s, %d workers", what, workers)
			}
		}
	}
}

// TestDamagedUnits checks that damage at every byte, and every truncation, is an error with
// ErrCompressed, whatever comes of it, or does not matter, unless it is one that gzip cannot
// see.
func TestDamagedUnits(t *testing.T) {
	text := randomRows(6000)
	want, err := engine.Aggregate(t.Context(), engine.Options{}, engine.Bytes("text", text))
	require.NoError(t, err)
	o := engine.Options{Workers: 2, ChunkBytes: engine.MinChunkBytes}
	for what, data := range inUnits(t, text, 2000) {
		for i := 0; i < len(data); i += 3 {
			damaged := slices.Clone(data)
			if damaged[i] ^= 1 << (i % 8); i%2 == 1 && i > 20 {
				damaged = damaged[:i]
			}
			got, err := engine.Aggregate(t.Context(), o, engine.Bytes("damaged", damaged))
			var row *engine.RowError
			switch {
			case err == nil && len(damaged) == len(data) && hidesBlock(damaged, i):
				require.Less(t, got.Rows, want.Rows)
			case err == nil && len(damaged) == len(data):
				require.Equal(t, want.Stations, got.Stations, "%s, byte %d", what, i)
			case err == nil: // it ends after a unit
				require.Less(t, got.Rows, want.Rows+1)
			case errors.As(err, &row):
				// It does not look compressed any more, or ends inside a row after a unit.
				require.True(t, i < 18 || len(damaged) < len(data), "%s, byte %d: %v", what, i, err)
				require.Empty(t, row.Unchecked)
			default:
				require.ErrorIs(t, err, engine.ErrCompressed, "%s, byte %d", what, i)
			}
		}
	}
}

// hidesBlock reports whether byte i of data is the upper one of the length of an extra field in
// the header of a block, and the field ends where the header of another block does: it hides
// the blocks between. No checksum covers that.
func hidesBlock(data []byte, i int) bool {
	const length, fixed, header = 10, 12, 18
	begins := func(at int) bool {
		return at >= 0 && at <= len(data) && bytes.HasPrefix(data[at:], []byte("\x1f\x8b\x08\x04"))
	}
	at := i - length - 1
	return begins(at) && begins(at+fixed+int(binary.LittleEndian.Uint16(data[at+length:]))-header)
}

// TestUnitsProgress checks that progress counts the compressed bytes of units.
func TestUnitsProgress(t *testing.T) {
	for what, data := range inUnits(t, randomRows(1<<20), 20_000) {
		var mu sync.Mutex
		last, calls := int64(0), 0
		o := engine.Options{Workers: 3, Progress: func(bytes int64) {
			mu.Lock()
			defer mu.Unlock()
			require.GreaterOrEqual(t, bytes, last)
			last, calls = bytes, calls+1
		}}
		_, err := engine.Aggregate(t.Context(), o, engine.Bytes("in", data))
		require.NoError(t, err)
		require.EqualValues(t, len(data), last, what)
		require.Greater(t, calls, 2)
	}
}
