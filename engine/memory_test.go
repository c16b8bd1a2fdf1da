package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// TestMaxMemory gives a run more and more memory. It checks that the run fails with
// ErrMemory up to some limit, and from there on has the same result as without one.
func TestMaxMemory(t *testing.T) {
	var b strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&b, "name %d;1.0\nbad\n", i)
	}
	content := b.String()
	step := int64(4) // the limit grows by a quarter
	if testing.Short() {
		step = 1
	}
	for _, workers := range []int{1, 3} {
		o := engine.Options{Workers: workers, ChunkBytes: 64 << 10}
		bad := skipAll(&o)
		want, err := engine.Aggregate(context.Background(), o, engine.Bytes("input", []byte(content)))
		require.NoError(t, err)
		outcomes := map[string]int{}
		for o.MaxMemory = 1; o.MaxMemory < 1<<30; o.MaxMemory += 1 + o.MaxMemory/step {
			*bad = nil
			got, err := engine.Aggregate(context.Background(), o, engine.Bytes("input", []byte(content)))
			switch {
			case err == nil:
				require.Equal(t, want, got)
				require.Equal(t, 60_000, len(*bad))
				outcomes["success"]++
				continue
			case strings.Contains(err.Error(), "workers need at least"):
				require.Empty(t, *bad)
				outcomes["start"]++
			default:
				outcomes["run"]++
			}
			require.Nil(t, got)
			require.ErrorIs(t, err, engine.ErrMemory)
			require.Zero(t, outcomes["success"], "%d bytes were enough", o.MaxMemory)
		}
		require.NotZero(t, outcomes["start"])
		require.NotZero(t, outcomes["success"])
	}
}

// TestLeastMemory checks that the memory that the error asks for is just enough.
func TestLeastMemory(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		for _, skip := range []bool{false, true} {
			o := engine.Options{Workers: workers, MaxMemory: 1}
			if skip {
				skipAll(&o)
			}
			err := o.Check()
			require.ErrorIs(t, err, engine.ErrMemory)
			_, rest, _ := strings.Cut(err.Error(), "at least ")
			_, scanErr := fmt.Sscan(rest, &o.MaxMemory)
			require.NoError(t, scanErr, err)
			o.MaxMemory--
			require.ErrorIs(t, o.Check(), engine.ErrMemory)
			o.MaxMemory++
			require.NoError(t, o.Check())
			o.MaxMemory += 100 // for the result of one name
			result, err := engine.Aggregate(context.Background(), o, engine.Bytes("input", []byte("a;1.0\n")))
			require.NoError(t, err)
			require.Equal(t, "{a=1.0/1.0/1.0}\n", result.String())
		}
	}
	require.EqualError(t, engine.Options{MaxMemory: -1}.Check(), "engine: MaxMemory must be 0 or more, got -1")
}
