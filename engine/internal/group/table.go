package group

import (
	"bytes"
	"fmt"
	"iter"
	"math"
	"unsafe"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/probing"
)

const (
	// initialBytes is the size of the slots of a new table, unless that were less
	// than minSlots.
	initialBytes = 4 << 20
	minSlots     = 64
	// sparseFactor is how many times more slots a table has after it has grown
	// once. From there on it is dense.
	sparseFactor = 2
	// initialNames is the room for keys in a new table, in bytes.
	initialNames = 64 << 10

	// Keys are found by Kernel.KeysAhead if the slots in use have at least aheadBytes, half
	// of a usual L2 cache, and at most one row in aheadMisses of the last tile had a new
	// key: the pass begins again after each of these, and hashes rows again.
	aheadBytes  = 256 << 10
	aheadMisses = 16

	infoBytes = int64(unsafe.Sizeof(fields.SlotInfo{}))
	// maxRows is the room for rows in a tile.
	maxRows = fields.TileBytes + fields.GroupRows
)

// slotKey is the first line of a slot, as fields.Slots describes it.
type slotKey struct {
	bytes  [fields.KeyBytes]byte
	length uint32 // plus 1
}

// Table holds the statistics of groups. It belongs to one goroutine.
//
// A slot is named by its number in units of fields.SlotUnit, as the passes do. Slots
// move when the table grows or takes a seed, which only Keys, Slot and Merge do, and
// when it evicts its groups: see evict.go.
type Table struct {
	plan   *Plan
	array  fields.Slots // as the passes see them
	growth probing.Growth
	count  int // of groups
	limit  int // the number of groups from which on the table grows
	names  []byte
	scales []int // of Plan.Numbers

	budget      *memory.Budget
	slotsMemory memory.Block // slots followed by their fields.SlotInfo
	namesMemory memory.Block
	endsMemory  memory.Block
	cold        cold
	lines       lines
	overflow    overflow
	values      *values // nil if there are none
	grid        *grid   // nil if there is none
	noGrid      bool    // there will be none
	gridAfter   int64   // see grid.go
	// ends says, if keepsEnds is set, where the key of each group, in the order in which
	// they were inserted, ends in names. There must be room for it.
	ends      []uint32
	keepsEnds bool

	// grownCount and grownRows are the groups and rows that t had when it grew last.
	grownCount int
	grownRows  int64

	rows   int64 // since the last flush
	total  int64 // rows before that, and merged groups
	probes int64 // slots that find looked at after the first one
	moves  int   // how often the slots have moved
	// evictions counts how often groups or their values were evicted.
	evictions int
	hash      uint32
	ahead     bool // whether Keys takes Kernel.KeysAhead

	// A seeded table hashes keys with seed instead of Kernel.Hash: see package
	// probing.
	seeded bool
	seed   uint64
}

// growthOf returns how the tables of p grow.
func growthOf(p *Plan) probing.Growth {
	initial := max(initialBytes/(fields.SlotUnit<<p.shift), minSlots)
	return probing.Growth{Initial: initial, Sparse: sparseFactor * initial}
}

// slotsBytes returns the size of count slots.
func slotsBytes(p *Plan, count int) int64 {
	return int64(count) * (fields.SlotUnit<<p.shift + infoBytes)
}

// NewTable returns an empty table that takes its memory from budget, without
// touching it. The caller must call Free when it no longer uses the table.
func NewTable(p *Plan, budget *memory.Budget) (*Table, error) {
	return makeTable(p, budget, growthOf(p))
}

func makeTable(p *Plan, budget *memory.Budget, growth probing.Growth) (*Table, error) {
	t := &Table{plan: p, budget: budget, growth: growth, scales: make([]int, len(p.Numbers)), gridAfter: gridAfter}
	err := t.allocateSlots(t.growth.Initial)
	if err == nil {
		err = t.allocateNames(initialNames)
	}
	if err == nil {
		err = t.makeLines()
	}
	if err != nil {
		t.Free()
		return nil, err
	}
	return t, nil
}

// Free returns the table's memory. The table must not be used afterwards; calling
// Free again is a no-op.
func (t *Table) Free() {
	t.values.free()
	t.grid.free()
	for _, b := range []*memory.Block{&t.slotsMemory, &t.namesMemory, &t.endsMemory, &t.cold.countsMemory, &t.cold.recordsMemory, &t.lines.squares} {
		b.Free()
	}
	*t = Table{}
}

// allocate returns a block of size bytes of what.
func (t *Table) allocate(size int64, what string) (memory.Block, error) {
	if size > math.MaxInt {
		return memory.Block{}, fmt.Errorf("group: %d bytes of %s: %w", size, what, memory.ErrMemory)
	}
	b, err := t.budget.Allocate(int(size))
	if err != nil {
		return b, fmt.Errorf("group: %d bytes of %s: %w", size, what, err)
	}
	return b, nil
}

