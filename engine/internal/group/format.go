package group

import (
	"bytes"
	"sync/atomic"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/probing"
)

// Format is the format of the records of one run. It implements partition.Format.
type Format struct {
	plan   *Plan
	scales []atomic.Int64 // of Plan.Numbers
	groups atomic.Int64   // whose records Mergers have returned

	// Set once there are records of values, those of contents, and runs of contents of
	// which only the number matters. No table evicts after the first Merger begins.
	separate, contents, inlined atomic.Bool
}

// counts reports whether Mergers return, of contents of which only the number matters, just
// that. They cannot if a group may have contents both in runs and in records, which are in
// other partitions.
func (f *Format) counts() bool { return !f.inlined.Load() || !f.contents.Load() }

// sorts reports whether Mergers return contents in runs in order, because records with
// others may follow.
func (f *Format) sorts() bool { return f.contents.Load() }

func newFormat(p *Plan) *Format {
	return &Format{plan: p, scales: make([]atomic.Int64, len(p.Numbers))}
}

// Key implements partition.Format. It returns the ordered key.
func (f *Format) Key(record []byte) []byte { return orderedKeyOf(record) }

// Prefix implements partition.Format.
func (f *Format) Prefix(key []byte) uint64 { return partition.BytesPrefix(key) }

// Compare implements partition.Format.
func (f *Format) Compare(a, b []byte) int { return bytes.Compare(a, b) }

// mergerGrowth is how the table of a merger grows. It has the groups of a partition, which
// are few, and is in the cache if it has few slots.
var mergerGrowth = probing.Growth{Initial: 1 << 10, Sparse: 1 << 10}

// NewMerger implements partition.Format.
func (f *Format) NewMerger(budget *memory.Budget) (partition.Merger, error) {
	t, err := makeTable(f.plan, budget, mergerGrowth)
	if err != nil {
		return nil, err
	}
	m := &merger{format: f, table: t}
	if len(f.plan.Values) > 0 {
		secret, err := probing.NewSecret()
		if err != nil {
			t.Free()
			return nil, err
		}
		m.values, m.distinct = newValueJoin(budget, &secret), newValueJoin(budget, &secret)
		m.runs = &runJoin{budget: budget, log: byteLog{budget: budget}}
		for _, v := range f.plan.Values {
			m.rewrites = m.rewrites || v.Distinct || v.Number < 0 && f.sorts()
		}
	}
	return m, nil
}

// Groups returns the number of groups in all records that Mergers have returned.
func (f *Format) Groups() int64 { return f.groups.Load() }

// Scale returns the largest scale of the stored values of a Number in all records that
// Mergers have returned.
func (f *Format) Scale(number int) int { return int(f.scales[number].Load()) }

// merger joins records in a table, whose keys are ordered keys.
type merger struct {
	format *Format
	table  *Table
	values *valueJoin // nil without Plan.Values
	// distinct counts, when values are drained, the different contents of a group where
	// only their number matters. All records of a content are in the same partition.
	distinct *valueJoin
	runs     *runJoin // nil without Plan.Values
	rewrites bool     // the runs even of groups with one record
	reader   recordReader
}

// Len implements partition.Merger.
func (m *merger) Len() int {
	if m.values != nil {
		return m.table.count + m.values.used
	}
	return m.table.count
}

// Free implements partition.Merger.
func (m *merger) Free() {
	m.table.Free()
	if m.values != nil {
		m.values.free()
		m.distinct.free()
		m.runs.free()
	}
}

// Add implements partition.Merger.
func (m *merger) Add(records partition.Records) error {
	for len(records) > 0 {
		var record []byte
		record, records = records.Next()
		if err := m.add(record); err != nil {
			return err
		}
	}
	return nil
}

// add adds a record.
func (m *merger) add(record []byte) error {
	t, r := m.table, &m.reader
	if m.values != nil && m.format.separate.Load() {
		if key := orderedKeyOf(record); t.plan.groupBytes(key) < len(key) {
			r.openKey(record)
			return m.values.add(key, r.unsigned())
		}
	}
	r.open(t.plan, record)
	if err := t.addRows(1); err != nil { // no lane grows by more than it can in a row
		return err
	}
	i, err := t.find(r.key, t.hashOf(r.key))
	if err != nil {
		return err
	}
	t.lanes(i)[0] += r.rows
	for which, count := range r.missing {
		if count == 0 {
			continue
		}
		if err := t.addMissing(i, which, count); err != nil {
			return err
		}
	}
	for n := range t.plan.Numbers {
		if r.present(n) == 0 {
			continue
		}
		if err := m.addNumber(i, n); err != nil {
			return err
		}
	}
	if len(r.rest) > 0 {
		return m.runs.add(t.info(i).Entry, r.rest)
	}
	return nil
}

