package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/report"
	"onebrc/engine"
)

// runReport writes the report about a run that --report asks for.
type runReport struct {
	path      string      // "" for none
	file      *outputFile // nil until it is created
	recording report.Recording
	// table gets the first rows of the result as they are printed. It is nil without
	// a report.
	table *report.Table
}

// start begins the recording of a run over args that begins now.
func (r *runReport) start(now time.Time, command, args []string, counted string) {
	r.recording = report.Recording{Time: now, Counted: counted, Command: printables(command)}
	for _, arg := range args {
		if arg == stdinArgument {
			arg = stdinName
		}
		r.recording.Inputs = append(r.recording.Inputs, printable(arg))
	}
	r.table = &report.Table{Rows: [][]string{}}
}

// printables returns texts in a form that can be shown.
func printables(texts []string) []string {
	shown := make([]string, len(texts))
	for i, text := range texts {
		shown[i] = printable(text)
	}
	return shown
}

// open creates the file, if there is to be one. It waits for the reader of a FIFO until
// ctx ends.
func (r *runReport) open(ctx context.Context) error {
	if r.path == "" {
		return nil
	}
	file, err := createOutput(ctx, r.path)
	if err != nil {
		return flagError("report", r.path, err)
	}
	r.file = file
	return nil
}

// engineStarts records that the engine starts now.
func (r *runReport) engineStarts() {
	r.recording.EngineSeconds = time.Since(r.recording.Time).Seconds()
}

// close writes the report about a run that ended with err, and returns err or else its
// own error. It leaves the old file as it was if a signal ended the run, or if the run
// failed before its outputs were created.
func (r *runReport) close(stats compare.Stats, err error) error {
	switch {
	case r.file == nil:
		return err
	case err == cli.ErrInterrupted: // the table may still be in use
		r.discard()
		return err
	}
	r.recording.Environment = compare.CurrentEnvironment()
	r.recording.Stats = stats
	if stats.Error != "" {
		r.recording.Stats.Error = printable(stats.Error)
	}
	if err == nil {
		r.recording.Result = r.table
	}
	if reportErr := r.write(); err == nil && reportErr != nil {
		err = flagError("report", r.path, reportErr)
	}
	return err
}

// discard leaves the old file as it was.
func (r *runReport) discard() {
	r.file.discard()
	r.file = nil
}

// write writes the report: JSON if the name of the file says so, and else a page.
func (r *runReport) write() error {
	write := r.recording.WritePage
	if strings.EqualFold(filepath.Ext(r.path), ".json") {
		write = r.recording.Write
	}
	if err := write(r.file); err != nil {
		r.file.discard()
		return err
	}
	return r.file.commit()
}

// stationTable makes the table one of stations with the given percentiles. It does nothing
// without a report.
func (r *runReport) stationTable(percentiles []string) {
	if r.table == nil {
		return
	}
	r.table.Columns = []report.Column{{Name: "name"}}
	for _, name := range []string{"min", "mean", "max", "rows"} {
		r.table.Columns = append(r.table.Columns, report.Column{Name: name, Number: true})
	}
	for _, p := range percentiles {
		r.table.Columns = append(r.table.Columns, report.Column{Name: "p" + p, Number: true})
	}
	r.table.Range = &report.Range{Min: 1, Mean: 2, Max: 3}
}

// addStation adds a row to the table of stations and reports whether there is room for
// another one.
func (r *runReport) addStation(s engine.Station) bool {
	cells := []string{printable(s.Name), s.Min.String(), s.Mean().String(), s.Max.String(), fmt.Sprint(s.Count)}
	for i := range len(r.table.Columns) - len(cells) {
		cells = append(cells, s.Percentile(i).String())
	}
	r.table.Rows = append(r.table.Rows, cells)
	return !r.table.Full()
}
