package stages

import (
	"bytes"
	"math"
	"math/bits"
)

// tileSlotsAtFirst is the number of slots of a new table, 1 MiB of them.
const tileSlotsAtFirst = 1 << 14

// tileTable is the table of stage tiles: open addressing with linear probing, as in
// openTable, with a hash and slots that suit the decode pass. Names of equal length
// whose first and last 8 bytes agree have the same hash. They are found, but slowly
// if there are many. (The engine switches to another hash then.)
type tileTable struct {
	slots []tileSlot // a power of two
	shift uint       // hash >> shift is the first slot to look at
	names int
}

// tileSlot is one cache line. It is empty if its name is nil.
type tileSlot struct {
	first, last uint64
	name        []byte
	sum, count  int64
	min, max    int32
}

func newTileTable() *tileTable {
	t := &tileTable{}
	t.allocate(tileSlotsAtFirst)
	return t
}

func (t *tileTable) allocate(slots int) {
	t.slots = make([]tileSlot, slots)
	t.shift = uint(32 - bits.TrailingZeros(uint(slots)))
}

// has reports whether s is the slot of the row's name. If the name has up to 16
// bytes, first and last are all of it.
func (s *tileSlot) has(row *tileRow, name []byte) bool {
	return s.first == row.first && s.last == row.last && len(s.name) == len(name) &&
		(len(name) <= 16 || bytes.Equal(s.name, name))
}

// find returns the slot of a name, and makes it if the name is new. It returns nil
// if a new name has a ';' in it.
func (t *tileTable) find(row *tileRow, name []byte) *tileSlot {
	last := len(t.slots) - 1
	i := int(row.hash >> t.shift)
	for ; t.slots[i].name != nil; i = (i + 1) & last {
		if t.slots[i].has(row, name) {
			return &t.slots[i]
		}
	}
	if bytes.IndexByte(name, ';') >= 0 {
		return nil
	}
	if (t.names+1)*openLoad > len(t.slots) {
		t.grow()
		return t.find(row, name)
	}
	t.names++
	t.slots[i] = tileSlot{
		first: row.first, last: row.last, name: bytes.Clone(name),
		min: math.MaxInt32, max: math.MinInt32,
	}
	return &t.slots[i]
}

// grow doubles the number of slots.
func (t *tileTable) grow() {
	old := t.slots
	t.allocate(2 * len(old))
	last := len(t.slots) - 1
	for _, slot := range old {
		if slot.name == nil {
			continue
		}
		i := int(tileHash(slot.first, slot.last, uint32(len(slot.name))) >> t.shift)
		for t.slots[i].name != nil {
			i = (i + 1) & last
		}
		t.slots[i] = slot
	}
}

// summary returns the statistics of all names.
func (t *tileTable) summary() summary {
	s := summary{}
	for i := range t.slots {
		if slot := &t.slots[i]; slot.name != nil {
			s[string(slot.name)] = &stats{min: int(slot.min), max: int(slot.max), sum: slot.sum, count: slot.count}
		}
	}
	return s
}
