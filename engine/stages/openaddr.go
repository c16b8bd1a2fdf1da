package stages

import (
	"bytes"
	"context"
	"math/rand/v2"

	"github.com/dgryski/go-wyhash"
	"golang.org/x/exp/mmap"

	"onebrc/engine"
	"onebrc/parse"
)

// runOpenaddr has its own hash table.
//
// Idea: a table with open addressing is an array of slots. The hash of a name
// says at which slot to look for it; if another name is there, the next one is
// tried. The table is kept so empty that this is rare, and the statistics are
// in the slot, so that a row mostly touches one slot and the name beside it.
//
// Same: windows of a mapped file that are copied, and how a row is read.
//
// Why: the profile of mmap had the built-in map at its top. That map is made
// for any key and any order of insertions and deletions, and to be small.
//
// Next: the table is cheaper than the map, and find, with wyhash and the
// comparison in it, still the largest part. The number and the searches for LF
// and ';' are as much together, and runtime.memmove, the copy out of the
// mapping, is a small rest that needs not be.
func runOpenaddr(ctx context.Context, path string, workers int) (*engine.Result, error) {
	file, err := mmap.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	w := &windows{size: int64(file.Len())}
	tables := make([]*openTable, workers)
	err = inParallel(ctx, workers, func(ctx context.Context, worker int) error {
		t := newOpenTable()
		tables[worker] = t
		var buffer []byte
		for start, end, ok := w.next(); ok; start, end, ok = w.next() {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			var rows []byte
			var err error
			if rows, buffer, err = readWindow(file, start, end, buffer); err != nil {
				return err
			}
			if err := addOpenaddrRows(t, rows); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return reduceOpenTables(tables, w.size), nil
}

// addOpenaddrRows adds rows to t.
func addOpenaddrRows(t *openTable, rows []byte) error {
	for len(rows) > 0 {
		end := bytes.IndexByte(rows, '\n')
		next := end + 1
		if end < 0 { // the last row of the file lacks its LF
			end, next = len(rows), len(rows)
		}
		row := rows[:end]
		rows = rows[next:]

		separator := bytes.IndexByte(row, ';')
		if separator < 1 || separator > parse.MaxNameBytes {
			return errBadRow
		}
		name := row[:separator]
		tenths, ok := parseTenthsBytes(row[separator+1:])
		if !ok {
			return errBadRow
		}
		t.find(name).add(tenths)
	}
	return nil
}

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
