package group

import (
	"iter"
	"math"
)

// entriesBytes returns the memory that it takes to say where the groups and contents of a
// table are in another one.
func entriesBytes(other *Table) int64 {
	entries := other.count
	if d := other.values.dictionary; d != nil {
		entries += d.count
	}
	return 4 * int64(entries)
}

// takeEntries takes the memory of entriesBytes. It reports whether that was possible.
func (t *Table) takeEntries(other *Table) bool { return t.budget.Take(entriesBytes(other)) == nil }

// merge adds the values of other, of a table of the same Plan. entries has the Entry in
// v's table of each group of other's. If there is no room, merge evicts other's values, and
// perhaps v's, too. other cannot be used afterwards.
func (v *values) merge(other *values, entries []uint32) error {
	for n, scale := range v.table.scales {
		if digits := scale - other.table.scales[n]; digits > 0 && !other.counter.raise(n, digits) {
			return other.evict()
		}
		other.table.scales[n] = scale
	}
	contents, ok, err := v.mergeDictionary(other)
	if err != nil {
		return err
	}
	c, more := &v.counter, &other.counter
	if !ok || c.rows+more.rows > math.MaxUint32 || !c.reserve(more.used) {
		return other.evict()
	}
	c.rows += more.rows
	count := uint32(len(v.table.plan.Values))
	const piece = 1 << 10
	groups, kept, rows := v.slots[:0], v.kept[:0], other.slots[:0]
	for i := range more.slots {
		s := &more.slots[i]
		if s.count == 0 {
			continue
		}
		which, value := s.group%count, s.value
		if v.table.plan.Values[which].Number < 0 {
			value = int64(contents[value-1])
		}
		groups, kept, rows = append(groups, entries[s.group/count-1]*count+which), append(kept, value), append(rows, s.count)
		if len(groups) == piece {
			c.addCounts(groups, kept, rows)
			groups, kept, rows = groups[:0], kept[:0], rows[:0]
		}
	}
	c.addCounts(groups, kept, rows)
	for from, to := range entries {
		for i, which := range v.table.plan.places {
			p, q := v.placeOf(to, i), *other.placeOf(uint32(from)+1, i)
			if q.entry != 0 && p.replaces(v.table.plan.Values[which].Place, q.input, q.offset) {
				q.entry = contents[q.entry-1]
				*p = q
			}
		}
	}
	return nil
}

// mergeDictionary adds the contents of other's dictionary to v's, and returns the Entry
// there of each of them. It returns false if that has evicted v's values.
func (v *values) mergeDictionary(other *values) (entries []uint32, ok bool, err error) {
	if v.dictionary == nil {
		return nil, true, nil
	}
	evictions := v.table.evictions
	d, from := v.dictionary, other.dictionary
	d.total += int64(from.count)
	entries = make([]uint32, from.count)
	for i := range entries {
		content := from.keyOf(uint32(i) + 1)
		if err := d.Reserve(Need{Rows: 1, KeyBytes: len(content)}); err != nil {
			return nil, false, err
		}
		if v.table.evictions != evictions {
			return nil, false, nil
		}
		at, err := d.Slot(content)
		if err != nil {
			return nil, false, err
		}
		entries[i] = d.info(d.index(at)).Entry
	}
	return entries, true, nil
}

// SortValues makes the values of each group ready for Group.Values. Nothing can be added
// to t afterwards.
func (t *Table) SortValues() error {
	if t.values == nil {
		return nil
	}
	if err := t.needGroup(); err != nil {
		return err
	}
	t.values.sort()
	return nil
}

// Values returns the values of a group, numbers in ascending order, after SortValues.
func (g Group) Values() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		t, v, entry := g.table, g.table.values, g.table.info(g.slot).Entry
		for i, which := range t.plan.places {
			if p := v.placeOf(entry, i); p.entry != 0 {
				if !yield(Value{Which: which, Bytes: v.dictionary.keyOf(p.entry), Count: 1}) {
					return
				}
			}
		}
		for _, s := range v.countsOf(entry) {
			value := Value{Which: int(s.group % uint32(len(t.plan.Values))), Count: int64(s.count), number: s.value}
			if number := t.plan.Values[value.Which].Number; number < 0 {
				value.Bytes = v.dictionary.keyOf(uint32(s.value))
			} else {
				value.decimals = t.scales[number]
			}
			if t.plan.Values[value.Which].Distinct {
				value.Count = 1
			}
			if !yield(value) {
				return
			}
		}
	}
}
