package engine

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"onebrc/engine/internal/challenge"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/run"
	"onebrc/engine/internal/table"
)

// Station holds the statistics of one name, which has at least one row.
type Station struct {
	Name          string
	Min, Max, Sum Tenths
	Count         int64
}

// Mean returns the mean, rounded to the nearest tenth. Ties are rounded up:
// floor((2*Sum + Count) / (2*Count)).
func (s Station) Mean() Tenths {
	numerator, denominator := 2*int64(s.Sum)+s.Count, 2*s.Count
	mean := numerator / denominator
	if numerator%denominator < 0 { // division truncates towards zero
		mean--
	}
	return Tenths(mean)
}

// MarshalJSON returns an object with name, min, mean, max, sum and count. Like
// encoding/json for every string, it replaces bytes of a name that are not UTF-8 with
// U+FFFD.
func (s Station) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Name  string `json:"name"`
		Min   Tenths `json:"min"`
		Mean  Tenths `json:"mean"`
		Max   Tenths `json:"max"`
		Sum   Tenths `json:"sum"`
		Count int64  `json:"count"`
	}{s.Name, s.Min, s.Mean(), s.Max, s.Sum, s.Count})
}

// Result is the result of Aggregate.
type Result struct {
	// Stations are sorted by name, in the order of Compare.
	Stations []Station
	// Rows is the number of rows of all stations, BadRows the number of calls of
	// OnBadRow, and Bytes the size of the inputs with row ends and bad rows.
	Rows, BadRows, Bytes int64
	// Measurement says where the time of the run went. It is nil unless
	// Options.Measure is set.
	Measurement *Measurement
}

// All returns the stations in their order.
func (r *Result) All() iter.Seq[Station] { return slices.Values(r.Stations) }

// Lookup returns the station with the given name and reports whether there is one.
func (r *Result) Lookup(name string) (Station, bool) {
	i, found := slices.BinarySearchFunc(r.Stations, name, func(s Station, name string) int { return Compare(s.Name, name) })
	if !found {
		return Station{}, false
	}
	return r.Stations[i], true
}

// NewResult returns a result with the given stations, which it sorts and keeps. Other
// implementations of Aggregate use it.
func NewResult(stations []Station, bytes int64) *Result {
	sortStations(stations)
	r := &Result{Stations: stations, Bytes: bytes}
	for _, s := range stations {
		r.Rows += s.Count
	}
	return r
}

// newResult returns the result of a run. All names share one block of memory.
func newResult(o *run.Outcome) (*Result, error) {
	t := o.Table.(challenge.Table)
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
		stations = append(stations, Station{
			Name: names.String()[start:],
			Min:  Tenths(s.Min), Max: Tenths(s.Max), Sum: Tenths(s.Sum), Count: s.Count,
		})
	}
	result := NewResult(stations, o.Bytes)
	result.BadRows = o.BadRows
	return result, nil
}

// storedResult returns the result of a run whose names did not fit in tables.
func storedResult(ctx context.Context, o *run.Outcome) (*Result, error) {
	r := &Result{Bytes: o.Bytes, BadRows: o.BadRows}
	err := o.Store.Each(ctx, nil, func(b *partition.Batch) error {
		names := 0
		for record := range b.All() {
			names += len(table.Decode(record).Name)
		}
		if err := o.Budget.Take(int64(b.Len())*int64(unsafe.Sizeof(Station{})) + int64(names)); err != nil {
			return fmt.Errorf("engine: result of %d names: %w", o.Store.Len(), err)
		}
		r.Stations = slices.Grow(r.Stations, b.Len())
		for record := range b.All() {
			s := table.Decode(record)
			r.Stations = append(r.Stations, Station{
				Name: string(s.Name), Min: Tenths(s.Min), Max: Tenths(s.Max), Sum: Tenths(s.Sum), Count: s.Count,
			})
			r.Rows += s.Count
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// WriteTo writes the result as the line of the challenge: {name=min/mean/max, ...}.
func (r *Result) WriteTo(w io.Writer) (int64, error) {
	counter := countingWriter{w: w}
	out := bufio.NewWriterSize(&counter, 64<<10)
	line := []byte{'{'}
	for i, s := range r.Stations {
		if i > 0 {
			line = append(line, ", "...)
		}
		line = append(append(line, s.Name...), '=')
		line = append(s.Min.append(line), '/')
		line = append(s.Mean().append(line), '/')
		line = s.Max.append(line)
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

// WriteJSON writes the stations as an array of objects, one on each line. See
// [Station.MarshalJSON].
func (r *Result) WriteJSON(w io.Writer) error {
	out := bufio.NewWriterSize(w, 64<<10)
	separator := "[\n"
	for _, s := range r.Stations {
		object, err := json.Marshal(s)
		if err != nil {
			return err
		}
		_, _ = out.WriteString(separator) // Flush returns the first error
		_, _ = out.Write(object)
		separator = ",\n"
	}
	if len(r.Stations) == 0 {
		_, _ = out.WriteString("[")
	}
	_, _ = out.WriteString("\n]\n")
	return out.Flush()
}

// WriteCSV writes a header and a line for each station: name, min, mean, max, sum,
// count. Names are quoted as RFC 4180 requires.
func (r *Result) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"name", "min", "mean", "max", "sum", "count"}) // Error returns the first error
	for _, s := range r.Stations {
		_ = out.Write([]string{
			s.Name, s.Min.String(), s.Mean().String(), s.Max.String(), s.Sum.String(), strconv.FormatInt(s.Count, 10),
		})
	}
	out.Flush()
	return out.Error()
}

// String returns what WriteTo writes.
func (r *Result) String() string {
	var b bytes.Buffer
	_, _ = r.WriteTo(&b) // a bytes.Buffer returns no error
	return b.String()
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
