package engine

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"slices"
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

// Result is the result of Aggregate. A [Stream] needs less memory for it.
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

// WriteTo writes the result as the line of the challenge: {name=min/mean/max, ...}.
func (r *Result) WriteTo(w io.Writer) (int64, error) { return lineText.write(w, r.Stations) }

// WriteJSON writes the stations as an array of objects, one on each line. See
// [Station.MarshalJSON].
func (r *Result) WriteJSON(w io.Writer) error {
	_, err := jsonText.write(w, r.Stations)
	return err
}

// WriteCSV writes a header and a line for each station: name, min, mean, max, sum,
// count. Names are quoted as RFC 4180 requires.
func (r *Result) WriteCSV(w io.Writer) error {
	_, err := csvText.write(w, r.Stations)
	return err
}

// String returns what WriteTo writes.
func (r *Result) String() string {
	var b bytes.Buffer
	_, _ = r.WriteTo(&b) // a bytes.Buffer returns no error
	return b.String()
}
