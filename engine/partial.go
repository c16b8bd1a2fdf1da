package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"onebrc/engine/internal/run"
	"onebrc/engine/internal/source"
)

// ErrChanged means that a file is not the version that was planned for, or changed
// while it was read.
var ErrChanged = source.ErrChanged

// FileVersion tells states of a file apart. A file that is written again in the same
// tick of the file system's clock, with the same size, has the same version.
type FileVersion struct {
	Size    int64
	ModTime int64 // in nanoseconds since 1970
}

// String describes v.
func (v FileVersion) String() string { return source.Version(v).String() }

// StatFile returns the present version of the file at path. A file that is not regular
// has none, and cannot be divided.
func StatFile(path string) (FileVersion, error) {
	v, err := source.Stat(path)
	return FileVersion(v), err
}

// Range is the rows that start in a range of bytes of a file. Ranges that meet divide
// the rows between them, wherever they meet: in a row, or between CR and LF.
type Range struct {
	// File is the place of the file among all files, from 0. Partial results are
	// of the same file if they agree in File and Path. The first bad row is the first
	// one in the order of File, then Path, then the rows.
	File int
	// Path is how the file is opened and what errors call it.
	Path string
	// The range has the bytes from Begin to End-1. It ends with the file if End is
	// beyond that.
	Begin, End int64
	// Version is the version that the file must have; nil means the one that it has
	// when AggregatePartial begins.
	Version *FileVersion
}

// Divide returns ranges of at most size bytes that together have all rows of the files
// at paths, pinned to their present versions. An empty file has one empty range.
func Divide(size int64, paths ...string) ([]Range, error) {
	if size < 1 {
		return nil, fmt.Errorf("engine: a range must have at least 1 byte, got %d", size)
	}
	var ranges []Range
	for i, path := range paths {
		v, err := StatFile(path)
		if err != nil {
			return nil, err
		}
		r := Range{File: i, Path: path, Version: &v}
		if v.Size == 0 {
			ranges = append(ranges, r)
		}
		for ; r.Begin < v.Size; r.Begin = r.End {
			r.End = r.Begin + min(size, v.Size-r.Begin)
			ranges = append(ranges, r)
		}
	}
	return ranges, nil
}

// BadRowMode is what a Partial has of the rows outside the grammar.
type BadRowMode byte

const (
	// BadRowsFail makes the first bad row of all ranges the error of the result.
	BadRowsFail BadRowMode = iota
	// BadRowsCount skips bad rows and counts them.
	BadRowsCount
	// BadRowsKeep skips bad rows and keeps them, for Partial.BadRows.
	BadRowsKeep
)

// Partial is the result of some ranges of files, as a value: it can be encoded, sent,
// decoded, and merged in any order. When the ranges have become whole files, Result
// returns what Aggregate does.
//
// A Partial takes little more memory than its names: for each of them, 5 bytes and two
// varints, or 4 bytes if it has only one row. A Partial does not change, except by Merge
// and UnmarshalBinary. The zero value has no ranges and fails at bad rows.
type Partial struct {
	badRows BadRowMode
	files   []partialFile // in the order of compare
	names   names
}

