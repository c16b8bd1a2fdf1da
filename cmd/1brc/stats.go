package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/process"
	"onebrc/engine"
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

// measurement measures a run for --stats. All methods of nil do nothing.
type measurement struct {
	format statsFormat
	start  time.Time
	watch  *process.Watch
}

// measure starts to measure a run, if format asks for it.
func (f statsFormat) measure() *measurement {
	if f == "" {
		return nil
	}
	return &measurement{format: f, start: time.Now(), watch: process.StartWatch()}
}

// print writes what the run took.
func (m *measurement) print(w io.Writer, result *engine.Result) error {
	if m == nil {
		return nil
	}
	wall := time.Since(m.start)
	process, err := m.watch.Stop()
	if err != nil {
		return err
	}
	stats := compare.Stats{
		Rows: result.Rows, BadRows: result.BadRows, Bytes: result.Bytes, Names: len(result.Stations),
		WallSeconds: wall.Seconds(),
		Process:     process, Run: result.Measurement,
	}
	if m.format == statsJSON {
		return json.NewEncoder(w).Encode(stats)
	}
	return printStats(w, stats)
}

// failed writes, for people, what a run took that ended with err, which it
// returns: how far it got, and where its time went. A program gets the error
// alone, and so does who interrupted the run, which has not ended then.
func (m *measurement) failed(w io.Writer, result *engine.Result, err error) error {
	if m == nil || m.format == statsJSON || result == nil || result.Measurement == nil || err == cli.ErrInterrupted {
		return err
	}
	done := result.Measurement.Total()
	if done.Chunks == 0 {
		return err
	}
	_ = m.print(w, &engine.Result{Rows: done.Rows, Bytes: done.Bytes, Measurement: result.Measurement}) // err matters more
	return err
}
