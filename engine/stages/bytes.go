package stages

import (
	"bytes"
	"context"

	"onebrc/engine"
	"onebrc/parse"
)

// runBytes makes no garbage.
//
// Idea: a row stays a slice of its chunk. A lookup in a map of strings with
// string(name) as the key allocates no string, because the compiler knows that the
// map only looks at it. So a string is made only for a new name. The number is
// read where it is (parseTenthsBytes). It has only four forms, so no loop is
// needed.
//
// Same: producer, workers and reducer, chunks of 64 MiB, the built-in map.
//
// Why: the profile of mapreduce was the allocation of a string for each row. Now
// nothing is allocated for a row.
//
// Next: the lookup in the map (its hash and its comparison of names) is about half
// of what is left. Then come the searches of a row for LF and ';', each a call that
// looks at only a few bytes, and the number. Reading is a few percent: the
// producer, which takes the place of a worker, still mostly sleeps.
func runBytes(ctx context.Context, path string, workers int) (*engine.Result, error) {
	return mapReduce(ctx, path, workers, addByteRows)
}

// addByteRows adds the rows of chunk to s.
func addByteRows(s summary, chunk []byte) error {
	for len(chunk) > 0 {
		end := bytes.IndexByte(chunk, '\n')
		next := end + 1
		if end < 0 { // the last row of the file lacks its LF
			end, next = len(chunk), len(chunk)
		}
		row := chunk[:end]
		chunk = chunk[next:]

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
