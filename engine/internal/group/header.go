package group

import (
	"bytes"
	"fmt"

	"onebrc/engine/internal/run"
	"onebrc/engine/internal/source"
	"onebrc/parse"
)

// Header is what the first row of every input must be.
type Header struct {
	Fields []string // contents
	Input  string   // name of the input that they are from
}

// HeaderError is the error of an input whose header differs from that of the first
// one. It does not name the input where it occurs.
type HeaderError struct {
	Want *Header
	Got  []string
}

// Error returns a message such as `the header differs from that of a.csv: column 2 is
// "day", not "date"`.
func (e *HeaderError) Error() string {
	if len(e.Got) != len(e.Want.Fields) {
		return fmt.Sprintf("the header differs from that of %s: it has %d columns, not %d",
			e.Want.Input, len(e.Got), len(e.Want.Fields))
	}
	for i, name := range e.Got {
		if want := e.Want.Fields[i]; name != want {
			return fmt.Sprintf("the header differs from that of %s: column %d is %q, not %q",
				e.Want.Input, i+1, name, want)
		}
	}
	return "the headers are equal"
}

// readHeader reads the header at the start of v and compares it with that of the first
// input. A header outside the grammar ends the run, whatever is done about bad rows.
func (r *Reader) readHeader(v view) (int, error) {
	row, n, _, whole, err := r.nextRow(v)
	if err != nil || n == 0 {
		return 0, err
	}
	why := parse.RowTooLong
	if whole {
		why = r.row.Read(r.syntax, row, 0)
	}
	if why != "" {
		return 0, &run.BadRow{
			Line: 1, Offset: v.offset, Reason: why,
			Row: bytes.Clone(row[:min(len(row), source.MaxBadRowBytes)]), Cut: why == parse.RowTooLong,
		}
	}
	got := make([]string, len(r.row.Fields))
	same := len(got) == len(r.header.Fields)
	for i, content := range r.row.Fields {
		got[i] = string(content)
		same = same && got[i] == r.header.Fields[i]
	}
	if !same {
		return 0, &HeaderError{Want: r.header, Got: got}
	}
	r.headerDue = false
	r.lines += linesIn(v.data[:n])
	return n, nil
}
