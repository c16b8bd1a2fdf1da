package engine

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"slices"
	"strings"

	"onebrc/engine/internal/table"
)

// Station holds the statistics of one name, which has at least one row.
type Station struct {
	Name          string
	Min, Max, Sum Tenths
	Count         int64

	percentiles string // as in table.Stats
}

// Percentile returns percentile i of Options.Percentiles, from 0. It panics if there is
// none.
func (s Station) Percentile(i int) Tenths { return Tenths(table.PercentileAt(s.percentiles, i)) }

// clone returns s with texts of its own.
func (s Station) clone() Station {
	s.Name, s.percentiles = strings.Clone(s.Name), strings.Clone(s.percentiles)
	return s
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
// U+FFFD. Percentiles are left out, because a Station does not know which ones it has:
// see [Result.WriteJSON].
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

// Result is the result of Aggregate. A [Stream] needs less memory for it.
type Result struct {
	// Stations are sorted by name, in the order of Compare.
	Stations []Station
	// Rows is the number of rows of all stations, BadRows the number of calls of
	// OnBadRow, and Bytes the size of the inputs with row ends and bad rows.
	Rows, BadRows, Bytes int64
	// Percentiles are those of the options, in the order of [Station.Percentile].
	Percentiles []string
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

// WriteTo writes the result as the line of the challenge: {name=min/mean/max, ...}, with
// the percentiles after the maximum.
func (r *Result) WriteTo(w io.Writer) (int64, error) {
	return lineText(r.Percentiles).write(w, r.Stations)
}

// WriteJSON writes the stations as an array of objects, one on each line. See
// [Station.MarshalJSON]. After its fields, there is one for each percentile, such as
// p99.9.
func (r *Result) WriteJSON(w io.Writer) error {
	_, err := jsonText(r.Percentiles).write(w, r.Stations)
	return err
}

// WriteCSV writes a header and a line for each station: name, min, mean, max, sum,
// count, and the percentiles, such as p99.9. Names are quoted as RFC 4180 requires.
func (r *Result) WriteCSV(w io.Writer) error {
	_, err := csvText(r.Percentiles).write(w, r.Stations)
	return err
}

// String returns what WriteTo writes.
func (r *Result) String() string {
	var b bytes.Buffer
	_, _ = r.WriteTo(&b) // a bytes.Buffer returns no error
	return b.String()
}
