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
	stop, failAt := int64(-1), 60+rand.IntN(10) // in the second input
	for {
		c, ok := r.feed.next(t.Context(), &worker{run: r, node: rand.IntN(4)})
		if !ok {
			break
		}
		if stop >= 0 {
			require.Less(t, c.Position(), stop)
		}
		if len(all) == failAt {
			require.Equal(t, 1, c.Input)
			stop = c.Position()
			r.end(t.Context(), &c, &BadRow{Line: 1})
		} else {
			c.Lines = c.Size / 8
			r.end(t.Context(), &c, nil)
		}
		all = append(all, c)
	}
	before := int64(0)
	for _, c := range all {
		if c.Position() < stop {
			before += c.Size
		}
	}
	require.Equal(t, stop, before, "all chunks before the failed one are handed out")
	var row *BadRow
	require.ErrorAs(t, r.close(), &row)
	require.Equal(t, (stop-int64(len(content)))/8+1, row.Line)
	require.Equal(t, "second", row.Input)
}

// TestProgress checks progress with chunks that are done in any order: the rows of a
// chunk count once all chunks before it are done, and nothing of it is kept then.
func TestProgress(t *testing.T) {
	var chunks []source.Chunk
	base := int64(0)
	for input, n := range []int64{5, 1, 7} {
		for i := range n {
			c := source.Chunk{Input: input, Base: base}
			c.Nominal = schedule.Chunk{Begin: 10 * i, End: 10 * (i + 1)}
			chunks = append(chunks, c)
		}
		base += 10 * n
	}
	p := progress{later: map[int64]source.Chunk{}}
	done := make([]bool, len(chunks))
	for _, k := range rand.Perm(len(chunks)) {
		chunks[k].Lines = int64(100 + k)
		p.add(&chunks[k])
		done[k] = true
		first, rows := 0, int64(0)
		for ; first < len(done) && done[first]; first++ {
			if first > 0 && chunks[first].Input != chunks[first-1].Input {
				rows = 0
			}
			rows += int64(100 + first)
		}
		require.EqualValues(t, 10*first, p.position)
		if first < len(chunks) {
			if first == 0 || chunks[first].Input != chunks[first-1].Input {
				rows = 0
			}
			require.Equal(t, rows, p.linesBefore(&chunks[first]))
		}
	}
	require.Empty(t, p.later)
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
