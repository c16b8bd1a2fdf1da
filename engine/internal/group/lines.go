package group

import (
	"unsafe"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/memory"
)

// lines is what a table tells the accumulate pass.
type lines struct {
	lines   []fields.Line
	numbers []numberParts // of Plan.Numbers
	squares memory.Block  // the columns of squares
}

// numberParts are the parts of the lines that belong to a Number, by the column that
// they add.
type numberParts struct {
	values       []part
	lower, upper []part    // of the squares
	columns      [2]*int64 // lower and upper parts of the squares, each with room for maxRows
}

// part is an Op in a line, and its lanes of a sum of two lanes.
type part struct {
	line, op  int
	low, high uint64
}

// squaresBytes returns the size of the columns of squares.
func squaresBytes(p *Plan) int64 {
	size := int64(0)
	for _, n := range p.Numbers {
		if n.Squares {
			size += 2 * maxRows * 8
		}
	}
	return size
}

// makeLines makes t.lines.
func (t *Table) makeLines() error {
	p, l := t.plan, &t.lines
	if p.shift == 0 {
		return nil // slots have no lanes
	}
	l.lines = make([]fields.Line, 1<<p.shift-1)
	for i := range l.lines {
		l.lines[i].Unit = uint64(i) + 1
	}
	l.lines[0].Count = 1
	size := squaresBytes(p)
	if size > 0 {
		var err error
		if l.squares, err = t.allocate(size, "squares"); err != nil {
			return err
		}
	}
	next := l.squares.Base
	for i, n := range p.Numbers {
		parts, at := numberParts{}, p.lanes[i]
		parts.values = l.add(at.min, at.max, at.sum)
		if n.Squares {
			parts.lower, parts.upper = l.add(0, 0, at.squares), l.add(0, 0, at.squares+2)
			for k := range parts.columns {
				parts.columns[k] = (*int64)(next)
				next = unsafe.Add(next, maxRows*8)
			}
		}
		l.numbers = append(l.numbers, parts)
	}
	return nil
}

// add adds the lanes of a column to the lines. sum is the first of two lanes; 0 means
// none.
func (l *lines) add(min, max, sum int) []part {
	var parts []part
	in := func(lane int) (*part, *fields.Op, uint64) {
		line := &l.lines[lane/fields.Lanes]
		if n := len(parts); n == 0 || parts[n-1].line != lane/fields.Lanes {
			parts = append(parts, part{line: lane / fields.Lanes, op: line.Columns})
			line.Columns++
		}
		last := &parts[len(parts)-1]
		return last, &line.Ops[last.op], 1 << (lane % fields.Lanes)
	}
	if min != 0 {
		_, op, bit := in(min)
		op.Min = bit
	}
	if max != 0 {
		_, op, bit := in(max)
		op.Max = bit
	}
	if sum != 0 {
		p, _, bit := in(sum)
		p.low = bit
		p, _, bit = in(sum + 1)
		p.high = bit
	}
	return parts
}

// set makes parts add values whose absolute values are at most bound.
func (l *lines) set(parts []part, values *int64, bound int64) {
	for _, p := range parts {
		op := &l.lines[p.line].Ops[p.op]
		op.Values = values
		if bound < 1<<narrowBits {
			op.Sum, op.Low, op.High = p.low, 0, 0
		} else {
			op.Sum, op.Low, op.High = 0, p.low, p.high
		}
	}
}

// setNumber makes the lines add rows values of a Number.
func (l *lines) setNumber(number, rows int, values *int64, bound int64) {
	n := &l.numbers[number]
	l.set(n.values, values, bound)
	if n.lower == nil {
		return
	}
	lower, upper := unsafe.Slice(n.columns[0], rows), unsafe.Slice(n.columns[1], rows)
	for i, v := range unsafe.Slice(values, rows) {
		lower[i], upper[i] = square(v)
	}
	largest, above := square(bound)
	if above != 0 {
		largest = 1<<squareBits - 1
	}
	l.set(n.lower, n.columns[0], largest)
	l.set(n.upper, n.columns[1], above)
}
