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
// Idea: a mapped file can be read from any offset by anyone, so each worker
// takes its own parts of it, which it copies out of the mapping with ReadAt. A
// part is a window of 1 MiB, so that the copy is still in the worker's cache
// when its rows are read, where a chunk of 64 MiB went through main memory
// twice. A window owns the rows that begin in it.
//
// Same: how a row is read, and the built-in map for each worker.
//
// Why: the profile of bytes had little in os.(*File).Read, which is all that
// its producer does: that core was not at work.
//
// Next: all workers count rows. The copy is still there, as runtime.memmove,
// but above all there is the map (runtime.mapaccess1_faststr), half of the
// profile: its hash, its groups of slots and its comparison.
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
