package group

import (
	"sync/atomic"
	"unsafe"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/probing"
	"onebrc/parse/delimited"
)

// A table with an overflow has a limited size: it evicts all its groups, as records,
// and begins again. It does so only between tiles, in Reserve, ReserveValues, Raise and
// Merge, so that slots stay valid while the rows of a tile are added. Reserve makes room
// for a whole tile. A table that is full in the middle of one takes more groups than its
// limit says: it always has more slots than its limit and the rows of a tile together.

const (
	// capBytes bounds the slots of a table, its keys, and what it has besides the
	// lanes, each by itself, as long as most keys are new: a larger table would only
	// miss the caches more often.
	capBytes = 32 << 20
	// maxCapBytes bounds them if keys come again, so that a larger table joins more
	// rows. Slots of 128 bytes are then enough for a million keys.
	maxCapBytes = 320 << 20
	// A table grows beyond capBytes if it takes levelFactor times as many rows as before to
	// find a new group.
	levelFactor = 1.4
	// largeGroups is how many groups a table has that is Large.
	largeGroups = 1 << 16
)

// EvictEarly makes tables that are made from now on evict their groups when they have
// more than the given number, for tests. 0 means the usual number.
func EvictEarly(groups int) { evictEarly.Store(int64(groups)) }

var evictEarly atomic.Int64

// overflow is where a table evicts its groups to.
type overflow struct {
	writer *partition.Writer // nil if the table grows without a limit
	cap    int64             // capBytes, or more after growth
	early  int               // what EvictEarly was called with
	full   bool              // Reserve must evict
	parts  int64             // how many tables share the memory of one
	// values is what evicts instead of the table, which is a dictionary of it, or nil.
	values   *values
	logging  logging
	inlined  bool   // Format.inlined is set
	appended int64  // records of groups
	record   []byte // memory for a record
	key      []byte // memory for an ordered key
}

// NewOverflowing returns a table as NewTable does, which evicts its groups to writer
// instead of growing too large.
func NewOverflowing(p *Plan, budget *memory.Budget, writer *partition.Writer) (*Table, error) {
	t, err := NewTable(p, budget)
	if err != nil || writer == nil {
		return t, err
	}
	t.overflow = overflow{writer: writer, cap: capBytes, early: int(evictEarly.Load()), parts: 1}
	if t.overflow.early > 0 {
		t.limit, t.gridAfter = t.overflow.early, 0
	}
	t.keepsEnds = p.keepsEnds()
	if budget.Limit() != memory.NoLimit {
		// An empty table must have room for any tile, because records may take all memory.
		err = t.makeRoom(mostOf(p))
	}
	if err == nil && len(p.Values) > 0 {
		t.values, err = newValues(t)
	}
	if err != nil {
		t.Free()
		return nil, err
	}
	return t, nil
}

// mostOf returns what a tile or a long row of p needs at most.
func mostOf(p *Plan) Need {
	rows := tileRows(p)
	if p.contentsOf > 0 { // the contents of a row are not longer than the row
		return Need{Rows: rows*p.contentsOf + 1, KeyBytes: delimited.MaxRowBytes + 1 + len(p.Null)}
	}
	return Need{
		Rows: rows, KeyBytes: newKeyRows(p).most * (delimited.MaxRowBytes + 1), Missing: true, Wide: rows * len(p.Numbers),
	}
}

// InitialBytes returns the size of a new table of p with an overflow and a limit of
// memory.
func InitialBytes(p *Plan) int64 { return tableBytes(p) + valuesBytes(p) }

// tableBytes is InitialBytes without what values have.
func tableBytes(p *Plan) int64 {
	n := mostOf(p)
	cold := int64(n.Rows*p.coldWidth())*8 + max(int64(n.Wide), initialRecords)*exactBytes
	// The first memory for keys is replaced before there is any for what is cold.
	size := slotsBytes(p, growthOf(p).Initial) + squaresBytes(p) + int64(n.KeyBytes) + fields.PadAfter + max(initialNames, cold)
	return size + int64(n.Rows)*p.entryBytes()
}

// entryBytes returns what a table and its values have for each Entry.
func (p *Plan) entryBytes() int64 {
	if !p.keepsEnds() {
		return 0
	}
	bytes := int64(endBytes)
	if len(p.Values) > 0 {
		bytes += startsBytes(1) + int64(len(p.places))*placedBytes
	}
	return bytes
}

