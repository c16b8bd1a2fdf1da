package stages

import (
	"bytes"
	"context"
	"strings"

	"onebrc/engine"
)

// runMapreduce lets all cores process rows.
//
// Idea: one producer reads chunks of 64 MiB and cuts each after its last row. All
// other workers take chunks and add their rows to a map of their own. When there
// are no more chunks, each worker sends its map, and one reducer adds the maps
// (mapReduce). Only chunks and maps pass through channels, and the buffers of
// chunks are used again.
//
//	file ─ read ─▶ chunk ─▶ map ─▶ summary ─┐
//	               chunk ─▶ map ─▶ summary ─┴─▶ reduce ─▶ result
//
// Same: a string for each row, legalRow and parseTenths, and the built-in map.
//
// Why: tenths had two goroutines, and the reader was the slower one, because it
// had to find the rows. Here the workers find them, and the producer only reads.
// On two cores this gains little, if anything: the producer only copies and mostly
// sleeps, so its one worker does all that two goroutines shared in tenths. The
// gain comes with more cores.
//
// Next: the worker's profile is strings (runtime.slicebytetostring) and lookups,
// then the searches for LF and ';'.
func runMapreduce(ctx context.Context, path string, workers int) (*engine.Result, error) {
	return mapReduce(ctx, path, workers, addStringRows)
}

// addStringRows adds the rows of chunk to s.
func addStringRows(s summary, chunk []byte) error {
	for len(chunk) > 0 {
		line, rest, _ := bytes.Cut(chunk, lf)
		chunk = rest
		row := strings.TrimSuffix(string(line), "\r")
		name, text, _ := strings.Cut(row, ";")
		if !legalRow(name, text) {
			return errBadRow
		}
		tenths := parseTenths(text)
		of := s[name]
		if of == nil {
			of = newStats()
			s[name] = of
		}
		of.add(tenths)
	}
	return nil
}
