package source

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unsafe"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/schedule"
	"onebrc/parse"
)

const (
	minChunkBytes     = 4 << 10
	defaultChunkBytes = 64 << 20
)

// config returns a Config for workers on one node.
func config(workers, chunkBytes int) Config {
	return Config{ChunkBytes: chunkBytes, Access: AccessAuto, Nodes: schedule.Nodes{Workers: []int{workers}}}
}

// sourcesOf returns sources of content of every kind.
func sourcesOf(t *testing.T, content []byte, c Config) map[string]Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	all := map[string]Source{}
	for name, in := range map[string]Input{
		"bytes":    Bytes("input", content),
		"stream":   Reader("input", bytes.NewReader(content)),
		"halves":   Reader("input", iotest.HalfReader(bytes.NewReader(content))),
		"with EOF": Reader("input", iotest.DataErrReader(bytes.NewReader(content))),
	} {
		src, err := in.Open(c)
		require.NoError(t, err, name)
		all[name] = src
	}
	if len(content) > 0 {
		for access, want := range map[string]Source{
			AccessMap: &mapped{}, AccessRead: &copied{}, AccessCopy: &copied{}, AccessAuto: &copied{},
		} {
			c.Access = access
			src, err := File(path).Open(c)
			require.NoError(t, err)
			require.IsType(t, want, src, access)
			all[access] = src
		}
	}
	return all
}

// checkChunks checks that the chunks of src concatenate to content and that each but
// the last ends in an LF. A chunk may end inside a row only if the row is longer than
// MaxBadRowBytes. The chunk in which that row begins must then have more than
// MaxBadRowBytes of it.
func checkChunks(t *testing.T, name string, content []byte, src Source, chunkBytes int) {
	t.Helper()
	var buffer Buffer
	at, nominal := 0, int64(0)
	for {
		c, err := src.Next(0, &buffer)
		require.NoError(t, err, name)
		if c.Nominal.Begin == c.Nominal.End {
			break
		}
		require.NoError(t, src.Cut(&c, &buffer), name)
		require.Equal(t, nominal, c.Nominal.Begin, name)
		nominal = c.Nominal.End
		require.Equal(t, int64(at), c.Offset, name)
		require.Equal(t, at > 0 && content[at-1] != '\n', c.Inside, "%s: chunk at %d", name, at)
		require.LessOrEqual(t, c.Size, int64(chunkBytes+rowSearchBytes), name)
		var got []byte
		for offset := c.Offset; offset < c.End(); {
			part, err := src.Load(&c, offset, &buffer)
			require.NoError(t, err, name)
			require.Positive(t, part.Size, name)
			got = append(got, part.Data()...)
			offset += int64(part.Size)
		}
		require.Len(t, got, int(c.Size), name)
		require.True(t, bytes.Equal(content[at:][:c.Size], got), "%s: chunk at %d", name, at)
		at += len(got)
		if c.Final {
			require.Len(t, content, at, "%s: the final chunk ends", name)
			continue
		}
		row := got[bytes.LastIndexByte(got, '\n')+1:]
		if allInside := c.Inside && len(row) == len(got); len(row) > 0 && !allInside {
			require.Greater(t, len(row), MaxBadRowBytes, "%s: the chunk that ends at %d cuts a row", name, at)
		}
	}
	require.Len(t, content, at, "%s: the chunks hold all bytes", name)
	c, err := src.Next(0, &buffer)
	require.NoError(t, err)
	require.Equal(t, c.Nominal.Begin, c.Nominal.End, "%s: a chunk after the last one", name)
	require.NoError(t, src.Close())
}

// lines returns size bytes of rows of up to longest bytes.
func lines(r *rand.Rand, size, longest int) []byte {
	var b []byte
	for len(b) < size {
		b = append(b, strings.Repeat("x", r.IntN(longest))+"\n"...)
	}
	return b[:size]
}

// TestChunksAreTheInput checks the chunks of inputs of many sizes and row lengths.
func TestChunksAreTheInput(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const chunk = minChunkBytes
	sizes := []int{0, 1, 2, 100, chunk - 1, chunk, chunk + 1, chunk + rowSearchBytes - 1, chunk + rowSearchBytes,
		chunk + rowSearchBytes + 1, 2*chunk - 1, 2 * chunk, 2*chunk + 1, 100_000, minTailBytes + 1, 700_000}
	if testing.Short() {
		sizes = sizes[:len(sizes)-3]
	}
	for _, size := range sizes {
		for _, longest := range []int{1, 2, 15, 107, parse.MaxRowBytes, parse.MaxRowBytes + 3, 3 * chunk, 3 * MaxBadRowBytes} {
			content := lines(r, size, longest)
			for _, chunkBytes := range []int{chunk, chunk + 1, 3*chunk + 5, defaultChunkBytes} {
				for _, workers := range []int{1, 3} {
					c := config(workers, chunkBytes)
					for name, src := range sourcesOf(t, content, c) {
						name = fmt.Sprintf("%s of %d bytes, rows to %d, chunks of %d", name, size, longest, chunkBytes)
						checkChunks(t, name, content, src, chunkBytes)
					}
				}
			}
		}
	}
}

// TestCutNextToRowEnd checks cuts at all critical distances between the nominal
// border and the end of a row, up to a row that is too long.
func TestCutNextToRowEnd(t *testing.T) {
	const chunk = minChunkBytes
	var distances []int
	for _, border := range []int{0, parse.MaxRowBytes, rowSearchBytes - chunk, rowSearchBytes} {
		for distance := border - 4; distance <= border+4; distance++ {
			distances = append(distances, distance)
		}
	}
	for _, distance := range distances {
		content := bytes.Repeat([]byte("x"), 2*rowSearchBytes)
		for _, at := range []int{chunk - 200, chunk + distance, len(content) - 1} {
			content[at] = '\n'
		}
		c := config(1, chunk)
		for _, src := range []Source{
			newMapped(content, c),
			newStream(bytes.NewReader(content), nil, c),
		} {
			checkChunks(t, fmt.Sprintf("%T, LF at %d", src, distance), content, src, chunk)
		}
	}
}

// TestRoom checks that a window has its size and the padding of the passes, and that
// it is as far from a page as its bytes are in the input, modulo copyUnit.
func TestRoom(t *testing.T) {
	var buffer Buffer
	for offset := range int64(2 * copyUnit) {
		w := buffer.room(CopyBytes, offset)
		require.Len(t, w.Data(), CopyBytes)
		require.GreaterOrEqual(t, w.At, kernel.PadBefore)
		require.GreaterOrEqual(t, len(w.Bytes)-w.At-w.Size, kernel.PadAfter)
		address := int64(uintptr(unsafe.Pointer(&w.Data()[0])))
		require.Zero(t, (address-offset)%copyUnit, "offset %d", offset)
	}
}

// TestChunksShrink checks that no chunk but the smallest ones is larger than a
// worker's share of what is left, so that all workers end together.
func TestChunksShrink(t *testing.T) {
	content := bytes.Repeat([]byte("a;1.0\n"), 2<<20)
	for _, workers := range []int{1, 2, 16} {
		c := config(workers, defaultChunkBytes)
		src, err := Bytes("input", content).Open(c)
		require.NoError(t, err)
		for left := len(content); left > 0; {
			c, err := src.Next(0, nil)
			require.NoError(t, err)
			require.NoError(t, src.Cut(&c, nil))
			require.NotZero(t, c.Size)
			require.LessOrEqual(t, int(c.Size), max(left/workers, minTailBytes)+rowSearchBytes)
			left -= int(c.Size)
		}
	}
}
