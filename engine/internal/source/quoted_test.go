package source

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/schedule"
	"onebrc/parse/delimited"
)

var csv = delimited.Syntax{Delimiter: ',', Quote: '"', HasQuote: true}

// quotedRows returns about size bytes of rows in which LFs are in quotes. If damaged
// is set, some rows have a quote where none is allowed.
func quotedRows(r *rand.Rand, size, longest int, damaged bool) []byte {
	var b []byte
	text := func() {
		for range r.IntN(longest) {
			b = append(b, "ab,\n\r"[r.IntN(5)])
			if r.IntN(8) == 0 {
				b = append(b, `""`...)
			}
		}
	}
	for len(b) < size {
		switch r.IntN(3) {
		case 0:
			b = append(b, '"')
			text()
			b = append(b, '"')
		default:
			b = append(b, bytes.Repeat([]byte("x"), r.IntN(longest))...)
		}
		if damaged && r.IntN(20) == 0 {
			b = append(b, `y"`...)
		}
		b = append(b, ",\n"[r.IntN(2)])
	}
	return b
}

// rowStarts returns where the rows of b begin, and len(b).
func rowStarts(b []byte) map[int64]bool {
	starts := map[int64]bool{0: true, int64(len(b)): true}
	for at := 0; at < len(b); {
		lf, _ := csv.RowEnd(b[at:], delimited.FieldStart)
		if lf < 0 {
			break
		}
		at += lf + 1
		starts[int64(at)] = true
	}
	return starts
}

// lastStart returns the last start before end, or 0.
func lastStart(starts map[int64]bool, end int64) int64 {
	last := int64(0)
	for at := range starts {
		if at < end {
			last = max(last, at)
		}
	}
	return last
}

// checkQuotedChunks checks that the chunks of src are content, and that each begins
// at a row, or is the rest of a row that is too long.
func checkQuotedChunks(t *testing.T, about string, content []byte, src Source) {
	t.Helper()
	starts := rowStarts(content)
	var buffer Buffer
	at, final := int64(0), false
	for {
		c, err := src.Next(0, &buffer)
		require.NoError(t, err, about)
		if c.Nominal.Begin == c.Nominal.End {
			break
		}
		require.NoError(t, src.Cut(&c, &buffer), about)
		if c.Size == 0 {
			continue
		}
		require.Equal(t, at, c.Offset, about)
		require.Equal(t, !starts[at], c.Inside, "%s: chunk at %d", about, at)
		var got []byte
		for offset := c.Offset; offset < c.End(); {
			part, err := src.Load(&c, offset, &buffer)
			require.NoError(t, err, about)
			got = append(got, part.Data()...)
			offset += int64(part.Size)
		}
		require.True(t, bytes.Equal(content[at:][:len(got)], got), "%s: chunk at %d", about, at)
		at += c.Size
		require.Equal(t, !starts[at], c.Cut, "%s: end at %d", about, at)
		if c.Cut && !c.Inside {
			require.Greater(t, c.Size, int64(MaxBadRowBytes), about)
		}
		if c.Inside && !c.Cut {
			for inner := at - c.Size + 1; inner < at; inner++ {
				require.False(t, starts[inner], "%s: a row begins at %d in the rest of another", about, inner)
			}
		}
		require.True(t, !c.Final || at == int64(len(content)), about)
		final = c.Final
	}
	require.EqualValues(t, len(content), at, about)
	if lf, _ := csv.RowEnd(content[lastStart(starts, at):], delimited.FieldStart); at > 0 && lf < 0 {
		require.True(t, final, "%s: the last row has no LF", about)
	}
	require.NoError(t, src.Close())
}

