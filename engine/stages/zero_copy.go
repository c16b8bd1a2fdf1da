package stages

import (
	"bytes"
	"context"

	"onebrc/engine"
	"onebrc/parse"
)

// runZeroCopy reads rows where they are.
//
// Idea: a mapping is memory like any other. A window is a slice of it, so nothing
// has to be copied. The portable package for mappings offers no such slice; the
// system call does (overMapping).
//
// Same: windows, how a row is read, and the table. The table copies a new name, so
// the name outlives the mapping.
//
// Why: the profile of openaddr had runtime.memmove, which only copies. Now the
// copy is gone. The gain is small, because the copies never left the cache.
//
// Next: the searches for LF and ';' (indexbytebody) and the number together are
// now more than the table. Each search is a call for a few bytes. The number of
// bytes decides branches that the processor cannot predict, and so do the four
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
