package group

import (
	"unsafe"

	"onebrc/engine/internal/memory"
)

// initialRecords is the number of records when there is the first one.
const initialRecords = 64

const exactBytes = int64(unsafe.Sizeof(exact{}))

// cold is what a table knows of groups besides the lanes. It has no memory until it
// is needed.
type cold struct {
	// counts has for each group, in the order in which they were inserted: the
	// missing values of each of Plan.Numbers and Plan.Present, then for each of
	// Plan.Numbers the number of its record, from 1, or 0.
	counts []int64
	// records has what does not fit in the lanes of a Number: then its lanes are
	// those of a new slot, but for what was added later.
	records []exact

	countsMemory, recordsMemory memory.Block
}

// coldWidth returns the number of counts of a group.
func (p *Plan) coldWidth() int { return 2*len(p.Numbers) + len(p.Present) }

// coldOf returns the counts of the group in slot i, or nil if there are none yet.
func (t *Table) coldOf(i int) []int64 {
	width := t.plan.coldWidth()
	from := int(t.info(i).Entry-1) * width
	if from+width > len(t.cold.counts) {
		return nil
	}
	return t.cold.counts[from:][:width]
}

// needCold is coldOf, but makes the counts.
func (t *Table) needCold(i int) ([]int64, error) {
	if counts := t.coldOf(i); counts != nil {
		return counts, nil
	}
	if err := t.allocateCounts(max(t.limit, t.count)); err != nil {
		return nil, err
	}
	return t.coldOf(i), nil
}

// allocateCounts makes counts for the given number of groups.
func (t *Table) allocateCounts(groups int) error {
	width := t.plan.coldWidth()
	if groups*width <= len(t.cold.counts) {
		return nil
	}
	size := int64(max(groups*width, 2*len(t.cold.counts)))
	block, err := t.allocate(size*8, "counts of missing values")
	if err != nil {
		return err
	}
	counts := unsafe.Slice((*int64)(block.Base), int(size))
	copy(counts, t.cold.counts)
	t.cold.countsMemory.Free()
	t.cold.countsMemory, t.cold.counts = block, counts
	return nil
}

// record returns the record of a Number in slot i, or nil.
func (t *Table) record(i, number int) *exact {
	counts := t.coldOf(i)
	if counts == nil {
		return nil
	}
	r := counts[len(counts)-len(t.plan.Numbers)+number]
	if r == 0 {
		return nil
	}
	return &t.cold.records[r-1]
}

// needRecord is record, but makes it.
func (t *Table) needRecord(i, number int) (*exact, error) {
	if r := t.record(i, number); r != nil {
		return r, nil
	}
	counts, err := t.needCold(i)
	if err != nil {
		return nil, err
	}
	if err := t.allocateRecords(len(t.cold.records) + 1); err != nil {
		return nil, err
	}
	t.cold.records = append(t.cold.records, exact{})
	n := len(t.cold.records)
	counts[len(counts)-len(t.plan.Numbers)+number] = int64(n)
	return &t.cold.records[n-1], nil
}

// allocateRecords makes room for count records.
func (t *Table) allocateRecords(count int) error {
	if count <= cap(t.cold.records) {
		return nil
	}
	room := max(count, 2*cap(t.cold.records), initialRecords)
	block, err := t.allocate(int64(room)*exactBytes, "wide numbers")
	if err != nil {
		return err
	}
	records := unsafe.Slice((*exact)(block.Base), room)
	records = records[:copy(records, t.cold.records)]
	t.cold.recordsMemory.Free()
	t.cold.recordsMemory, t.cold.records = block, records
	return nil
}

// exact returns all that the group in slot i knows of a Number.
func (t *Table) exact(i, number int) exact {
	x := t.plan.lanes[number].load(t.lanes(i))
	if r := t.record(i, number); r != nil {
		x.add(r)
	}
	return x
}

// setExact replaces all that the group in slot i knows of a Number.
func (t *Table) setExact(i, number int, x *exact) error {
	l, lanes := &t.plan.lanes[number], t.lanes(i)
	if t.record(i, number) == nil && l.store(lanes, x) {
		return nil
	}
	l.clear(lanes)
	r, err := t.needRecord(i, number)
	if err == nil {
		*r = *x
	}
	return err
}
