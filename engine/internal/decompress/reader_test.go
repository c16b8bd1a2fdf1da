package decompress_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/decompress"
	"onebrc/engine/internal/memory"
)

// sample is a file that the program of its format has written.
type sample struct {
	name       string
	format     decompress.Format
	compressed []byte
	plain      []byte
}

// samples returns the files of testdata. All have the rows of the same file, or the
// first ones of them.
func samples(t testing.TB) []sample {
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		return b
	}
	rows := read("rows.txt")
	all := []sample{
		{name: "rows.gz", format: decompress.Gzip}, {name: "rows.zst", format: decompress.Zstd},
		{name: "rows.bz2", format: decompress.Bzip2}, {name: "rows.xz", format: decompress.XZ}, {name: "blocks.xz", format: decompress.XZ},
	}
	for i := range all {
		all[i].compressed, all[i].plain = read(all[i].name), rows
	}
	return all
}

// decompressed returns what r has, after a look at its head as an input takes one.
func decompressed(compressed []byte, r io.Reader) ([]byte, int64, error) {
	f, _ := decompress.Detect(compressed[:min(len(compressed), decompress.HeadBytes)], len(compressed) <= decompress.HeadBytes)
	if f == "" {
		return nil, 0, errors.New("not compressed")
	}
	d := decompress.NewReader(f, r)
	defer d.Close()
	b, err := io.ReadAll(d)
	return b, d.Offset(), err
}

// TestRead checks data that is read in pieces of several sizes, and data that follows
// other data of the same format.
func TestRead(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			for _, r := range []io.Reader{
				bytes.NewReader(s.compressed), iotest.OneByteReader(bytes.NewReader(s.compressed)),
				iotest.DataErrReader(bytes.NewReader(s.compressed)), iotest.HalfReader(bytes.NewReader(s.compressed)),
			} {
				plain, offset, err := decompressed(s.compressed, r)
				require.NoError(t, err)
				require.True(t, bytes.Equal(s.plain, plain))
				require.EqualValues(t, len(s.compressed), offset)
			}
			twice := slices.Concat(s.compressed, s.compressed)
			plain, _, err := decompressed(twice, bytes.NewReader(twice))
			require.NoError(t, err)
			require.True(t, bytes.Equal(slices.Concat(s.plain, s.plain), plain))
		})
	}
}

// TestTruncated checks that data which ends too early is an error, wherever it ends.
func TestTruncated(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			twice := slices.Concat(s.compressed, s.compressed)
			for n := decompress.HeadBytes; n < len(twice); n++ {
				atEnd := n > len(twice)-40 || len(s.compressed)-40 < n && n < len(s.compressed)+40
				if n == len(s.compressed) || !atEnd && n%1999 != 0 { // the others are all alike
					continue
				}
				cut := twice[:n]
				plain, offset, err := decompressed(cut, bytes.NewReader(cut))
				require.ErrorIs(t, err, decompress.ErrData, n)
				require.ErrorContains(t, err, "truncated", n)
				require.EqualValues(t, n, offset)
				require.True(t, bytes.HasPrefix(slices.Concat(s.plain, s.plain), plain), n)
			}
		})
	}
}

// TestBlocksTruncated checks xz data that ends where a block does, which its decoder does
// not notice.
func TestBlocksTruncated(t *testing.T) {
	for _, s := range samples(t) {
		if s.name != "blocks.xz" {
			continue
		}
		failed := 0
		for n := 20; n < len(s.compressed); n += 4 { // blocks are aligned
			_, _, err := decompressed(s.compressed[:n], bytes.NewReader(s.compressed[:n]))
			require.ErrorIs(t, err, decompress.ErrData, n)
			failed++
		}
		require.Positive(t, failed)
	}
}

// TestTrailing checks what follows the end of data: only zeros are ignored, and only
// where the program of the format does so.
func TestTrailing(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			for _, garbage := range []string{"x", "garbage", "\x1f", "\x00\x00\x00\x00x", "\x28\xb5\x2f", "BZ"} {
				long := append(slices.Clone(s.compressed), garbage...)
				_, _, err := decompressed(long, bytes.NewReader(long))
				require.ErrorIs(t, err, decompress.ErrData, "%q", garbage)
			}
			padded := append(slices.Clone(s.compressed), make([]byte, 512)...)
			plain, _, err := decompressed(padded, bytes.NewReader(padded))
			if s.format == decompress.Gzip || s.format == decompress.XZ {
				require.NoError(t, err)
				require.True(t, bytes.Equal(s.plain, plain))
			} else {
				require.ErrorIs(t, err, decompress.ErrData)
			}
		})
	}
}

// TestDamaged flips bits. Data that is damaged is never read as if it were not.
func TestDamaged(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			same := 0
			for i := 0; i < len(s.compressed); i += 1 + len(s.compressed)/400 {
				damaged := slices.Clone(s.compressed)
				damaged[i] ^= 1 << (i % 8)
				if f, _ := decompress.Detect(damaged, true); f != s.format {
					continue
				}
				plain, _, err := decompressed(damaged, bytes.NewReader(damaged))
				if err == nil {
					require.True(t, bytes.Equal(s.plain, plain), "byte %d", i)
					same++ // such as the time in a header
					continue
				}
				require.ErrorIs(t, err, decompress.ErrData)
			}
			require.Less(t, same, 10)
		})
	}
}

// TestReadError checks that an error of the compressed input is returned as it is.
func TestReadError(t *testing.T) {
	want := errors.New("the disk is broken")
	for _, s := range samples(t) {
		for _, n := range []int{0, 3, 20, 5000} {
			d := decompress.NewReader(s.format, io.MultiReader(bytes.NewReader(s.compressed[:n]), iotest.ErrReader(want)))
			_, err := io.ReadAll(d)
			require.Equal(t, want, err, "%s after %d bytes", s.name, n)
			_, err = d.Read(make([]byte, 1))
			require.Equal(t, want, err)
		}
	}
}

// TestMemory checks that memory is taken and given back, and how much for the largest
// windows.
func TestMemory(t *testing.T) {
	budget := memory.NewBudget(math.MaxInt64)
	for _, s := range samples(t) {
		d := decompress.NewReader(s.format, bytes.NewReader(s.compressed))
		require.NoError(t, d.Take(budget))
		require.Greater(t, budget.Used(), int64(32<<10))
		d.Close()
		require.Zero(t, budget.Used())
		_, err := d.Read(make([]byte, 1))
		require.Error(t, err)

		d = decompress.NewReader(s.format, bytes.NewReader(s.compressed))
		require.ErrorIs(t, d.Take(memory.NewBudget(1000)), memory.ErrMemory)
	}
}