// addNumber adds the next Number of the record to the group in slot i.
func (m *merger) addNumber(i, number int) error {
	t, r := m.table, &m.reader
	scale := r.scale()
	if err := t.Raise(number, scale); err != nil {
		return err
	}
	digits := t.scales[number] - scale
	if r.single && digits == 0 {
		t.plan.lanes[number].add(t.lanes(i), r.value())
		return nil
	}
	if digits == 0 && t.plan.lanes[number].addStatistics(t.lanes(i), r) {
		return nil
	}
	x := r.statistics(&t.plan.Numbers[number])
	x.scale(digits)
	return t.addExact(i, number, &x)
}

// addStatistics adds the next statistics of a record if all of them fit lanes. If not,
// it does nothing.
func (l *lanes) addStatistics(slot []int64, r *recordReader) bool {
	rest, fits := r.rest, true
	next := func(lane int) (v int64) {
		if lane == 0 || !fits {
			return 0
		}
		v, n := readInt(rest)
		rest, fits = rest[n:], n > 0 && fitsLane(v)
		return v
	}
	low, high, sum, squares := next(l.min), next(l.max), next(l.sum), next(l.squares)
	if !fits {
		return false
	}
	r.rest = rest
	if l.min != 0 {
		slot[l.min] = min(slot[l.min], low)
	}
	if l.max != 0 {
		slot[l.max] = max(slot[l.max], high)
	}
	if l.sum != 0 {
		addTo(slot[l.sum:], sum)
	}
	if l.squares != 0 {
		addTo(slot[l.squares:], squares)
	}
	return true
}

// Drain implements partition.Merger.
func (m *merger) Drain(put func(record []byte) error) error {
	t := m.table
	for n, scale := range t.scales {
		for of := &m.format.scales[n]; ; {
			old := of.Load()
			if int64(scale) <= old || of.CompareAndSwap(old, int64(scale)) {
				break
			}
		}
	}
	for i := range t.used() {
		record := t.appendRecord(t.overflow.record[:0], t.key(i), i)
		if m.runs != nil {
			var err error
			if record, err = m.appendRuns(record, t.info(i).Entry, t.key(i), put); err != nil {
				return err
			}
		}
		t.overflow.record = record
		if err := put(record); err != nil {
			return err
		}
	}
	m.format.groups.Add(int64(t.count))
	if m.runs != nil {
		m.runs.clear(t.count)
	}
	t.clear()
	if m.values == nil {
		return nil
	}
	putValue := func(key []byte, rows uint64) error {
		t.overflow.record = appendValueRecord(t.overflow.record[:0], key, int64(rows))
		return put(t.overflow.record)
	}
	err := m.values.drain(func(key []byte, rows uint64) error {
		end := t.plan.groupBytes(key)
		if t.plan.Values[key[end]].Distinct && m.format.counts() {
			return m.distinct.add(key[:end+1], 1)
		}
		return putValue(key, rows)
	})
	if err != nil {
		return err
	}
	return m.distinct.drain(putValue)
}

// Record is a decoded record. It is used again for others.
type Record struct {
	Key     [][]byte // contents of Plan.Keys; they may share the memory of the record
	Rows    int64
	Numbers []Statistics // of Plan.Numbers, at the Scale of the Format
	Present []int64      // how many values of Plan.Present are not missing

	reader recordReader
}

// Decode makes r that of record, after all Mergers of f have been drained.
func (f *Format) Decode(r *Record, record []byte) {
	p := f.plan
	in := &r.reader
	in.open(p, record)
	r.Rows, r.Key = in.rows, p.appendContents(r.Key[:0], in.key)
	r.Numbers, r.Present = r.Numbers[:0], r.Present[:0]
	for n := range p.Numbers {
		s := Statistics{Count: in.present(n), Scale: f.Scale(n)}
		if s.Count > 0 {
			digits := s.Scale - in.scale()
			x := in.statistics(&p.Numbers[n])
			x.scale(digits)
			s.Min, s.Max, s.Sum, s.Squares = x.min, x.max, x.sum, x.squares
		}
		r.Numbers = append(r.Numbers, s)
	}
	for i := range p.Present {
		r.Present = append(r.Present, in.present(len(p.Numbers)+i))
	}
}

// Runs returns the values in the record that r was decoded from.
func (f *Format) Runs(r *Record) Runs { return Runs{format: f, rest: r.reader.rest} }

// KeyBytes returns a bound of the bytes of the contents of r.Key.
func (r *Record) KeyBytes() int { return len(r.reader.key) }
