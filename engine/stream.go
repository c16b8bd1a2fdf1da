package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unsafe"

	"onebrc/engine/internal/challenge"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/run"
	"onebrc/engine/internal/table"
)

// ErrStream means that a Stream was already read or closed.
var ErrStream = errors.New("the stream was already read or closed")

// Stream is the result of AggregateStream: stations in the order of Compare. It can be
// read once, with All or one of the methods that write. What was read is freed. If
// reading ends early, for whatever reason, the rest is freed, too. A Stream is not for
// use by several goroutines at once.
type Stream struct {
	// Names is the number of stations. Rows is the number of rows of all stations,
	// BadRows the number of calls of OnBadRow, and Bytes the size of the inputs with
	// row ends and bad rows.
	Names, Rows, BadRows, Bytes int64
	// Percentiles are those of the options, in the order of [Station.Percentile].
	Percentiles []string
	// Measurement says where the time of the run went. It is nil unless
	// Options.Measure is set. It is complete when the Stream has been read.
	Measurement *Measurement
	// Visit, if it is not nil, is called with the stations, in order, while a method
	// writes them, until it returns false. Set it to look at the first ones of a result
	// that can be read only once.
	Visit func(Station) bool

	ctx      context.Context // of AggregateStream, which it is a part of
	stations []Station       // if all names fit in tables
	names    *names          // of a Partial
	budget   *memory.Budget
	reading  reading

	percentiles *table.Percentiles // nil if there are none
}

// AggregateStream is Aggregate for any number of names: it returns a Stream instead of
// a Result, so that neither memory nor [Options.MaxMemory] has to be enough for all
// stations. The caller must read the Stream or close it, or both. It can be read until
// ctx ends.
//
// All names are known when AggregateStream returns, but if they did not fit in tables,
// they are sorted while the Stream is read.
//
// After an error, the Stream is nil, unless [Options.Measure] is set: then it has only
// the Measurement.
func AggregateStream(ctx context.Context, o Options, inputs ...Input) (*Stream, error) {
	recorder := o.recorder()
	s, err := o.stream(ctx, inputs, recorder)
	if recorder != nil {
		if err != nil {
			s = &Stream{reading: reading{used: true}}
		}
		measured := recorder.Run()
		s.Measurement = &measured
		s.reading.measureStore(s.Measurement)
	}
	return s, err
}

// newStream returns the stations of a run with options o. It frees the table.
func (o Options) newStream(ctx context.Context, outcome *run.Outcome) (s *Stream, err error) {
	s = &Stream{
		Rows: outcome.Rows, BadRows: outcome.BadRows, Bytes: outcome.Bytes, Percentiles: slices.Clone(o.Percentiles),
		ctx: ctx, budget: outcome.Budget,
	}
	if s.percentiles, err = o.percentiles(); err != nil {
		return nil, err
	}
	defer outcome.FreeTable()
	if outcome.Table != nil {
		s.stations, err = stationsOf(outcome.Table.(challenge.Table), s.percentiles.Bytes(), outcome.Budget)
		if err != nil {
			err = outcome.Overflow(ctx, err)
		}
		if err != nil {
			return nil, err
		}
	}
	if outcome.Store != nil {
		s.reading.store, s.Names = outcome.Store, outcome.Store.Len()
		return s, nil
	}
	s.Names = int64(len(s.stations))
	return s, nil
}

// stationsOf returns the stations of a table in order, each of which has so many bytes of
// percentiles. All names and percentiles share one block of memory.
func stationsOf(t challenge.Table, percentiles int, budget *memory.Budget) ([]Station, error) {
	texts := t.NamesBytes() + t.Len()*percentiles
	size := t.Len()*int(stationBytes+unsafe.Sizeof(sortKey{})) + texts
	if err := budget.Take(int64(size)); err != nil {
		return nil, resultError(int64(t.Len()), err)
	}
	var kept strings.Builder
	kept.Grow(texts)
	stations := make([]Station, 0, t.Len())
	for s := range t.Stats() {
		stations = append(stations, stationOf(s, keep(&kept, s.Name), keep(&kept, s.Percentiles)))
	}
	sortStations(stations)
	return stations, nil
}

const stationBytes = unsafe.Sizeof(Station{})

// stationOf returns s as a Station with the given name and percentiles, which are those
// of s.
func stationOf(s table.Stats, name, percentiles string) Station {
	return Station{
		Name: name, Min: Tenths(s.Min), Max: Tenths(s.Max), Sum: Tenths(s.Sum), Count: s.Count, percentiles: percentiles,
	}
}

// keep adds bytes to kept, which has room for them, and returns them as a part of it.
func keep(kept *strings.Builder, bytes []byte) string {
	start := kept.Len()
	kept.Write(bytes)
	return kept.String()[start:]
}

// resultError is the error of a result that does not fit in memory.
func resultError(names int64, err error) error {
	return fmt.Errorf("engine: result of %d names: %w", names, err)
}

// All returns the stations. After an error, which may also be that of the context, the
// loop ends. The loop may keep the stations, and may end early.
func (s *Stream) All() iter.Seq2[Station, error] {
	return func(yield func(Station, error) bool) {
		err := s.each(nil, func(stations iter.Seq[Station], _ []byte) error {
			for station := range stations {
				if !yield(station.clone(), nil) {
					return errBroken
				}
				if s.reading.closed {
					return ErrStream
				}
			}
			return nil
		})
		if err != nil && err != errBroken {
			yield(Station{}, err)
		}
	}
}

