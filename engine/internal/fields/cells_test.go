package fields_test

import (
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/enginetest"
	"onebrc/engine/internal/fields"
)

// guarded returns n numbers flush against a page that faults.
func guarded[T uint16 | uint32](t testing.TB, n int) []T {
	b := enginetest.Guarded(t, n*int(unsafe.Sizeof(T(0))), true)
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), n)
}

// TestCells reads cells of random lines, from each row to all rows. A few cells are empty,
// and a few numbers are too large for a line.
func TestCells(t *testing.T) {
	const names, lines, most = 64, 8, 50
	eachKernel(t, func(t *testing.T, l *lab) {
		for shift := range 6 {
			lineOf, cells := guarded[uint16](t, names), guarded[uint32](t, lines<<shift)
			for i := range lineOf {
				lineOf[i] = uint16(l.r.IntN(lines))
			}
			for i := range cells {
				if cells[i] = 1 + l.r.Uint32N(1<<31); l.r.IntN(40) == 0 {
					cells[i] = 0
				}
			}
			slot := enginetest.Guarded(t, 2*fields.SlotUnit, true) // prefetching others is no fault
			slots := &fields.Slots{Base: unsafe.Pointer(&slot[0])}
			for rows := 1; rows <= most; rows++ {
				name, number, at := guarded[uint32](t, rows), guarded[uint32](t, rows), guarded[uint32](t, rows)
				want := make([]uint32, rows)
				for row := range rows {
					name[row], number[row] = l.r.Uint32N(names), l.r.Uint32N(1<<shift)
					if l.r.IntN(60) == 0 {
						number[row] = 1<<shift + l.r.Uint32()>>1
					} else {
						want[row] = cells[int(lineOf[name[row]])<<shift+int(number[row])]
					}
				}
				c := &fields.Cells{
					Lines: unsafe.Pointer(&lineOf[0]), Cells: unsafe.Pointer(&cells[0]), Shift: uint64(shift),
					Names: &name[0], Numbers: &number[0],
				}
				for from := range rows + 1 {
					end := from
					for end < rows && want[end] != 0 {
						end++
					}
					clear(at)
					var stop int
					l.noFault(nil, func() { stop = l.kernel.Cells(c, from, rows, slots, &at[0]) })
					require.Equal(t, end, stop, "%d rows from %d on, shift %d", rows, from, shift)
					written := slices.Concat(make([]uint32, from), want[from:end])
					for row := range written[from:] {
						written[from+row]--
					}
					require.True(t, slices.Equal(written, at[:end]), "%d rows from %d on, shift %d", rows, from, shift)
				}
			}
		}
	})
}
