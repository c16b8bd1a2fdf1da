package group

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"onebrc/engine/internal/probing"
)

const (
	// runShare is which part of all values and groups of a table may be values of a group in
	// a run: more of them become records, so that the records of a group are never a large
	// part of all. A partition of the store is a larger part.
	runShare = 1024
	// leastRun is the number of values that may always be in a run.
	leastRun = 8
)

// sort makes the counts of each group neighbours, from starts of its Entry on, in the
// order of the Values and the values. Nothing can be added before they are cleared.
func (v *values) sort() {
	t, c := v.table, &v.counter
	if t.count == 0 || v.sorted != nil { // the slots have values twice after sort
		return
	}
	starts, next := v.starts[:t.count+2], v.next[:t.count+2]
	clear(starts)
	n := 0
	for i := range c.slots { // without a branch: which slots are in use is random
		s := c.slots[i]
		c.slots[n] = s
		n += int((s.count | -s.count) >> 31)
	}
	used, sorted := c.slots[:n], c.slots[n:][:n] // at most half of the slots are in use
	columns := uint32(len(t.plan.Values))
	for i := range used {
		starts[entryOf(used[i].group, columns)+1]++ // entries are from 1
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	copy(next, starts)
	for i := range used {
		at := &next[entryOf(used[i].group, columns)]
		sorted[*at] = used[i]
		*at++
	}
	v.sorted = sorted
	for entry := 1; entry <= t.count; entry++ {
		v.sortCounts(sorted[starts[entry]:starts[entry+1]])
	}
	v.most = max(leastRun, (c.used+t.count)/runShare)
}

// entryOf returns the Entry in a counted.group, given the number of Plan.Values.
func entryOf(group, columns uint32) uint32 {
	if columns == 1 { // a division takes longer than all else
		return group
	}
	return group / columns
}

// denseBytes bounds the memory of values.dense: it stays in the L1 cache.
const denseBytes = 16 << 10

// sortCounts sorts the counts of a group.
func (v *values) sortCounts(counts []counted) {
	if len(counts) <= shortItems {
		for i := 1; i < len(counts); i++ {
			x, at := counts[i], i
			for ; at > 0 && compareCounts(&x, &counts[at-1]) < 0; at-- {
				counts[at] = counts[at-1]
			}
			counts[at] = x
		}
		return
	}
	first := counts[0]
	least, most, differ := first.value, first.value, uint32(0)
	for i := range counts {
		least, most = min(least, counts[i].value), max(most, counts[i].value)
		differ |= counts[i].group ^ first.group
	}
	// The difference of numbers of a lane fits 64 bits.
	if span := uint64(most - least); differ == 0 && span < uint64(min(len(v.dense), 16*len(counts))) {
		v.sortDense(counts, least, int(span)+1)
		return
	}
	slices.SortFunc(counts, func(a, b counted) int { return compareCounts(&a, &b) })
}

// sortDense sorts counts of one column, whose values are from least on, by writing each
// where its value says.
func (v *values) sortDense(counts []counted, least int64, span int) {
	group, dense := counts[0].group, v.dense[:span]
	clear(dense)
	for i := range counts {
		dense[counts[i].value-least] = counts[i].count
	}
	at := 0
	for i, count := range dense {
		if count > 0 {
			counts[at] = counted{value: least + int64(i), group: group, count: count}
			at++
		}
	}
}

func compareCounts(a, b *counted) int {
	if a.group != b.group {
		return cmp.Compare(a.group, b.group)
	}
	return cmp.Compare(a.value, b.value)
}

// countsOf returns the counts of a group, after sort.
func (v *values) countsOf(entry uint32) []counted {
	return v.sorted[v.starts[entry]:v.starts[entry+1]]
}

// evict appends the values of all groups to the overflow, in records of groups without
// rows. There are no values afterwards.
func (v *values) evict() error {
	t := v.table
	o := &t.overflow
	v.sort()
	for i := range t.used() {
		o.key = t.plan.appendOrdered(o.key[:0], t.key(i))
		b := appendNoRows(o.record[:0], o.key)
		size := len(b)
		b, err := v.appendRuns(b, o.key, t.info(i).Entry)
		if err != nil {
			return err
		}
		o.record = b
		if len(b) == size {
			continue
		}
		if err := t.append(o.key, b); err != nil {
			return err
		}
	}
	t.evictions++
	return v.clear()
}

// appendRuns appends the values of a group, whose ordered key is key, to its record, after
// sort. Values of which there are too many for that become records.
func (v *values) appendRuns(b, key []byte, entry uint32) ([]byte, error) {
	p, count := v.table.plan, uint32(len(v.table.plan.Values))
	counts := v.countsOf(entry)
	for which := range p.Values {
		if p.Values[which].Place != Everywhere {
			b = v.appendPlace(b, entry, which)
			continue
		}
		n, group := 0, entry*count+uint32(which)
		for n < len(counts) && counts[n].group == group {
			n++
		}
		if n == 0 {
			continue
		}
		if n > v.most {
			if err := v.appendRecords(counts[:n], key, which); err != nil {
				return nil, err
			}
		} else {
			b = v.appendRun(b, counts[:n], which)
		}
		counts = counts[n:]
	}
	return b, nil
}

// appendRun appends a run of counts, of one of Plan.Values, of a group.
func (v *values) appendRun(b []byte, counts []counted, which int) []byte {
	values := &v.table.plan.Values[which]
	b, body := beginRun(b, which)
	if values.Number < 0 {
		if values.Distinct && !v.format.inlined.Load() {
			v.format.inlined.Store(true)
		}
		for i := range counts {
			rows := int64(counts[i].count)
			if values.Distinct {
				rows = 1
			}
			b = appendRunContent(b, v.dictionary.keyOf(uint32(counts[i].value)), rows)
		}
		return endRun(b, body)
	}
	b = append(b, byte(v.table.scales[values.Number]))
	last := int64(0)
	for i := range counts {
		b = appendStep(b, counts[i].value, last, i == 0, int64(counts[i].count))
		last = counts[i].value
	}
	return endRun(b, body)
}

// appendRecords appends records of counts, of one of Plan.Values, of the group whose
// ordered key is key.
func (v *values) appendRecords(counts []counted, key []byte, which int) error {
	number := v.table.plan.Values[which].Number
	if number < 0 {
		v.format.contents.Store(true)
	}
	v.key = append(append(v.key[:0], key...), byte(which))
	start := len(v.key)
	for i := range counts {
		v.key = v.key[:start]
		if number >= 0 {
			v.key = appendNumber(v.key, counts[i].value, v.table.scales[number])
		} else {
			v.key = append(v.key, v.dictionary.keyOf(uint32(counts[i].value))...)
		}
		if err := v.append(int64(counts[i].count)); err != nil {
			return err
		}
	}
	return nil
}

// append appends a record of a value, with the key v.key.
func (v *values) append(count int64) error {
	if !v.format.separate.Load() {
		v.format.separate.Store(true)
	}
	v.appended++
	w := v.table.overflow.writer
	// The record of the group may be in Table.overflow.record.
	size := uvarintBytes(uint64(len(v.key))<<1) + len(v.key) + uvarintBytes(uint64(count))
	to, err := w.Append(probing.Hash64(v.key, w.Secret()), size)
	if err == nil {
		appendValueRecord(to[:0], v.key, count)
	}
	return err
}

// uvarintBytes returns the size of an unsigned number.
func uvarintBytes(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}

// appendValueRecord appends a record of a value: see record.go.
func appendValueRecord(b, key []byte, count int64) []byte {
	b = binary.AppendUvarint(b, uint64(len(key))<<1)
	b = append(b, key...)
	return binary.AppendUvarint(b, uint64(count))
}

// contents returns how many contents there are in the dictionary.
func (v *values) contents() int {
	if v.dictionary == nil {
		return 0
	}
	return v.dictionary.count
}

// clear removes all values. It keeps the memory.
func (v *values) clear() error {
	v.counter.clear()
	v.sorted = nil
	clear(v.places[:min(v.table.count*len(v.table.plan.places), len(v.places))])
	if v.dictionary == nil {
		return nil
	}
	v.dictionary.clear()
	return v.addNull()
}

// enlarge makes the tables of values, which are empty, as large as values need that come
// again, and of which an overflow has records. contents is how many the dictionary had.
func (v *values) enlarge(o *overflow, contents int) error {
	distinct, comeAgain := o.keysOf(v.appended)
	if !comeAgain {
		return nil
	}
	v.counter.enlarge(distinct)
	if v.dictionary == nil || contents < v.dictionary.limit/2 {
		return nil
	}
	v.dictionary.clear()
	v.dictionary.enlarge(distinct)
	return v.addNull()
}

// Value decodes a record. ok is false if it is not one of a value, but that of a group.
func (f *Format) Value(record []byte) (v Value, ok bool) {
	if !f.separate.Load() {
		return v, false
	}
	var r recordReader
	r.openKey(record)
	key := r.key[f.plan.groupBytes(r.key):]
	if len(key) == 0 {
		return v, false
	}
	v = Value{Which: int(key[0]), Bytes: key[1:], Count: int64(r.unsigned())}
	if f.plan.Values[v.Which].Distinct && !f.counts() {
		v.Count = 1
	}
	return v, true
}

// CompareValues compares values of the same group, after all Mergers of f have been drained.
func (f *Format) CompareValues(a, b *Value) int {
	if a.Which != b.Which {
		return cmp.Compare(a.Which, b.Which)
	}
	number := f.plan.Values[a.Which].Number
	if number < 0 {
		return bytes.Compare(a.Bytes, b.Bytes)
	}
	x, y := a.Number(f.Scale(number)), b.Number(f.Scale(number))
	switch {
	case x.less(y):
		return -1
	case y.less(x):
		return 1
	}
	return 0
}
