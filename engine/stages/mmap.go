package stages

import (
	"bytes"
	"context"

	"golang.org/x/exp/mmap"

	"onebrc/engine"
	"onebrc/parse"
)

// runMmap has no producer.
//
// Idea: any goroutine can read a mapped file from any offset, so each worker takes
// its own parts of the file and copies them out of the mapping with ReadAt. A part
// is a window of 1 MiB, so the copy is still in the worker's cache when its rows
// are read; a chunk of 64 MiB passed through main memory twice. A window owns the
// rows that begin in it.
//
// Same: how a row is read, and a built-in map for each worker.
//
// Why: the profile of bytes had little in os.(*File).Read, and the producer does
// nothing else: its core was idle. Now all workers process rows.
//
// Next: the copy is still there, as runtime.memmove. But the largest part is the
// map (runtime.mapaccess1_faststr), half of the profile: its hash, its groups of
// slots and its comparison.
func runMmap(ctx context.Context, path string, workers int) (*engine.Result, error) {
	file, err := mmap.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	w := &windows{size: int64(file.Len())}
	summaries := make([]summary, workers)
	err = inParallel(ctx, workers, func(ctx context.Context, worker int) error {
		s := summary{}
		summaries[worker] = s
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
			if err := addMmapRows(s, rows); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	total := summary{}
	for _, s := range summaries {
		total.merge(s)
	}
	return total.result(w.size), nil
}

// addMmapRows adds rows to s.
func addMmapRows(s summary, rows []byte) error {
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
		of := s[string(name)]
		if of == nil {
			of = newStats()
			s[string(name)] = of
		}
		of.add(tenths)
	}
	return nil
}
