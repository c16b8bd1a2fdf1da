package table

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"math/bits"
	"unsafe"

	"github.com/dgryski/go-wyhash"

	"onebrc/engine/internal/kernel"
	"onebrc/parse"
)

const (
	// initialSlots make 2 MiB, one huge page on amd64. With 413 names 1 row in
	// 160 finds its first slot taken by another name; a quarter of the slots
	// make it 1 in 40, and each such row is a mispredicted branch.
	initialSlots = 1 << 15
	// sparseSlots is the size up to which a table is kept that empty: it is
	// the second size, 16 MiB, which a table gets before 1 slot in sparseLoad
	// of the first is used. From there on 1 slot in denseLoad may be used
	// before the size is doubled, so that memory stays within 256 bytes a name
	// and its entry.
	sparseSlots = 1 << 18
	sparseLoad  = 16
	denseLoad   = 2

	// initialNames is the room for names of a new table, in bytes.
	initialNames = 64 << 10
	// namesPadding is room behind the names of a table: a pass compares a name
	// of the input, of which decode lets up to 127 bytes through, with a
	// shorter one without asking for the length of that.
	namesPadding = 128

	// minProbes is how many probes beyond the first slot a table makes before
	// it may find that its hash does not suit the names: see isAttacked.
	minProbes = 4096
)

// entry is the part of a name's record that the passes don't touch.
type entry struct {
	sum, count int64 // biased values
	length     int   // of the name, in bytes
}

// Stats are the statistics of one name. Min, Max and Sum are in tenths.
type Stats struct {
	Name     []byte
	Min, Max int
	Sum      int64
	Count    int64
}

// Table is the statistics of a set of names.
type Table struct {
	array   kernel.Slots
	slots   []kernel.Slot // of array
	entries []entry
	names   []byte     // of array
	limit   int        // entries above this make it grow
	memory  allocation // of slots and, behind them, entries

	namesMemory allocation
	budget      *Budget

	rows   int   // since the last flush
	total  int64 // rows before that, and names that were merged
	probes int64 // slots that find looked at beyond the first one

	// seeded tables hash names with wyhash and seed, and not as the decode
	// pass does: names that collide there, by chance or on purpose, don't here.
	seeded bool
	seed   uint64
}

// New returns an empty table, which takes its memory from budget. Free must be
// called when it is no longer used.
func New(budget *Budget) (*Table, error) {
	t := &Table{budget: budget}
	err := t.allocate(initialSlots)
	if err == nil {
		err = t.allocateNames(initialNames)
	}
	if err != nil {
		t.Free()
		return nil, err
	}
	return t, nil
}

// Free gives the memory of the table back, which must not be used again, but to
// free it, which does nothing.
func (t *Table) Free() {
	t.give(t.memory, slotsBytes(len(t.slots)))
	t.give(t.namesMemory, cap(t.names))
	*t = Table{}
}

// InitialBytes is the memory of a new table.
func InitialBytes() int64 { return int64(slotsBytes(initialSlots) + initialNames) }

// limitOf returns how many entries an array of count slots may have.
func limitOf(count int) int {
	if count < sparseSlots {
		return count / sparseLoad
	}
	return count / denseLoad
}

// slotsBytes is the memory of count slots and their entries.
func slotsBytes(count int) int {
	return count*kernel.SlotBytes + limitOf(count)*int(unsafe.Sizeof(entry{}))
}

// take allocates size bytes within the budget.
func (t *Table) take(size int) (allocation, error) {
	if err := t.budget.Take(int64(size)); err != nil {
		return allocation{}, err
	}
	memory, err := allocate(uintptr(size))
	if err != nil {
		t.budget.Give(int64(size))
	}
	return memory, err
}

// give gives size bytes back.
func (t *Table) give(memory allocation, size int) {
	if memory.base != nil {
		memory.free()
		t.budget.Give(int64(size))
	}
}

// allocate gives t an empty array of slots, and memory for the entries that it
// may have, with those that t has; count is a power of two. What t had before
// is still to be given back.
func (t *Table) allocate(count int) error {
	memory, err := t.take(slotsBytes(count))
	if err != nil {
		return fmt.Errorf("table: %d slots: %w", count, err)
	}
	t.memory = memory
	t.slots = unsafe.Slice((*kernel.Slot)(memory.base), count)
	t.array.Base = memory.base
	t.array.Mask = (uint64(count) - 1) * kernel.SlotBytes
	t.limit = limitOf(count)
	entries := unsafe.Slice((*entry)(unsafe.Add(memory.base, count*kernel.SlotBytes)), t.limit)
	t.entries = entries[:copy(entries, t.entries)]
	return nil
}