// allocateSlots replaces the slots of t by count empty ones. The caller frees the
// old memory.
func (t *Table) allocateSlots(count int) error {
	if uint64(count)<<t.plan.shift > math.MaxUint32 {
		return fmt.Errorf("group: %d slots are more than a table can have", count)
	}
	block, err := t.allocate(slotsBytes(t.plan, count), "slots")
	if err != nil {
		return err
	}
	t.slotsMemory = block
	t.array.Base = block.Base
	t.array.Shift = t.plan.shift
	t.array.Mask = uint64(count) - 1
	t.array.Info = unsafe.Add(block.Base, count*(fields.SlotUnit<<t.plan.shift))
	t.limit = t.growth.Limit(count)
	t.moves++
	return nil
}

// allocateNames moves the keys of t to memory of size bytes.
func (t *Table) allocateNames(size int64) error {
	block, err := t.allocate(size, "keys")
	if err != nil {
		return err
	}
	names := unsafe.Slice((*byte)(block.Base), int(size))
	names = names[:copy(names, t.names)]
	t.namesMemory.Free()
	t.namesMemory, t.names, t.array.Names = block, names, block.Base
	return nil
}

// endBytes is the size of an entry of Table.ends.
const endBytes = 4

// allocateEnds makes room for the ends of the keys of the given number of groups.
func (t *Table) allocateEnds(groups int) error {
	if groups <= cap(t.ends) {
		return nil
	}
	size := max(groups, 2*cap(t.ends))
	block, err := t.allocate(int64(size)*endBytes, "ends of keys")
	if err != nil {
		return err
	}
	ends := unsafe.Slice((*uint32)(block.Base), size)
	ends = ends[:copy(ends, t.ends)]
	t.endsMemory.Free()
	t.endsMemory, t.ends = block, ends
	return nil
}

// slots returns the number of slots.
func (t *Table) slots() int { return int(t.array.Mask) + 1 }

// info returns what is known of slot i, from 0.
func (t *Table) info(i int) *fields.SlotInfo {
	return (*fields.SlotInfo)(unsafe.Add(t.array.Info, i*int(infoBytes)))
}

// line returns the key of slot i.
func (t *Table) line(i int) *slotKey {
	return (*slotKey)(unsafe.Add(t.array.Base, i*(fields.SlotUnit<<t.plan.shift)))
}

// lanes returns the lanes of slot i.
func (t *Table) lanes(i int) []int64 {
	first := unsafe.Add(unsafe.Pointer(t.line(i)), fields.SlotUnit)
	return unsafe.Slice((*int64)(first), t.plan.laneCount())
}

// key returns the key of slot i, which is not empty.
func (t *Table) key(i int) []byte {
	return t.names[t.info(i).Name:][:t.line(i).length-1]
}

// keyOf returns the key of the group with an Entry, if t keeps ends.
func (t *Table) keyOf(entry uint32) []byte {
	begin := uint32(0)
	if entry > 1 {
		begin = t.ends[entry-2]
	}
	return t.names[begin:t.ends[entry-1]]
}

// index returns the number of the slot at.
func (t *Table) index(at uint32) int { return int(at >> t.plan.shift) }

// Keys writes the slots of a tile's keys to at. It inserts new keys. The slots are
// valid until the next call of Keys, Slot or Merge. base is PadBefore bytes before
// the tile.
func (t *Table) Keys(base unsafe.Pointer, c *fields.Column, rows int, at []uint32) error {
	pass, before := t.plan.Kernel.Keys, t.count
	if t.ahead {
		pass = t.plan.Kernel.KeysAhead
	}
	err := t.findKeys(pass, base, c, rows, at)
	t.ahead = t.count*(fields.SlotUnit<<t.plan.shift) >= aheadBytes && t.count-before <= rows/aheadMisses
	return err
}

// findKeys is Keys with one of the passes of the kernel.
func (t *Table) findKeys(pass fields.KeysPass, base unsafe.Pointer, c *fields.Column, rows int, at []uint32) error {
	at = at[:rows]
	for row := 0; row < rows; row++ {
		if !t.seeded {
			if row = pass(base, c, row, rows, &t.array, &at[0], &t.hash); row == rows {
				return nil
			}
		}
		field := unsafe.Add(c.First, uintptr(row)*c.Stride)
		begin := *(*uint32)(field) + 1
		end := *(*uint32)(unsafe.Add(field, unsafe.Sizeof(begin)))
		key := unsafe.Slice((*byte)(unsafe.Add(base, begin)), end-begin)
		if t.seeded {
			t.hash = t.hashOf(key)
		}
		moves := t.moves
		i, err := t.find(key, t.hash)
		if err != nil {
			return err
		}
		if at[row] = uint32(i << t.plan.shift); t.moves != moves {
			row = -1 // the slots of the rows before are wrong now
		}
	}
	return nil
}

