package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"onebrc/engine/internal/group"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/run"
)

// GroupStream is the result of GroupByStream: groups in the order of their keys. It can be
// read once, by one of its methods. What was read is freed. If reading ends early, for
// whatever reason, the rest is freed, too. A GroupStream is not for use by several
// goroutines at once.
type GroupStream struct {
	// Columns are the names of the output columns. A column of the key has its name
	// in the header, or its position, such as "2", if the query has NoHeader.
	Columns []string
	// Keys is the number of columns of the key.
	Keys int
	// Rows is the number of rows of all groups, BadRows the number of calls of
	// OnBadRow, and Bytes the size of the inputs with headers, row ends and bad
	// rows.
	Rows, BadRows, Bytes int64
	// DroppedRows is the number of rows for which Query.Where is false.
	DroppedRows int64
	// Measurement says where the time of the run went. It is nil unless
	// Options.Measure is set. It is complete when the GroupStream has been read.
	Measurement *Measurement

	ctx       context.Context
	selection *selection
	scales    []int // of selection.numbers
	budget    *memory.Budget
	workers   int // of the run
	length    int64
	// Either groups has the groups, or reading.store has them as records of format.
	groups  *Groups
	format  *group.Format
	reading reading
}

// errBroken ends a reading of which the caller does not want more.
var errBroken = errors.New("broken")

// pieceGroups is how many groups of All are in the same Groups, and how many groups of
// tables Write takes at a time.
const pieceGroups = 256

// GroupByStream is [GroupBy] for any number of groups: it returns a GroupStream instead of
// Groups, so that neither memory nor [Options.MaxMemory] has to be enough for all groups.
// The caller must read the GroupStream or close it, or both. It can be read until ctx
// ends.
//
// All groups are known when GroupByStream returns, but if they did not fit in tables,
// they are sorted while the GroupStream is read.
//
// After an error, the GroupStream is nil, unless [Options.Measure] is set: then it has
// only the Measurement.
func GroupByStream(ctx context.Context, q Query, o Options, inputs ...Input) (*GroupStream, error) {
	recorder := o.recorder()
	s, err := o.groupBy(ctx, q, inputs, recorder)
	if recorder != nil {
		if err != nil {
			s = &GroupStream{reading: reading{used: true}}
		}
		measured := recorder.Run()
		s.Measurement = &measured
		s.reading.measureStore(s.Measurement)
	}
	return s, err
}

// newGroupStream returns the result of a run of plan, which it owns.
func newGroupStream(ctx context.Context, selected *selection, plan *group.Plan, work run.Plan, o *run.Outcome) (*GroupStream, error) {
	s := &GroupStream{
		Columns: selected.columns, Keys: len(selected.keys), Rows: o.Rows, BadRows: o.BadRows, Bytes: o.Bytes,
		DroppedRows: o.DroppedRows,
		ctx:         ctx, selection: selected, budget: o.Budget, workers: o.Workers,
	}
	defer o.FreeTable()
	if o.Table != nil {
		var err error
		if s.groups, err = groupsOf(selected, plan, o.Table.(*group.Table), o.Budget); err != nil {
			err = o.Overflow(ctx, err)
		}
		if err != nil {
			return nil, err
		}
	}
	if o.Store != nil {
		s.reading.store, s.format = o.Store, work.Format().(*group.Format)
		s.length = s.format.Groups()
		for i := range selected.numbers {
			s.scales = append(s.scales, s.format.Scale(i))
		}
		return s, nil
	}
	s.length = int64(s.groups.Len())
	for _, n := range s.groups.numbers {
		s.scales = append(s.scales, n.scale)
	}
	return s, nil
}

// Len returns the number of groups.
func (s *GroupStream) Len() int64 { return s.length }

// Decimals returns how many digits after the point the results of aggregate i have in every
// group. For exact decimals it is that of the value of the column with most of them, for
// FuncCount, FuncDistinct and texts 0, and for others that are not exact -1.
func (s *GroupStream) Decimals(i int) int {
	o := s.selection.outputs[i]
	switch f := o.function; {
	case f == FuncMean || f == FuncVar || f == FuncStddev || o.interpolate || o.buckets != nil:
		return -1
	case f.kind() == moments || f.kind() == percentile:
		return s.scales[o.index]
	}
	return 0
}

