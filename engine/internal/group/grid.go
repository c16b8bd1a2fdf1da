package group

import (
	"unsafe"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/probing"
)

// grid finds the slots of keys that are a part of a time, or that and a name: the content
// of one column. It numbers the names and the labels, and has a cell with the slot for
// each pair of them. A row then costs the lookup of its name in a small table and that of
// its cell. Otherwise its key had to be joined and found among those of all groups, which
// the caches do not hold.
//
// A grid is for few names and labels. When there are too many of them, or their pairs are
// new too often, it is closed, and keys are joined.
type grid struct {
	field int      // of the name, or -1
	names *Table   // of the names, whose slots have no lanes; nil if field is -1
	at    []uint32 // slots of names
	// lines has, for each slot of names, the number of its line of cells from 1, or 0 if
	// it has none yet.
	lines []uint16
	last  uint16   // the last line in use
	cells []uint32 // 1 plus a slot of the table, or 0; none are set in line 0
	shift int      // logarithm of the number of cells in a line
	moves int      // Table.moves for which the slots in cells are right

	rows, misses int64 // of a period

	linesMemory, cellsMemory memory.Block
}

const (
	// gridAfter is the number of rows of a table after which it has a grid: one costs
	// some time to make.
	gridAfter = 1 << 16
	// gridSlots is the number of slots for names, of which half can be used.
	gridSlots = 1 << 16
	// gridNameBytes is how many bytes all names may have together.
	gridNameBytes = 4 << 20
	// A grid begins with firstCells cells in lines of 1<<firstShift. It may have mostCells:
	// more of them would miss the caches as the slots do.
	firstShift = 4
	firstCells = 1 << 12
	mostCells  = 1 << 20
	// gridBytes is about what a grid takes at most.
	gridBytes = gridSlots*(fields.SlotUnit+infoBytes+2) + gridNameBytes + 4*mostCells
	// gridPeriod is the number of rows after which a grid is closed if more than one row
	// in mostMisses had no cell.
	gridPeriod = 1 << 22
	mostMisses = 8
)

// gridField returns the field of the name in the keys of p, or -1 if there is none. ok is
// false if the keys are not of the kind that a grid is for.
func (p *Plan) gridField() (name int, ok bool) {
	name = -1
	for i, t := range p.Times {
		switch {
		case t == nil && name < 0:
			name = p.Keys[i]
		case t != nil && t.Part != Input && !ok:
			ok = true
		default:
			return -1, false
		}
	}
	return name, ok
}

// gridFor returns the grid for a tile of r, or nil if its keys must be joined.
func (r *Reader) gridFor() *grid {
	t := r.table
	if t.grid == nil && !t.noGrid && t.total+t.rows >= t.gridAfter {
		t.openGrid()
	}
	if r.quoted.any {
		return nil
	}
	return t.grid
}

// openGrid makes the grid of t, if its keys are of the kind and there is memory.
func (t *Table) openGrid() {
	t.noGrid = true
	name, ok := t.plan.gridField()
	if !ok || t.budget.Limit() != memory.NoLimit && (t.overflow.writer == nil || t.tableLimit()/4 < gridBytes) {
		return
	}
	g := &grid{field: name, shift: firstShift, at: make([]uint32, tileRows(t.plan)+fields.GroupRows)}
	slots, err := int64(1), error(nil)
	if name >= 0 {
		slots = gridSlots
		p := NewPlan(Plan{Syntax: t.plan.Syntax, Kernel: t.plan.Kernel, Keys: []int{name}})
		p.shift = 0
		g.names, err = makeTable(p, t.budget, probing.Growth{Initial: gridSlots, Sparse: gridSlots})
	}
	if err == nil {
		g.linesMemory, err = t.allocate(slots*2, "grid")
	}
	if err == nil {
		g.lines = unsafe.Slice((*uint16)(g.linesMemory.Base), slots)
		if g.names == nil {
			g.lines[0] = 1 // all rows have the slot 0
		}
		err = g.growCells(t, firstCells)
	}
	if err != nil {
		g.free() // keys can be joined without a grid
		return
	}
	t.grid, t.noGrid = g, false
}

// closeGrid frees the grid of t, which has none from now on.
func (t *Table) closeGrid() {
	t.grid.free()
	t.grid, t.noGrid = nil, true
}

