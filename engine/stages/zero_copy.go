package stages

import (
	"bytes"
	"context"

	"onebrc/engine"
	"onebrc/parse"
)

// runZeroCopy reads rows where they are.
//
// Idea: a mapping is memory like any other, so a window is a slice of it, and
// nothing has to be copied. The portable package for mappings has no such
// slice; the system call has.
//
// Same: windows, how a row is read, the table. (Names that are new are copied,
// so that they stay when the mapping is gone.)
//
// Why: the profile of openaddr had runtime.memmove, which only copies.
//
// Next: the copy is gone. The step is small, as the copies never left the
// cache. The searches for LF and ';' (indexbytebody) and the number together
// are more than the table now: a search is a call for some bytes, and how many
// they are decides branches that the processor can't predict, as do the four
// forms of a number.
func runZeroCopy(ctx context.Context, path string, workers int) (*engine.Result, error) {
	return overMapping(ctx, path, workers, func(t *openTable, data []byte, from, to int) error {
		return addZeroCopyRows(t, data[from:to])
	})
}

// addZeroCopyRows adds rows to t.
func addZeroCopyRows(t *openTable, rows []byte) error {
	for len(rows) > 0 {
		end := bytes.IndexByte(rows, '\n')
		next := end + 1
		if end < 0 { // the last row of the file lacks its LF
			end, next = len(rows), len(rows)
		}
		row := rows[:end]
		rows = rows[next:]

		separator := bytes.IndexByte(row, ';')
		if separator < 1 || separator > parse.MaxNameBytes {
			return errBadRow
		}
		name := row[:separator]
		tenths, ok := parseTenthsBytes(row[separator+1:])
		if !ok {
			return errBadRow
		}
		t.find(name).add(tenths)
	}
	return nil
}