// Close frees what the GroupStream holds. In a loop over All, it ends the loop. Groups
// stay valid. Calling Close again is a no-op.
func (s *GroupStream) Close() {
	s.reading.close()
	s.groups = nil
}

// newGroups returns a Groups without groups.
func (s *GroupStream) newGroups() *Groups {
	return newGroups(s.selection, s.scales)
}

// All returns the groups in the order of their keys. After an error, which may also be
// that of the context, the loop ends. The loop may keep the groups, and may end early.
func (s *GroupStream) All() iter.Seq2[Group, error] {
	return func(yield func(Group, error) bool) {
		end, err := s.reading.begin(s.Measurement, true)
		if err == nil {
			defer end()
			err = s.all(func(g Group) error {
				if !yield(g, nil) {
					return errBroken
				}
				if s.reading.closed {
					return ErrStream
				}
				return s.ctx.Err()
			})
		}
		if err != nil && err != errBroken {
			yield(Group{}, err)
		}
	}
}

// all calls yield with all groups until it returns an error.
func (s *GroupStream) all(yield func(Group) error) error {
	if s.reading.store == nil {
		for g := range s.groups.All() {
			if err := yield(g); err != nil {
				return err
			}
		}
		return s.ctx.Err()
	}
	var a adder
	f := newFolder(s.selection, s.format)
	add := func() error {
		if a.groups == nil || a.groups.Len() == pieceGroups {
			a.groups = s.newGroups()
			a.groups.grow(pieceGroups, 0)
		}
		if err := a.addFolded(f); err != nil {
			return err
		}
		return yield(Group{a.groups, a.groups.Len() - 1})
	}
	err := s.reading.store.Each(s.ctx, nil, func(b *partition.Batch) error {
		for encoded := range b.All() {
			if err := f.add(encoded, add); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = f.end(add)
	}
	return err
}

// Write writes the groups to w in the order of their keys, in the form that appendGroups
// appends to b. It calls appendGroups for some groups at a time, for several such pieces
// at once on several goroutines. A Group is valid until the next one.
func (s *GroupStream) Write(w io.Writer, appendGroups func(b []byte, groups iter.Seq[Group]) ([]byte, error)) error {
	end, err := s.reading.begin(s.Measurement, true)
	if err != nil {
		return err
	}
	defer end()
	if s.reading.store == nil {
		return s.writePieces(w, appendGroups)
	}
	if len(s.selection.values) > 0 {
		return s.writeFolded(w, appendGroups)
	}
	return s.reading.store.Each(s.ctx, func(b *partition.Batch) (err error) {
		b.Out, err = appendGroups(b.Out, s.decoded(b.All()))
		return err
	}, func(b *partition.Batch) error {
		_, err := w.Write(b.Out)
		return err
	})
}

// writeFolded is Write for groups with values. A batch may end between the records of a
// group. Those that it begins and ends are folded on several goroutines, and the others in
// order, when the batches are delivered.
func (s *GroupStream) writeFolded(w io.Writer, appendGroups func(b []byte, groups iter.Seq[Group]) ([]byte, error)) error {
	f := newFolder(s.selection, s.format)
	a := adder{groups: s.newGroups()}
	var text []byte
	write := func() error {
		a.groups.reset()
		_ = a.addFolded(f) // without a budget, it cannot fail
		var err error
		if text, err = appendGroups(text[:0], a.groups.All()); err == nil {
			_, err = w.Write(text)
		}
		return err
	}
	err := s.reading.store.Each(s.ctx, func(b *partition.Batch) (err error) {
		first, last := s.wholeGroups(b)
		b.Out, err = appendGroups(b.Out, s.decoded(b.Range(first, last)))
		return err
	}, func(b *partition.Batch) error {
		first, last := s.wholeGroups(b)
		for encoded := range b.Range(0, first) {
			if err := f.add(encoded, write); err != nil {
				return err
			}
		}
		if first == b.Len() {
			return nil
		}
		if err := f.end(write); err != nil {
			return err
		}
		if _, err := w.Write(b.Out); err != nil {
			return err
		}
		for encoded := range b.Range(last, b.Len()) {
			if err := f.add(encoded, write); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = f.end(write)
	}
	return err
}

// wholeGroups returns the range of the records of a batch that begins with the first record
// of a group, and ends before the last one. Both are b.Len() if there is none.
func (s *GroupStream) wholeGroups(b *partition.Batch) (first, last int) {
	isValue := func(i int) bool { _, ok := s.format.Value(b.Record(i)); return ok }
	for first < b.Len() && isValue(first) {
		first++
	}
	if first == b.Len() {
		return first, first
	}
	for last = b.Len() - 1; isValue(last); last-- {
	}
	return first, last
}

// decoded returns the groups of some records, which end with those of a group. Each is
// valid until the next one.
func (s *GroupStream) decoded(records iter.Seq[[]byte]) iter.Seq[Group] {
	return func(yield func(Group) bool) {
		f := newFolder(s.selection, s.format)
		a := adder{groups: s.newGroups()}
		add := func() error {
			a.groups.reset()
			_ = a.addFolded(f) // without a budget, it cannot fail
			if !yield(Group{a.groups, 0}) {
				return errBroken
			}
			return nil
		}
		for encoded := range records {
			if f.add(encoded, add) != nil {
				return
			}
		}
		_ = f.end(add) // nothing follows
	}
}

// Collect returns all groups. It fails with an error that wraps ErrMemory if the memory
// limit does not allow that.
func (s *GroupStream) Collect() (*Groups, error) {
	end, err := s.reading.begin(s.Measurement, false)
	if err != nil {
		return nil, err
	}
	defer end()
	if s.reading.store == nil {
		return s.complete(s.groups), nil
	}
	a := adder{groups: s.newGroups(), budget: s.budget}
	if limit := s.budget.Limit(); s.Len() > limit/a.groups.groupBytes() {
		return nil, tooMany(s.Len(), fmt.Errorf("%w: %d bytes are allowed", ErrMemory, limit))
	}
	a.groups.grow(int(s.Len()), 0) // the operating system has to give only what is used
	return s.read(&a, func() {})
}

// First returns the groups that would be the first n, at least 1, after
// Groups.SortBy(column, descending), in that order. Its memory depends on n, not on the
// number of groups. It fails with an error that wraps ErrMemory if the memory limit does
// not allow n groups.
func (s *GroupStream) First(n, column int, descending bool) (*Groups, error) {
	end, err := s.reading.begin(s.Measurement, false)
	if err != nil {
		return nil, err
	}
	defer end()
	if s.reading.store == nil {
		s.groups.SortBy(column, descending)
		s.groups.order = s.groups.order[:min(n, s.groups.Len())]
		return s.complete(s.groups), nil
	}
	a := adder{groups: s.newGroups(), budget: s.budget}
	_, err = s.read(&a, func() {
		// Groups that are equal stay in the order of their keys, because those that
		// are kept come before the others.
		if a.groups.Len()/2 >= max(n, pieceGroups) {
			a.keep(s.newGroups(), n, column, descending)
		}
	})
	if err != nil {
		return nil, err
	}
	a.keep(s.newGroups(), n, column, descending)
	return s.complete(a.groups), nil
}

// read adds the groups of the store to a and calls next before each of them.
func (s *GroupStream) read(a *adder, next func()) (*Groups, error) {
	f := newFolder(s.selection, s.format)
	add := func() error {
		next()
		if err := a.takeFolded(f, f.record.KeyBytes()); err != nil {
			return tooMany(s.Len(), err)
		}
		return nil
	}
	err := s.reading.store.Each(s.ctx, nil, func(b *partition.Batch) error {
		for encoded := range b.All() {
			if err := f.add(encoded, add); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = f.end(add)
	}
	if err != nil {
		return nil, err
	}
	return s.complete(a.groups), nil
}

// complete makes g a result of GroupBy.
func (s *GroupStream) complete(g *Groups) *Groups {
	g.Rows, g.BadRows, g.Bytes, g.Measurement = s.Rows, s.BadRows, s.Bytes, s.Measurement
	g.DroppedRows = s.DroppedRows
	return g
}