func (g *grid) free() {
	if g == nil {
		return
	}
	if g.names != nil {
		g.names.Free()
	}
	g.linesMemory.Free()
	g.cellsMemory.Free()
}

// growCells replaces the cells by count empty ones for slots of t.
func (g *grid) growCells(t *Table, count int) error {
	block, err := t.allocate(int64(count)*4, "grid")
	if err != nil {
		return err
	}
	g.cellsMemory.Free()
	g.cellsMemory, g.cells, g.moves = block, unsafe.Slice((*uint32)(block.Base), count), t.moves
	return nil
}

// readGrid writes the slots of the rows, whose times have numbers, to r.at. Otherwise it
// closes the grid, and ok is false.
func (r *Reader) readGrid(numbers []uint32, rows int) (ok bool, err error) {
	t, g := r.table, r.table.grid
	if g.rows += int64(rows); g.rows >= gridPeriod {
		if g.misses > g.rows/mostMisses {
			t.closeGrid()
			return false, nil
		}
		g.rows, g.misses = 0, 0
	}
	if !g.findNames(r, rows) {
		t.closeGrid()
		return false, nil
	}
	for row := 0; ; {
		if g.moves != t.moves {
			clear(g.cells)
			g.moves = t.moves
		}
		if row = g.lookUp(t, numbers, r.at, row, rows); row == rows {
			return true, nil
		}
		moves := t.moves
		at, err := r.slotOf(row)
		if err != nil {
			return true, err
		}
		if g.moves == t.moves && !g.set(t, row, numbers[row], at) {
			t.closeGrid()
			return false, nil
		}
		if t.moves != moves {
			row = 0 // the slots of the rows before are wrong, too
		}
	}
}

// moved changes the cells for the slots that t has instead of those of old, in which Name
// is the number of the new slot.
func (g *grid) moved(t *Table, old fields.Slots) {
	if g == nil || g.moves != t.moves-1 {
		return
	}
	for i, cell := range g.cells {
		if cell != 0 {
			info := (*fields.SlotInfo)(unsafe.Add(old.Info, t.index(cell-1)*int(infoBytes)))
			g.cells[i] = uint32(info.Name<<t.plan.shift) + 1
		}
	}
	g.moves = t.moves
}

// findNames writes the slots of the names of rows to g.at. It reports whether they are few
// and short enough.
func (g *grid) findNames(r *Reader, rows int) bool {
	if g.names == nil {
		return true // all are 0
	}
	if g.field == r.plan.Syntax.Columns-1 {
		r.column = r.copyPairs(g.field, g.field, rows)
		r.stripCR(&r.column, rows)
	} else {
		r.column = fields.Column{First: unsafe.Pointer(&r.seps[g.field]), Stride: uintptr(r.stride) * 4}
	}
	moves := g.names.moves
	g.names.total += int64(rows)
	err := g.names.Keys(r.base, &r.column, rows, g.at)
	return err == nil && g.names.moves == moves && len(g.names.names) <= gridNameBytes
}

// lookUp writes the slots of rows from row on to at, up to the first one that is not in a
// cell, which it returns, or rows.
func (g *grid) lookUp(t *Table, numbers, at []uint32, row, rows int) int {
	c := fields.Cells{
		Lines: unsafe.Pointer(&g.lines[0]), Cells: unsafe.Pointer(&g.cells[0]), Shift: uint64(g.shift),
		Names: &g.at[0], Numbers: &numbers[0],
	}
	return t.plan.Kernel.Cells(&c, row, rows, &t.array, &at[0])
}

// set sets the cell of a row, whose label has a number, to the slot at of t. It reports
// whether there is room for that.
func (g *grid) set(t *Table, row int, number, at uint32) bool {
	g.misses++
	if number >= mostCells {
		return false
	}
	line := &g.lines[g.at[row]]
	if *line == 0 {
		*line = uint16(g.names.info(int(g.at[row])).Entry)
	}
	g.last = max(g.last, *line)
	shift := g.shift
	for number>>shift != 0 {
		shift++
	}
	if need := (int64(g.last) + 1) << shift; need > int64(len(g.cells)) {
		if need > mostCells || g.growCells(t, min(max(int(need), 2*len(g.cells)), mostCells)) != nil {
			return false
		}
	} else if shift != g.shift {
		clear(g.cells)
	}
	g.shift = shift
	g.cells[int(*line)<<shift+int(number)] = at + 1
	return true
}
