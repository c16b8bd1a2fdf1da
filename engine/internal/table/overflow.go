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
	// names, and only if names come again to largestSlots.
	cappedSlots  = 1 << 18
	largestSlots = 1 << 21

	trialRows   = 1 << 16 // rows of the first period of a frozen table
	shortPeriod = 1 << 20 // rows of the next one, and of the first in which rows are logged
	longPeriod  = 1 << 23 // rows of the longest period
	maxBackoff  = 16      // evictions between two trials, at most
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

// overflow is what a table that evicts has besides. A full table can
//
//   - grow: good if its names come again, but it should not be larger than a cache
//     unless that saves many records;
//   - evict all names and start anew: good if names come in bursts;
//   - keep its names and log other rows: good if some names are frequent and others
//     are rare, and, without even looking for names, if nearly every name is new.
//
// What is good is measured: the records that a row has cost, in periods of either way.
type overflow struct {
	writer *partition.Writer
	mode   mode
	slots  int // how many the table may have now

	period  int64 // rows until the next review
	rows    int64 // of the period
	records int64 // rows of the period that were appended
	logging int64 // rows of the last period of logging

	filled    float64 // names per row when the table was filled last
	evictions int     // until the next trial
	wait      int     // evictions before the last trial

	missed kernel.Slot // find returns it for a row that must be appended
}

// NewOverflowing returns an empty table as New does. Instead of growing too large, it
// evicts names, or appends rows, to writer as records of Format.
func NewOverflowing(budget *memory.Budget, writer *partition.Writer) (*Table, error) {
	t, err := New(budget)
	if err == nil && writer != nil {
		t.overflow = &overflow{writer: writer, slots: cappedSlots}
	}
	return t, err
}

// Evict appends a record of every name to the overflow of t, which is empty and as
// large as before afterwards. After an error, t can only be freed.
func (t *Table) Evict() error {
	o := t.overflow
	for i := range t.slots {
		s := &t.slots[i]
		if s.Entry == 0 {
			continue
		}
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
		if err := o.append(&b, name[:e.length]); err != nil {
			return err
		}
		*s = kernel.Slot{}
	}
	t.entries, t.names = t.entries[:0], t.names[:0]
	// A tile may have more rows than those that made the table full.
	t.rows, t.total, t.probes = kernel.TileRows, 0, 0
	o.begin(filling, 0)
	return nil
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

// comesAgain reports whether a larger table would join many of the records that were
// appended.
func (o *overflow) comesAgain() bool {
	appended := o.writer.Appended()
	return appended >= trialRows/2 && appended >= 2*o.writer.Distinct()
}

// makeRoom is called when t, which is filling, is full. Either it has room afterwards
// or it is frozen.
func (t *Table) makeRoom() error {
	o, next := t.overflow, growth.Next(len(t.slots))
	if o == nil {
		return t.resize(next)
	}
	if next > o.slots && next <= largestSlots && o.comesAgain() {
		o.slots = next
	}
	if next <= o.slots && o.allows(slotsBytes(next)+cap(t.names)) {
		if err := t.resize(next); !errors.Is(err, memory.ErrMemory) {
			return err
		}
	}
	o.filled = float64(len(t.entries)) / float64(t.total+int64(t.rows))
	if o.evictions > 0 {
		o.evictions--
		return t.Evict()
	}
	o.begin(frozen, trialRows)
	return nil
}

// makeNamesRoom makes room for another name and reports whether it has evicted names
// for it.
func (t *Table) makeNamesRoom() (evicted bool, err error) {
	size := 2 * cap(t.names)
	if t.overflow == nil || len(t.entries) == 0 {
		return false, t.allocateNames(size)
	}
	if t.overflow.allows(slotsBytes(len(t.slots)) + size) {
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

// review decides what follows a period.
func (t *Table) review() error {
	o := t.overflow
	if o.mode == logging {
		return t.Evict()
	}
	missed := float64(o.records) / float64(o.rows)
	switch {
	case o.slots < largestSlots && o.comesAgain():
		o.slots = growth.Next(len(t.slots))
		o.begin(filling, 0)
	case missed > 1.15*o.filled:
		o.wait = min(max(1, 2*o.wait), maxBackoff)
		o.evictions = o.wait
		return t.Evict()
	case missed > 0.9:
		o.logging = max(min(2*o.logging, longPeriod), shortPeriod)
		o.begin(logging, o.logging)
	default:
		o.wait, o.logging = 0, 0
		o.begin(frozen, max(min(2*o.period, longPeriod), shortPeriod))
	}
	return nil
}
