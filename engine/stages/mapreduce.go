package stages

import (
	"bytes"
	"context"
	"strings"

	"onebrc/engine"
)

// runMapreduce lets all cores process rows.
//
// Idea: one producer reads chunks of 64 MiB and cuts them behind their last
// row; all other workers take chunks and count them in a map of their own, and
// send that map when there are no more chunks; one reducer adds the maps. Only
// chunks and maps go through channels, and chunk buffers are used again.
//
//	file ─ read ─▶ chunk ─▶ map ─▶ summary ─┐
//	               chunk ─▶ map ─▶ summary ─┴─▶ reduce ─▶ result
//
// Same: a string for each row, legalRow and parseTenths, and the built-in map.
//
// Why: tenths had two goroutines, and its reader was the slower one, as it had
// to find the rows. Here the workers do, and the producer is left with reading.
//
// Next: on two cores this gains little, if anything. The producer only copies,
// and sleeps most of the time, so that the one worker beside it does all that
// two goroutines shared in tenths; it takes more cores to gain much. The
// worker's profile is strings (runtime.slicebytetostring) and lookups, then the
// searches for LF and ';'.
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