// WriteTo writes what [Result.WriteTo] does.
func (s *Stream) WriteTo(w io.Writer) (int64, error) { return s.write(w, lineText(s.Percentiles)) }

// WriteJSON writes what [Result.WriteJSON] does.
func (s *Stream) WriteJSON(w io.Writer) error {
	_, err := s.write(w, jsonText(s.Percentiles))
	return err
}

// WriteCSV writes what [Result.WriteCSV] does.
func (s *Stream) WriteCSV(w io.Writer) error {
	_, err := s.write(w, csvText(s.Percentiles))
	return err
}

// write writes the text of the stations to w and returns how many bytes it has written.
func (s *Stream) write(w io.Writer, t *text) (int64, error) {
	p := newPrinter(w, t)
	visit := s.Visit
	err := s.each(t.appendPiece, func(stations iter.Seq[Station], piece []byte) error {
		if visit == nil {
			return p.print(piece)
		}
		for station := range stations {
			if !visit(station.clone()) {
				visit = nil
				break
			}
		}
		return p.print(piece)
	})
	if err != nil {
		return p.written.n, err
	}
	return p.close()
}

// Close frees what the Stream holds. In a loop over All, it ends the loop. Calling Close
// again is a no-op.
func (s *Stream) Close() {
	s.reading.close()
	s.stations, s.names = nil, nil
}

// each goes once through the stations, in batches. It calls convert for each of them, for
// several at once on several goroutines, and then deliver, in order, with the result. A
// nil convert does nothing. The names of stations are valid during a call.
func (s *Stream) each(
	convert func(b []byte, stations iter.Seq[Station]) ([]byte, error),
	deliver func(stations iter.Seq[Station], converted []byte) error,
) error {
	end, err := s.reading.begin(s.Measurement, true)
	if err != nil {
		return err
	}
	defer end()
	if s.reading.store == nil {
		return s.eachPart(convert, deliver)
	}
	var convertBatch func(b *partition.Batch) error
	if convert != nil {
		convertBatch = func(b *partition.Batch) (err error) {
			b.Out, err = convert(b.Out, s.decoded(b))
			return err
		}
	}
	return s.reading.store.Each(s.ctx, convertBatch, func(b *partition.Batch) error { return deliver(s.decoded(b), b.Out) })
}

// eachPart is each for stations of tables, which are few, or of a Partial.
func (s *Stream) eachPart(
	convert func(b []byte, stations iter.Seq[Station]) ([]byte, error),
	deliver func(stations iter.Seq[Station], converted []byte) error,
) error {
	var converted []byte
	for part := range s.parts() {
		err := s.ctx.Err()
		if err == nil && convert != nil {
			converted, err = convert(converted[:0], part)
		}
		if err == nil {
			err = deliver(part, converted)
		}
		if err != nil {
			return err
		}
	}
	return s.ctx.Err()
}

// parts returns the stations in parts of some.
func (s *Stream) parts() iter.Seq[iter.Seq[Station]] {
	if s.names != nil {
		return s.names.parts()
	}
	return func(yield func(iter.Seq[Station]) bool) {
		for part := range slices.Chunk(s.stations, pieceStations) {
			if !yield(slices.Values(part)) {
				return
			}
		}
	}
}

// decode returns the statistics in a record. Its name is a part of it.
func (s *Stream) decode(record []byte) table.Stats {
	if s.percentiles == nil {
		return table.Decode(record)
	}
	return table.HistogramFormat{Percentiles: s.percentiles}.Decode(record)
}

// decoded returns the stations of a batch. Their names and percentiles may be parts of it.
func (s *Stream) decoded(b *partition.Batch) iter.Seq[Station] {
	return func(yield func(Station) bool) {
		for record := range b.All() {
			stats := s.decode(record)
			if !yield(stationOf(stats, stringOf(stats.Name), stringOf(stats.Percentiles))) {
				return
			}
		}
	}
}

// result returns the stations of s as a Result.
func (s *Stream) result() (*Result, error) {
	r := &Result{
		Stations: s.stations, Rows: s.Rows, BadRows: s.BadRows, Bytes: s.Bytes, Percentiles: s.Percentiles, Measurement: s.Measurement,
	}
	if s.reading.store == nil {
		return r, nil
	}
	end, err := s.reading.begin(s.Measurement, false)
	if err != nil {
		return nil, err
	}
	defer end()
	if limit := s.budget.Limit(); s.Names > limit/int64(stationBytes) {
		return nil, resultError(s.Names, fmt.Errorf("%w: %d bytes are allowed", ErrMemory, limit))
	}
	r.Stations = make([]Station, 0, s.Names)
	err = s.reading.store.Each(s.ctx, nil, func(b *partition.Batch) error {
		size := 0
		for station := range s.decoded(b) {
			size += len(station.Name) + len(station.percentiles)
		}
		// The store frees its records as the result takes memory for them.
		if err := s.budget.Take(int64(b.Len())*int64(stationBytes) + int64(size)); err != nil {
			return resultError(s.Names, err)
		}
		var kept strings.Builder
		kept.Grow(size)
		for record := range b.All() {
			stats := s.decode(record)
			r.Stations = append(r.Stations, stationOf(stats, keep(&kept, stats.Name), keep(&kept, stats.Percentiles)))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}
