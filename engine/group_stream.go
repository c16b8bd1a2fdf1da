package engine

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"

	"onebrc/engine/internal/group"
	"onebrc/engine/internal/measure"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/run"
)

// GroupStream is the result of GroupByStream: groups that need not fit in memory. It
// gives them once, in the order of their keys, by one of its methods. It belongs to one
// goroutine.
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
	// Measurement says where the time of the run went. It is nil unless
	// Options.Measure is set.
	Measurement *Measurement

	ctx       context.Context
	selection *selection
	budget    *memory.Budget
	// Either groups has the groups, or store has them as records of format.
	groups *Groups
	store  *partition.Store
	format *group.Format
	spent  bool
}

// errSpent is the error of a second attempt to read the groups of a GroupStream.
var errSpent = errors.New("engine: a GroupStream gives its groups only once")

// errEnough ends Store.Each when no more groups are wanted.
var errEnough = errors.New("enough")

// GroupByStream is [GroupBy] for results of any size: groups that do not fit in
// [Options.MaxMemory] are kept in temporary files. The caller must call Close. When ctx
// ends, so do the methods of the GroupStream.
//
// After an error, the GroupStream is nil, unless [Options.Measure] is set: then it has
// only the Measurement.
func GroupByStream(ctx context.Context, q Query, o Options, inputs ...Input) (*GroupStream, error) {
	var recorder *measure.Recorder
	if o.Measure {
		recorder = measure.New()
	}
	s, err := o.groupBy(ctx, q, inputs, recorder)
	if o.Measure {
		if err != nil {
			s = new(GroupStream)
		}
		measured := recorder.Run()
		s.Measurement = &measured
	}
	return s, err
}

// newGroupStream returns the result of a run of plan, which it owns.
func newGroupStream(ctx context.Context, selected *selection, plan *group.Plan, work run.Plan, o *run.Outcome) (*GroupStream, error) {
	s := &GroupStream{
		Columns: selected.columns, Keys: len(selected.keys), Bytes: o.Bytes, BadRows: o.BadRows,
		ctx: ctx, selection: selected, budget: o.Budget,
	}
	if o.Store != nil {
		s.store, s.format = o.Store, work.Format().(*group.Format)
		s.Rows = s.format.Rows()
		return s, nil
	}
	defer o.Table.Free()
	var err error
	if s.groups, err = groupsOf(selected, plan, o.Table.(*group.Table), o.Budget); err != nil {
		return nil, err
	}
	s.Rows = s.groups.Rows
	return s, nil
}

// Len returns the number of groups.
func (s *GroupStream) Len() int64 {
	switch {
	case s.groups != nil:
		return int64(s.groups.Len())
	case s.store != nil:
		return s.store.Len()
	}
	return 0
}

// Close frees the memory and the temporary files. Groups that the methods have returned
// stay valid. Calling Close again is a no-op.
func (s *GroupStream) Close() {
	if s.store != nil {
		s.store.Free()
	}
	s.groups, s.store = nil, nil
}

// take returns what has the groups, which is then spent.
func (s *GroupStream) take() (*Groups, *partition.Store, error) {
	groups, store := s.groups, s.store
	if s.spent || groups == nil && store == nil {
		return nil, nil, errSpent
	}
	s.spent = true
	return groups, store, nil
}

// newGroups returns a Groups without groups.
func (s *GroupStream) newGroups() *Groups {
	scales := make([]int, len(s.selection.numbers))
	for i := range scales {
		scales[i] = s.format.Scale(i)
	}
	return newGroups(s.selection, scales)
}

// piece is how many groups of All are in the same Groups.
const piece = 256

// All returns the groups in the order of their keys. If that fails, the last pair has an
// error and no group.
func (s *GroupStream) All() iter.Seq2[Group, error] {
	return func(yield func(Group, error) bool) {
		groups, store, err := s.take()
		if groups != nil {
			for g := range groups.All() {
				if !yield(g, nil) {
					return
				}
			}
		}
		if store != nil {
			var record group.Record
			var a adder
			err = store.Each(s.ctx, nil, func(b *partition.Batch) error {
				for encoded := range b.All() {
					if a.groups == nil || a.groups.Len() == piece {
						a.groups = s.newGroups()
						a.groups.grow(piece, 0)
					}
					if err := a.addRecord(s.format, &record, encoded); err != nil {
						return err
					}
					if !yield(Group{a.groups, a.groups.Len() - 1}, nil) {
						return errEnough
					}
				}
				return nil
			})
		}
		if err != nil && err != errEnough {
			yield(Group{}, err)
		}
	}
}

