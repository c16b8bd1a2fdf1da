package group

import (
	"iter"

	"onebrc/engine/internal/run"
)

// Accumulate adds rows, at most a tile of them, whose numbers are all present.
// values[i] are those of Numbers[i] times 10^Scale(i), with room for
// fields.GroupRows more, and bounds[i] is an upper bound of their absolute values,
// less than 2^62.
func (t *Table) Accumulate(at []uint32, rows int, values []*int64, bounds []int64) error {
	if rows == 0 {
		return nil
	}
	if err := t.addRows(int64(rows)); err != nil {
		return err
	}
	for n := range t.lines.numbers {
		t.lines.setNumber(n, rows, values[n], bounds[n])
	}
	for i := range t.lines.lines {
		if l := &t.lines.lines[i]; l.Columns > 0 || l.Count != 0 {
			t.plan.Kernel.Accumulate(&t.array, &at[0], rows, l)
		}
	}
	return nil
}

// addRows notes that rows will be added to lanes.
func (t *Table) addRows(rows int64) error {
	if t.rows+rows > rowsPerFlush {
		if err := t.flush(); err != nil {
			return err
		}
	}
	t.rows += rows
	return nil
}

// AddRow counts a row of the group at a slot. Its values are added after that.
func (t *Table) AddRow(at uint32) error {
	if err := t.addRows(1); err != nil {
		return err
	}
	t.lanes(t.index(at))[0]++
	return nil
}

// AddNumber adds coefficient * 10^-decimals to a Number of the row that AddRow
// counted last.
func (t *Table) AddNumber(at uint32, number int, coefficient int64, decimals int) error {
	if err := t.Raise(number, decimals); err != nil {
		return err
	}
	i, digits := t.index(at), t.scales[number]-decimals
	if v, ok := times(coefficient, digits); ok {
		t.plan.lanes[number].add(t.lanes(i), v)
		return nil
	}
	added := exactOf(coefficient, t.plan.Numbers[number].Squares)
	added.scale(digits)
	return t.addExact(i, number, &added)
}

// addExact adds x to what the group in slot i knows of a Number.
func (t *Table) addExact(i, number int, x *exact) error {
	all := t.exact(i, number)
	all.add(x)
	return t.setExact(i, number, &all)
}

// AddMissing counts a missing value of a Number.
func (t *Table) AddMissing(at uint32, number int) error {
	return t.addMissing(t.index(at), number, 1)
}

// AddAbsent counts a missing value of one of Plan.Present.
func (t *Table) AddAbsent(at uint32, present int) error {
	return t.addMissing(t.index(at), len(t.plan.Numbers)+present, 1)
}

func (t *Table) addMissing(i, which int, count int64) error {
	counts, err := t.needCold(i)
	if err == nil {
		counts[which] += count
	}
	return err
}

// Scale returns the number of decimals of the stored values of a Number: the most
// that AddNumber or Raise was called with.
func (t *Table) Scale(number int) int { return t.scales[number] }

// Raise makes Scale at least scale, which is at most 18. If t has an overflow, it may
// evict all groups for want of memory.
func (t *Table) Raise(number, scale int) error {
	digits := scale - t.scales[number]
	if digits <= 0 {
		return nil
	}
	if t.overflow.writer != nil {
		wide, lanes := 0, make([]int64, t.plan.laneCount())
		for i := range t.used() {
			x := t.exact(i, number)
			x.scale(digits)
			if !t.plan.lanes[number].store(lanes, &x) {
				wide++
			}
		}
		if err := t.reserveWide(wide); err != nil {
			return err
		}
	}
	// Nothing may evict between this and the new scale.
	if t.values != nil && !t.values.counter.raise(number, digits) {
		if err := t.values.evict(); err != nil {
			return err
		}
	}
	t.scales[number] = scale
	for i := range t.used() {
		x := t.exact(i, number)
		x.scale(digits)
		if err := t.setExact(i, number, &x); err != nil {
			return err
		}
	}
	return nil
}

// reserveWide makes room for numbers of groups in t that do not fit in lanes. It may
// evict all groups.
func (t *Table) reserveWide(count int) error {
	if n := (Need{Wide: count}); count == 0 || !t.tooLarge(n) && t.makeRoom(n) == nil {
		return nil
	}
	return t.Evict()
}

// flush moves what the lanes have too much of. If t has an overflow, it may evict all
// groups for want of memory.
func (t *Table) flush() error {
	wide := 0
	for i := range t.used() {
		lanes := t.lanes(i)
		for n := range t.plan.lanes {
			if !t.plan.lanes[n].carry(lanes) {
				wide++
			}
		}
	}
	t.total += t.rows
	t.rows = 0
	if wide == 0 {
		return nil
	}
	if t.overflow.writer != nil {
		if err := t.reserveWide(wide); err != nil {
			return err
		}
	}
	for i := range t.used() {
		for n := range t.plan.lanes {
			if t.plan.lanes[n].carry(t.lanes(i)) {
				continue
			}
			x := t.exact(i, n)
			if err := t.setExact(i, n, &x); err != nil {
				return err
			}
		}
	}
	return nil
}