// Slot returns the slot of key, which it inserts if it is new. The slot is valid
// until the next call of Keys, Slot or Merge.
func (t *Table) Slot(key []byte) (uint32, error) {
	i, err := t.find(key, t.hashOf(key))
	return uint32(i << t.plan.shift), err
}

// hashOf returns the hash of key in t.
func (t *Table) hashOf(key []byte) uint32 {
	if t.seeded {
		return probing.Hash(key, t.seed)
	}
	return t.plan.Kernel.Hash(key)
}

// find returns the number of the slot of key, which it inserts if it is new.
func (t *Table) find(key []byte, hash uint32) (int, error) {
	last := t.slots() - 1
	for i := int(hash) & last; ; i = (i + 1) & last {
		switch line := t.line(i); {
		case line.length == 0:
			return t.insert(i, key, hash)
		case t.holds(i, line, key):
			return i, nil
		}
		if t.probes++; t.probes > probing.MinProbes && !t.seeded && t.isAttacked() {
			if err := t.reseed(); err != nil {
				return 0, err
			}
			return t.find(key, t.hashOf(key))
		}
	}
}

// holds reports whether slot i, whose first line is line, has key.
func (t *Table) holds(i int, line *slotKey, key []byte) bool {
	if uint64(line.length) != uint64(len(key))+1 {
		return false
	}
	first := min(len(key), fields.KeyBytes)
	return bytes.Equal(line.bytes[:first], key[:first]) && (first == len(key) || bytes.Equal(t.key(i)[first:], key[first:]))
}

// isAttacked reports whether keys seem to be chosen to collide.
func (t *Table) isAttacked() bool {
	return probing.Attacked(t.probes, t.total+t.rows, t.count, t.slots())
}

// reseed gives t a hash that no one can predict and moves every group to its new
// slot.
func (t *Table) reseed() error {
	seed, err := probing.Seed()
	if err != nil {
		return fmt.Errorf("group: seed: %w", err)
	}
	t.seeded, t.seed = true, seed
	for i := range t.used() {
		t.info(i).Hash = t.hashOf(t.key(i))
	}
	return t.resize(t.slots())
}

// insert puts key into slot i, which is empty, or into another one if t has to
// grow, and returns the number of the slot.
func (t *Table) insert(i int, key []byte, hash uint32) (int, error) {
	if t.count >= t.limit && !t.overflow.full {
		if err := t.grow(); err != nil {
			return 0, err
		}
		return t.find(key, hash)
	}
	if need := int64(len(t.names)) + int64(len(key)) + fields.PadAfter; need > int64(cap(t.names)) {
		if err := t.allocateNames(max(2*int64(cap(t.names)), need)); err != nil {
			return 0, err
		}
	}
	t.count++
	*t.info(i) = fields.SlotInfo{Name: uint64(len(t.names)), Hash: hash, Entry: uint32(t.count)}
	t.names = append(t.names, key...)
	if t.keepsEnds {
		t.ends = append(t.ends, uint32(len(t.names)))
	}
	line := t.line(i)
	copy(line.bytes[:], key)
	line.length = uint32(len(key)) + 1
	lanes := t.lanes(i)
	for n := range t.plan.lanes {
		t.plan.lanes[n].clear(lanes)
	}
	return i, nil
}

// grow gives t more slots, or notes that it is full.
func (t *Table) grow() error {
	next := t.growth.Next(t.slots())
	if t.overflow.writer == nil {
		return t.resize(next)
	}
	if t.levelsOff() {
		t.overflow.cap = max(t.overflow.cap, min(slotsBytes(t.plan, next), maxCapBytes))
	}
	t.overflow.full = !t.mayHave(next) || t.resize(next) != nil
	if !t.overflow.full {
		t.grownCount, t.grownRows = t.count, t.total+t.rows
	}
	return nil
}

// resize moves the groups to count new slots, by the hashes in their old ones. After
// an error, t is as before.
func (t *Table) resize(count int) error {
	old, block := t.array, t.slotsMemory
	if err := t.allocateSlots(count); err != nil {
		return err
	}
	bytes := fields.SlotUnit << old.Shift
	for k := range int(old.Mask) + 1 {
		info := (*fields.SlotInfo)(unsafe.Add(old.Info, k*int(infoBytes)))
		if info.Entry == 0 {
			continue
		}
		i := int(info.Hash) & (count - 1)
		for t.info(i).Entry != 0 {
			i = (i + 1) & (count - 1)
		}
		*t.info(i) = *info
		copy(unsafe.Slice((*byte)(unsafe.Pointer(t.line(i))), bytes), unsafe.Slice((*byte)(unsafe.Add(old.Base, k*bytes)), bytes))
		info.Name = uint64(i) // for grid.moved; the old slots are freed after it
	}
	t.grid.moved(t, old)
	block.Free()
	return nil
}

// used yields the numbers of the slots that are not empty.
func (t *Table) used() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, left := 0, t.count; left > 0; i++ {
			if t.line(i).length == 0 {
				continue
			}
			if !yield(i) {
				return
			}
			left--
		}
	}
}
