package engine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/schedule"
)

// waiting is a stream whose end does not come before its gate is closed.
type waiting struct {
	bytes io.Reader
	gate  chan struct{}
}

// Read implements io.Reader.
func (w waiting) Read(b []byte) (int, error) {
	n, err := w.bytes.Read(b)
	if err != io.EOF {
		return n, err
	}
	select {
	case <-w.gate:
		return n, err
	case <-time.After(10 * time.Second):
		return n, errors.New("the gate stays closed")
	}
}

// TestReportWhileStreamWaits has a stream that does not go on until the bad row
// that came before is reported.
func TestReportWhileStreamWaits(t *testing.T) {
	content := bytes.Repeat([]byte("a;1.0\n"), copyBytes/6+1)
	copy(content[600:], "a,1.0")
	gate := make(chan struct{})
	o := Options{Workers: 2, OnBadRow: func(row *RowError) error {
		require.EqualValues(t, 101, row.Line)
		close(gate)
		return nil
	}}
	result, err := Aggregate(context.Background(), o, Reader("waiting", waiting{bytes.NewReader(content), gate}))
	require.NoError(t, err)
	require.EqualValues(t, len(content)/6-1, result.Rows)
}

// TestStopByPosition has a chunk fail while chunks of several queues are handed
// out: each chunk before it is still handed out, and none behind it, but those
// that were before it failed.
func TestStopByPosition(t *testing.T) {
	o := Options{Workers: 4, ChunkBytes: MinChunkBytes, system: fake(4, 1)}
	s, err := o.settings()
	require.NoError(t, err)
	require.NoError(t, s.place(o))
	content := bytes.Repeat([]byte("abc;1.0\n"), 20_000)
	q := newQueue(s, []Input{Bytes("first", content), Bytes("second", content), Bytes("third", content)})
	var all []chunk
	stop, failAt := int64(-1), 60+rand.IntN(10) // in the second input
	for {
		c, ok := q.next(rand.IntN(4), nil)
		if !ok {
			break
		}
		if stop >= 0 {
			require.Less(t, c.position(), stop)
		}
		if len(all) == failAt {
			require.Equal(t, 1, c.input)
			stop = c.position()
			q.fail(&c, &RowError{Line: 1})
		} else {
			q.done(&c, c.size/8)
		}
		all = append(all, c)
	}
	before := int64(0)
	for _, c := range all {
		if c.position() < stop {
			before += c.size
		}
	}
	require.Equal(t, stop, before, "all that is before it is handed out")
	var row *RowError
	require.ErrorAs(t, q.result(), &row)
	require.Equal(t, (stop-int64(len(content)))/8+1, row.Line)
	require.Equal(t, "second", row.Input)
}

// TestProgress has chunks done in any order: their rows count when all chunks
// before them are done, and nothing is kept of them then.
func TestProgress(t *testing.T) {
	var chunks []chunk
	base := int64(0)
	for input, n := range []int64{5, 1, 7} {
		for i := range n {
			c := chunk{input: input, base: base}
			c.nominal = schedule.Chunk{Begin: 10 * i, End: 10 * (i + 1)}
			chunks = append(chunks, c)
		}
		base += 10 * n
	}
	p := progress{later: map[int64]doneChunk{}}
	done := make([]bool, len(chunks))
	for _, k := range rand.Perm(len(chunks)) {
		p.add(&chunks[k], int64(100+k))
		done[k] = true
		first, rows := 0, int64(0)
		for ; first < len(done) && done[first]; first++ {
			if first > 0 && chunks[first].input != chunks[first-1].input {
				rows = 0
			}
			rows += int64(100 + first)
		}
		require.EqualValues(t, 10*first, p.position)
		if first < len(chunks) {
			if first == 0 || chunks[first].input != chunks[first-1].input {
				rows = 0
			}
			require.Equal(t, rows, p.rowsBefore(&chunks[first]))
		}
	}
	require.Empty(t, p.later)
}
