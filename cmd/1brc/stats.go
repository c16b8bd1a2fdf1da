package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"text/tabwriter"
	"time"

	"onebrc/engine"
)

// printStats writes what a run took.
func printStats(w io.Writer, result *engine.Result, wall time.Duration) error {
	gc := debug.GCStats{PauseQuantiles: make([]time.Duration, 2)} // minimum and maximum
	debug.ReadGCStats(&gc)
	seconds := wall.Seconds()
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "rows\t%d\n", result.Rows)
	fmt.Fprintf(out, "bytes\t%d\n", result.Bytes)
	fmt.Fprintf(out, "names\t%d\n", len(result.Stations))
	fmt.Fprintf(out, "wall\t%.3f s\n", seconds)
	fmt.Fprintf(out, "throughput\t%.2f GB/s, %.1f M rows/s\n", float64(result.Bytes)/seconds/1e9, float64(result.Rows)/seconds/1e6)
	memory, err := peakMemory()
	if err != nil {
		return err
	}
	fmt.Fprint(out, memory)
	fmt.Fprintf(out, "GC\t%d cycles, longest pause %s\n", gc.NumGC, gc.PauseQuantiles[1])
	return out.Flush()
}
