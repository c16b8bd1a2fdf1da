package table

import (
	"errors"
	"fmt"
	"math"
	"unsafe"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/probing"
)

const (
	// initialHistograms fill 2 MiB, which is one huge page on amd64. The first one
	// belongs to no name.
	initialHistograms = 2 << 20 / histogramBytes
	histogramBytes    = kernel.Counters * counterBytes
	counterBytes      = 2
	counterBits       = 8 * counterBytes

	// waitingRows is the number of waiting rows from which on their counters are
	// incremented. They take 64 KiB of the L2 cache.
	waitingRows = 1 << 14

	// cappedWithHistograms is cappedSlots of a table with histograms. They take 64 MiB
	// then.
	cappedWithHistograms = arrangedSlots
	// histogramRows is how often the names that do not fit have to come again, on
	// average, before a table grows beyond that: as records, their rows take about as
	// much memory as their histograms will.
	histogramRows = 128
)

// counters has the histograms of the names of a table.
//
//	counts   │      │value 0│value 1│…│value 0│value 1│…
//	          none   of entry 0        of entry 1
//
// A counter has 16 bits, so that those that are in use are in few cache lines. When it
// overflows, which happens once in 65,536 rows at most, a map takes them.
type counters struct {
	percentiles *Percentiles
	counts      []uint16
	wraps       map[uint32]uint64 // by counter, how often it has overflowed
	memory      memory.Block
	budget      *memory.Budget
	name        histogram // of one name, while it is needed
	record      []byte

	// rows has the counters of rows that wait for their increments. Increments move the
	// slots of names out of the L1 cache, so they are done for many rows at a time.
	rows    [waitingRows + kernel.TileRows]uint32
	waiting int
}

// newCounters returns the counters of an empty table.
func newCounters(budget *memory.Budget, percentiles *Percentiles) (*counters, error) {
	if err := budget.Take(countersBytes); err != nil {
		return nil, fmt.Errorf("table: counters: %w", err)
	}
	c := &counters{percentiles: percentiles, wraps: map[uint32]uint64{}, budget: budget}
	c.name.reset()
	return c, c.allocate(budget, initialHistograms)
}

// countersBytes is what counters have on the Go heap.
const countersBytes = int64(unsafe.Sizeof(counters{}))

// free returns the memory. A nil c has none.
func (c *counters) free() {
	if c != nil {
		c.memory.Free()
		c.budget.Give(countersBytes)
	}
}

// allocate moves the histograms to memory for count of them.
func (c *counters) allocate(budget *memory.Budget, count int) error {
	block, err := budget.Allocate(count * histogramBytes)
	if err != nil {
		return fmt.Errorf("table: %d histograms: %w", count, err)
	}
	counts := unsafe.Slice((*uint16)(block.Base), count*kernel.Counters)
	copy(counts, c.counts)
	c.memory.Free()
	c.memory, c.counts = block, counts
	return nil
}

// bytes returns the size of the histograms. It is 0 for a nil c.
func (c *counters) bytes() int {
	if c == nil {
		return 0
	}
	return len(c.counts) * counterBytes
}

// full reports whether there is no histogram for another name after so many. It is false
// for a nil c.
func (c *counters) full(names int) bool { return c != nil && names+1 >= len(c.counts)/kernel.Counters }

// add makes a row of each of the given counters wait. There are no more than a tile has
// rows. A nil c counts nothing.
func (c *counters) add(rows []uint32) {
	if c == nil {
		return
	}
	c.waiting += copy(c.rows[c.waiting:], rows)
	if c.waiting >= waitingRows {
		c.incrementWaiting()
	}
}

// incrementWaiting increments the counters of the rows that wait. It has to be called
// before load and clear. A nil c does nothing.
func (c *counters) incrementWaiting() {
	if c == nil {
		return
	}
	counts := c.counts
	for _, at := range c.rows[:c.waiting] {
		n := counts[at] + 1
		counts[at] = n
		if n == 0 {
			c.wraps[at]++
		}
	}
	c.waiting = 0
}

// addRow counts a row of a name. A nil c counts nothing.
func (c *counters) addRow(s *kernel.Slot, value uint32) {
	if c != nil {
		c.add([]uint32{s.Entry*kernel.Counters + value})
	}
}

// load sets c.name to the histogram of the name of s, which has rows.
func (c *counters) load(s *kernel.Slot) *histogram {
	h := &c.name
	h.reset()
	h.min, h.max = s.Min, ^s.NotMax
	first := s.Entry * kernel.Counters
	for value := h.min; value <= h.max; value++ {
		h.counts[value%histogramValues] = uint64(c.counts[first+value])
	}
	if len(c.wraps) > 0 {
		for value := h.min; value <= h.max; value++ {
			h.counts[value%histogramValues] += c.wraps[first+value] << counterBits
		}
	}
	return h
}

// clear empties the histogram of the name of s.
func (c *counters) clear(s *kernel.Slot) {
	first := s.Entry * kernel.Counters
	clear(c.counts[first+s.Min : first+^s.NotMax+1])
	for at := first + s.Min; len(c.wraps) > 0 && at <= first+^s.NotMax; at++ {
		delete(c.wraps, at)
	}
}

// merge adds the histogram of from, a slot of other, to that of to. A nil c does nothing.
func (c *counters) merge(to *kernel.Slot, other *counters, from *kernel.Slot) {
	if c == nil {
		return
	}
	h := other.load(from)
	first := to.Entry * kernel.Counters
	for value := h.min; value <= h.max; value++ {
		sum := uint64(c.counts[first+value]) + h.counts[value%histogramValues]
		c.counts[first+value] = uint16(sum)
		if wraps := sum >> counterBits; wraps > 0 {
			c.wraps[first+value] += wraps
		}
	}
}

// lacksHistograms reports whether t cannot have a histogram for another name. It makes
// room if t inserts new names. If that is not possible, t is as large as it can be.
func (t *Table) lacksHistograms() (bool, error) {
	c, o := t.counters, t.overflow
	if o != nil && o.mode != filling {
		return true, nil
	}
	count := 2 * len(c.counts) / kernel.Counters
	allowed := count <= min(math.MaxUint32/kernel.Counters, math.MaxInt/histogramBytes)
	if o != nil {
		allowed = allowed && o.allows(slotsBytes(len(t.slots))+cap(t.names)+count*histogramBytes)
	}
	if allowed {
		if err := c.allocate(t.budget, count); o == nil || !errors.Is(err, memory.ErrMemory) {
			return false, err
		}
	}
	if o == nil {
		return false, fmt.Errorf("table: more than %d histograms", len(c.counts)/kernel.Counters)
	}
	o.capped, o.largest = len(t.slots), len(t.slots)
	return true, nil
}

// appendHistogram appends the record of the rows of s, a slot of t, to the overflow.
func (t *Table) appendHistogram(s *kernel.Slot, name []byte) error {
	c, w := t.counters, t.overflow.writer
	c.record = c.load(s).appendRecord(c.record[:0], name)
	record, err := w.Append(probing.Hash64(name, w.Secret()), len(c.record))
	copy(record, c.record)
	return err
}
