package stages

import (
	"bytes"
	"math/rand/v2"

	"github.com/dgryski/go-wyhash"

	"onebrc/engine"
)

const (
	// openSlots is how many slots a table has at first. They make 1 MiB, and
	// the 10,000 names of the challenge make it grow twice.
	openSlots = 1 << 14
	// openLoad is how many slots there are for each name at least. The fewer
	// names per slot, the rarer is a name that finds its slot taken.
	openLoad = 4
)

// openTable is a hash table with open addressing and linear probing.
type openTable struct {
	slots []openSlot // a power of two
	names int
	seed  uint64 // chosen by chance, so that nobody can choose names that collide
}

// openSlot is empty if its name is nil.
type openSlot struct {
	name  []byte
	hash  uint64
	stats stats
}

func newOpenTable() *openTable {
	return &openTable{slots: make([]openSlot, openSlots), seed: rand.Uint64()}
}

// find returns the statistics of name, which are new if the name is.
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

// insert gives name the empty slot, unless the table has to grow.
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

// reduceOpenTables makes the report of the tables of all workers.
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
