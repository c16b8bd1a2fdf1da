package engine_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// partialHeaderBytes is the size of the header of an encoded Partial without its
// checksum.
const partialHeaderBytes = 26

// payloadsOf returns an encoded Partial without the checksums.
func payloadsOf(data []byte) []byte {
	plain := append([]byte(nil), data[:partialHeaderBytes]...)
	for rest := data[partialHeaderBytes+4:]; len(rest) > 0; {
		n := 4 + binary.LittleEndian.Uint32(rest)
		plain = append(plain, rest[:n]...)
		rest = rest[n+4:]
	}
	return plain
}

// withChecksums adds the checksums to what payloadsOf returns.
func withChecksums(plain []byte) (data []byte) {
	add := func(b []byte) {
		data = append(data, b...)
		data = binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))
	}
	rest := plain
	next := func(n int) []byte {
		n = min(n, len(rest))
		part := rest[:n]
		rest = rest[n:]
		return part
	}
	add(next(partialHeaderBytes))
	for len(rest) >= 4 {
		add(next(4 + int(binary.LittleEndian.Uint32(rest)&(1<<20-1))))
	}
	return append(data, rest...)
}

// TestDamagedPartials checks that no change of one bit and no truncation is accepted.
func TestDamagedPartials(t *testing.T) {
	path := writeInput(t, "b;1.0\na;-99.9\nb;99.9\nbad\nworse;\n")
	p, err := engine.AggregatePartial(t.Context(), engine.Options{}, engine.BadRowsKeep, engine.Range{Path: path, End: 1 << 20})
	require.NoError(t, err)
	data := encoded(t, p)
	for i := range data {
		require.ErrorIs(t, new(engine.Partial).UnmarshalBinary(data[:i]), engine.ErrPartial)
		for bit := range 8 {
			damaged := bytes.Clone(data)
			damaged[i] ^= 1 << bit
			require.ErrorIs(t, p.UnmarshalBinary(damaged), engine.ErrPartial, "%d %d", i, bit)
		}
	}
	require.Equal(t, data, encoded(t, p))
	require.ErrorContains(t, p.UnmarshalBinary(append(bytes.Clone(data), 0)), "1 bytes follow it")
	other := bytes.Clone(data)
	other[8] = 2
	require.EqualError(t, p.UnmarshalBinary(other), "engine: not a partial result: it has version 2 of the format, this program reads version 1")
	require.EqualError(t, p.UnmarshalBinary([]byte(strings.Repeat("a;1.0\n", 10))), `engine: not a partial result: it does not begin with "1brcpart"`)
}

func TestReadPartials(t *testing.T) {
	path := writeInput(t, "b;1.0\na;-99.9\nb;99.9\nbad\n")
	ranges, err := engine.Divide(9, path)
	require.NoError(t, err)
	var stream bytes.Buffer
	for _, p := range partials(t, engine.Options{}, engine.BadRowsFail, len(ranges), ranges) {
		n, err := p.WriteTo(&stream)
		require.NoError(t, err)
		require.EqualValues(t, len(encoded(t, p)), n)
	}
	data := stream.Bytes()
	p, err := engine.MergePartials(engine.ReadPartials(bytes.NewReader(data)))
	require.NoError(t, err)
	_, err = p.Result()
	var bad *engine.RowError
	require.ErrorAs(t, err, &bad)
	require.EqualValues(t, 4, bad.Line)
	_, err = engine.MergePartials(engine.ReadPartials(bytes.NewReader(data[:len(data)-1])))
	require.ErrorIs(t, err, engine.ErrPartial)
	_, err = engine.MergePartials(engine.ReadPartials(failingReader{}))
	require.ErrorIs(t, err, errFailing)
}

var errFailing = errors.New("failing")

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errFailing }

// TestDamagedLengths checks that lengths and counts in damaged bytes do not decide how
// much memory is taken.
func TestDamagedLengths(t *testing.T) {
	header := append([]byte("1brcpart\x01\x00"), bytes.Repeat([]byte{0xff}, 16)...)
	section := append(bytes.Clone(header), 0, 0, 16, 0)
	// A file with a long path, then one with many spans, one of which has many bad rows.
	path := append(bytes.Clone(header), 12, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 'a')
	spans := append(bytes.Clone(header), 13, 0, 0, 0, 0, 1, 'a', 0xff, 0x7f, 0, 0xff, 0x7f, 0, 0xff, 0x7f, 0x7f, 0x7f)
	for _, plain := range [][]byte{header, section, path, spans} {
		data := withChecksums(plain)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		require.ErrorIs(t, new(engine.Partial).UnmarshalBinary(data), engine.ErrPartial)
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(3<<20))
	}
}

// FuzzPartial checks that the decoder takes nothing but what WriteTo can write.
func FuzzPartial(f *testing.F) {
	path := writeInput(f, "b;1.0\na;-99.9\nb;99.9\nbad\nworse;\n")
	for mode := range engine.BadRowsKeep + 1 {
		p, err := engine.AggregatePartial(f.Context(), engine.Options{}, mode, engine.Range{Path: path, End: 1 << 20})
		require.NoError(f, err)
		f.Add(payloadsOf(encoded(f, p)))
		f.Add(payloadsOf(encoded(f, p.WithoutNames())))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, input := range [][]byte{data, withChecksums(data)} {
			p := new(engine.Partial)
			if p.UnmarshalBinary(input) == nil {
				recoded(t, p)
				_, _ = p.Result()
			}
		}
	})
}
