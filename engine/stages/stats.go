package stages

import (
	"math"
	"sync"

	"onebrc/engine"
)

// stats are the statistics of one station so far, in tenths. The stages from tenths
// on keep them for each name.
type stats struct {
	min, max   int
	sum, count int64
}

// newStats returns the statistics of no rows.
func newStats() *stats { return &stats{min: math.MaxInt, max: math.MinInt} }

// add adds one row.
func (s *stats) add(tenths int) {
	s.min = min(s.min, tenths)
	s.max = max(s.max, tenths)
	s.sum += int64(tenths)
	s.count++
}

// merge adds the rows of other.
func (s *stats) merge(other *stats) {
	s.min = min(s.min, other.min)
	s.max = max(s.max, other.max)
	s.sum += other.sum
	s.count += other.count
}

// station returns the statistics as those of the station with that name.
func (s *stats) station(name string) engine.Station {
	return engine.Station{Name: name, Min: engine.Tenths(s.min), Max: engine.Tenths(s.max), Sum: engine.Tenths(s.sum), Count: s.count}
}

// summary holds the statistics of each name that one worker has seen.
type summary map[string]*stats

// merge adds the statistics of other. It keeps parts of other, which must not be used
// afterwards.
func (s summary) merge(other summary) {
	for name, from := range other {
		if to := s[name]; to != nil {
			to.merge(from)
		} else {
			s[name] = from
		}
	}
}

// result makes the result of a file of size bytes.
func (s summary) result(size int64) *engine.Result {
	stations := make([]engine.Station, 0, len(s))
	for name, of := range s {
		stations = append(stations, of.station(name))
	}
	return engine.NewResult(stations, size)
}

// statistics computes the statistics of one station from its values. A float cannot
// hold most values with one decimal exactly. But ten times the float is so close to
// a whole number of tenths that rounding gives exactly that number, and sums of
// whole numbers are exact.
func statistics(name string, values []float64) engine.Station {
	s := engine.Station{Name: name, Min: math.MaxInt, Max: math.MinInt}
	for _, v := range values {
		tenths := engine.Tenths(math.Round(v * 10))
		s.Min = min(s.Min, tenths)
		s.Max = max(s.Max, tenths)
		s.Sum += tenths
		s.Count++
	}
	return s
}

// statisticsInParallel computes the statistics of each station in its own goroutine.
func statisticsInParallel(values map[string][]float64) []engine.Station {
	stations := make([]engine.Station, len(values))
	var wg sync.WaitGroup
	i := 0
	for name, v := range values {
		to := &stations[i]
		wg.Go(func() { *to = statistics(name, v) })
		i++
	}
	wg.Wait()
	return stations
}
