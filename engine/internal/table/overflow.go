package table

import (
	"encoding/binary"
	"errors"
	"math"
	"unsafe"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/probing"
	"onebrc/parse"
)

const (
	// A table with overflow grows to cappedSlots, which take 16 MiB and hold 131,072
	// names. It grows to as many as largestSlots if their names come again: see wanted.
	cappedSlots  = plainSlots
	largestSlots = 1 << 21

	// trialRows is the number of rows in the first period of a frozen table. The next
	// ones have shortPeriods as many, and up to longPeriods as many.
	trialRows    = 1 << 16
	shortPeriods = 16
	longPeriods  = 128
	// maxBackoff is the largest number of evictions between two trials.
	maxBackoff = 16

	// mostlyMissed is the part of rows from which on a table that does not have their
	// names is not worth looking into.
	mostlyMissed = 0.8
)

// mode is what a table does with rows of names that it does not have.
type mode byte

const (
	// filling: it inserts the names.
	filling mode = iota
	// frozen: it is full, and appends the rows to its overflow.
	frozen
	// logging: it appends all rows to its overflow, without looking for their names.
	logging
)

// overflow is what a table that does not only grow has besides. Such a table, if it is
// full, can
//
//   - grow: good if its names come again, but it should not be larger than a cache
//     unless that saves many records;
//   - evict all names and start anew: good if names come in bursts;
//   - freeze: keep its names and append other rows: good if some names are frequent and
//     others are rare;
//   - log: append all rows without looking for their names: good if nearly every name
//     is new.
//
// What is good is measured: the records that a row has cost, in periods of each way.
type overflow struct {
	writer *partition.Writer
	mode   mode

	capped, largest int   // number of slots: see cappedSlots and largestSlots
	again           int64 // how often names that do not fit must come again: see wanted
	trial           int64 // see trialRows

	period  int64 // rows until the next review
	rows    int64 // of the period
	records int64 // rows of the period that were appended
	logging int64 // rows of the last period of logging

	missed    float64 // part of the rows of late whose names the table did not have
	filled    float64 // the same when the table was filled last, from empty
	grown     bool    // since it was empty
	evictions int     // until the next trial
	wait      int     // evictions before the last trial

	absent kernel.Slot // find returns it for a row that must be appended
}

// NewOverflowing returns an empty table as New does. Instead of growing too large, it
// evicts names, or appends rows, to writer as records of Format.
func NewOverflowing(budget *memory.Budget, writer *partition.Writer) (*Table, error) {
	t, err := New(budget)
	if err == nil && writer != nil {
		t.overflow = &overflow{writer: writer, capped: cappedSlots, largest: largestSlots, again: 2, trial: trialRows}
	}
	return t, err
}

// NewCounting returns a table as NewOverflowing does that also computes percentiles. Its
// records are of the format HistogramFormat.
func NewCounting(budget *memory.Budget, writer *partition.Writer, percentiles *Percentiles) (*Table, error) {
	t, err := NewOverflowing(budget, writer)
	if err != nil {
		return nil, err
	}
	if o := t.overflow; o != nil {
		o.capped, o.again = cappedWithHistograms, histogramRows
	}
	if t.counters, err = newCounters(budget, percentiles); err != nil {
		t.Free()
		return nil, err
	}
	return t, nil
}

// Large implements run.Table. Tables of names are always merged: eviction was only measured
// with those of groups.
func (t *Table) Large() bool { return false }

// evictSlots is the number of slots that Evict looks at at a time. It first finds those
// in use without a branch, as half of the slots are free, in no order.
const evictSlots = 64

// Evict appends a record of every name to the overflow of t, which is empty and as
// large as before afterwards. After an error, t can only be freed.
func (t *Table) Evict() error {
	t.counters.incrementWaiting()
	for from := 0; from < len(t.slots); from += evictSlots {
		slots := (*[evictSlots]kernel.Slot)(t.slots[from:])
		var used [evictSlots]uint8
		n := 0
		for i := range slots {
			used[n%evictSlots] = uint8(i)
			n += int((slots[i].Entry | -slots[i].Entry) >> 31) // 1 if Entry is not 0
		}
		for _, i := range used[:n] {
			if err := t.evict(&slots[i%evictSlots]); err != nil {
				return err
			}
		}
	}
	t.entries, t.names = t.entries[:0], t.names[:0]
	t.buckets.forget()
	// A tile may have more rows than those that made the table full.
	t.rows, t.total, t.probes = kernel.TileRows, 0, 0
	t.overflow.begin(filling, 0)
	t.overflow.grown = false
	return nil
}

// evict appends a record of the name of s and makes s free.
func (t *Table) evict(s *kernel.Slot) error {
	e := &t.entries[s.Entry-1]
	name := s.Key[:]
	if e.length > len(name) {
		name = t.names[s.Name:]
	}
	b := biased{
		min: s.Min, max: ^s.NotMax,
		sum:   uint64(e.sum) + s.Packed&kernel.SumMask,
		count: uint64(e.count) + s.Packed>>kernel.CountShift,
	}
	var err error
	if t.counters != nil && b.count > 1 {
		err = t.appendHistogram(s, name[:e.length])
	} else {
		err = t.overflow.append(&b, name[:e.length])
	}
	if t.counters != nil {
		t.counters.clear(s)
	}
	*s = kernel.Slot{}
	return err
}

