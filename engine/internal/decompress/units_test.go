package decompress_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/decompress"
)

// bgzf returns text as a block of BGZF.
func bgzf(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Extra = []byte("XY\x01\x00zBC\x02\x00\x00\x00") // a field that is not that of the size, too
	_, err := w.Write(text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	block := b.Bytes()
	binary.LittleEndian.PutUint16(block[12+5+4:], uint16(len(block)-1))
	return block
}

// frame returns text, at least 256 bytes or none, as a zstd frame that tells its size.
func frame(t testing.TB, text []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return w.EncodeAll(text, nil)
}

// unitsOf returns functions that make a unit of each format.
func unitsOf() map[decompress.Format]func(testing.TB, []byte) []byte {
	return map[decompress.Format]func(testing.TB, []byte) []byte{decompress.Gzip: bgzf, decompress.Zstd: frame}
}

// TestUnits checks that units are found and decompressed, and that a part of one is not
// taken for a unit.
func TestUnits(t *testing.T) {
	for format, unit := range unitsOf() {
		var data, text []byte
		for _, size := range []int{300, 1000, 0, 30_000, 64 << 10, 500} {
			part := make([]byte, size)
			for i := range part {
				part[i] = "abc;1.\n"[rand.IntN(7)]
			}
			data, text = append(data, unit(t, part)...), append(text, part...)
		}
		packed, size := decompress.Split(format, data, 1<<20)
		require.Equal(t, len(data), packed)
		require.EqualValues(t, len(text), size)
		e, err := decompress.NewExpander(format, 2)
		require.NoError(t, err)
		defer e.Close()
		got, err := e.Expand(data, make([]byte, size), 0)
		require.NoError(t, err)
		require.True(t, bytes.Equal(text, got))

		first, one := decompress.Split(format, data, 300)
		require.EqualValues(t, 300, one)
		for n := range first {
			packed, _ := decompress.Split(format, data[:n], 1<<20)
			require.LessOrEqual(t, packed, 0)
		}
		for n := range data {
			if n%97 == 0 || n < 100 {
				packed, _ := decompress.Split(format, data[:n], 1<<20)
				require.LessOrEqual(t, packed, n)
			}
		}
	}
	for _, plain := range samples(t) {
		if packed, _ := decompress.Split(plain.format, plain.compressed, 1<<20); plain.format != decompress.Zstd {
			require.Zero(t, packed, "%s has no sizes", plain.name)
		}
	}
}

// TestDamagedUnits checks that each damaged byte of a unit is an error with a place, or
// does not matter, or that there is no unit any more.
func TestDamagedUnits(t *testing.T) {
	text := bytes.Repeat([]byte("name;12.3\nother name;-4.5\n"), 20)
	for format, unit := range unitsOf() {
		data := slices.Concat(unit(t, text), unit(t, nil), unit(t, text))
		e, err := decompress.NewExpander(format, 1)
		require.NoError(t, err)
		defer e.Close()
		failed := 0
		for i := range data {
			damaged := slices.Clone(data)
			damaged[i] ^= 1 << (i % 8)
			packed, size := decompress.Split(format, damaged, 1<<20)
			if packed <= 0 {
				continue
			}
			got, err := e.Expand(damaged[:packed], make([]byte, size), 1000)
			if err != nil {
				require.ErrorIs(t, err, decompress.ErrData)
				require.ErrorContains(t, err, " 1", "%d: the place counts from the start of the data", i)
				failed++
				continue
			}
			require.True(t, bytes.HasPrefix(slices.Concat(text, text), got), "%s, byte %d", format, i)
		}
		require.Greater(t, failed, len(data)/3)
	}
}

// FuzzSplit checks that what is found is whole units, whose text is that of the data read
// as a stream, if it is not damaged.
func FuzzSplit(f *testing.F) {
	for _, format := range []decompress.Format{decompress.Gzip, decompress.Zstd} {
		unit := unitsOf()[format]
		f.Add(format == decompress.Zstd, slices.Concat(unit(f, []byte("a;1.0\n")), unit(f, nil), unit(f, []byte("b;2"))))
	}
	f.Add(true, []byte("P*M\x18\x02\x00\x00\x00xx"))
	f.Fuzz(func(t *testing.T, isZstd bool, data []byte) {
		format := decompress.Gzip
		if isZstd {
			format = decompress.Zstd
		}
		packed, size := decompress.Split(format, data, 1<<20)
		require.LessOrEqual(t, packed, len(data))
		if packed <= 0 || size > 1<<20 {
			return
		}
		e, err := decompress.NewExpander(format, 1)
		require.NoError(t, err)
		defer e.Close()
		text, err := e.Expand(data[:packed], make([]byte, size), 0)
		if err != nil {
			require.ErrorIs(t, err, decompress.ErrData)
			return
		}
		d := decompress.NewReader(format, bytes.NewReader(data[:packed]))
		defer d.Close()
		plain, err := io.ReadAll(d)
		require.NoError(t, err)
		require.True(t, bytes.Equal(plain, text))
	})
}
