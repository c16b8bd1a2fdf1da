package engine_test

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// TestPartialMemory checks that a Partial takes little more memory than its names.
func TestPartialMemory(t *testing.T) {
	count := 1_000_000
	if testing.Short() {
		count = 100_000
	}
	var content strings.Builder
	for i := range count {
		fmt.Fprintf(&content, "name %09d;%d.5\n", i*7919%count, i%100)
	}
	size := content.Len()
	path := writeInput(t, content.String())
	content = strings.Builder{}
	heap := func() int64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	before := heap()
	ranges, err := engine.Divide(int64(size/5), path)
	require.NoError(t, err)
	all := partials(t, engine.Options{}, engine.BadRowsFail, len(ranges), ranges)
	const pieceBytes = 1 << 20 // the last piece of each may be nearly empty
	allowed := int64(count)*(14+4)*11/10 + pieceBytes
	require.Less(t, heap()-before, allowed+int64(len(all))*pieceBytes)
	p, err := engine.MergePartials(sequence(all))
	require.NoError(t, err)
	all = nil
	require.Less(t, heap()-before, allowed)
	result, err := p.Result()
	require.NoError(t, err)
	require.Len(t, result.Stations, count)
	want, err := engine.Aggregate(t.Context(), engine.Options{}, engine.File(path))
	require.NoError(t, err)
	require.Equal(t, want.String(), result.String())
	require.Less(t, len(encoded(t, p)), int(allowed))

	// The Partial counts as part of the limit.
	_, err = engine.AggregatePartial(t.Context(), engine.Options{Workers: 1, MaxMemory: 8 << 20}, engine.BadRowsFail, engine.Range{Path: path, End: 1 << 40})
	if count == 1_000_000 {
		require.ErrorIs(t, err, engine.ErrMemory)
	}
}

// TestKeptBadRows checks that there is a limit for the memory of bad rows.
func TestKeptBadRows(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 300 MB")
	}
	path := writeInput(t, strings.Repeat(strings.Repeat("x", engine.MaxBadRowBytes)+"\n", 2500))
	ranges, err := engine.Divide(100<<20, path)
	require.NoError(t, err)
	all := partials(t, engine.Options{}, engine.BadRowsKeep, len(ranges), ranges)
	_, err = engine.MergePartials(sequence(all))
	require.NoError(t, err)
	for _, mode := range []engine.BadRowMode{engine.BadRowsFail, engine.BadRowsCount} {
		_, err = engine.AggregatePartial(t.Context(), engine.Options{}, mode, ranges...)
		require.NoError(t, err)
	}
	path = writeInput(t, strings.Repeat(strings.Repeat("x", engine.MaxBadRowBytes)+"\n", 4200))
	ranges, err = engine.Divide(140<<20, path)
	require.NoError(t, err)

	// Ranges that do not meet keep the first row of all, in any order.
	row := int64(engine.MaxBadRowBytes + 1)
	var apart []engine.Range
	for i := range int64(4200) {
		apart = append(apart, engine.Range{Path: path, Begin: i * row, End: i*row + 1})
	}
	slices.Reverse(apart)
	p, err := engine.AggregatePartial(t.Context(), engine.Options{}, engine.BadRowsFail, apart[:2100]...)
	require.NoError(t, err)
	q, err := engine.AggregatePartial(t.Context(), engine.Options{}, engine.BadRowsFail, apart[2100:]...)
	require.NoError(t, err)
	both, err := engine.AggregatePartial(t.Context(), engine.Options{}, engine.BadRowsFail, apart...)
	require.NoError(t, err)
	require.Less(t, len(encoded(t, both)), 2*engine.MaxBadRowBytes)
	for _, pair := range [][2]*engine.Partial{{p, q}, {q, p}} {
		merged, err := engine.MergePartials(sequence(pair[:]))
		require.NoError(t, err)
		require.Len(t, slices.Collect(merged.BadRows()), 1)
		require.Equal(t, encoded(t, both), encoded(t, merged))
		require.NoError(t, new(engine.Partial).UnmarshalBinary(encoded(t, merged)))
	}

	const want = "the bad rows take more than 256 MiB"
	_, err = engine.MergePartials(sequence(partials(t, engine.Options{}, engine.BadRowsKeep, len(ranges), ranges)))
	require.ErrorContains(t, err, want)
	_, err = engine.AggregatePartial(t.Context(), engine.Options{}, engine.BadRowsKeep, ranges...)
	require.ErrorContains(t, err, want)
}

// BenchmarkMergePartials merges a thousand partial results of as many names as the
// challenge has.
func BenchmarkMergePartials(b *testing.B) {
	var content strings.Builder
	for i := range 413_000 {
		fmt.Fprintf(&content, "station %d;%d.%d\n", i%413, i%100, i%10)
	}
	path := writeInput(b, content.String())
	ranges, err := engine.Divide(int64(content.Len()/1000+1), path)
	require.NoError(b, err)
	var stream bytes.Buffer
	for _, p := range partials(b, engine.Options{Workers: 1}, engine.BadRowsFail, len(ranges), ranges) {
		_, err := p.WriteTo(&stream)
		require.NoError(b, err)
	}
	b.SetBytes(int64(stream.Len()))
	for b.Loop() {
		p, err := engine.MergePartials(engine.ReadPartials(bytes.NewReader(stream.Bytes())))
		require.NoError(b, err)
		_, err = p.Result()
		require.NoError(b, err)
	}
}