// allocateNames gives t memory for size bytes of names, with those that it has.
func (t *Table) allocateNames(size int) error {
	memory, err := t.take(size)
	if err != nil {
		return fmt.Errorf("table: %d bytes of names: %w", size, err)
	}
	names := unsafe.Slice((*byte)(memory.base), size)
	names = names[:copy(names, t.names)]
	t.give(t.namesMemory, cap(t.names))
	t.namesMemory, t.names, t.array.Names = memory, names, memory.base
	return nil
}

// Accumulate adds the rows of tile, which pass reads from data, to t. It
// returns the number of rows that it added: less than rows if the next one
// has a name that is not legal. The tile must come from a decode pass that
// found it good; kernel.PadAfter bytes behind it must be readable.
func (t *Table) Accumulate(pass kernel.Pass, data unsafe.Pointer, tile *kernel.Tile, rows int) (int, error) {
	if t.rows+rows > kernel.RowsPerFlush {
		t.flush()
	}
	t.rows += rows
	rehashed := false
	for row := 0; ; row++ {
		if t.seeded && !rehashed {
			for i := row; i < rows; i++ {
				tile.Hash[i] = t.hash(nameOf(data, tile, i))
			}
			rehashed = true
		}
		row = pass(&t.array, data, tile, row, rows)
		if row == rows {
			return rows, nil
		}
		s, err := t.find(nameOf(data, tile, row), tile.Hash[row])
		if s == nil {
			return row, err
		}
		s.Add(tile.Value[row])
	}
}

// nameOf returns the name of a row of tile.
func nameOf(data unsafe.Pointer, tile *kernel.Tile, row int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(data, int(tile.Starts[row]))), tile.Len[row])
}

// Add adds one row. It reports whether the name is legal.
func (t *Table) Add(name []byte, tenths int) (bool, error) {
	if t.rows == kernel.RowsPerFlush {
		t.flush()
	}
	t.rows++
	s, err := t.find(name, t.hash(name))
	if s == nil {
		return false, err
	}
	s.Add(uint32(tenths + kernel.ValueBias))
	return true, nil
}

// hash is the hash of name in t.
func (t *Table) hash(name []byte) uint32 {
	if t.seeded {
		return seededHash(name, t.seed)
	}
	return kernel.HashName(name)
}

// seededHash is wyhash of name, joined with that of name without its first
// byte. This version of wyhash multiplies pairs of words, and does not tell a
// pair from the other order of its words (each xor the constants of both),
// whatever the seed: six pairs make 64 names that collide. Names that do so in
// both hashes would have to be swapped in words one byte apart at once.
func seededHash(name []byte, seed uint64) uint32 {
	return uint32((wyhash.Hash(name, seed) ^ wyhash.Hash(name[min(1, len(name)):], ^seed)) >> 32)
}

// home returns the index of the slot where a name with that hash belongs. It is
// what hash & array.Mask is to a pass, and uses the bits that a pass does not
// see, which are the lowest, where there are more slots than 32 bits address:
// there a pass leaves most names to find.
func (t *Table) home(hash uint32) int { return homeOf(hash, len(t.slots)) }

func homeOf(hash uint32, slots int) int {
	const lowBits = 6 // of an offset in an array of slots of kernel.SlotBytes
	return int(bits.RotateLeft32(hash, -lowBits)) & (slots - 1)
}

// find returns the slot of name, a new one if there is none yet. It returns
// nil if the name is new and not legal.
func (t *Table) find(name []byte, hash uint32) (*kernel.Slot, error) {
	last := len(t.slots) - 1
	for i := t.home(hash); ; i = (i + 1) & last {
		s := &t.slots[i]
		if s.Entry == 0 {
			return t.insert(s, name, hash)
		}
		if s.Hash == hash && bytes.Equal(t.name(s), name) {
			return s, nil
		}
		if t.probes++; t.probes > minProbes && !t.seeded && t.isAttacked() {
			if err := t.reseed(); err != nil {
				return nil, err
			}
			return t.find(name, t.hash(name))
		}
	}
}