// Need is what rows need of a table.
type Need struct {
	Rows     int  // a bound of the number of new groups
	KeyBytes int  // a bound of the bytes of their keys
	Missing  bool // values are missing
	Wide     int  // a bound of the number of numbers that do not fit in lanes
}

// Reserve makes room for rows, so that nothing fails for want of memory while they are
// added. It does nothing if t has no overflow. Slots are not valid afterwards.
func (t *Table) Reserve(n Need) error {
	if t.overflow.writer == nil {
		return nil
	}
	if t.overflow.full || t.tooLarge(n) {
		if err := t.Evict(); err != nil {
			return err
		}
	}
	if t.rows+int64(n.Rows) > rowsPerFlush {
		if err := t.flush(); err != nil {
			return err
		}
	}
	err := t.makeRoom(n)
	if err == nil || t.count == 0 {
		return err
	}
	if err := t.Evict(); err != nil {
		return err
	}
	return t.makeRoom(n)
}

// tooLarge reports whether t has groups and would become too large with n.
func (t *Table) tooLarge(n Need) bool {
	if t.count == 0 {
		return false
	}
	width := int64(t.plan.coldWidth()) * 8
	keys := int64(len(t.names) + n.KeyBytes + fields.PadAfter)
	wide := int64(len(t.cold.records)+n.Wide) * exactBytes
	counts := int64(t.count+n.Rows) * width
	if !n.Missing && n.Wide == 0 {
		counts = 0
	}
	if max(keys, wide, counts) > t.overflow.cap {
		return true
	}
	each := t.plan.entryBytes()
	more := growth(keys, int64(cap(t.names))) + growth(wide, int64(cap(t.cold.records))*exactBytes) +
		growth(counts, int64(len(t.cold.counts))*8) + growth(int64(t.count+n.Rows)*each, int64(cap(t.ends))*each)
	return more > 0 && t.size()+more > max(t.tableLimit(), tableBytes(t.plan))
}

// growth returns what it takes to have need bytes where there are have.
func growth(need, have int64) int64 {
	if need <= have {
		return 0
	}
	return max(need, 2*have)
}

// size returns the memory that t has taken.
func (t *Table) size() int64 {
	return slotsBytes(t.plan, t.slots()) + int64(cap(t.names)) + int64(cap(t.cold.records))*exactBytes + int64(len(t.cold.counts))*8 +
		int64(cap(t.ends))*t.plan.entryBytes()
}

// makeRoom takes memory for n. It may leave some of it untaken after an error.
func (t *Table) makeRoom(n Need) error {
	if need := int64(len(t.names)) + int64(n.KeyBytes) + fields.PadAfter; need > int64(cap(t.names)) {
		size := need
		if t.count > 0 {
			size = max(2*int64(cap(t.names)), need)
		}
		if err := t.allocateNames(size); err != nil {
			return err
		}
	}
	if t.keepsEnds {
		if err := t.allocateEnds(t.count + n.Rows); err != nil {
			return err
		}
		if t.values != nil {
			if err := t.values.makeRoom(t.count + n.Rows); err != nil {
				return err
			}
		}
	}
	if !n.Missing && n.Wide == 0 {
		return nil
	}
	if err := t.allocateCounts(t.count + n.Rows); err != nil {
		return err
	}
	return t.allocateRecords(len(t.cold.records) + n.Wide)
}

// levelsOff reports whether groups have become rarer since t grew last, so that it is
// likely to hold most of them when it has grown again. If as many rows as before bring a
// new group, as in the order of time, a larger table would only miss the caches.
//
// If the rows of n groups come in random order, it is true once t has about half of them.
func (t *Table) levelsOff() bool {
	if t.grownCount == 0 {
		return false
	}
	before := float64(t.grownRows) / float64(t.grownCount)
	since := float64(t.total+t.rows-t.grownRows) / float64(t.count-t.grownCount)
	return since > levelFactor*before
}

// mayHave reports whether t, which has an overflow, may have count slots.
func (t *Table) mayHave(count int) bool {
	bytes := slotsBytes(t.plan, count)
	return t.overflow.early == 0 && bytes <= t.overflow.cap && t.fits(bytes)
}

// fits reports whether the memory limit leaves room for t with so many bytes of slots.
func (t *Table) fits(slots int64) bool {
	return t.size()-slotsBytes(t.plan, t.slots())+slots <= t.tableLimit()
}

// tableLimit returns how many bytes t may have.
func (t *Table) tableLimit() int64 { return t.overflow.writer.TableLimit() / t.overflow.parts }

