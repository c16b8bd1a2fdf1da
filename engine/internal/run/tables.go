package run

import (
	"context"
	"errors"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
)

// makeTables makes a table for each worker, and the store where they overflow. It does
// not touch the tables' memory.
func (r *run) makeTables() error {
	workers := len(r.config.placement.places)
	if err := r.budget.Take(int64(workers) * r.config.workerBytes(r.plan)); err != nil {
		return err
	}
	if format := r.plan.Format(); format != nil {
		r.store = partition.New(partition.Config{
			Format: format, Workers: workers, Budget: r.budget, TableBytes: r.plan.TableBytes(),
			TempDir: r.config.tempDir, NoSpill: r.config.noSpill,
			Partitions: r.config.system.Overflow.Partitions, SpillAll: r.config.system.Overflow.Spill,
		})
	}
	for i := range workers {
		var overflow *partition.Writer
		if r.store != nil {
			overflow = r.store.Writer(i)
		}
		t, err := r.plan.NewTable(r.budget, overflow)
		if err != nil {
			return err
		}
		r.tables = append(r.tables, t)
	}
	return nil
}

// evictOften evicts the groups of t if tests want that after each chunk.
func (r *run) evictOften(t Table) error {
	if r.store == nil || r.config.system.Overflow.Partitions == 0 {
		return nil
	}
	return t.Evict()
}

// hand hands over the table of a worker of node: to the reduction, or to the store if
// not all groups fit in tables, or there are many.
func (r *run) hand(node int, t Table) {
	var err error
	if r.overflowed() || r.mayEvict() && t.Large() {
		err = evict(t)
	} else {
		err = r.joined.add(node, t)
	}
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.abandon(err)
	}
}

// mayEvict reports whether tables may go to the store to save time. Without temporary files,
// records could fail for lack of memory where tables do not.
func (r *run) mayEvict() bool { return r.store != nil && len(r.tables) > 1 && !r.config.noSpill }

// overflowed reports whether a table has overflowed.
func (r *run) overflowed() bool { return r.store != nil && r.store.Used() }

// evict moves what t holds to the store and frees t.
func evict(t Table) error {
	defer t.Free()
	return t.Evict()
}

// join puts the table of all rows into o if no table has overflowed, and otherwise the
// store, merged. All workers have handed over their tables.
func (r *run) join(ctx context.Context, o *Outcome) error {
	if !r.overflowed() {
		o.Table = r.joined.result
		if r.budget.Limit() == memory.NoLimit || r.config.noSpill {
			r.freeStore()
		} else {
			o.spare = r.store
		}
		return nil
	}
	for _, t := range r.joined.tables() {
		if err := evict(t); err != nil {
			return err
		}
	}
	o.Store = r.store
	return r.store.Merge(ctx)
}

// Overflow moves what Table has to Store if err, which kept the caller from making a
// result of it, is a lack of memory. Otherwise, or if that is not possible, it returns an
// error. The caller has given back what it took from Budget.
func (o *Outcome) Overflow(ctx context.Context, err error) error {
	if o.spare == nil || !errors.Is(err, memory.ErrMemory) {
		return err
	}
	err = evict(o.Table)
	if err == nil {
		err = o.spare.Merge(ctx)
	}
	if err == nil {
		o.Table, o.Store, o.spare = nil, o.spare, nil
	}
	return err
}

// FreeTable frees Table, if there is one.
func (o *Outcome) FreeTable() {
	if o.Table != nil {
		o.Table.Free()
	}
	if o.spare != nil {
		o.spare.Free()
	}
}

// free frees the tables and the store.
func (r *run) free() {
	for _, t := range r.tables {
		t.Free()
	}
	r.freeStore()
}

func (r *run) freeStore() {
	if r.store != nil {
		r.store.Free()
	}
}