// AggregatePartial reads ranges in one run, and returns what they have. It ignores
// o.Measure and o.MeasureChunks. Bad rows are data, which mode selects, and no error; o.OnBadRow must be nil.
// Chunks are read in order, as if it were set.
//
// Ranges may have any order, and need not meet; an error names two that overlap. Another
// error wraps ErrChanged if a file has not the version that its ranges are pinned to, or
// does not keep its version until it is read.
func AggregatePartial(ctx context.Context, o Options, mode BadRowMode, ranges ...Range) (*Partial, error) {
	if o.OnBadRow != nil {
		return nil, fmt.Errorf("engine: %w", &OptionError{Option: "OnBadRow", Problem: "must be nil for a partial result, which has the bad rows"})
	}
	if err := o.refusePercentiles("a partial result"); err != nil {
		return nil, err
	}
	if mode > BadRowsKeep {
		return nil, fmt.Errorf("engine: unknown BadRowMode %d", mode)
	}
	p := &Partial{badRows: mode}
	spans, inputs, err := p.plan(ranges)
	if err != nil {
		return nil, err
	}
	internal := o.internal()
	kept := keptBytes(0)
	internal.OnBadRow = func(input int, row *run.BadRow) error { // called in the order of the rows
		s := spans[input]
		s.bad++
		if mode == BadRowsCount || mode == BadRowsFail && kept > 0 {
			return nil
		}
		s.kept = append(s.kept, badRow{row.Line, row.Offset, row.Reason, row.Row, row.Cut})
		return kept.add(len(row.Row))
	}
	outcome, err := o.outcome(ctx, internal, inputs, nil)
	if err != nil {
		return nil, err
	}
	for i, s := range spans {
		s.rows = outcome.InputRows[i]
	}
	return p, p.takeNames(ctx, outcome)
}

// plan checks ranges and sets the files of p. It returns their spans, and an input for
// each of them. Ranges that meet are one span, which is opened once.
func (p *Partial) plan(ranges []Range) (spans []*span, inputs []source.Input, err error) {
	ranges = slices.Clone(ranges)
	slices.SortStableFunc(ranges, func(a, b Range) int {
		return cmp.Or(cmp.Compare(a.File, b.File), strings.Compare(a.Path, b.Path), cmp.Compare(a.Begin, b.Begin))
	})
	for _, r := range ranges {
		if r.File < 0 || r.File > math.MaxInt32 || r.Begin < 0 || r.End < r.Begin {
			return nil, nil, fmt.Errorf("engine: %s: file %d has no range from %d to %d", r.Path, r.File, r.Begin, r.End)
		}
		f, err := p.fileOf(r)
		if err != nil {
			return nil, nil, err
		}
		s := &span{begin: min(r.Begin, f.version.Size), end: min(r.End, f.version.Size)}
		if s.begin < s.end {
			f.spans = append(f.spans, s)
		}
	}
	for i := range p.files {
		f := &p.files[i]
		if err := f.overlap(); err != nil {
			return nil, nil, err
		}
		f.join(p.badRows)
		read := f.spans
		if f.version.Size == 0 {
			read = []*span{{}} // to check that it still is
		}
		for _, s := range read {
			spans = append(spans, s)
			inputs = append(inputs, source.Part(f.path, s.begin, s.end, source.Version(f.version)))
		}
	}
	return spans, inputs, nil
}

// fileOf returns the file of r, which it adds if it is not the last one.
func (p *Partial) fileOf(r Range) (*partialFile, error) {
	f := partialFile{index: r.File, path: r.Path}
	last := len(p.files) - 1
	isNew := last < 0 || p.files[last].compare(&f) != 0
	switch {
	case r.Version != nil:
		f.version = *r.Version
	case isNew:
		v, err := StatFile(r.Path)
		if err != nil {
			return nil, err
		}
		f.version = v
	default:
		return &p.files[last], nil
	}
	if isNew {
		p.files = append(p.files, f)
		return &p.files[last+1], nil
	}
	return &p.files[last], p.files[last].check(f.version)
}

// takeNames adds the names of an outcome, which it frees.
func (p *Partial) takeNames(ctx context.Context, outcome *run.Outcome) error {
	stream, err := Options{}.newStream(ctx, outcome)
	if err != nil {
		return err
	}
	// Records are made by several goroutines if there is a store, and divided by one.
	return stream.each(appendStations, func(_ iter.Seq[Station], records []byte) error {
		// The tables or their store free names as the Partial takes memory for them.
		if err := outcome.Budget.Take(int64(len(records))); err != nil {
			return resultError(stream.Names, err)
		}
		for len(records) > 0 {
			s, rest, _ := splitStation(records)
			p.names.add(records[:len(records)-len(rest)], s.Count)
			records = rest
		}
		return nil
	})
}

