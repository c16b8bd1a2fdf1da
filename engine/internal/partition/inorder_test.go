package partition

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestInOrder delivers the pieces of several workers in order, in buffers that are used
// again.
func TestInOrder(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 8} {
		for _, pieces := range []int{0, 1, 2, 7, 100} {
			var want, got strings.Builder
			for piece := range pieces {
				want.WriteString(strconv.Itoa(piece) + "\n")
			}
			var made atomic.Int64
			err := InOrder(t.Context(), workers, pieces, func(piece int, out []byte) ([]byte, error) {
				if len(out) != 0 {
					return nil, errors.New("out is not empty")
				}
				if cap(out) == 0 {
					made.Add(1)
				}
				return append(strconv.AppendInt(out, int64(piece), 10), '\n'), nil
			}, func(out []byte) error {
				got.Write(out)
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, want.String(), got.String(), "%d workers, %d pieces", workers, pieces)
			require.LessOrEqual(t, made.Load(), int64(InOrderBuffers(workers)))
		}
	}
}

// TestInOrderEnds ends in the middle: with errors, panics and the context.
func TestInOrderEnds(t *testing.T) {
	failed := errors.New("failed")
	at := func(n int, end func() error) func() error {
		return func() error {
			if n--; n == 0 {
				return end()
			}
			return nil
		}
	}
	run := func(ctx context.Context, inConvert, inDeliver func() error) error {
		return InOrder(ctx, 3, 100, func(piece int, out []byte) ([]byte, error) {
			if piece%3 == 0 { // of one worker
				if err := inConvert(); err != nil {
					return nil, err
				}
			}
			return append(out, 'x'), nil
		}, func([]byte) error { return inDeliver() })
	}
	fail := func() error { return failed }
	nothing := func() error { return nil }
	fall := func() error { panic("fallen") }
	require.ErrorIs(t, run(t.Context(), at(5, fail), nothing), failed)
	require.ErrorIs(t, run(t.Context(), nothing, at(50, fail)), failed)
	require.PanicsWithValue(t, "fallen", func() { _ = run(t.Context(), at(5, fall), nothing) })
	require.PanicsWithValue(t, "fallen", func() { _ = run(t.Context(), nothing, at(50, fall)) })
	ctx, cancel := context.WithCancel(t.Context())
	require.ErrorIs(t, run(ctx, nothing, at(50, func() error { cancel(); return nil })), context.Canceled)
}
