package fields_test

import (
	"bytes"
	"math"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/enginetest"
	"onebrc/engine/internal/fields"
)

// The roles of a lane in a test.
const (
	roleNone = iota
	roleCount
	roleMin
	roleMax
	roleSum
	roleLow
	roleHigh
	roles
)

// role says what a lane keeps, and of which column.
type role struct{ what, column int }

// accumulation has the input of an accumulate pass.
type accumulation struct {
	lanes  [fields.Lanes]role
	shift  int
	unit   int
	slots  int
	at     []int     // slots of the rows
	values [][]int64 // of each column
}

// line returns what the pass takes. The columns' numbers are followed by noise.
func (a *accumulation) line(l *lab) *fields.Line {
	line := &fields.Line{Unit: uint64(a.unit), Columns: len(a.values)}
	for c, values := range a.values {
		padded := make([]int64, len(values)+fields.GroupRows)
		l.noise(unsafe.Slice((*byte)(unsafe.Pointer(&padded[0])), 8*len(padded)))
		copy(padded, values)
		line.Ops[c].Values = &padded[0]
	}
	for lane, r := range a.lanes {
		bit := uint64(1) << lane
		op := &line.Ops[r.column]
		switch r.what {
		case roleCount:
			line.Count |= bit
		case roleMin:
			op.Min |= bit
		case roleMax:
			op.Max |= bit
		case roleSum:
			op.Sum |= bit
		case roleLow:
			op.Low |= bit
		case roleHigh:
			op.High |= bit
		}
	}
	return line
}

// add adds the rows to memory in the plainest way.
func (a *accumulation) add(memory []byte) {
	for row, slot := range a.at {
		for lane, r := range a.lanes {
			at := (slot<<a.shift+a.unit)*fields.SlotUnit + lane*8
			x := (*int64)(unsafe.Pointer(&memory[at]))
			var v int64
			if r.what > roleCount {
				v = a.values[r.column][row]
			}
			switch r.what {
			case roleCount:
				*x++
			case roleMin:
				*x = min(*x, v)
			case roleMax:
				*x = max(*x, v)
			case roleSum:
				*x += v
			case roleLow:
				*x += int64(uint64(v) & math.MaxUint32)
			case roleHigh:
				*x += v >> 32
			}
		}
	}
}

// check runs accumulate and compares all memory of the slots.
func (a *accumulation) check(l *lab) {
	l.t.Helper()
	size := a.slots << a.shift * fields.SlotUnit
	for _, atEnd := range []bool{false, true} {
		slots := enginetest.Guarded(l.t, size, atEnd)
		a.checkIn(l, slots)
	}
}

// checkIn is check with the memory of the slots.
func (a *accumulation) checkIn(l *lab, slots []byte) {
	l.t.Helper()
	l.noise(slots)
	want := make([]int64, len(slots)/8) // aligned
	expected := unsafe.Slice((*byte)(unsafe.Pointer(&want[0])), len(slots))
	copy(expected, slots)
	a.add(expected)
	at := make([]uint32, len(a.at)+fields.GroupRows)
	l.noise(unsafe.Slice((*byte)(unsafe.Pointer(&at[0])), 4*len(at)))
	for row, slot := range a.at {
		at[row] = uint32(slot << a.shift)
	}
	s := &fields.Slots{Base: unsafe.Pointer(unsafe.SliceData(slots)), Shift: uint64(a.shift), Mask: uint64(a.slots - 1)}
	line := a.line(l)
	l.noFault(nil, func() { l.kernel.Accumulate(s, &at[0], len(a.at), line) })
	if !bytes.Equal(expected, slots) {
		l.t.Fatalf("%s: accumulate of %d rows to %d slots with lanes %v is wrong", l.kernel.Name, len(a.at), a.slots, a.lanes)
	}
}

// value returns a number of any size, or one at an edge.
func (l *lab) value() int64 {
	edges := []int64{0, 1, -1, 1<<31 - 1, 1 << 31, -1 << 31, 1<<32 - 1, 1 << 32, -1 << 32, -1<<32 - 1, math.MaxInt64, math.MinInt64}
	if k := l.r.IntN(2 * len(edges)); k < len(edges) {
		return edges[k]
	}
	return int64(l.r.Uint64()) >> l.r.IntN(64)
}

// newAccumulation returns rows of random numbers for random slots.
func (l *lab) newAccumulation(rows, slots, columns int) *accumulation {
	a := &accumulation{slots: slots, shift: 1 + l.r.IntN(2)}
	a.unit = 1 + l.r.IntN(1<<a.shift-1)
	for range rows {
		a.at = append(a.at, l.r.IntN(slots))
	}
	for range columns {
		values := make([]int64, rows)
		for i := range values {
			values[i] = l.value()
		}
		a.values = append(a.values, values)
	}
	return a
}

// TestAccumulateMixes has lanes of every role for any columns, with rows of every
// number and few slots, so that neighbours often add to the same.
func TestAccumulateMixes(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		slots := enginetest.Guarded(t, 64*4*fields.SlotUnit, true)
		for range 3000 / step(4) {
			a := l.newAccumulation(l.r.IntN(70), 1<<l.r.IntN(7), 1+l.r.IntN(fields.Lanes))
			for lane := range a.lanes {
				a.lanes[lane] = role{l.r.IntN(roles), l.r.IntN(len(a.values))}
			}
			a.checkIn(l, slots[len(slots)-a.slots<<a.shift*fields.SlotUnit:])
		}
	})
}

// TestAccumulateUsual has the mixes of usual queries in all places of a line.
func TestAccumulateUsual(t *testing.T) {
	usual := [][]role{
		{{roleCount, 0}},
		{{roleSum, 0}},
		{{roleCount, 0}, {roleSum, 0}},
		{{roleMin, 0}},
		{{roleMax, 0}},
		{{roleMin, 0}, {roleMax, 0}},
		{{roleCount, 0}, {roleMin, 0}, {roleMax, 0}, {roleSum, 0}},
		{{roleMin, 0}, {roleMax, 0}, {roleSum, 0}},
		{{roleCount, 0}, {roleMin, 0}, {roleMax, 0}, {roleLow, 0}, {roleHigh, 0}},
		{{roleCount, 0}, {roleMin, 0}, {roleMax, 0}, {roleSum, 0}, {roleNone, 0}, {roleSum, 1}},
		{{roleCount, 0}, {roleSum, 0}, {roleSum, 1}, {roleSum, 2}, {roleSum, 3}, {roleSum, 4}, {roleSum, 5}, {roleSum, 6}},
		{{roleMin, 0}, {roleMin, 1}, {roleMin, 2}, {roleMin, 3}, {roleMin, 4}, {roleMin, 5}, {roleMin, 6}, {roleMin, 7}},
		{{roleMin, 0}, {roleMax, 0}, {roleSum, 0}, {roleMin, 1}, {roleMax, 1}, {roleSum, 1}},
	}
	eachKernel(t, func(t *testing.T, l *lab) {
		for _, roles := range usual {
			for first := 0; first+len(roles) <= fields.Lanes; first++ {
				for _, rows := range []int{0, 1, 2, 15, 16, 17, 300} {
					a := l.newAccumulation(rows, 1<<l.r.IntN(4), fields.Lanes)
					copy(a.lanes[first:], roles)
					a.check(l)
				}
			}
		}
	})
}

// TestAccumulateNothing has no columns and no lanes.
func TestAccumulateNothing(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		a := l.newAccumulation(50, 4, 0)
		a.check(l)
		a.lanes[3].what = roleCount
		a.check(l)
		require.Empty(t, a.values)
	})
}