// append appends a record.
func (o *overflow) append(b *biased, name []byte) error {
	if b.count == 1 {
		return o.appendRow(b.min, name)
	}
	var header [maxHeader]byte
	n := b.header(&header)
	record, err := o.writer.Append(probing.Hash64(name, o.writer.Secret()), n+len(name))
	if err == nil {
		copy(record, header[:n])
		copy(record[n:], name)
	}
	return err
}

// appendRow appends the record of a row with a biased value.
func (o *overflow) appendRow(value uint32, name []byte) error {
	record, err := o.writer.Append(probing.Hash64(name, o.writer.Secret()), valueBytes+len(name))
	if err == nil {
		binary.LittleEndian.PutUint16(record, uint16(value))
		copy(record[valueBytes:], name)
	}
	return err
}

// beginTile counts the rows of a tile in the period, which it may end.
func (t *Table) beginTile(rows int) error {
	o := t.overflow
	if grown, err := t.grow(t.wanted()); grown || err != nil {
		o.begin(filling, 0)
		return err
	}
	if o.rows >= o.period {
		if err := t.review(); err != nil {
			return err
		}
	}
	o.rows += int64(rows)
	return nil
}

// logRows appends the rows of tile to the overflow of t. It returns how many it has
// appended, which is less than rows if the next one has an illegal name.
func (t *Table) logRows(data unsafe.Pointer, tile *kernel.Tile, rows int) (int, error) {
	for row := range rows {
		name := nameOf(data, tile, row)
		if !parse.ValidName(name) {
			return row, nil
		}
		if err := t.overflow.appendRow(tile.Value[row], name); err != nil {
			return row, err
		}
	}
	return rows, nil
}

// makeRoom is called when t, which is filling, is full. Either it has room afterwards
// or it is frozen.
func (t *Table) makeRoom() error {
	o, next := t.overflow, nextSlots(len(t.slots))
	if o == nil {
		return t.resize(next)
	}
	o.missed = float64(len(t.entries)) / float64(t.total+int64(t.rows))
	if next > o.capped {
		next = t.wanted()
	}
	if grown, err := t.grow(next); grown || err != nil {
		return err
	}
	if o.filled = o.missed; o.grown {
		o.filled = 1 // unknown
	}
	if o.evictions > 0 {
		o.evictions--
		return t.Evict()
	}
	o.begin(frozen, o.trial)
	return nil
}

// grow makes t have count slots, which may be those that it has, and reports whether
// it has grown.
func (t *Table) grow(count int) (bool, error) {
	o := t.overflow
	for count > len(t.slots) && !o.allows(slotsBytes(count)+cap(t.names)+t.counters.bytes()) {
		count /= 2
	}
	if count <= len(t.slots) {
		return false, nil
	}
	err := t.resize(count)
	if errors.Is(err, memory.ErrMemory) {
		o.largest = len(t.slots)
		return false, nil
	}
	o.grown = count > o.capped
	return err == nil, err
}

// wanted returns how many slots t should have. A table grows beyond cappedSlots if the
// names that do not fit come again, and either all of them would fit, or the table has
// the names of many rows.
func (t *Table) wanted() int {
	o, count := t.overflow, len(t.slots)
	appended := o.writer.Appended()
	if count >= o.largest || appended < o.trial/2 || appended < o.again*o.writer.Distinct() {
		return count
	}
	names := int(o.writer.Distinct()) + len(t.entries)
	for count < o.largest && limitOf(count) < names {
		count = nextSlots(count)
	}
	if limitOf(count) < names && o.missed > mostlyMissed {
		return len(t.slots)
	}
	return count
}

// makeNamesRoom makes room for another name and reports whether it has evicted names
// for it.
func (t *Table) makeNamesRoom() (evicted bool, err error) {
	size := 2 * cap(t.names)
	if t.overflow == nil || len(t.entries) == 0 {
		return false, t.allocateNames(size)
	}
	if t.overflow.allows(slotsBytes(len(t.slots)) + size + t.counters.bytes()) {
		if err := t.allocateNames(size); !errors.Is(err, memory.ErrMemory) {
			return false, err
		}
	}
	return true, t.Evict()
}

// allows reports whether a table may take so many bytes.
func (o *overflow) allows(bytes int) bool { return int64(bytes) <= o.writer.TableLimit() }

// onlyEvict prepares t for names that cannot be appended instead of being inserted.
func (t *Table) onlyEvict() {
	if o := t.overflow; o != nil {
		o.begin(filling, 0)
		o.evictions = math.MaxInt
	}
}

// begin begins a period.
func (o *overflow) begin(m mode, rows int64) {
	o.mode, o.period = m, rows
	o.rows, o.records = 0, 0
}

// longer returns the number of rows in a period after one of so many rows.
func (o *overflow) longer(rows int64) int64 {
	return max(min(2*rows, longPeriods*o.trial), shortPeriods*o.trial)
}

// review decides what follows a period.
func (t *Table) review() error {
	o := t.overflow
	if o.mode == logging {
		return t.Evict()
	}
	o.missed = float64(o.records) / float64(o.rows)
	switch {
	case o.missed > 1.15*o.filled:
		o.wait = min(max(1, 2*o.wait), maxBackoff)
		o.evictions = o.wait
		return t.Evict()
	case o.missed > mostlyMissed:
		o.logging = o.longer(o.logging)
		o.begin(logging, o.logging)
	default:
		o.wait, o.logging = 0, 0
		o.begin(frozen, o.longer(o.period))
	}
	return nil
}
