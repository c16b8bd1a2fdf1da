package engine

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unsafe"

	"onebrc/engine/internal/run"
)

// Station is the statistics of one name. Min, Max and Sum are in tenths of the
// input's unit: 123 is 12.3.
type Station struct {
	Name     string
	Min, Max int
	Sum      int64
	Count    int64
}

// Mean returns the mean in tenths, rounded to the nearest, ties towards plus
// infinity: floor((2*Sum + Count) / (2*Count)). A station has at least one row.
func (s Station) Mean() int {
	numerator, denominator := 2*s.Sum+s.Count, 2*s.Count
	mean := numerator / denominator
	if numerator%denominator < 0 { // Go divides towards zero
		mean--
	}
	return int(mean)
}

// Result is what Aggregate found.
type Result struct {
	// Stations are sorted by name in UTF-16 order, see Compare.
	Stations []Station
	// Rows counts the rows of all stations, BadRows the rows that OnBadRow was
	// called for, and Bytes the input with its row ends and bad rows.
	Rows, BadRows, Bytes int64
	// Measurement says where the time went. It is nil unless Options.Measure is
	// set.
	Measurement *Measurement
}

// NewResult sorts stations, which it keeps, and counts their rows.
func NewResult(stations []Station, bytes int64) *Result {
	sortStations(stations)
	r := &Result{Stations: stations, Bytes: bytes}
	for _, s := range stations {
		r.Rows += s.Count
	}
	return r
}

// newResult returns the result of a run. All names share one piece of memory.
func newResult(o *run.Outcome) (*Result, error) {
	t := o.Table
	size := t.Len()*int(unsafe.Sizeof(Station{})+unsafe.Sizeof(sortKey{})) + t.NamesBytes()
	if err := o.Budget.Take(int64(size)); err != nil {
		return nil, fmt.Errorf("engine: result of %d names: %w", t.Len(), err)
	}
	var names strings.Builder
	names.Grow(t.NamesBytes())
	stations := make([]Station, 0, t.Len())
	for s := range t.Stats() {
		start := names.Len()
		names.Write(s.Name)
		stations = append(stations, Station{Name: names.String()[start:], Min: s.Min, Max: s.Max, Sum: s.Sum, Count: s.Count})
	}
	result := NewResult(stations, o.Bytes)
	result.BadRows = o.BadRows
	return result, nil
}

// WriteTo writes the result as one line, {name=min/mean/max, ...}, with one
// digit after the point.
func (r *Result) WriteTo(w io.Writer) (int64, error) {
	counter := countingWriter{w: w}
	out := bufio.NewWriterSize(&counter, 64<<10)
	line := []byte{'{'}
	for i, s := range r.Stations {
		if i > 0 {
			line = append(line, ", "...)
		}
		line = append(append(line, s.Name...), '=')
		line = append(appendTenths(line, s.Min), '/')
		line = append(appendTenths(line, s.Mean()), '/')
		line = appendTenths(line, s.Max)
		if _, err := out.Write(line); err != nil {
			return counter.n, err
		}
		line = line[:0]
	}
	if _, err := out.Write(append(line, "}\n"...)); err != nil {
		return counter.n, err
	}
	err := out.Flush()
	return counter.n, err
}

// String returns the line that WriteTo writes.
func (r *Result) String() string {
	var b bytes.Buffer
	_, _ = r.WriteTo(&b) // a buffer takes everything
	return b.String()
}

func appendTenths(to []byte, tenths int) []byte {
	if tenths < 0 {
		to = append(to, '-')
		tenths = -tenths
	}
	to = strconv.AppendInt(to, int64(tenths/10), 10)
	return append(to, '.', '0'+byte(tenths%10))
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
