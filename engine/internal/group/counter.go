package group

import (
	"math"
	"math/bits"
	"slices"
	"unsafe"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/probing"
)

// minCounts is the number of slots of a new counter. Half of them are enough for the
// values in a tile, which has no more than fields.TileBytes fields, even if each is both
// a number and a content, or two codes and a content.
const minCounts = 64 << 10

// capCounterBytes bounds the slots of a counter as long as most values are new. A larger
// one misses the caches more often, but to evict a count and to join it with others later
// takes several times as long as that.
const capCounterBytes = 4 * capBytes

// counted is how often a value has occurred in a group.
type counted struct {
	value int64
	group uint32 // the Entry of the group * len(Plan.Values) + the index of the Values
	count uint32 // 0 means that the slot is empty
}

// counter counts the values of a table: a hash table with open addressing, whose seed
// no one can predict. It may be as large as the other table.
type counter struct {
	slots  []counted
	used   int
	limit  int   // the number of used slots from which on it grows or evicts
	rows   int64 // since the last clear: no count is larger
	seed   probing.Secret
	table  *Table // which it belongs to
	memory memory.Block

	places  []uint32 // memory for addAll
	touched uint32   // without it, the compiler could leave reads out
}

// counterBytes returns the size of count slots.
func counterBytes(slots int) int64 { return int64(slots) * int64(unsafe.Sizeof(counted{})) }

// start makes c the empty counter of t.
func (c *counter) start(t *Table) (err error) {
	c.table, c.places = t, make([]uint32, maxRows)
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
	c.slots = unsafe.Slice((*counted)(block.Base), slots)
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
		next := 4 * len(c.slots) // moving counts takes long
		if !c.mayHave(next, capCounterBytes/2) {
			next = 2 * len(c.slots)
		}
		if !c.mayHave(next, capCounterBytes) || c.resize(next) != nil {
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
func (c *counter) find(group uint32, value int64) *counted {
	return c.findFrom(c.hash(group, value), group, value)
}

// findFrom is find for a hash.
func (c *counter) findFrom(hash uint, group uint32, value int64) *counted {
	mask := uint(len(c.slots) - 1)
	for i := hash; ; i++ {
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

// touch writes the places of values of the groups with the same indexes, at most a tile of
// them, to c.places. It reads all these slots, so that the cache misses of several of them
// overlap.
func (c *counter) touch(groups []uint32, values []int64) (places []uint32) {
	mask := uint(len(c.slots) - 1)
	places = c.places[:len(groups)]
	touched := uint32(0)
	for i, group := range groups {
		place := c.hash(group, values[i]) & mask
		places[i] = uint32(place)
		touched |= c.slots[place].count
	}
	c.touched = touched
	return places
}

// addAll adds values of the groups with the same indexes, at most a tile of them.
func (c *counter) addAll(groups []uint32, values []int64) {
	places := c.touch(groups, values)
	for i, group := range groups {
		value := values[i]
		s := &c.slots[places[i]]
		if s.value != value || s.group != group || s.count == 0 {
			s = c.findFrom(uint(places[i]), group, value)
			if s.count == 0 {
				s.group, s.value = group, value
				c.used++
			}
		}
		s.count++
	}
}

// addCounts is addAll for values of several rows.
func (c *counter) addCounts(groups []uint32, values []int64, rows []uint32) {
	places := c.touch(groups, values)
	for i, group := range groups {
		s := c.findFrom(uint(places[i]), group, values[i])
		if s.count == 0 {
			s.group, s.value = group, values[i]
			c.used++
		}
		s.count += rows[i]
	}
}

// raise multiplies the values of a Number by 10^digits. It returns false, and does nothing,
// if one of them does not fit a lane then, or if there is no memory for that.
func (c *counter) raise(number, digits int) bool {
	values := c.table.plan.Values
	if c.used == 0 || !slices.ContainsFunc(values, func(v Values) bool { return v.Number == number }) {
		return true
	}
	isOf := func(s *counted) bool { return s.count > 0 && values[s.group%uint32(len(values))].Number == number }
	for i := range c.slots {
		if s := &c.slots[i]; isOf(s) {
			if _, ok := times(s.value, digits); !ok {
				return false
			}
		}
	}
	old, block := c.slots, c.memory
	if c.allocate(len(old)) != nil {
		return false
	}
	for i := range old {
		s := &old[i]
		if isOf(s) {
			s.value, _ = times(s.value, digits)
		}
		if s.count > 0 {
			*c.find(s.group, s.value) = *s
		}
	}
	block.Free()
	return true
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
