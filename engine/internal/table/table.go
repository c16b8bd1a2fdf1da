package table

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/bits"
	"unsafe"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/probing"
	"onebrc/parse"
)

const (
	// initialSlots take 256 KiB, and arrangedSlots 4 MiB. So few slots are quick to
	// reach: a CPU finds the pages of about as much memory without a delay, which are
	// small ones where a virtual machine divides huge pages. Up to arrangedSlots,
	// names are arranged so that nearly all are where they belong (arrange.go).
	initialSlots  = 1 << 12
	arrangedSlots = 1 << 16
	// minSlotsBytes is the least memory that is taken for slots: one huge page on
	// amd64. A table with few slots does not touch it.
	minSlotsBytes = 2 << 20
	// fewSlots take 64 KiB. A table has so many until it has more than fewNames names,
	// and so saves clearing a huge page and looking at all slots of it.
	fewSlots = 1 << 10
	fewNames = 16
	// plainSlots take 16 MiB. From there on a name takes at most 256 bytes of slots
	// and its entry.
	plainSlots = 1 << 18

	// touchedEntries is the number of names beyond which the slots in use are not in
	// the L2 cache, so that it pays to touch them: 1 MiB of slots. It is the limit of
	// arrangedSlots, so that the multipliers, which would slow touch down, are 1.
	touchedEntries = arrangedSlots / arrangedLoad

	// initialNames is the room for names in a new table, in bytes.
	initialNames = 64 << 10
	// namesPadding is the room after the names of a table. A pass compares a name
	// of the input, which the decode pass accepts if it is shorter than this,
	// with a stored one that may be shorter still.
	namesPadding = kernel.MaskedNames
)

const (
	// A table whose names are arranged grows before more than 1 slot in arrangedLoad is
	// used, and a larger one before more than 1 in plainLoad is used.
	arrangedLoad = 4
	plainLoad    = 2
)

// limitOf returns the number of entries that a table of count slots may have.
func limitOf(count int) int {
	if count <= arrangedSlots {
		return count / arrangedLoad
	}
	return count / plainLoad
}

// nextSlots returns the number of slots that a table grows to from count.
func nextSlots(count int) int {
	switch {
	case count < arrangedSlots:
		return arrangedSlots
	case count < plainSlots:
		return plainSlots
	}
	return 2 * count
}

// entry is the part of a name's record that the passes do not touch.
type entry struct {
	sum, count int64 // biased values
	length     int   // of the name, in bytes
}

// Stats are the statistics of one name. Min, Max and Sum are in tenths. Percentiles is
// for PercentileAt.
type Stats struct {
	Name        []byte
	Min, Max    int
	Sum         int64
	Count       int64
	Percentiles []byte
}

// Table holds the statistics of a set of names.
type Table struct {
	array   kernel.Slots  // slots and names, as the passes see them
	slots   []kernel.Slot // a power of two
	entries []entry
	names   []byte
	limit   int // the number of entries from which on the table grows
	buckets arrangement

	slotsMemory memory.Block // slots, entries and buckets
	namesMemory memory.Block
	budget      *memory.Budget
	overflow    *overflow // nil if the table only grows
	counters    *counters // nil if there are no percentiles

	rows   int   // since the last flush
	total  int64 // rows before that, and merged names
	probes int64 // slots that find looked at after the first one

	touched uint32 // keeps the loads of touch

	// A seeded table hashes names with wyhash and seed instead of HashName, so
	// that names that collide there, by chance or on purpose, do not collide here.
	seeded bool
	seed   uint64
}

// New returns an empty table that takes its memory from budget. The caller must
// call Free when it no longer uses the table.
func New(budget *memory.Budget) (*Table, error) {
	t := &Table{budget: budget}
	err := t.allocateSlots(initialSlots)
	if err == nil {
		err = t.allocateNames(initialNames)
	}
	if err != nil {
		t.Free()
		return nil, err
	}
	t.setSlots(unsafe.Add(t.slotsMemory.Base, slotsBytes(initialSlots)), fewSlots)
	t.limit = fewNames
	return t, nil
}

// spread moves the names of a table with fewSlots to the initial slots, which nothing has
// touched yet.
func (t *Table) spread() {
	old := t.slots
	t.setSlots(t.slotsMemory.Base, initialSlots)
	t.move(old)
}

// Free returns the table's memory. The table must not be used afterwards; calling
// Free again is a no-op.
func (t *Table) Free() {
	t.slotsMemory.Free()
	t.namesMemory.Free()
	if t.counters != nil {
		t.counters.free()
	}
	*t = Table{}
}

