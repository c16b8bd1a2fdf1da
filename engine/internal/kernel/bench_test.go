package kernel_test

import (
	"bytes"
	"context"
	"math"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/table"
	"onebrc/gen"
)

// benchRows make about 340 different tiles of the default profile: too many for
// the branch predictor to learn, and still about the size of an L2 cache.
const benchRows = 1e5

// batch is the number of tiles between two readings of the clock. Their bytes and
// Tiles and the slots of a small table fit an L1 cache of 48 KiB.
const batch = 2

// cutTiles cuts data, which begins with padding, into tiles of whole rows.
func cutTiles(data []byte) [][]byte {
	var tiles [][]byte
	for at := kernel.PadBefore; at+kernel.TileBytes+kernel.PadAfter <= len(data); {
		n := bytes.LastIndexByte(data[at:][:kernel.TileBytes], '\n') + 1
		tiles = append(tiles, data[at:][:n])
		at += n
	}
	return tiles[:len(tiles)/batch*batch]
}

// clockCost returns the time that a reading of the clock takes.
func clockCost() time.Duration {
	cost := time.Duration(math.MaxInt64)
	for range 1000 {
		start := time.Now()
		cost = min(cost, time.Since(start))
	}
	return cost
}

// BenchmarkKernel measures each pass alone, on what the previous pass has just left
// in the cache. The result does not include the time of the other passes. Cycles
// are the time multiplied by the frequency of the core, which is measured in
// between.
func BenchmarkKernel(b *testing.B) {
	passes := []string{"index", "decode", "accumulate"}
	for _, k := range kernel.All() {
		for timed, pass := range passes {
			for _, profile := range []string{"default", "10k"} {
				b.Run("kernel="+k.Name+"/pass="+pass+"/profile="+profile, func(b *testing.B) {
					benchmarkPass(b, k, timed, profile)
				})
			}
		}
	}
}

func benchmarkPass(b *testing.B, k *kernel.Kernel, timed int, profile string) {
	data := bytes.NewBuffer(bytes.Repeat([]byte("\n"), kernel.PadBefore))
	require.NoError(b, gen.Write(context.Background(), data, gen.Options{Rows: benchRows, Seed: 1, Profile: profile}))
	tiles := cutTiles(data.Bytes())
	to, err := table.New(nil)
	require.NoError(b, err)
	b.Cleanup(to.Free)

	var work [batch]kernel.Tile
	var rows [batch]int
	run := func(group [][]byte) (elapsed [3]time.Duration) {
		start := time.Now()
		for i, tile := range group {
			rows[i] = k.Index(unsafe.Pointer(&tile[0]), len(tile), &work[i])
		}
		indexed := time.Now()
		for i, tile := range group {
			if !k.Decode(unsafe.Pointer(&tile[0]), rows[i], &work[i]) {
				b.Fatal("decode refused a tile of good rows")
			}
		}
		decoded := time.Now()
		for i, tile := range group {
			if done, err := to.Accumulate(k.Accumulate, unsafe.Pointer(&tile[0]), &work[i], rows[i]); err != nil || done != rows[i] {
				b.Fatal("accumulate refused a good row")
			}
		}
		return [3]time.Duration{indexed.Sub(start), decoded.Sub(indexed), time.Since(decoded)}
	}
	for i := 0; i < len(tiles); i += batch { // puts all names into the table
		run(tiles[i:][:batch])
	}

	clock := clockCost()
	var probes clockProbes
	var totalTime time.Duration
	var totalRows, totalBytes, at int
	for b.Loop() {
		if at == 0 { // once per round of all tiles
			probes.take()
		}
		totalTime += run(tiles[at:][:batch])[timed] - clock
		for i, tile := range tiles[at:][:batch] {
			totalRows += rows[i]
			totalBytes += len(tile)
		}
		at = (at + batch) % len(tiles)
	}
	gigahertz := probes.gigahertz(b)
	ns := float64(max(totalTime, 1))
	b.ReportMetric(ns/float64(b.N), "ns/op") // of this pass
	b.ReportMetric(float64(totalBytes)/ns*1e3, "MB/s")
	b.ReportMetric(ns/float64(totalRows), "ns/row")
	b.ReportMetric(ns*gigahertz/float64(totalRows), "cycles/row")
	b.ReportMetric(gigahertz, "GHz")
	b.ReportMetric(float64(totalRows)/ns*1e9, "rows/s")
}
