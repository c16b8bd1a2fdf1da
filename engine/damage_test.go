package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// damageable returns small data of each format, with its text.
func damageable(t *testing.T) (text []byte, all map[string][]byte) {
	t.Helper()
	for i := range 100 {
		text = fmt.Appendf(text, "name %d;%d.%d\n", i%37, i%100, i%10)
	}
	all = map[string][]byte{}
	for format := range compressors {
		all[format] = compressed(t, format, text)
	}
	all["members"] = slices.Concat(compressed(t, "gzip", text[:600]), compressed(t, "gzip", nil), compressed(t, "gzip", text[600:]))
	all["frames"] = slices.Concat(compressed(t, "zstd", text[:600]), compressed(t, "zstd", nil), compressed(t, "zstd", text[600:]))
	return text, all
}

// TestDamageAtEveryByte checks that damage is the error wherever it is, and not a bad row
// that comes of it, and that a pipe, which is not waited for, says so.
func TestDamageAtEveryByte(t *testing.T) {
	text, all := damageable(t)
	want, err := engine.Aggregate(t.Context(), engine.Options{}, engine.Bytes("text", text))
	require.NoError(t, err)
	for what, data := range all {
		rows := 0
		for i := range data {
			damaged := slices.Clone(data)
			damaged[i] ^= 1 << (i % 8)
			got, err := engine.Aggregate(t.Context(), engine.Options{Workers: 1 + i%2}, engine.Bytes("damaged", damaged))
			var row *engine.RowError
			switch {
			case err == nil:
				require.Equal(t, want.Stations, got.Stations, "%s, byte %d", what, i) // such as the time in a header
			case errors.As(err, &row):
				require.Less(t, i, 18, "%s: %v", what, err) // it does not look compressed any more
			default:
				require.ErrorIs(t, err, engine.ErrCompressed, "%s, byte %d", what, i)
			}
			_, err = engine.Aggregate(t.Context(), engine.Options{Workers: 1}, engine.Reader("damaged", bytes.NewReader(damaged)))
			if errors.As(err, &row) && i >= 18 {
				require.NotEmpty(t, row.Unchecked, "%s, byte %d", what, i)
				require.ErrorContains(t, err, "data whose checksum is not verified yet")
				rows++
			}
		}
		t.Logf("%s: %d of %d are bad rows of a reader", what, rows, len(data))
	}
}

// TestBadRowInCompressedData checks that a bad row is the error if the data is not damaged,
// or if the damage comes after a gzip member that was verified.
func TestBadRowInCompressedData(t *testing.T) {
	text := []byte(strings.Repeat("a;1.0\n", 50) + "bad\n" + strings.Repeat("a;1.0\n", 500_000))
	for format := range compressors {
		data := compressed(t, format, text)
		for _, workers := range []int{1, 3} {
			_, err := engine.Aggregate(t.Context(), engine.Options{Workers: workers}, engine.Bytes("in", data), engine.Bytes("more", []byte("x\n")))
			require.EqualError(t, err, `in:51: byte 300: missing-separator: "bad"`, format)
			_, err = engine.Aggregate(t.Context(), engine.Options{Workers: workers}, engine.Bytes("in", data[:len(data)-1]))
			require.ErrorIs(t, err, engine.ErrCompressed, format)
			// The rest of a pipe never comes.
			_, err = engine.Aggregate(t.Context(), engine.Options{Workers: 1}, engine.Reader("in", io.MultiReader(bytes.NewReader(data[:len(data)-1]), &never{t})))
			require.EqualError(t, err, `in:51: byte 300: missing-separator: "bad" (in `+format+` data whose checksum is not verified yet)`)
		}
	}
	members := slices.Concat(compressed(t, "gzip", text), []byte("garbage"))
	_, err := engine.Aggregate(t.Context(), engine.Options{}, engine.Bytes("in", members))
	require.EqualError(t, err, `in:51: byte 300: missing-separator: "bad"`)
}

// never is a reader that must not be read.
type never struct{ t *testing.T }

// Read implements io.Reader.
func (n *never) Read([]byte) (int, error) {
	n.t.Error("the rest of the pipe was waited for")
	return 0, io.EOF
}

// TestBadRowFarFromChecksum checks a bad row whose checksum comes too late.
func TestBadRowFarFromChecksum(t *testing.T) {
	data := compressed(t, "zstd", append([]byte("bad\n"), bytes.Repeat([]byte("a;1.0\n"), 12<<20)...))
	path := filepath.Join(t.TempDir(), "far")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	_, err := engine.Aggregate(t.Context(), engine.Options{Workers: 2}, engine.File(path))
	require.EqualError(t, err, path+`:1: byte 0: missing-separator: "bad" (in zstd data whose checksum is not verified yet)`)
}