// Accumulate runs pass, a count pass if t has percentiles, to add the rows of tile, which
// are at data. It returns the number of rows that it added, which is less than rows if
// the next row has an illegal name. The decode pass of the same kernel must have
// accepted the tile, and kernel.PadAfter bytes after it must be readable. Accumulate
// may change the hashes in tile.
func (t *Table) Accumulate(pass kernel.Pass, data unsafe.Pointer, tile *kernel.Tile, rows int) (int, error) {
	if o := t.overflow; o != nil && o.mode != filling {
		if err := t.beginTile(rows); err != nil {
			return 0, err
		}
		if o.mode == logging {
			return t.logRows(data, tile, rows)
		}
	}
	if t.rows+rows > kernel.RowsPerFlush {
		t.flush()
	}
	t.rows += rows
	rehashed := false
	if len(t.entries) > touchedEntries {
		t.touch(tile, rows)
	}
	for row := 0; ; row++ {
		if t.seeded && !rehashed {
			for i := row; i < rows; i++ {
				tile.Hash[i] = t.hash(nameOf(data, tile, i))
			}
			rehashed = true
		}
		from := row
		row = pass(&t.array, data, tile, from, rows)
		t.counters.add(tile.Counter[from:row])
		if row == rows {
			return rows, nil
		}
		s, err := t.find(nameOf(data, tile, row), tile.Hash[row])
		if s == nil {
			return row, err
		}
		if err := t.add(s, nameOf(data, tile, row), tile.Value[row]); err != nil {
			return row, err
		}
	}
}

// add adds a row to s, which find has returned for name.
func (t *Table) add(s *kernel.Slot, name []byte, value uint32) error {
	if t.overflow != nil && s == &t.overflow.absent {
		t.overflow.records++
		return t.overflow.appendRow(value, name)
	}
	s.Add(value)
	t.counters.addRow(s, value)
	return nil
}

// touch loads the slots where the names of a tile belong if all multipliers are 1. The
// loads do not wait for each other, as those of a pass do after each name that is not
// where it belongs.
func (t *Table) touch(tile *kernel.Tile, rows int) {
	touched := uint32(0)
	for _, hash := range tile.Hash[:rows] {
		touched |= (*kernel.Slot)(unsafe.Add(t.array.Base, uintptr(uint64(hash)&t.array.Mask))).Entry
	}
	t.touched = touched
}

// nameOf returns the name of a row of tile, as a part of data.
func nameOf(data unsafe.Pointer, tile *kernel.Tile, row int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(data, int(tile.Starts[row]))), tile.Len[row])
}

// Add adds one row. It reports whether the name is legal; an illegal one is not
// added.
func (t *Table) Add(name []byte, tenths int) (bool, error) {
	if t.rows == kernel.RowsPerFlush {
		t.flush()
	}
	t.rows++
	s, err := t.find(name, t.hash(name))
	if s == nil {
		return false, err
	}
	return true, t.add(s, name, uint32(tenths+kernel.ValueBias))
}

// hash returns the hash of name in t.
func (t *Table) hash(name []byte) uint32 {
	if t.seeded {
		return probing.Hash(name, t.seed)
	}
	return kernel.HashName(name)
}

// home returns the index of the slot where a name with that hash belongs.
func (t *Table) home(hash uint32) int { return homeOf(t.array.Product(hash), len(t.slots)) }

// homeOf returns the index of the slot at offset product & kernel.Slots.Mask, where
// a pass looks first. See there for why it is a rotated product.
func homeOf(product uint32, slots int) int {
	return int(bits.RotateLeft32(product, -kernel.SlotShift)) & (slots - 1)
}

// find returns the slot of name, which it inserts if it is new. It returns nil if
// the name is new and illegal, and overflow.absent if it is new and legal, but t is
// frozen.
func (t *Table) find(name []byte, hash uint32) (*kernel.Slot, error) {
	last := len(t.slots) - 1
	for i := t.home(hash); ; i = (i + 1) & last {
		s := &t.slots[i]
		if s.Entry == 0 {
			return t.insert(s, name, hash)
		}
		if s.Hash == hash && t.has(s, name) {
			return s, nil
		}
		if t.probes++; t.probes > probing.MinProbes && !t.seeded && t.isAttacked() {
			if err := t.reseed(); err != nil {
				return nil, err
			}
			return t.find(name, t.hash(name))
		}
	}
}

// isAttacked reports whether names seem to be chosen to collide.
func (t *Table) isAttacked() bool {
	return probing.Attacked(t.probes, t.total+int64(t.rows), len(t.entries), len(t.slots))
}

// reseed gives t a hash that no one can predict and moves every name to its new
// slot, or to the overflow.
func (t *Table) reseed() error {
	seed, err := probing.Seed()
	if err != nil {
		return fmt.Errorf("table: seed: %w", err)
	}
	t.seeded, t.seed = true, seed
	for i := range t.slots {
		if s := &t.slots[i]; s.Entry != 0 {
			s.Hash = t.hash(t.name(s))
		}
	}
	if len(t.slots) == fewSlots {
		t.spread()
		return nil
	}
	err = t.resize(len(t.slots))
	if t.overflow != nil && errors.Is(err, memory.ErrMemory) {
		return t.Evict()
	}
	return err
}

// has reports whether s, which is not empty, is the slot of name. It needs only the
// slot if name is short.
func (t *Table) has(s *kernel.Slot, name []byte) bool {
	if n := len(name); n < kernel.KeyBytes {
		return string(s.Key[:n]) == string(name) && s.Key[n] == ';'
	}
	return bytes.Equal(t.name(s), name)
}

