package group

import (
	"unsafe"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/memory"
)

// Values is a column whose values are counted one by one in each group.
//
//	row ─▶ (group, column, value) ─ counter ─ evict ─▶ record of the group, with its values
//	                                           many ─▶ record of a value: key, count
//
// The record of a group has its values in runs: see runs.go. But a group with a large part
// of all values of a table has a record for each of them, so that neither the memory nor
// the work for one group is too large. The key of such a record is the ordered key of the
// group, the index of the Values, and the value in a form whose bytes have its order. So in
// the order of their keys, the record of a group is followed by those of its values, and
// whoever reads them in that order can compute percentiles, modes and the like. Of first
// and last values, there are places instead of a counter.
type Values struct {
	Field int
	// Number is the index in Plan.Numbers of the column if its values are numbers:
	// 1.0 and 1.00 are equal. -1 means that they are contents, as bytes.
	Number int
	// Distinct means that it only matters how many different contents there are: a Value
	// then stands for Count of them.
	Distinct bool
	// Place is Everywhere unless they are contents of which only one matters.
	Place Place
	place int // the index of this Values in Plan.places
}

// MaxValues is the largest number of Plan.Values: a byte tells them apart in keys.
const MaxValues = 255

// values are the values in the groups of a Table. There are none in a table that does not
// evict groups.
type values struct {
	table   *Table // of the groups
	counter counter
	// dictionary has each content once. Its Entry is the value in counter. The first
	// one is Plan.Null. It is nil if no values are contents.
	dictionary *Table
	placing

	// starts has for each Entry, after sort, where the counts of the group begin. next is
	// memory for sort. There must be room for two more than there are groups.
	starts, next []uint32
	startsMemory memory.Block
	dense        [denseBytes / 4]uint32 // memory for sortDense
	sorted       []counted              // after sort: a part of counter.slots

	// slots is memory for the slots of the contents of a tile in dictionary, or for groups
	// as the counter knows them, kept for values.
	slots []uint32
	kept  []int64
	// appended counts records of values. most is how many values of a group may be in a
	// run.
	appended int64
	most     int
	format   *Format
	key      []byte // memory for the key of a value
}

// nullEntry is the Entry of Plan.Null in a dictionary.
const nullEntry = 1

// dictionaryPlan returns the plan of a dictionary for p, or nil if it needs none.
func (p *Plan) dictionaryPlan() *Plan {
	contents := len(p.contents)
	if contents == 0 {
		return nil
	}
	return NewPlan(Plan{Syntax: p.Syntax, Kernel: p.Kernel, Keys: []int{0}, contentsOf: contents, Null: p.Null})
}

// valuesBytes returns the size of the values of an empty table of p.
func valuesBytes(p *Plan) int64 {
	if len(p.Values) == 0 {
		return 0
	}
	size := counterBytes(minCounts) + valuesHeapBytes + startsBytes(2)
	if d := p.dictionaryPlan(); d != nil {
		size += InitialBytes(d)
	}
	return size
}

// valuesHeapBytes is what values have on the Go heap: dense, slots, kept and counter.places.
const valuesHeapBytes = denseBytes + maxRows*(4+8+4)

// newValues returns the values of t, which has an overflow.
func newValues(t *Table) (*values, error) {
	if err := t.budget.Take(valuesHeapBytes); err != nil {
		return nil, err
	}
	v := &values{table: t, slots: make([]uint32, maxRows), kept: make([]int64, maxRows), format: t.overflow.writer.Format().(*Format)}
	t.overflow.parts = 3
	err := v.counter.start(t)
	if err == nil && t.budget.Limit() != memory.NoLimit {
		err = v.makeRoom(mostOf(t.plan).Rows)
	}
	if plan := t.plan.dictionaryPlan(); plan != nil && err == nil {
		if v.dictionary, err = NewOverflowing(plan, t.budget, t.overflow.writer); err == nil {
			v.dictionary.overflow.values, v.dictionary.overflow.parts = v, t.overflow.parts
			err = v.addNull()
		}
	}
	if err != nil {
		v.free()
		return nil, err
	}
	return v, nil
}

