package main

import (
	"encoding/json"
	"io"
	"os"
	"time"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/process"
)

// statsFormat is the value of --stats.
type statsFormat string

const (
	statsText statsFormat = "text"
	statsJSON statsFormat = "json"
)

// What statistics call the names of a result.
const (
	countedNames  = "names"
	countedGroups = "groups"
)

var statsFormats = []statsFormat{statsText, statsJSON}

// measurement measures a run for --stats and --report.
type measurement struct {
	start time.Time
	watch *process.Watch
	// cutShort means that the run failed before it had a result. What the engine had
	// done by then was measured.
	cutShort bool
}

// measure starts to measure a run over args. It returns nil if nobody wants that.
func (c *runConfig) measure(args []string) *measurement {
	c.options.Measure, c.options.MeasureChunks = c.stats.Value != "", c.report.path != ""
	if !c.options.Measure && !c.options.MeasureChunks {
		return nil
	}
	m := &measurement{start: time.Now(), watch: process.StartWatch(c.options.MeasureChunks)}
	if c.options.MeasureChunks {
		c.report.start(m.start, os.Args, args, c.counted)
	}
	return m
}

// end completes stats, which have the counts of the result of the run. The run ended with
// runErr, and the counts may then be incomplete. end returns runErr, or else its own error.
func (m *measurement) end(stats *compare.Stats, bad *badRows, runErr error) (err error) {
	stats.WallSeconds = time.Since(m.start).Seconds()
	if stats.Process, err = m.watch.Stop(); runErr == nil {
		runErr = err
	}
	if m.cutShort = runErr != nil && stats.Bytes == 0 && stats.Run != nil; m.cutShort {
		done := stats.Run.Total()
		stats.Rows, stats.Bytes = done.Rows, done.Bytes
	}
	bad.mu.Lock() // rows may still come after a signal
	stats.BadRows, stats.CutRows = int64(bad.count), int64(bad.cut)
	bad.mu.Unlock()
	if runErr != nil {
		stats.Error = runErr.Error()
	}
	return runErr
}

// print writes stats of a run that ended with runErr in the given format, and returns
// runErr, or else its own error. counted is what stats call names.
func (m *measurement) print(w io.Writer, format statsFormat, stats compare.Stats, counted string, runErr error) error {
	switch {
	case format == "":
		return runErr
	case format == statsJSON:
	case runErr == nil:
		return printStats(w, stats, counted)
	default: // people see how far the run got, if it did anything
		if m.cutShort && stats.Bytes > 0 {
			_ = printStats(w, stats, counted) // runErr matters more
		}
		return runErr
	}
	if runErr != nil {
		stats.Error, runErr = runErr.Error(), cli.ReportedError{Err: runErr}
	}
	var line any = stats
	if counted == countedGroups {
		line = groupStats{Stats: stats, Groups: stats.Names}
	}
	if err := json.NewEncoder(w).Encode(line); err != nil {
		return err
	}
	return runErr
}

// groupStats are statistics with groups instead of names.
type groupStats struct {
	compare.Stats
	Names  *int `json:"names,omitempty"` // nil: it hides the names of Stats
	Groups int  `json:"groups"`
}
