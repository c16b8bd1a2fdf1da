package compare

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrNoReport is the error of Read for JSON that is not a report.
var ErrNoReport = errors.New("compare: not a report of 1brc compare --json")

// Read reads a report that WriteJSON has written, by this version of the program or
// another one.
func Read(r io.Reader) (*Report, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var report Report
	if err := json.Unmarshal(content, &report); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoReport, err)
	}
	if err := report.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoReport, err)
	}
	return &report, nil
}

// check reports what evaluate does not leave behind.
func (r *Report) check() error {
	if len(r.Entries) == 0 {
		return errors.New("it has no entries")
	}
	isTime := func(seconds float64) bool { return seconds > 0 && !math.IsInf(seconds, 1) }
	for i, e := range r.Entries {
		fail := func(text string) error { return fmt.Errorf("entry %d, %q: %s", i+1, e.Name, text) }
		if c := e.Comparison; c != nil && !(isTime(c.Low) && c.Low <= c.High && isTime(c.High) && isTime(c.Ratio)) {
			return fail("no ratio")
		}
		switch e.Result {
		case Same, Different:
			if !isTime(e.Summary.MinSeconds) || !isTime(e.Summary.MedianSeconds) || len(e.Samples) == 0 {
				return fail("no times")
			}
		case Failed:
			continue // it may have been ended before it had a time
		default:
			return fail(fmt.Sprintf("unknown result %q", e.Result))
		}
		for _, s := range e.Samples {
			if !isTime(s.WallSeconds) {
				return fail("a run without a time")
			}
		}
	}
	return nil
}