// Merge adds the groups of other, a table of the same Plan, which can only be freed then.
// Either table may evict groups or values. After an error t has some of them.
func (t *Table) Merge(from run.Table) error {
	other := from.(*Table)
	err := t.flush()
	if err == nil {
		err = other.flush()
	}
	if err == nil && other.seeded && !t.seeded {
		err = t.reseed()
	}
	for n, s := range other.scales {
		if err == nil {
			err = t.Raise(n, s)
		}
	}
	if err != nil {
		return err
	}
	t.total += int64(other.count) // a group counts as a row in isAttacked
	var entries []uint32          // of the groups of other, in t
	evictions := t.evictions
	if t.values != nil && t.takeEntries(other) {
		defer t.budget.Give(entriesBytes(other))
		entries = make([]uint32, other.count)
	}
	for from := range other.used() {
		key, hash := other.key(from), other.info(from).Hash
		if err := t.Reserve(other.needOf(from)); err != nil {
			return err
		}
		if t.seeded {
			hash = t.hashOf(key)
		}
		to, err := t.find(key, hash)
		if err == nil {
			err = t.mergeGroup(to, other, from)
		}
		if err != nil {
			return err
		}
		if entries != nil {
			entries[other.info(from).Entry-1] = t.info(to).Entry
		}
	}
	switch {
	case t.values == nil:
		return nil
	case t.evictions != evictions, entries == nil:
		return other.values.evict()
	}
	return t.values.merge(other.values, entries)
}

// needOf returns what a table needs for the group in slot i of t.
func (t *Table) needOf(i int) Need {
	n := Need{Rows: 1, KeyBytes: len(t.key(i))}
	if t.coldOf(i) != nil {
		n.Missing, n.Wide = true, len(t.plan.Numbers)
	}
	return n
}

// mergeGroup adds the group in slot from of other to the one in slot to.
func (t *Table) mergeGroup(to int, other *Table, from int) error {
	p, lanes, theirs := t.plan, t.lanes(to), other.lanes(from)
	lanes[0] += theirs[0]
	for n := range p.lanes {
		digits := t.scales[n] - other.scales[n]
		if digits == 0 && other.record(from, n) == nil {
			p.lanes[n].merge(lanes, theirs)
			continue
		}
		x := other.exact(from, n)
		x.scale(digits)
		if err := t.addExact(to, n, &x); err != nil {
			return err
		}
	}
	counts := other.coldOf(from)
	for which := range min(len(counts), len(p.Numbers)+len(p.Present)) {
		if counts[which] != 0 {
			if err := t.addMissing(to, which, counts[which]); err != nil {
				return err
			}
		}
	}
	return nil
}

// Len returns the number of groups.
func (t *Table) Len() int {
	if len(t.plan.Keys) == 0 {
		return 1
	}
	return t.count
}

// KeyBytes returns the sum of the lengths of all keys.
func (t *Table) KeyBytes() int { return len(t.names) }

// Groups returns all groups, in no particular order. Without Plan.Keys there is
// exactly one. The table must not change while the groups are in use.
func (t *Table) Groups() iter.Seq[Group] {
	return func(yield func(Group) bool) {
		if len(t.plan.Keys) == 0 {
			if _, err := t.Slot(nil); err != nil {
				panic(err) // a table has room for one group
			}
		}
		for i := range t.used() {
			if !yield(Group{Key: t.key(i), Rows: t.lanes(i)[0], table: t, slot: i}) {
				return
			}
		}
	}
}

// Group is a group of a table.
type Group struct {
	Key   []byte // a part of the table's memory; see Plan.SplitKey
	Rows  int64
	table *Table
	slot  int
}

// Statistics are those of a Number in a group. Sum, Min, Max and Squares are only
// set if the Plan asks for them.
type Statistics struct {
	Count         int64   // of values that are present
	Min, Max, Sum Integer // times 10^Scale; Min and Max are undefined if Count is 0
	Squares       Integer // sum of the squares, times 10^(2*Scale)
	Scale         int
}

// Number returns the statistics of one of Plan.Numbers.
func (g Group) Number(number int) Statistics {
	x := g.table.exact(g.slot, number)
	return Statistics{
		Count: g.present(number),
		Min:   x.min, Max: x.max, Sum: x.sum, Squares: x.squares,
		Scale: g.table.scales[number],
	}
}

// Present returns how many values of one of Plan.Present are not missing.
func (g Group) Present(present int) int64 {
	return g.present(len(g.table.plan.Numbers) + present)
}

func (g Group) present(which int) int64 {
	if counts := g.table.coldOf(g.slot); counts != nil {
		return g.Rows - counts[which]
	}
	return g.Rows
}