// Evict implements run.Table: it appends a record of each group to the overflow. t is
// empty afterwards. If many of the keys of all records have come again, it is larger
// than before, too. After an error, t can only be freed.
func (t *Table) Evict() error {
	if t.overflow.values != nil {
		return t.overflow.values.table.Evict()
	}
	o, v := &t.overflow, t.values
	if v != nil {
		if err := t.needGroup(); err != nil {
			return err
		}
		v.sort()
	}
	for i := range t.used() {
		o.key = t.plan.appendOrdered(o.key[:0], t.key(i))
		o.record = t.appendRecord(o.record[:0], o.key, i)
		if v != nil {
			var err error
			if o.record, err = v.appendRuns(o.record, o.key, t.info(i).Entry); err != nil {
				return err
			}
		}
		if err := t.append(o.key, o.record); err != nil {
			return err
		}
	}
	o.appended += int64(t.count)
	t.evictions++
	newKeys := float64(t.count) / float64(max(t.total+t.rows, 1))
	if v != nil {
		contents := v.contents()
		if err := v.clear(); err != nil {
			return err
		}
		if err := v.enlarge(o, contents); err != nil {
			return err
		}
	}
	t.clear()
	slots := t.slots()
	if distinct, comeAgain := o.keysOf(o.appended); comeAgain && (newKeys < mostlyNew || t.logged(distinct)) {
		t.enlarge(distinct)
	}
	if t.slots() == slots && o.logging.left <= 0 && len(t.plan.Keys) > 0 {
		o.logging.begin(newKeys, o.early)
	}
	return nil
}

// Large implements run.Table.
func (t *Table) Large() bool { return t.count >= largeGroups }

// needGroup adds the group of all rows, which there is without Plan.Keys even if there are
// no rows.
func (t *Table) needGroup() error {
	if len(t.plan.Keys) > 0 {
		return nil
	}
	err := t.makeRoom(Need{Rows: 1})
	if err == nil {
		_, err = t.Slot(nil)
	}
	return err
}

// keysOf returns an estimate of the number of different keys among some of the records
// that were appended, and whether many of the keys of all have come again.
func (o *overflow) keysOf(records int64) (keys int64, comeAgain bool) {
	appended, distinct := o.writer.Appended(), o.writer.Distinct()
	if appended > 0 {
		keys = int64(float64(distinct) * (float64(records) / float64(appended)))
	}
	return keys, 2*appended >= 3*distinct
}

// append appends the record of a group, whose ordered key is key, to the overflow.
func (t *Table) append(key, record []byte) error {
	w := t.overflow.writer
	to, err := w.Append(probing.Hash64(key, w.Secret()), len(record))
	copy(to, record)
	return err
}

// enlarge replaces the slots of t, which is empty, by as many as the given number of keys
// need, if it may have them and there is memory, or by fewer.
func (t *Table) enlarge(keys int64) {
	next := t.slots()
	for int64(t.growth.Limit(next)) < keys {
		more := t.growth.Next(next)
		if bytes := slotsBytes(t.plan, more); t.overflow.early > 0 || bytes > maxCapBytes || !t.fits(bytes) {
			break
		}
		next = more
	}
	old := t.slotsMemory
	if next > t.slots() && t.allocateSlots(next) == nil {
		old.Free()
		t.overflow.cap = max(t.overflow.cap, slotsBytes(t.plan, next))
	}
}

// clear makes t empty. It keeps the memory, the scales and the seed.
func (t *Table) clear() {
	size := fields.SlotUnit << t.plan.shift
	if t.count > t.slots()/8 {
		clear(unsafe.Slice((*byte)(t.array.Base), t.slots()*size))
		clear(unsafe.Slice((*fields.SlotInfo)(t.array.Info), t.slots()))
	} else {
		for i := range t.used() {
			clear(unsafe.Slice((*byte)(unsafe.Pointer(t.line(i))), size))
			*t.info(i) = fields.SlotInfo{}
		}
	}
	clear(t.cold.counts[:min(t.count*t.plan.coldWidth(), len(t.cold.counts))])
	t.cold.records = t.cold.records[:0]
	t.names, t.ends = t.names[:0], t.ends[:0]
	t.count, t.rows, t.total, t.probes = 0, 0, 0, 0
	t.grownCount, t.grownRows, t.ahead = 0, 0, false
	t.overflow.full = false
	t.moves++
}