// name returns the name of s, which is not empty.
func (t *Table) name(s *kernel.Slot) []byte {
	return t.names[s.Name:][:t.entries[s.Entry-1].length]
}

// insert puts name into the empty slot s, or into another one if t has to grow,
// and returns the slot. It returns nil if the name is illegal.
func (t *Table) insert(s *kernel.Slot, name []byte, hash uint32) (*kernel.Slot, error) {
	if !parse.ValidName(name) {
		return nil, nil
	}
	full := len(t.entries) >= t.limit
	if !full && t.counters.full(len(t.entries)) {
		var err error
		if full, err = t.lacksHistograms(); err != nil {
			return nil, err
		}
	}
	if full {
		if len(t.slots) == fewSlots && len(t.entries) >= t.limit {
			t.spread()
			return t.find(name, hash)
		}
		if t.overflow != nil && t.overflow.mode != filling {
			return &t.overflow.absent, nil
		}
		if err := t.makeRoom(); err != nil {
			return nil, err
		}
		return t.find(name, hash)
	}
	if len(t.names)+len(name)+2+namesPadding > cap(t.names) {
		if evicted, err := t.makeNamesRoom(); err != nil {
			return nil, err
		} else if evicted {
			return t.find(name, hash)
		}
	}
	s = t.place(s, hash, uint32(len(t.entries)+1))
	s.Name = uint64(len(t.names))
	t.names = append(append(t.names, name...), ';', '\n')
	t.entries = append(t.entries, entry{length: len(name)})
	copy(s.Key[:], t.names[s.Name:])
	s.Min, s.NotMax = math.MaxUint32, math.MaxUint32
	s.Hash = hash
	s.Entry = uint32(len(t.entries))
	return s, nil
}

// resize moves the names to count new slots, by the hash in their old slots.
func (t *Table) resize(count int) error {
	old, block := t.slots, t.slotsMemory
	if err := t.allocateSlots(count); err != nil {
		return err
	}
	t.move(old)
	block.Free()
	return nil
}

// move moves the names of old to the slots of t, which are empty, by the hash in old.
func (t *Table) move(old []kernel.Slot) {
	last := len(t.slots) - 1
	for k := range old {
		if old[k].Entry == 0 {
			continue
		}
		i := t.home(old[k].Hash)
		for t.slots[i].Entry != 0 {
			i = (i + 1) & last
		}
		*t.place(&t.slots[i], old[k].Hash, old[k].Entry) = old[k]
	}
}

// flush moves the packed sums and counts to the entries, and increments the counters of
// the rows that wait.
func (t *Table) flush() {
	t.counters.incrementWaiting()
	for i := range t.slots {
		s := &t.slots[i]
		if s.Entry == 0 {
			continue
		}
		e := &t.entries[s.Entry-1]
		e.sum += int64(s.Packed & kernel.SumMask)
		e.count += int64(s.Packed >> kernel.CountShift)
		s.Packed = 0
	}
	t.total += int64(t.rows)
	t.rows = 0
}

// Merge adds the statistics of other to t. Those of other do not change. After an
// error t has some of them.
func (t *Table) Merge(other *Table) error {
	other.flush()
	t.onlyEvict()
	if other.seeded && !t.seeded {
		if err := t.reseed(); err != nil {
			return err
		}
	}
	t.total += int64(len(other.entries)) // a name counts as a row in isAttacked
	for i := range other.slots {
		from := &other.slots[i]
		if from.Entry == 0 {
			continue
		}
		name := other.name(from)
		to, err := t.find(name, t.hash(name))
		if err != nil {
			return err
		}
		to.Min, to.NotMax = min(to.Min, from.Min), min(to.NotMax, from.NotMax)
		t.counters.merge(to, other.counters, from)
		e, o := &t.entries[to.Entry-1], &other.entries[from.Entry-1]
		e.sum += o.sum
		e.count += o.count
	}
	return nil
}

// Len returns the number of names.
func (t *Table) Len() int { return len(t.entries) }

// NamesBytes returns the sum of the lengths of all names.
func (t *Table) NamesBytes() int { return len(t.names) - len(";\n")*len(t.entries) }

// Stats returns the statistics of every name, in no particular order. A name is a
// part of the table's memory and must not be used after Free. Percentiles are valid until
// the next Stats.
func (t *Table) Stats() iter.Seq[Stats] {
	t.flush()
	return func(yield func(Stats) bool) {
		for i := range t.slots {
			s := &t.slots[i]
			if s.Entry == 0 {
				continue
			}
			e := &t.entries[s.Entry-1]
			stats := Stats{
				Name:  t.name(s),
				Min:   int(s.Min) - kernel.ValueBias,
				Max:   int(^s.NotMax) - kernel.ValueBias,
				Sum:   e.sum - e.count*kernel.ValueBias,
				Count: e.count,
			}
			if c := t.counters; c != nil {
				c.record = c.percentiles.appendTo(c.record[:0], c.load(s), uint64(e.count))
				stats.Percentiles = c.record
			}
			if !yield(stats) {
				return
			}
		}
	}
}
