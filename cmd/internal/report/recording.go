package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"onebrc/cmd/internal/compare"
)

// MaxRows is the largest number of rows of a Table.
const MaxRows = 10_000

// recordingVersion is the version of the JSON form of a Recording.
const recordingVersion = 1

// Recording is what a page about a run is made from. Its JSON form has stable names.
// Texts are printable: what was not UTF-8 is quoted.
type Recording struct {
	Version     int                 `json:"version"`
	Time        time.Time           `json:"time"` // start of the run
	Command     []string            `json:"command"`
	Inputs      []string            `json:"inputs"` // names, in the order of Span.Input
	Environment compare.Environment `json:"environment"`
	// EngineSeconds is when the engine started, after the start of the run.
	EngineSeconds float64       `json:"engine_seconds"`
	Stats         compare.Stats `json:"stats"`
	Counted       string        `json:"counted"`          // what the rows of the result are: names or groups
	Result        *Table        `json:"result,omitempty"` // nil if the run failed
}

// Table is a result as it was printed: the first MaxRows rows.
type Table struct {
	Columns []Column   `json:"columns"`
	Rows    [][]string `json:"rows"`
	// Range says which columns are the least, the mean and the largest of the same
	// values. It is nil if there are none.
	Range *Range `json:"range,omitempty"`
}

// Column is a column of a Table.
type Column struct {
	Name   string `json:"name"`
	Number bool   `json:"number"` // each row has a number, or a text that stands for none
}

// Range has indexes of columns.
type Range struct {
	Min  int `json:"min"`
	Mean int `json:"mean"` // -1 if there is none
	Max  int `json:"max"`
}

// Full reports whether t has no room for another row.
func (t *Table) Full() bool { return len(t.Rows) >= MaxRows }

// Write writes r as JSON.
func (r *Recording) Write(w io.Writer) error {
	r.Version = recordingVersion
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}

// ReadRecording reads what Write has written.
func ReadRecording(from io.Reader) (*Recording, error) {
	r := &Recording{}
	if err := json.NewDecoder(from).Decode(r); err != nil {
		return nil, fmt.Errorf("not a recording of a run: %w", err)
	}
	if r.Version != recordingVersion {
		return nil, fmt.Errorf("not a recording of a run of version %d: version %d", recordingVersion, r.Version)
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("damaged recording of a run: %w", err)
	}
	return r, nil
}

// check returns an error if r has not the shape that Write gives it.
func (r *Recording) check() error {
	t := r.Result
	if t == nil {
		return nil
	}
	for i, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("row %d of the result has %d columns, not %d", i, len(row), len(t.Columns))
		}
	}
	if t.Range != nil {
		for _, column := range []int{t.Range.Min, t.Range.Max, max(t.Range.Mean, 0)} {
			if column < 0 || column >= len(t.Columns) {
				return fmt.Errorf("the result has no column %d", column)
			}
		}
	}
	return nil
}
