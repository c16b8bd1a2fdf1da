package group

import (
	"bytes"
	"math/bits"
	"unsafe"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/sketch"
	"onebrc/parse/delimited"
)

// valueState says what a value of a numberColumn is.
type valueState uint8

const (
	scaled   valueState = iota // the number times 10^scale
	missing                    // nothing
	unscaled                   // the coefficient of a number with its own decimals
)

// numberColumn has the numbers in one column of a tile, or their codes: see Number.
type numberColumn struct {
	field  int
	values []int64
	scale  int   // of the scaled values
	bound  int64 // of their absolute values
	// states and decimals are those of the values, if slow is set. Otherwise all
	// values are scaled.
	slow     bool
	states   []valueState
	decimals []uint8

	wide    bool // the narrow pass has refused a tile
	careful bool // the passes would have refused the last tile
	// nullIsNumber means that the content of missing fields is a number, which the
	// passes do not tell from others.
	nullIsNumber bool

	buckets   *sketch.Buckets
	codes     *sketch.Cache // of buckets; nil if there are none
	registers sketch.Registers
	parsed    int // the scale at which the passes read numbers for buckets
}

// newNumberColumn returns a column with room for the given number of rows.
func newNumberColumn(n *Number, room int, nullIsNumber bool) numberColumn {
	c := numberColumn{
		field: n.Field, values: make([]int64, room), nullIsNumber: nullIsNumber,
		states: make([]valueState, room), decimals: make([]uint8, room),
		buckets: n.Buckets, registers: n.Registers,
	}
	if n.Buckets != nil {
		c.codes = sketch.NewCache(n.Buckets)
	}
	return c
}

// The numbers of the passes have no more digits than these have.
const (
	narrowMax = 1e8 - 1
	wideMax   = 1e16 - 1
)

// readNumber reads the numbers in column i of a tile. It reports whether all values
// are legal.
//
// The pass that last worked is tried first, and a column for which all passes refused
// the last tile is read carefully at once.
func (r *Reader) readNumber(i, rows int) bool {
	c := &r.numbers[i]
	if c.registers > 0 {
		r.readCodes(c, rows)
		return true
	}
	c.slow, c.scale = false, max(r.table.Scale(i), c.parsed)
	if !c.careful && !r.digitQuote && r.passNumber(c, rows) {
		c.encode(rows)
		return true
	}
	return r.carefulNumber(i, rows)
}

// passNumber reads a column with the passes over numbers. It reports whether one of
// them did not refuse it.
func (r *Reader) passNumber(c *numberColumn, rows int) bool {
	last := c.field == r.plan.Syntax.Columns-1
	for {
		cr := r.crlf
		r.column = r.strip(c.field, rows)
		done := r.tryPasses(c, rows)
		r.unstrip(c.field, rows, last && cr)
		switch {
		case done:
			return !c.nullIsNumber || !r.mayBeNull(c, rows)
		case !last || cr || !r.hasCR(rows):
			return false
		}
		r.crlf = true
	}
}

// tryPasses reads the fields in r.column as the numbers of c, with the narrow pass
// unless it has refused a tile, then with the wide one.
func (r *Reader) tryPasses(c *numberColumn, rows int) bool {
	k := r.plan.Kernel
	out, point := &c.values[0], r.plan.Point
	if !c.wide && c.scale <= fields.MaxScale {
		c.bound = narrowMax * int64(powersOfTen[c.scale])
		if c.scale == 0 && k.Integers(r.base, &r.column, rows, out) ||
			c.scale > 0 && k.Decimals(r.base, &r.column, rows, out, point, c.scale) {
			return true
		}
	}
	if c.scale > fields.MaxWideScale {
		c.wide = false
		return false
	}
	if c.scale == 0 && !k.WideIntegers(r.base, &r.column, rows, out) ||
		c.scale > 0 && !k.WideDecimals(r.base, &r.column, rows, out, point, c.scale) {
		return false
	}
	c.wide = true
	c.bound = wideMax * int64(powersOfTen[c.scale])
	return true
}

// passBytes returns the length of the longest field that a pass reads at a scale.
func passBytes(scale int) int {
	switch {
	case scale <= fields.MaxWideScale:
		return 16
	case scale <= fields.MaxScale:
		return 8
	}
	return 0
}