func (v *values) free() {
	if v == nil {
		return
	}
	v.table.budget.Give(valuesHeapBytes)
	v.counter.free()
	v.startsMemory.Free()
	v.placesMemory.Free()
	if v.dictionary != nil {
		v.dictionary.Free()
	}
}

// ReserveValues makes room for the values of rows, whose contents have the given number
// of bytes, so that nothing fails for want of memory while they are added. Entries from
// before are not valid afterwards.
func (t *Table) ReserveValues(rows, contentBytes int) error {
	v := t.values
	if v.dictionary != nil {
		count := rows * len(t.plan.contents)
		if err := v.dictionary.Reserve(Need{Rows: count, KeyBytes: contentBytes}); err != nil {
			return err
		}
		if err := v.dictionary.addRows(int64(count)); err != nil {
			return err
		}
	}
	if v.counter.reserve(rows * len(t.plan.Values)) {
		return nil
	}
	err := t.Evict()
	v.counter.rows += int64(rows * len(t.plan.Values))
	return err
}

// makeRoom makes room for the values of the given number of groups.
func (v *values) makeRoom(groups int) error {
	if err := v.allocatePlaces(groups); err != nil {
		return err
	}
	if need := groups + 2; need > len(v.starts) {
		size := max(need, 2*len(v.starts))
		block, err := v.table.allocate(startsBytes(size), "values")
		if err != nil {
			return err
		}
		v.startsMemory.Free()
		both := unsafe.Slice((*uint32)(block.Base), 2*size)
		v.startsMemory, v.starts, v.next = block, both[:size], both[size:]
	}
	return nil
}

// startsBytes returns the size of values.starts and next for the given number of groups.
func startsBytes(groups int) int64 { return 2 * 4 * int64(groups) }

// Contents writes the Entry of each content of a column to out. base and c are those of
// Keys.
func (t *Table) Contents(base unsafe.Pointer, c *fields.Column, rows int, out []int64) error {
	d := t.values.dictionary
	if err := d.Keys(base, c, rows, t.values.slots); err != nil {
		return err
	}
	for row, at := range t.values.slots[:rows] {
		out[row] = int64(d.info(d.index(at)).Entry)
	}
	return nil
}

// Content returns the Entry of a content.
func (t *Table) Content(content []byte) (int64, error) {
	d := t.values.dictionary
	at, err := d.Slot(content)
	return int64(d.info(d.index(at)).Entry), err
}

// AddValues counts the values in column which of rows, at most a tile, with the slots at.
func (t *Table) AddValues(which int, at []uint32, column []int64) {
	contents := t.plan.Values[which].Number < 0
	count, groups := uint32(len(t.plan.Values)), t.values.slots[:0]
	column = column[:len(at)]
	kept := column
	if contents {
		kept = t.values.kept[:0]
	}
	for row, at := range at {
		if contents {
			if column[row] == nullEntry {
				continue
			}
			kept = append(kept, column[row])
		}
		groups = append(groups, t.info(t.index(at)).Entry*count+uint32(which))
	}
	t.values.counter.addAll(groups, kept)
}

// AddWideValue counts a number that does not fit in a lane at the scale of its column:
// coefficient * 10^-decimals.
func (t *Table) AddWideValue(which int, at uint32, coefficient int64, decimals int) error {
	v := t.values
	v.key = append(t.plan.appendOrdered(v.key[:0], t.key(t.index(at))), byte(which))
	v.key = appendNumber(v.key, coefficient, decimals)
	return v.append(1)
}

// addNull makes Plan.Null the first content of the dictionary, which is empty.
func (v *values) addNull() error {
	null := v.table.plan.Null
	err := v.dictionary.makeRoom(Need{Rows: 1, KeyBytes: len(null)})
	if err == nil {
		_, err = v.dictionary.Slot(null)
	}
	return err
}

// Value is a value in a group.
type Value struct {
	Which int    // of Plan.Values
	Bytes []byte // the content; a part of the record or the table
	Count int64  // of rows, or with Values.Distinct of different contents

	number   int64 // a number that is not in Bytes, times 10^decimals
	decimals int
}

// Number returns the number times 10^scale, which must be an integer.
func (v *Value) Number(scale int) Integer {
	if v.Bytes == nil {
		return integerOf(v.number).scaled(scale - v.decimals)
	}
	return readNumber(v.Bytes, scale)
}