// WriteTo writes the groups in the order of their keys to w, in the form that
// appendGroup appends to b. It calls appendGroup for several groups at once, on several
// goroutines; the Group is valid until it returns. The error is that of w or of the
// stream.
func (s *GroupStream) WriteTo(w io.Writer, appendGroup func(b []byte, g Group) []byte) error {
	groups, store, err := s.take()
	if err != nil {
		return err
	}
	if groups != nil {
		return writeGroups(w, groups, appendGroup)
	}
	type converter struct {
		record group.Record
		adder  adder
	}
	converters := sync.Pool{New: func() any { return &converter{adder: adder{groups: s.newGroups()}} }}
	return store.Each(s.ctx, func(b *partition.Batch) error {
		c := converters.Get().(*converter)
		defer converters.Put(c)
		for encoded := range b.All() {
			c.adder.groups.reset()
			if err := c.adder.addRecord(s.format, &c.record, encoded); err != nil {
				return err
			}
			b.Out = appendGroup(b.Out, Group{c.adder.groups, 0})
		}
		return nil
	}, func(b *partition.Batch) error {
		_, err := w.Write(b.Out)
		return err
	})
}

// writeGroups writes groups to w in the form of appendGroup.
func writeGroups(w io.Writer, groups *Groups, appendGroup func(b []byte, g Group) []byte) error {
	const enough = 64 << 10
	var b []byte
	for g := range groups.All() {
		if b = appendGroup(b, g); len(b) >= enough {
			if _, err := w.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	_, err := w.Write(b)
	return err
}

// Collect returns all groups. It fails with an error that wraps ErrMemory if the memory
// limit does not allow that.
func (s *GroupStream) Collect() (*Groups, error) {
	groups, store, err := s.take()
	if err != nil || groups != nil {
		return s.complete(groups), err
	}
	a := adder{groups: s.newGroups(), budget: s.budget}
	a.groups.grow(int(store.Len()), 0) // the operating system has to give only what is used
	var record group.Record
	err = store.Each(s.ctx, nil, func(b *partition.Batch) error {
		for encoded := range b.All() {
			if err := a.takeRecord(s.format, &record, encoded); err != nil {
				return tooMany(store.Len(), err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.complete(a.groups), nil
}

// First returns the groups that would be the first n, at least 1, after
// Groups.SortBy(column, descending), in that order. Its memory depends on n, not on the
// number of groups. It fails with an error that wraps ErrMemory if the memory limit does
// not allow n groups.
func (s *GroupStream) First(n, column int, descending bool) (*Groups, error) {
	groups, store, err := s.take()
	if err != nil {
		return nil, err
	}
	if groups != nil {
		groups.SortBy(column, descending)
		groups.order = groups.order[:min(n, len(groups.order))]
		return s.complete(groups), nil
	}
	a := adder{groups: s.newGroups(), budget: s.budget}
	var record group.Record
	err = store.Each(s.ctx, nil, func(b *partition.Batch) error {
		for encoded := range b.All() {
			// Groups that are equal stay in the order of their keys, because those
			// that are kept come before the others.
			if len(a.groups.order)/2 >= max(n, piece) {
				a.keep(s.newGroups(), n, column, descending)
			}
			if err := a.takeRecord(s.format, &record, encoded); err != nil {
				return tooMany(int64(n), err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	a.keep(s.newGroups(), n, column, descending)
	return s.complete(a.groups), nil
}

// complete makes g a result of GroupBy.
func (s *GroupStream) complete(g *Groups) *Groups {
	if g != nil {
		g.Rows, g.BadRows, g.Bytes, g.Measurement = s.Rows, s.BadRows, s.Bytes, s.Measurement
	}
	return g
}
