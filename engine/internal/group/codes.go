package group

import (
	"bytes"
	"unsafe"

	"onebrc/parse/delimited"
)

// number parses a content, or returns its code. It is coefficient * 10^-decimals.
func (c *numberColumn) number(content []byte, point byte) (coefficient int64, decimals int, ok bool) {
	if c.registers > 0 {
		return c.registers.Code(content), 0, true
	}
	coefficient, decimals, ok = delimited.Number(content, point)
	if ok && c.buckets != nil {
		c.parsed = max(c.parsed, decimals)
		coefficient, decimals = c.buckets.Code(coefficient, decimals), 0
	}
	return coefficient, decimals, ok
}

// encode replaces the numbers that a pass has read by their codes, if c is a column of
// buckets.
func (c *numberColumn) encode(rows int) {
	if c.buckets == nil {
		return
	}
	c.codes.Replace(c.values[:rows], c.scale)
	c.scale = 0
}

// readCodes writes the codes of the contents of c, a column of registers, to c.values.
func (r *Reader) readCodes(c *numberColumn, rows int) {
	null := r.plan.Null
	code := func(content []byte) int64 {
		if bytes.Equal(content, null) {
			return 0
		}
		return c.registers.Code(content)
	}
	if r.quoted.doubled[r.quoted.use[c.field]] {
		for row := range rows {
			c.values[row] = code(r.content(row, c.field))
		}
		return
	}
	last := c.field == r.plan.Syntax.Columns-1
	if last && !r.crlf {
		r.crlf = r.hasCR(rows)
	}
	cr := r.crlf
	column := r.strip(c.field, rows)
	for row := range rows {
		ends := (*[2]uint32)(unsafe.Add(column.First, uintptr(row)*column.Stride))
		c.values[row] = code(r.span(ends[0]+1, ends[1]))
	}
	r.unstrip(c.field, rows, last && cr)
}
