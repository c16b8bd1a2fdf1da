package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/source"
	"onebrc/engine/internal/table"
)

// overflowing is a plan that counts equal lines in tables that overflow.
type overflowing struct {
	lines
	every  []int // rows between evictions of each table, 0 for none
	made   *atomic.Int32
	failAt int32  // number of the call of Evict that fails, from 1
	merger func() // called when a merger is made, if it is not nil
	evict  *atomic.Int32
}

func newOverflowing(every ...int) *overflowing {
	return &overflowing{every: every, made: new(atomic.Int32), evict: new(atomic.Int32)}
}

var errEvict, errMerger = errors.New("evict"), errors.New("merger")

func (p *overflowing) Format() partition.Format { return overflowingFormat{table.Format{}, p} }

func (p *overflowing) NewTable(budget *memory.Budget, overflow *partition.Writer) (Table, error) {
	t, err := table.NewOverflowing(budget, overflow)
	every := p.every[int(p.made.Add(1)-1)%len(p.every)]
	return &overflowingTable{t, p, every, 0}, err
}

func (p *overflowing) NewReader(t Table, _ Sink) Reader {
	return &overflowingReader{table: t.(*overflowingTable)}
}

func (p *overflowing) TableBytes() int64 { return table.InitialBytes() }

type overflowingFormat struct {
	table.Format
	plan *overflowing
}

func (f overflowingFormat) NewMerger(budget *memory.Budget) (partition.Merger, error) {
	if f.plan.merger != nil {
		f.plan.merger()
		return nil, errMerger
	}
	return f.Format.NewMerger(budget)
}

type overflowingTable struct {
	*table.Table
	plan        *overflowing
	every, rows int
}

func (t *overflowingTable) Merge(other Table) error {
	return t.Table.Merge(other.(*overflowingTable).Table)
}

func (t *overflowingTable) Evict() error {
	if t.plan.evict.Add(1) == t.plan.failAt {
		return errEvict
	}
	return t.Table.Evict()
}

type overflowingReader struct {
	lineReader
	table *overflowingTable
}

func (r *overflowingReader) Tile(w *source.Window, at int, _ int64, _, _ bool) (int, error) {
	line, _, _ := bytes.Cut(w.Data()[at:], []byte("\n"))
	if _, err := r.table.Add(line, 0); err != nil {
		return 0, err
	}
	r.rows++
	if r.table.rows++; r.table.rows == r.table.every {
		r.table.rows = 0
		if err := r.table.Evict(); err != nil {
			return 0, err
		}
	}
	return min(len(line)+1, w.Size-at), nil
}

// linesOf returns input with 9,000 lines of 500 texts, and how often each text occurs.
func linesOf() ([]byte, map[string]int64) {
	var b bytes.Buffer
	want := map[string]int64{}
	for i := range 9000 {
		text := fmt.Sprint("text ", i*i%500)
		fmt.Fprintln(&b, text)
		want[text]++
	}
	return b.Bytes(), want
}

// startOverflowing returns a run of plan with several workers.
func startOverflowing(t *testing.T, plan Plan, workers int) *run {
	t.Helper()
	config, err := Configure(Options{
		Workers: workers, ChunkBytes: MinChunkBytes, MaxMemory: 1 << 30, TempDir: t.TempDir(), System: fake(2, 2),
	}, plan)
	require.NoError(t, err)
	content, _ := linesOf()
	return newRun(config, plan, []source.Input{source.Bytes("lines", content)}, nil)
}

// requireFreed checks that nothing of r takes memory but the workers.
func requireFreed(t *testing.T, r *run) {
	t.Helper()
	require.Equal(t, int64(len(r.config.placement.places))*r.config.workerBytes(r.plan), r.budget.Used())
}

// TestOverflow runs with tables of which all, some or none overflow.
func TestOverflow(t *testing.T) {
	_, want := linesOf()
	for _, every := range [][]int{{0}, {1}, {100}, {0, 200}, {100, 0, 0}, {0, 0, 0, 5}, {7000}} {
		for _, workers := range []int{1, 2, 3, 7} {
			about := fmt.Sprintf("%v, %d workers", every, workers)
			r := startOverflowing(t, newOverflowing(every...), workers)
			o, err := r.aggregate(t.Context())
			require.NoError(t, err, about)
			got := map[string]int64{}
			if o.Store == nil {
				for s := range o.Table.(*overflowingTable).Stats() {
					got[string(s.Name)] = s.Count
				}
				o.FreeTable()
			} else {
				require.Nil(t, o.Table, about)
				require.NoError(t, o.Store.Each(t.Context(), nil, func(b *partition.Batch) error {
					for record := range b.All() {
						s := table.Decode(record)
						got[string(s.Name)] += s.Count
					}
					return nil
				}), about)
				require.EqualValues(t, len(got), o.Store.Len(), about)
				o.Store.Free()
			}
			require.Equal(t, want, got, about)
			if len(every) == 1 && every[0] < 100 {
				require.Equal(t, every[0] > 0, o.Store != nil, about)
			}
			requireFreed(t, r)
		}
	}
}

// TestOverflowFails fails at each call of Evict, and in the merge.
func TestOverflowFails(t *testing.T) {
	for _, workers := range []int{1, 3} {
		failures := 0
		for failAt := int32(1); ; failAt++ {
			plan := newOverflowing(2000)
			plan.failAt = failAt
			r := startOverflowing(t, plan, workers)
			o, err := r.aggregate(t.Context())
			if err == nil {
				o.Store.Free()
				requireFreed(t, r)
				break
			}
			require.ErrorIs(t, err, errEvict)
			requireFreed(t, r)
			failures++
		}
		require.GreaterOrEqual(t, failures, 3)

		plan := newOverflowing(2000)
		plan.merger = func() {}
		r := startOverflowing(t, plan, workers)
		_, err := r.aggregate(t.Context())
		require.ErrorIs(t, err, errMerger)
		requireFreed(t, r)

		ctx, cancel := context.WithCancel(t.Context())
		plan.merger = cancel
		r = startOverflowing(t, plan, workers)
		_, err = r.aggregate(ctx)
		require.Error(t, err)
		requireFreed(t, r)
	}
}
