package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime/debug"
	"runtime/metrics"
	"text/tabwriter"
	"time"

	"onebrc/engine"
	"onebrc/engine/stages/compare"
)

// statsFormat is the flag --stats[=text|json]; "" is none.
type statsFormat string

const (
	statsText statsFormat = "text"
	statsJSON statsFormat = "json"
)

// String returns the format.
func (f *statsFormat) String() string { return string(*f) }

// Type names the value in help.
func (f *statsFormat) Type() string { return "text|json" }

// Set parses text.
func (f *statsFormat) Set(text string) error {
	switch format := statsFormat(text); format {
	case statsText, statsJSON:
		*f = format
		return nil
	}
	return fmt.Errorf("want %s or %s", statsText, statsJSON)
}

// print writes what a run took in the format.
func (f statsFormat) print(w io.Writer, result *engine.Result, wall time.Duration) error {
	stats, err := measure(result, wall)
	if err != nil {
		return err
	}
	if f == statsJSON {
		return json.NewEncoder(w).Encode(stats)
	}
	return printStats(w, stats)
}

// measure returns what a run took.
func measure(result *engine.Result, wall time.Duration) (compare.Stats, error) {
	gc := debug.GCStats{PauseQuantiles: make([]time.Duration, 2)} // minimum and maximum
	debug.ReadGCStats(&gc)
	peak, own, err := residentMemory()
	return compare.Stats{
		Rows: result.Rows, Bytes: result.Bytes, Names: len(result.Stations), WallSeconds: wall.Seconds(),
		PeakResidentBytes: peak, OwnResidentBytes: own,
		GCCycles: gc.NumGC, GCLongestPauseSeconds: longestPause(gc).Seconds(),
	}, err
}

// longestPause returns the longest pause of the run. gc only has the last
// cycles; of those before it is known to a quarter, from below.
func longestPause(gc debug.GCStats) time.Duration {
	longest := gc.PauseQuantiles[1]
	if gc.NumGC <= int64(len(gc.Pause)) {
		return longest
	}
	all := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(all)
	if all[0].Value.Kind() != metrics.KindFloat64Histogram {
		return longest
	}
	histogram := all[0].Value.Float64Histogram()
	for i, pauses := range histogram.Counts {
		if from := histogram.Buckets[i]; pauses > 0 && !math.IsInf(from, -1) {
			longest = max(longest, time.Duration(from*float64(time.Second)))
		}
	}
	return longest
}

// printStats writes what a run took as a table.
func printStats(w io.Writer, s compare.Stats) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "rows\t%d\n", s.Rows)
	fmt.Fprintf(out, "bytes\t%d\n", s.Bytes)
	fmt.Fprintf(out, "names\t%d\n", s.Names)
	fmt.Fprintf(out, "wall\t%.6f s\n", s.WallSeconds)
	fmt.Fprintf(out, "throughput\t%.2f GB/s, %.1f M rows/s\n", float64(s.Bytes)/s.WallSeconds/1e9, float64(s.Rows)/s.WallSeconds/1e6)
	if s.PeakResidentBytes == 0 {
		fmt.Fprint(out, "peak resident memory\tunknown on this system\n")
	} else {
		fmt.Fprintf(out, "peak resident memory\t%.1f MiB\n", float64(s.PeakResidentBytes)/(1<<20))
		fmt.Fprintf(out, "of it own, at the end\t%.1f MiB\n", float64(s.OwnResidentBytes)/(1<<20))
	}
	pause := time.Duration(math.Round(s.GCLongestPauseSeconds * float64(time.Second)))
	fmt.Fprintf(out, "GC\t%d cycles, longest pause %s\n", s.GCCycles, pause)
	return out.Flush()
}
