package group

import (
	"encoding/binary"
	"unsafe"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/probing"
)

// Values is a column whose values are counted one by one in each group.
//
//	row ─▶ (group, column, value) ─ counter ─ evict ─▶ record of a value: key, count
//
// The key of such a record is the ordered key of the group, the index of the Values, and
// the value in a form whose bytes have its order. So in the order of their keys, the
// record of a group is followed by those of its values, and whoever reads them in that
// order can compute percentiles, modes and the like in the memory for one value. Of first
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

	// starts has for each Entry, after SortValues, where the counts of the group begin.
	starts []uint32
	taken  int64 // bytes of the budget, for that

	// slots is memory for the slots of the contents of a tile in dictionary, or for groups
	// as the counter knows them, kept for values.
	slots []uint32
	kept  []int64
	// appended counts records of values, key is memory for a key.
	appended int64
	key      []byte
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
	size := counterBytes(minCounts) + maxRows*(4+4+8) + int64(mostOf(p).Rows*len(p.places))*placedBytes
	if d := p.dictionaryPlan(); d != nil {
		size += InitialBytes(d)
	}
	return size
}

// newValues returns the values of t, which has an overflow.
func newValues(t *Table) (*values, error) {
	v := &values{table: t, slots: make([]uint32, maxRows), kept: make([]int64, maxRows)}
	t.overflow.parts = 3
	err := v.counter.start(t)
	if err == nil && t.budget.Limit() != memory.NoLimit {
		err = v.allocatePlaces(mostOf(t.plan).Rows)
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
	v.table.budget.Give(v.taken)
	v.counter.free()
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
	if !v.counter.reserve(rows * len(t.plan.Values)) {
		return v.evict()
	}
	return nil
}

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
	v.key = t.appendGroup(v.key[:0], t.key(t.index(at)), which)
	v.key = appendNumber(v.key, coefficient, decimals)
	return v.append(1)
}

// appendGroup appends the start of the key of a record of a value.
func (t *Table) appendGroup(b, key []byte, which int) []byte {
	return append(t.plan.appendOrdered(b, key), byte(which))
}

// append appends a record of a value, with the key v.key.
func (v *values) append(count int64) error {
	w := v.table.overflow.writer
	record := appendValueRecord(v.table.overflow.record[:0], v.key, count)
	v.table.overflow.record = record
	v.appended++
	to, err := w.Append(probing.Hash64(v.key, w.Secret()), len(record))
	copy(to, record)
	return err
}

// appendValueRecord appends a record of a value: see record.go.
func appendValueRecord(b, key []byte, count int64) []byte {
	b = binary.AppendUvarint(b, uint64(len(key))<<1)
	b = append(b, key...)
	return binary.AppendUvarint(b, uint64(count))
}

// evict appends records of all values to the overflow. There are no values afterwards.
func (v *values) evict() error {
	t, count := v.table, uint32(len(v.table.plan.Values))
	if err := v.evictPlaces(); err != nil {
		return err
	}
	for i := range v.counter.slots {
		c := &v.counter.slots[i]
		if c.count == 0 {
			continue
		}
		which := int(c.group % count)
		v.key = t.appendGroup(v.key[:0], t.keyOf(c.group/count), which)
		if number := t.plan.Values[which].Number; number >= 0 {
			v.key = appendNumber(v.key, c.value, t.scales[number])
		} else {
			v.key = append(v.key, v.dictionary.keyOf(uint32(c.value))...)
		}
		if err := v.append(int64(c.count)); err != nil {
			return err
		}
	}
	v.counter.clear()
	t.evictions++
	distinct, comeAgain := t.overflow.keysOf(v.appended)
	if comeAgain {
		v.counter.enlarge(distinct)
	}
	if v.dictionary == nil {
		return nil
	}
	v.dictionary.clear()
	if comeAgain {
		v.dictionary.enlarge(distinct)
	}
	return v.addNull()
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

	number int64 // a number that is not in Bytes, at the scale of the table
}

// Number returns the number times 10^scale. scale is that of the Format or the Table.
func (v Value) Number(scale int) Integer {
	if v.Bytes == nil {
		return integerOf(v.number)
	}
	return readNumber(v.Bytes, scale)
}

// Value decodes a record. ok is false if it is not one of a value, but that of a group.
func (f *Format) Value(record []byte) (v Value, ok bool) {
	p := f.plan
	if len(p.Values) == 0 {
		return v, false
	}
	var r recordReader
	r.openKey(record)
	key := r.key[p.groupBytes(r.key):]
	if len(key) == 0 {
		return v, false
	}
	v = Value{Which: int(key[0]), Bytes: key[1:], Count: int64(r.unsigned())}
	if p.Values[v.Which].Place != Everywhere {
		v.Bytes = v.Bytes[placeBytes:]
	}
	return v, true
}