// isAttacked reports whether t has probed much more than a hash of random bits
// makes it. With 1 slot in sparseLoad used it makes 1 probe in 30 rows, and then
// find only sees the rows that a pass leaves to it; 1 probe in 8 rows is still
// little beside what a row takes. A table that is denser has many names, and up
// to 1 probe a row while these are added, half of its slots being used.
func (t *Table) isAttacked() bool {
	rows := t.total + int64(t.rows)
	if len(t.entries) <= len(t.slots)/sparseLoad {
		return t.probes > rows/8
	}
	return t.probes > 2*rows
}

// reseed gives t a hash that no one can know, and every name its new slot.
func (t *Table) reseed() error {
	var seed [8]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return fmt.Errorf("table: seed: %w", err)
	}
	t.seeded, t.seed = true, binary.LittleEndian.Uint64(seed[:])
	for i := range t.slots {
		if s := &t.slots[i]; s.Entry != 0 {
			s.Hash = t.hash(t.name(s))
		}
	}
	return t.resize(len(t.slots))
}

// name returns the name of s.
func (t *Table) name(s *kernel.Slot) []byte {
	return t.names[s.Name:][:t.entries[s.Entry-1].length]
}

// insert makes a slot for name, in the empty slot s unless t has to grow. It
// returns nil if the name is not legal.
func (t *Table) insert(s *kernel.Slot, name []byte, hash uint32) (*kernel.Slot, error) {
	if !parse.ValidName(name) {
		return nil, nil
	}
	if len(t.entries) >= t.limit {
		if err := t.resize(max(2*len(t.slots), sparseSlots)); err != nil {
			return nil, err
		}
		return t.find(name, hash)
	}
	if len(t.names)+len(name)+2+namesPadding > cap(t.names) {
		if err := t.allocateNames(2 * cap(t.names)); err != nil {
			return nil, err
		}
	}
	s.Name = uint64(len(t.names))
	t.names = append(append(t.names, name...), ';', '\n')
	t.entries = append(t.entries, entry{length: len(name)})
	copy(s.Key[:], t.names[s.Name:])
	s.Min, s.NotMax = math.MaxUint32, math.MaxUint32
	s.Hash = hash
	s.Entry = uint32(len(t.entries))
	return s, nil
}

// resize moves the slots to a new array of count slots, by their hash.
func (t *Table) resize(count int) error {
	old, oldMemory := t.slots, t.memory
	if err := t.allocate(count); err != nil {
		return err
	}
	last := len(t.slots) - 1
	for k := range old {
		if old[k].Entry == 0 {
			continue
		}
		i := t.home(old[k].Hash)
		for t.slots[i].Entry != 0 {
			i = (i + 1) & last
		}
		t.slots[i] = old[k]
	}
	t.give(oldMemory, slotsBytes(len(old)))
	return nil
}

// flush moves the packed sums and counts to the totals.
func (t *Table) flush() {
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

// Merge adds the statistics of other, which keeps them, to t.
func (t *Table) Merge(other *Table) error {
	other.flush()
	if other.seeded && !t.seeded {
		if err := t.reseed(); err != nil {
			return err
		}
	}
	t.total += int64(len(other.entries)) // as if each name were a row
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
		e, o := &t.entries[to.Entry-1], &other.entries[from.Entry-1]
		e.sum += o.sum
		e.count += o.count
	}
	return nil
}

// Len returns the number of names.
func (t *Table) Len() int { return len(t.entries) }

// NamesBytes returns the length of all names together.
func (t *Table) NamesBytes() int { return len(t.names) - 2*len(t.entries) } // each has a ';' and a LF

// Stats returns the statistics of every name, in no order. The names are parts
// of the memory of the table.
func (t *Table) Stats() iter.Seq[Stats] {
	t.flush()
	return func(yield func(Stats) bool) {
		for i := range t.slots {
			s := &t.slots[i]
			if s.Entry == 0 {
				continue
			}
			e := &t.entries[s.Entry-1]
			if !yield(Stats{
				Name:  t.name(s),
				Min:   int(s.Min) - kernel.ValueBias,
				Max:   int(^s.NotMax) - kernel.ValueBias,
				Sum:   e.sum - e.count*kernel.ValueBias,
				Count: e.count,
			}) {
				return
			}
		}
	}
}
