package fields

import "unsafe"

// Cells is a table of slots by line and number. The pass over cells reads those of rows.
type Cells struct {
	Lines unsafe.Pointer // to the uint16 number of the line of each slot of names
	Cells unsafe.Pointer // to the first uint32: 1 plus a slot, or 0
	Shift uint64         // logarithm of the number of cells in a line, less than 32
	// Names and Numbers have the slot of the name and the number of each row.
	Names, Numbers *uint32
}

// cellsGeneric is Kernel.Cells in portable Go.
func cellsGeneric(c *Cells, from, rows int, _ *Slots, at *uint32) int {
	names, numbers, to := unsafe.Slice(c.Names, rows), unsafe.Slice(c.Numbers, rows), unsafe.Slice(at, rows)
	shift := c.Shift & 31
	for row := from; row < rows; row++ {
		line, number := *(*uint16)(unsafe.Add(c.Lines, 2*uintptr(names[row]))), numbers[row]
		if number>>shift != 0 {
			return row
		}
		cell := *(*uint32)(unsafe.Add(c.Cells, 4*(uintptr(line)<<shift+uintptr(number))))
		if cell == 0 {
			return row
		}
		to[row] = cell - 1
	}
	return rows
}
