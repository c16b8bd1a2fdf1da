package stages

import (
	"bytes"
	"context"

	"golang.org/x/exp/mmap"

	"onebrc/engine"
	"onebrc/parse"
)

// runOpenaddr has its own hash table.
//
// Idea: a table with open addressing is an array of slots (openTable). The hash of
// a name selects the first slot to look at; if another name is in it, the next slot
// is tried. The table is kept so empty that this is rare. The statistics are in the
// slot, so a row mostly touches one slot and the name that it points to.
//
// Same: windows copied from a mapped file, and how a row is read.
//
// Why: the built-in map was at the top of the profile of mmap. That map is made
// for keys of any type, for any order of insertions and deletions, and to be small.
// The table is cheaper.
//
// Next: find, with wyhash and the comparison, is still the largest part. The
// number and the searches for LF and ';' together are as much. runtime.memmove,
// the copy out of the mapping, is a small rest that is not needed.
func runOpenaddr(ctx context.Context, path string, workers int) (*engine.Result, error) {
	file, err := mmap.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	w := &windows{size: int64(file.Len())}
	tables := make([]*openTable, workers)
	err = inParallel(ctx, workers, func(ctx context.Context, worker int) error {
		t := newOpenTable()
		tables[worker] = t
		var buffer []byte
		for start, end, ok := w.next(); ok; start, end, ok = w.next() {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			var rows []byte
			var err error
			if rows, buffer, err = readWindow(file, start, end, buffer); err != nil {
				return err
			}
			if err := addOpenaddrRows(t, rows); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return reduceOpenTables(tables, w.size), nil
}

// addOpenaddrRows adds rows to t.
func addOpenaddrRows(t *openTable, rows []byte) error {
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
