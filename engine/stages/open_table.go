package stages

import (
	"bytes"
	"math/rand/v2"

	"github.com/dgryski/go-wyhash"

	"onebrc/engine"
)

const (
	// openSlots is the number of slots of a new table: 1 MiB. With the 10,000
	// names of the challenge, it grows twice.
	openSlots = 1 << 14
	// openLoad is the least number of slots per name. The more slots, the
	// fewer names find their slot taken.
	openLoad = 4
)

// openTable is a hash table with open addressing and linear probing.
type openTable struct {
	slots []openSlot // a power of two
	names int
	seed  uint64 // random, so that nobody can choose names that collide
}

// openSlot is a slot. It is empty if its name is nil.
type openSlot struct {
	name  []byte
	hash  uint64
	stats stats
}

// newOpenTable returns an empty table.
func newOpenTable() *openTable {
	return &openTable{slots: make([]openSlot, openSlots), seed: rand.Uint64()}
}

// find returns the statistics of name, and adds name if it is new.
func (t *openTable) find(name []byte) *stats {
	hash := wyhash.Hash(name, t.seed)
	last := uint64(len(t.slots) - 1)
	for i := hash & last; ; i = (i + 1) & last {
		slot := &t.slots[i]
		if slot.hash == hash && bytes.Equal(slot.name, name) {
			return &slot.stats
		}
		if slot.name == nil {
			return t.insert(slot, name, hash)
		}
	}
}

// insert puts name into the empty slot, or grows the table first if it must.
func (t *openTable) insert(slot *openSlot, name []byte, hash uint64) *stats {
	if (t.names+1)*openLoad > len(t.slots) {
		t.grow()
		return t.find(name)
	}
	t.names++
	*slot = openSlot{name: bytes.Clone(name), hash: hash, stats: *newStats()}
	return &slot.stats
}

// grow doubles the number of slots.
func (t *openTable) grow() {
	old := t.slots
	t.slots = make([]openSlot, 2*len(old))
	last := uint64(len(t.slots) - 1)
	for _, slot := range old {
		if slot.name == nil {
			continue
		}
		i := slot.hash & last
		for t.slots[i].name != nil {
			i = (i + 1) & last
		}
		t.slots[i] = slot
	}
}

// reduceOpenTables makes the result from the tables of all workers. size is the size
// of the file in bytes.
func reduceOpenTables(tables []*openTable, size int64) *engine.Result {
	total := summary{}
	for _, t := range tables {
		s := summary{}
		for i := range t.slots {
			if slot := &t.slots[i]; slot.name != nil {
				s[string(slot.name)] = &slot.stats
			}
		}
		total.merge(s)
	}
	return total.result(size)
}