// TestQuotedChunks checks all ways to cut that see quotes, for every kind of input.
func TestQuotedChunks(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for _, size := range []int{0, 1, 100, 10_000, 300_000} {
		for _, longest := range []int{1, 3, 50, 3000, 200_000} {
			for _, damaged := range []bool{false, true} {
				content := quotedRows(r, size, longest, damaged)
				path := filepath.Join(t.TempDir(), "input")
				require.NoError(t, os.WriteFile(path, content, 0o600))
				c := config(2, minChunkBytes)
				c.Syntax = &csv
				for _, cut := range []Cut{CutAtQuotes, CutInOrder} {
					c.Cut = cut
					if cut == CutAtQuotes && damaged {
						continue
					}
					inputs := map[string]func() Input{"bytes": func() Input { return Bytes("", content) }}
					if len(content) > 0 {
						inputs["file"] = func() Input { return File(path) }
					}
					if cut == CutInOrder {
						stream := func(read func(io.Reader) io.Reader) func() Input {
							return func() Input { return Reader("", read(bytes.NewReader(content))) }
						}
						inputs["halves"], inputs["with EOF"] = stream(iotest.HalfReader), stream(iotest.DataErrReader)
						inputs["stream"] = stream(func(r io.Reader) io.Reader { return r })
					}
					for name, in := range inputs {
						for _, access := range []string{AccessMap, AccessRead, AccessCopy} {
							c.Access = access
							src, err := in().Open(c)
							require.NoError(t, err)
							about := fmt.Sprintf("%s of %d bytes, fields to %d, damaged %v, cut %d, %s", name, size, longest, damaged, cut, access)
							checkQuotedChunks(t, about, content, src)
						}
					}
				}
			}
		}
	}
}

// TestQuotedChunksInParallel cuts chunks in several goroutines that wait for each other.
func TestQuotedChunksInParallel(t *testing.T) {
	content := quotedRows(rand.New(rand.NewPCG(1, 2)), 1_000_000, 2000, false)
	starts := rowStarts(content)
	c := config(4, minChunkBytes)
	c.Syntax, c.Cut = &csv, CutAtQuotes
	src, err := Bytes("", content).Open(c)
	require.NoError(t, err)
	var next, results sync.Mutex
	var group sync.WaitGroup
	total := int64(0)
	for range 4 {
		group.Go(func() {
			for {
				next.Lock()
				c, err := src.Next(0, nil)
				next.Unlock()
				if err != nil || c.Nominal.Begin == c.Nominal.End {
					return
				}
				err = src.Cut(&c, nil)
				results.Lock()
				if err != nil || !starts[c.Offset] || !starts[c.End()] {
					t.Errorf("chunk %d, %d bytes, %v", c.Offset, c.Size, err)
				}
				total += c.Size
				results.Unlock()
			}
		})
	}
	group.Wait()
	require.EqualValues(t, len(content), total)
}

// TestBrokenBorder checks that a chunk that cannot be read ends the chunks after it
// instead of leaving them waiting.
func TestBrokenBorder(t *testing.T) {
	c := config(1, minChunkBytes)
	c.Syntax, c.Cut = &csv, CutAtQuotes
	p := newPlan(3*minChunkBytes, c)
	broken := func(from, to int64) ([]byte, error) {
		if from < minChunkBytes {
			return nil, io.ErrUnexpectedEOF
		}
		return make([]byte, to-from), nil
	}
	for i := range 3 {
		chunk := Chunk{Nominal: schedule.Chunk{Begin: int64(i) * minChunkBytes, End: int64(i+1) * minChunkBytes}}
		err := p.cutAtQuotes(&chunk, broken)
		if i == 0 {
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		} else {
			require.ErrorIs(t, err, errBorder)
		}
	}
}

// TestCuts checks which ways to cut are chosen.
func TestCuts(t *testing.T) {
	plain, quoted := Bytes("", []byte("a,b\n1,\"2\"\n")), Bytes("", []byte("a,b\n1,\"2\n3\"\n"))
	stream := Reader("", bytes.NewReader(nil))
	require.Equal(t, []Cut{CutAtLF}, Cuts(nil, []Input{stream}))
	require.Equal(t, []Cut{CutAtLF}, Cuts(&delimited.Syntax{Delimiter: ','}, []Input{quoted}))
	require.Equal(t, []Cut{CutAtLF, CutAtQuotes, CutInOrder}, Cuts(&csv, []Input{plain, quoted}))
	require.Equal(t, []Cut{CutAtQuotes, CutInOrder}, Cuts(&csv, []Input{quoted}))
	require.Equal(t, []Cut{CutInOrder}, Cuts(&csv, []Input{plain, stream}))
}