// All returns the statistics of the rows of all ranges, in the order of the names. The
// loop may keep the stations.
func (p *Partial) All() iter.Seq[Station] {
	return func(yield func(Station) bool) {
		for part := range p.names.parts() {
			for s := range part {
				s.Name = strings.Clone(s.Name)
				if !yield(s) {
					return
				}
			}
		}
	}
}

// BadRowMode returns what p has of bad rows.
func (p *Partial) BadRowMode() BadRowMode { return p.badRows }

// WithoutNames returns the ranges and the bad rows of p, with no names. Merge joins them
// with names from elsewhere.
func (p *Partial) WithoutNames() *Partial { return &Partial{badRows: p.badRows, files: p.files} }

// NewPartial returns a Partial that has no ranges but stations, which it sorts. Their
// names must be different. Merge joins them with ranges from elsewhere.
func NewPartial(mode BadRowMode, stations []Station) (*Partial, error) {
	sortStations(stations)
	p := &Partial{badRows: mode}
	var record []byte
	for i, s := range stations {
		if p.names.rows > maxRows-s.Count {
			return nil, errRows
		}
		record = appendStation(record[:0], s)
		back, _, ok := splitStation(record)
		if !ok || back != s || i > 0 && s.Name == stations[i-1].Name {
			return nil, fmt.Errorf("engine: no rows have these statistics: %+v", s)
		}
		p.names.add(record, s.Count)
	}
	return p, nil
}

// check returns an error if the ranges of p are not whole files, or if the numbers of
// rows do not add up.
func (p *Partial) check() (rows, bad, bytes int64, err error) {
	if len(p.files) == 0 {
		return 0, 0, 0, errors.New("engine: a partial result without files has no result")
	}
	for i := range p.files {
		f := &p.files[i]
		if err := f.checkWhole(); err != nil {
			return 0, 0, 0, err
		}
		bytes += f.version.Size
		for _, s := range f.spans {
			rows += s.rows - s.bad
			bad += s.bad
		}
	}
	if p.names.rows != rows {
		return 0, 0, 0, fmt.Errorf("engine: the names have %d rows, the ranges have %d", p.names.rows, rows)
	}
	return rows, bad, bytes, nil
}

// Stream returns the result of whole files as AggregateStream does. p must not be
// changed before it has been read.
//
// It is an error, which names the file, if the ranges of p do not have all rows of each
// of its files. With BadRowsFail, the first bad row of all files is the error, as a
// *[RowError].
func (p *Partial) Stream(ctx context.Context) (*Stream, error) {
	rows, bad, bytes, err := p.check()
	if err != nil {
		return nil, err
	}
	if p.badRows == BadRowsFail {
		for row := range p.BadRows() {
			return nil, row
		}
	}
	s := &Stream{Rows: rows, BadRows: bad, Bytes: bytes, ctx: ctx, names: &p.names}
	s.Names = p.names.count
	return s, nil
}

// Result returns the result of whole files as Aggregate does. The errors are those of
// Stream.
func (p *Partial) Result() (*Result, error) {
	stream, err := p.Stream(context.Background())
	if err != nil {
		return nil, err
	}
	stations := slices.AppendSeq(make([]Station, 0, stream.Names), p.All())
	return &Result{Stations: stations, Rows: stream.Rows, BadRows: stream.BadRows, Bytes: stream.Bytes}, nil
}

// BadRows returns the bad rows in the order of the input: with BadRowsKeep all of them,
// with BadRowsFail the first one, with BadRowsCount none. Their lines are right if p has
// the rows before them.
func (p *Partial) BadRows() iter.Seq[*RowError] {
	return func(yield func(*RowError) bool) {
		for i := range p.files {
			f := &p.files[i]
			before := int64(0)
			for _, s := range f.spans {
				for _, b := range s.kept {
					row := &RowError{Input: f.path, Line: before + b.line, Offset: b.offset, Reason: b.reason, Row: b.row, Cut: b.cut}
					if !yield(row) {
						return
					}
				}
				before += s.rows
			}
		}
	}
}