// mayBeNull reports whether a pass may have read missing fields as numbers.
func (r *Reader) mayBeNull(c *numberColumn, rows int) bool {
	coefficient, decimals, _ := delimited.Number(r.plan.Null, r.plan.Point)
	if decimals > c.scale {
		return false // the pass would have refused it
	}
	null := coefficient * int64(powersOfTen[c.scale-decimals]) // overflow is harmless: careful decides
	for _, v := range c.values[:rows] {
		if v == null {
			return true
		}
	}
	return false
}

// carefulNumber reads column i field by field. It finds the scale that the column
// needs in this tile, and reports whether all values are legal.
func (r *Reader) carefulNumber(i, rows int) bool {
	c := &r.numbers[i]
	c.scale = r.table.Scale(i)
	longest, anyMissing := 0, false
	for row := range rows {
		content := r.content(row, c.field)
		if bytes.Equal(content, r.plan.Null) {
			c.states[row], c.values[row], anyMissing = missing, 0, true
			continue
		}
		coefficient, decimals, ok := c.number(content, r.plan.Point)
		if !ok {
			return false
		}
		c.states[row], c.values[row], c.decimals[row] = unscaled, coefficient, uint8(decimals)
		c.scale = max(c.scale, decimals)
		longest = max(longest, len(content))
	}
	c.slow = anyMissing
	all := int64(0)
	for row, state := range c.states[:rows] {
		if state == missing {
			continue
		}
		value, ok := times(c.values[row], c.scale-int(c.decimals[row]))
		if !ok {
			c.slow = true
			continue
		}
		c.states[row], c.values[row] = scaled, value
		all |= max(value, -value)
	}
	c.bound = int64(1)<<bits.Len64(uint64(all)) - 1
	c.careful = anyMissing || longest > passBytes(max(c.scale, c.parsed))
	return true
}

// addCareful adds the rows that have a missing value, or one that is not scaled, one
// by one. It moves other rows into their places and returns how many there are.
func (r *Reader) addCareful(rows int) (int, error) {
	slow := false
	for i := range r.numbers {
		slow = slow || r.numbers[i].slow
	}
	if !slow {
		return rows, nil
	}
	for row := rows - 1; row >= 0; row-- {
		if r.allScaled(row) {
			continue
		}
		if err := r.addRow(r.at[row], row); err != nil {
			return 0, err
		}
		rows--
		r.move(row, rows)
	}
	return rows, nil
}

// allScaled reports whether all numbers of a row are scaled.
func (r *Reader) allScaled(row int) bool {
	for i := range r.numbers {
		if c := &r.numbers[i]; c.slow && c.states[row] != scaled {
			return false
		}
	}
	return true
}

// addRow adds the numbers of one row to the slot at.
func (r *Reader) addRow(at uint32, row int) error {
	if err := r.table.AddRow(at); err != nil {
		return err
	}
	for i := range r.numbers {
		c := &r.numbers[i]
		state, decimals := scaled, c.scale
		if c.slow {
			state = c.states[row]
		}
		if state == missing {
			if err := r.table.AddMissing(at, i); err != nil {
				return err
			}
			continue
		}
		if state == unscaled {
			decimals = int(c.decimals[row])
		}
		if err := r.table.AddNumber(at, i, c.values[row], decimals); err != nil {
			return err
		}
	}
	return r.addRowValues(at, row)
}

// move moves row from to row to, all but the place of its key.
func (r *Reader) move(to, from int) {
	r.at[to] = r.at[from]
	for i := range r.numbers {
		c := &r.numbers[i]
		c.values[to] = c.values[from]
		if c.slow {
			c.states[to], c.decimals[to] = c.states[from], c.decimals[from]
		}
	}
	for i := range r.absent {
		r.absent[i][to] = r.absent[i][from]
	}
	for i := range r.entries {
		r.entries[i][to] = r.entries[i][from]
	}
	if r.offsets != nil {
		r.offsets[to] = r.offsets[from]
	}
}

// moveKey moves the place of the key of row from to row to.
func (r *Reader) moveKey(to, from int) {
	c := &r.column
	*(*[2]uint32)(unsafe.Add(c.First, uintptr(to)*c.Stride)) = *(*[2]uint32)(unsafe.Add(c.First, uintptr(from)*c.Stride))
}
