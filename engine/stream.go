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

// newStream returns the stations of a run. It frees the table.
func newStream(ctx context.Context, o *run.Outcome) (*Stream, error) {
	s := &Stream{Rows: o.Rows, BadRows: o.BadRows, Bytes: o.Bytes, ctx: ctx, budget: o.Budget}
	if o.Store != nil {
		s.reading.store, s.Names = o.Store, o.Store.Len()
		return s, nil
	}
	defer o.Table.Free()
	stations, err := stationsOf(o.Table.(challenge.Table), o.Budget)
	if err != nil {
		return nil, err
	}
	s.stations, s.Names = stations, int64(len(stations))
	return s, nil
}

// stationsOf returns the stations of a table in order. All names share one block of
// memory.
func stationsOf(t challenge.Table, budget *memory.Budget) ([]Station, error) {
	size := t.Len()*int(stationBytes+unsafe.Sizeof(sortKey{})) + t.NamesBytes()
	if err := budget.Take(int64(size)); err != nil {
		return nil, resultError(int64(t.Len()), err)
	}
	var names strings.Builder
	names.Grow(t.NamesBytes())
	stations := make([]Station, 0, t.Len())
	for s := range t.Stats() {
		stations = append(stations, stationOf(s, keep(&names, s.Name)))
	}
	sortStations(stations)
	return stations, nil
}

const stationBytes = unsafe.Sizeof(Station{})

// stationOf returns s as a Station with the given name, which is that of s.
func stationOf(s table.Stats, name string) Station {
	return Station{Name: name, Min: Tenths(s.Min), Max: Tenths(s.Max), Sum: Tenths(s.Sum), Count: s.Count}
}

// keep adds name to names, which has room for it, and returns it as a part of them.
func keep(names *strings.Builder, name []byte) string {
	start := names.Len()
	names.Write(name)
	return names.String()[start:]
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
				station.Name = strings.Clone(station.Name)
				if !yield(station, nil) {
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
func (s *Stream) WriteTo(w io.Writer) (int64, error) { return s.write(w, &lineText) }

// WriteJSON writes what [Result.WriteJSON] does.
func (s *Stream) WriteJSON(w io.Writer) error {
	_, err := s.write(w, &jsonText)
	return err
}

// WriteCSV writes what [Result.WriteCSV] does.
func (s *Stream) WriteCSV(w io.Writer) error {
	_, err := s.write(w, &csvText)
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
			station.Name = strings.Clone(station.Name)
			if !visit(station) {
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
			b.Out, err = convert(b.Out, decoded(b))
			return err
		}
	}
	return s.reading.store.Each(s.ctx, convertBatch, func(b *partition.Batch) error { return deliver(decoded(b), b.Out) })
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

// decoded returns the stations of a batch. Their names are parts of it.
func decoded(b *partition.Batch) iter.Seq[Station] {
	return func(yield func(Station) bool) {
		for record := range b.All() {
			s := table.Decode(record)
			if !yield(stationOf(s, unsafe.String(unsafe.SliceData(s.Name), len(s.Name)))) {
				return
			}
		}
	}
}

// result returns the stations of s as a Result.
func (s *Stream) result() (*Result, error) {
	r := &Result{Stations: s.stations, Rows: s.Rows, BadRows: s.BadRows, Bytes: s.Bytes, Measurement: s.Measurement}
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
		for station := range decoded(b) {
			size += len(station.Name)
		}
		// The store frees its records as the result takes memory for them.
		if err := s.budget.Take(int64(b.Len())*int64(stationBytes) + int64(size)); err != nil {
			return resultError(s.Names, err)
		}
		var names strings.Builder
		names.Grow(size)
		for record := range b.All() {
			stats := table.Decode(record)
			r.Stations = append(r.Stations, stationOf(stats, keep(&names, stats.Name)))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}
