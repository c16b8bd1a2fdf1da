package run

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/measure"
	"onebrc/engine/internal/schedule"
	"onebrc/engine/internal/source"
)

// TestStopByPosition checks what happens when a chunk fails while chunks of several
// queues are handed out: all chunks before it are still handed out, and none after
// it, except those that were handed out before it failed.
func TestStopByPosition(t *testing.T) {
	config, err := Configure(Options{Workers: 4, ChunkBytes: MinChunkBytes, System: fake(4, 1)}, lines{})
	require.NoError(t, err)
	content := bytes.Repeat([]byte("abc;1.0\n"), 20_000)
	r := newRun(config, lines{}, []source.Input{
		source.Bytes("first", content), source.Bytes("second", content), source.Bytes("third", content),
	}, nil)
	var all []source.Chunk
	var stop *source.Place
	failAt := 60 + rand.IntN(10) // in the second input
	for {
		c, ok := r.feed.next(t.Context(), &worker{run: r, node: rand.IntN(4)})
		if !ok {
			break
		}
		if stop != nil {
			require.True(t, c.Place().Before(*stop))
		}
		if len(all) == failAt {
			require.Equal(t, 1, c.Input)
			place := c.Place()
			stop = &place
			r.end(t.Context(), &c, &BadRow{Line: 1})
		} else {
			c.Lines = c.Size / 8
			r.end(t.Context(), &c, nil)
		}
		all = append(all, c)
	}
	before := int64(0)
	for _, c := range all {
		if c.Place().Before(*stop) {
			before += c.Size
		}
	}
	require.Equal(t, int64(len(content))+stop.Offset, before, "all chunks before the failed one are handed out")
	var row *BadRow
	require.ErrorAs(t, r.close(), &row)
	require.Equal(t, stop.Offset/8+1, row.Line)
	require.Equal(t, "second", row.Input)
}

// TestProgress checks progress with chunks that are done in any order, and inputs whose
// sizes become known at any time: the lines of a chunk count once all chunks before it
// are done, and nothing of it is kept then.
func TestProgress(t *testing.T) {
	sizes := []int64{50, 0, 10, 70}
	for range 100 {
		var chunks []source.Chunk
		for input, size := range sizes {
			for at := int64(0); at < size; at += 10 {
				c := source.Chunk{Input: input, Lines: rand.Int64N(100)}
				c.Nominal = schedule.Chunk{Begin: at, End: at + 10}
				chunks = append(chunks, c)
			}
		}
		p := progress{inputs: map[int]*inputProgress{}}
		done, ended := make([]bool, len(chunks)), make([]bool, len(sizes))
		for _, k := range rand.Perm(len(chunks) + len(sizes)) {
			if k < len(chunks) {
				p.add(&chunks[k])
				done[k] = true
			} else {
				k -= len(chunks)
				p.end(k, sizes[k])
				ended[k] = true
			}
			for i := range chunks {
				c, all, lines := &chunks[i], true, int64(0)
				for j := range i {
					all = all && done[j]
					if chunks[j].Input == c.Input {
						lines += chunks[j].Lines
					}
				}
				for input := range c.Input {
					all = all && ended[input]
				}
				if !done[i] {
					require.Equal(t, all, p.isDone(c))
					if all {
						require.Equal(t, lines, p.linesBefore(c))
					}
				}
			}
		}
		require.Equal(t, len(sizes), p.input)
		require.Empty(t, p.inputs)
	}
}

// TestEveryChunkIsMeasured checks that the recorder gets every chunk of every kind
// of input.
func TestEveryChunkIsMeasured(t *testing.T) {
	content := bytes.Repeat([]byte("name;12.3\n"), 60_000)
	path := filepath.Join(t.TempDir(), "rows")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	inputs := func() []source.Input {
		return []source.Input{
			source.File(path), source.Reader("stream", bytes.NewReader(content)), source.Bytes("bytes", content),
			source.Reader("short stream", bytes.NewReader(content[:10])), source.Bytes("empty", nil),
		}
	}
	for _, workers := range []int{1, 2, 5} {
		for _, access := range source.Accesses() {
			config, err := Configure(Options{Workers: workers, ChunkBytes: 50_000, Access: access}, lines{})
			require.NoError(t, err)
			r := newRun(config, lines{}, inputs(), nil)
			w := &worker{run: r}
			var chunks int64
			for {
				c, ok := r.feed.next(t.Context(), w)
				if !ok {
					break
				}
				r.end(t.Context(), &c, nil)
				chunks++
			}
			require.Empty(t, r.opened)
			require.NoError(t, r.close())

			recorder := measure.New(false)
			outcome, err := config.Aggregate(t.Context(), lines{}, inputs(), recorder)
			require.NoError(t, err)
			outcome.Table.Free()
			measured := recorder.Run()
			require.Equal(t, chunks, measured.Total().Chunks)
		}
	}
}
