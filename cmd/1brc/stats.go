package main

import (
	"encoding/json"
	"io"
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

// measurement measures a run for --stats.
type measurement struct {
	format statsFormat
	start  time.Time
	watch  *process.Watch
}

// measure starts to measure a run. It returns nil without a format.
func (f statsFormat) measure() *measurement {
	if f == "" {
		return nil
	}
	return &measurement{format: f, start: time.Now(), watch: process.StartWatch(false)}
}

// print writes what the run took that ended with runErr. stats has the counts of its
// result, which may be incomplete if the run failed, and counted is what they call
// names. print returns runErr, or else its own error.
func (m *measurement) print(w io.Writer, stats compare.Stats, counted string, bad *badRows, runErr error) error {
	stats.WallSeconds = time.Since(m.start).Seconds()
	var err error
	if stats.Process, err = m.watch.Stop(); err != nil && runErr == nil {
		return err
	}
	cutShort := runErr != nil && stats.Bytes == 0 && stats.Run != nil
	if cutShort {
		done := stats.Run.Total()
		stats.Rows, stats.Bytes = done.Rows, done.Bytes
	}
	if m.format == statsText {
		if runErr != nil { // people see how far the run got, if it did anything
			if cutShort && stats.Bytes > 0 {
				_ = printStats(w, stats, counted) // runErr matters more
			}
			return runErr
		}
		return printStats(w, stats, counted)
	}
	bad.mu.Lock() // rows may still come after a signal
	stats.BadRows, stats.CutRows = int64(bad.count), int64(bad.cut)
	bad.mu.Unlock()
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
