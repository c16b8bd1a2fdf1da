package group

import (
	"math"
	"math/bits"
	"unsafe"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/probing"
)

// minCounts is the number of slots of a new counter. Half of them are enough for the
// values in a tile, which has no more than fields.TileBytes fields, even if each is both
// a number and a content.
const minCounts = 64 << 10

// count is how often a value has occurred in a group.
type count struct {
	value int64
	group uint32 // the Entry of the group * len(Plan.Values) + the index of the Values
	count uint32 // 0 means that the slot is empty
}

// counter counts the values of a table: a hash table with open addressing, whose seed
// no one can predict. It may be as large as the other table.
type counter struct {
	slots  []count
	used   int
	limit  int   // the number of used slots from which on it grows or evicts
	rows   int64 // since the last clear: no count is larger
	seed   probing.Secret
	table  *Table // which it belongs to
	memory memory.Block
}

// counterBytes returns the size of count slots.
func counterBytes(slots int) int64 { return int64(slots) * int64(unsafe.Sizeof(count{})) }

// start makes c the empty counter of t.
func (c *counter) start(t *Table) (err error) {
	c.table = t
	if c.seed, err = probing.NewSecret(); err != nil {
		return err
	}
	return c.allocate(minCounts)
}

func (c *counter) free() { c.memory.Free() }

// allocate replaces the slots by count empty ones. After an error, c is as before.
func (c *counter) allocate(slots int) error {
	block, err := c.table.allocate(counterBytes(slots), "counts of values")
	if err != nil {
		return err
	}
	c.memory = block
	c.slots = unsafe.Slice((*count)(block.Base), slots)
	c.limit = slots / 2
	return nil
}

// reserve makes room for more values. It returns false if there is none.
func (c *counter) reserve(values int) bool {
	c.rows += int64(values)
	if early := c.table.overflow.early; c.rows > math.MaxUint32 || early > 0 && c.used > early {
		return false
	}
	for c.used+values > c.limit {
		if !c.mayHave(2*len(c.slots), c.table.overflow.cap) || c.resize(2*len(c.slots)) != nil {
			return false
		}
	}
	return true
}

// mayHave reports whether c may have so many slots, given a bound of their bytes.
func (c *counter) mayHave(slots int, most int64) bool {
	bytes := counterBytes(slots)
	return bytes <= min(most, c.table.tableLimit())
}

// resize moves the counts to more slots. After an error, c is as before.
func (c *counter) resize(slots int) error {
	old, block := c.slots, c.memory
	if err := c.allocate(slots); err != nil {
		return err
	}
	for i := range old {
		if old[i].count > 0 {
			*c.find(old[i].group, old[i].value) = old[i]
		}
	}
	block.Free()
	return nil
}

// find returns the slot of a value, or the empty one where it belongs.
func (c *counter) find(group uint32, value int64) *count {
	mask := uint(len(c.slots) - 1)
	for i := c.hash(group, value); ; i++ {
		s := &c.slots[i&mask]
		if s.count == 0 || s.value == value && s.group == group {
			return s
		}
	}
}

// hash multiplies as probing.Hash64 does.
func (c *counter) hash(group uint32, value int64) uint {
	high, low := bits.Mul64(uint64(value)^c.seed[0], uint64(group)^c.seed[1])
	high, low = bits.Mul64(high^low, 0x9E3779B97F4A7C15)
	return uint(high ^ low)
}

// add counts a value, for which there is room.
func (c *counter) add(group uint32, value int64) {
	s := c.find(group, value)
	if s.count == 0 {
		s.group, s.value = group, value
		c.used++
	}
	s.count++
}

// clear removes all counts. It keeps the memory.
func (c *counter) clear() {
	clear(c.slots)
	c.used, c.rows = 0, 0
}

// enlarge replaces the slots of c, which is empty, by as many as the given number of
// values need, if it may have them and there is memory, or by fewer.
func (c *counter) enlarge(values int64) {
	next := len(c.slots)
	for int64(next/2) < values && c.table.overflow.early == 0 && c.mayHave(2*next, maxCapBytes) {
		next *= 2
	}
	old := c.memory
	if next > len(c.slots) && c.allocate(next) == nil {
		old.Free()
	}
}
