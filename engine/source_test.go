package engine

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"onebrc/parse"
)

// sourcesOf opens content in every way.
func sourcesOf(t *testing.T, content []byte, s settings) map[string]source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	all := map[string]source{}
	for name, in := range map[string]Input{
		"bytes":    Bytes("input", content),
		"stream":   Reader("input", bytes.NewReader(content)),
		"halves":   Reader("input", iotest.HalfReader(bytes.NewReader(content))),
		"with EOF": Reader("input", iotest.DataErrReader(bytes.NewReader(content))),
	} {
		src, err := in.open(s)
		require.NoError(t, err, name)
		all[name] = src
	}
	if len(content) > 0 {
		for access, want := range map[string]source{
			AccessMap: &mappedSource{}, AccessRead: &copySource{}, AccessCopy: &copySource{}, AccessAuto: &copySource{},
		} {
			s.access = access
			src, err := File(path).open(s)
			require.NoError(t, err)
			require.IsType(t, want, src, access)
			all[access] = src
		}
	}
	return all
}

// checkChunks cuts content with src: the chunks are content, one behind the
// other, each within its window, and each but the last ends in a LF. Only where
// a row is longer than MaxBadRowBytes may a chunk end inside of it, and the one
// where the row begins has more than these bytes of it.
func checkChunks(t *testing.T, name string, content []byte, src source, chunkBytes int) {
	t.Helper()
	var buffer buffer
	at, nominal := 0, int64(0)
	for {
		c, err := src.next(0, &buffer)
		require.NoError(t, err, name)
		if c.nominal.Begin == c.nominal.End {
			break
		}
		require.NoError(t, src.cut(&c, &buffer), name)
		require.Equal(t, nominal, c.nominal.Begin, name)
		nominal = c.nominal.End
		require.Equal(t, int64(at), c.offset, name)
		require.Equal(t, at > 0 && content[at-1] != '\n', c.inside, "%s: chunk at %d", name, at)
		require.LessOrEqual(t, c.size, int64(chunkBytes+rowSearchBytes), name)
		var got []byte
		for offset := c.offset; offset < c.end(); {
			part, err := src.load(&c, offset, &buffer)
			require.NoError(t, err, name)
			require.Positive(t, part.size, name)
			got = append(got, part.bytes[part.at:][:part.size]...)
			offset += int64(part.size)
		}
		require.Len(t, got, int(c.size), name)
		require.True(t, bytes.Equal(content[at:][:c.size], got), "%s: chunk at %d", name, at)
		at += len(got)
		if c.final {
			require.Len(t, content, at, "%s: the final chunk ends", name)
			continue
		}
		row := got[bytes.LastIndexByte(got, '\n')+1:]
		if allInside := c.inside && len(row) == len(got); len(row) > 0 && !allInside {
			require.Greater(t, len(row), MaxBadRowBytes, "%s: a chunk ends at %d inside a row", name, at)
		}
	}
	require.Len(t, content, at, "%s: the chunks have all bytes", name)
	c, err := src.next(0, &buffer)
	require.NoError(t, err)
	require.Equal(t, c.nominal.Begin, c.nominal.End, "%s: a chunk behind the last one", name)
	require.NoError(t, src.close())
}

// lines returns about size bytes of rows of up to longest bytes.
func lines(r *rand.Rand, size, longest int) []byte {
	var b []byte
	for len(b) < size {
		b = append(b, strings.Repeat("x", r.IntN(longest))+"\n"...)
	}
	return b[:size]
}

func TestChunksAreTheInput(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const chunk = MinChunkBytes
	sizes := []int{0, 1, 2, 100, chunk - 1, chunk, chunk + 1, chunk + rowSearchBytes - 1, chunk + rowSearchBytes,
		chunk + rowSearchBytes + 1, 2*chunk - 1, 2 * chunk, 2*chunk + 1, 100_000, minTailBytes + 1, 700_000}
	if testing.Short() {
		sizes = sizes[:len(sizes)-3]
	}
	for _, size := range sizes {
		for _, longest := range []int{1, 2, 15, 107, parse.MaxRowBytes, parse.MaxRowBytes + 3, 3 * chunk, 3 * MaxBadRowBytes} {
			content := lines(r, size, longest)
			for _, chunkBytes := range []int{chunk, chunk + 1, 3*chunk + 5, DefaultChunkBytes} {
				for _, workers := range []int{1, 3} {
					s, err := Options{Workers: workers, ChunkBytes: chunkBytes}.settings()
					require.NoError(t, err)
					for name, src := range sourcesOf(t, content, s) {
						name = fmt.Sprintf("%s of %d bytes, rows to %d, chunks of %d", name, size, longest, chunkBytes)
						checkChunks(t, name, content, src, chunkBytes)
					}
				}
			}
		}
	}
}

// TestCutNextToRowEnd has the end of a row at every distance from the nominal
// cut, up to where the row is too long.
func TestCutNextToRowEnd(t *testing.T) {
	const chunk = MinChunkBytes
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
		s, err := Options{Workers: 1, ChunkBytes: chunk}.settings()
		require.NoError(t, err)
		for _, src := range []source{
			&mappedSource{data: content, plan: newPlanOf(content, s)},
			newStreamSource(bytes.NewReader(content), nil, s),
		} {
			checkChunks(t, fmt.Sprintf("%T, LF at %d", src, distance), content, src, chunk)
		}
	}
}

// TestChunksShrink makes sure that the workers end together: no chunk is more
// than a share of what is left, but for the smallest ones.
func TestChunksShrink(t *testing.T) {
	content := bytes.Repeat([]byte("a;1.0\n"), 2<<20)
	for _, workers := range []int{1, 2, 16} {
		s, err := Options{Workers: workers}.settings()
		require.NoError(t, err)
		src, err := Bytes("input", content).open(s)
		require.NoError(t, err)
		for left := len(content); left > 0; {
			c, err := src.next(0, nil)
			require.NoError(t, err)
			require.NoError(t, src.cut(&c, nil))
			require.NotZero(t, c.size)
			require.LessOrEqual(t, int(c.size), max(left/workers, minTailBytes)+rowSearchBytes)
			left -= int(c.size)
		}
	}
}

// TestBrokenStream has a reader that fails in the middle, with each of the
// errors that may be mistaken for an end.
func TestBrokenStream(t *testing.T) {
	for _, broken := range []error{io.ErrUnexpectedEOF, io.ErrClosedPipe, io.ErrNoProgress} {
		for _, size := range []int{0, 6, 4096, 3 * copyBytes} {
			good := strings.Repeat("a;1.0\n", size/6)
			in := Reader("broken", io.MultiReader(strings.NewReader(good), iotest.ErrReader(broken)))
			result, err := Aggregate(context.Background(), Options{}, in)
			require.ErrorIs(t, err, broken, "behind %d bytes", size)
			require.Nil(t, result)
		}
	}
}
