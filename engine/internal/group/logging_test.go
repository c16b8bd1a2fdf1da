package group

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/source"
)

// TestLoggingPeriods checks when rows are logged, and for how long.
func TestLoggingPeriods(t *testing.T) {
	var l logging
	l.begin(0.7, 0)
	require.Zero(t, l.left)
	for _, want := range []int64{firstLogged, 2 * firstLogged, 4 * firstLogged, mostLogged, mostLogged} {
		l.begin(0.9, 0)
		require.Equal(t, want, l.left)
		l.left = 0
	}
	l.begin(0.7, 0)
	require.Zero(t, l.left)
	l.begin(0.9, 0)
	require.EqualValues(t, firstLogged, l.left)
}

// TestLoggingEndsIfOneGroupIsFrequent logs rows with new keys, and then also some of a
// group whose records would be too many for a partition.
func TestLoggingEndsIfOneGroupIsFrequent(t *testing.T) {
	const rows = 50_000
	syntax := *testPlan(generic, 1).Syntax
	syntax.Columns = 2
	plan := NewPlan(Plan{Kernel: generic, Syntax: &syntax, Point: '.', Keys: []int{0}, Numbers: []Number{{Field: 1}}, Values: []Values{{Field: 1, Number: 0}}})
	f, budget := newFormat(plan), memory.NewBudget(memory.NoLimit)
	store := partition.New(partition.Config{Format: f, Workers: 1, Partitions: 4, Budget: budget, TempDir: t.TempDir()})
	defer store.Free()
	to, err := NewOverflowing(plan, budget, store.Writer(0))
	require.NoError(t, err)
	defer to.Free()
	r := NewReader(plan, to, nil, nil)
	r.Begin(&source.Chunk{Offset: 1, Size: 1 << 30})
	read := func(key func(row int) string) {
		var input bytes.Buffer
		for row := range rows {
			fmt.Fprintf(&input, "%s,%d\n", key(row), row)
		}
		w := source.Window{Bytes: input.Bytes(), Size: input.Len()}
		for n := 0; n < input.Len(); {
			k, err := r.Tile(&w, n, int64(1+n), false, false)
			require.NoError(t, err)
			require.NotZero(t, k)
			n += k
		}
	}
	to.overflow.logging.begin(1, 0)
	read(func(row int) string { return fmt.Sprintf("first %d", row) })
	require.EqualValues(t, rows, to.overflow.writer.Appended())
	require.EqualValues(t, firstLogged-rows, to.overflow.logging.left)
	require.Zero(t, to.count)
	read(func(row int) string {
		if row%10 == 0 {
			return "frequent"
		}
		return fmt.Sprintf("second %d", row)
	})
	require.LessOrEqual(t, to.overflow.logging.left, int64(0))
	logged := to.overflow.writer.Appended() - rows
	require.Less(t, logged, int64(10*firstLogged/logShare+tileRows(plan)))
	at, err := to.Slot([]byte("frequent"))
	require.NoError(t, err)
	require.Greater(t, to.lanes(to.index(at))[0], int64(rows/10-2*firstLogged/logShare))
}
