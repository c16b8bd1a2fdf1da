package stages

import (
	"bufio"
	"context"
	"strings"

	"onebrc/engine"
)

// runTenths computes in tenths.
//
// Idea: a value always has one digit after the point, so it is a whole number of
// tenths. A loop that multiplies by ten reads it, without any float (parseTenths).
//
// Same: reader, batches, processor, and a map of running statistics.
//
// Why: the profile of running had strconv.ParseFloat, which must handle every
// number that exists, and math.Round. The loop handles only what the grammar
// allows.
//
// Next: the processor now waits for the reader, whose scanner and string for each
// row (runtime.slicebytetostring, with the allocator below it) are half of the
// profile. However fast the reader were, this program never has more than two
// goroutines.
func runTenths(ctx context.Context, path string, _ int) (*engine.Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in, err := openInput(ctx, path)
	if err != nil {
		return nil, err
	}
	defer in.Close()

	batches := make(chan []string, batchCount)
	free := make(chan []string, batchCount)
	for range batchCount {
		free <- make([]string, 0, batchRows)
	}
	var readErr error // written before batches is closed
	go func() {
		defer close(batches)
		lines := bufio.NewScanner(in)
		batch := <-free
		for lines.Scan() {
			batch = append(batch, lines.Text())
			if len(batch) == batchRows {
				batches <- batch
				batch = (<-free)[:0]
			}
		}
		batches <- batch
		readErr = lines.Err()
	}()

	running := summary{}
	bad := false
	for batch := range batches {
		for _, row := range batch {
			name, text, _ := strings.Cut(row, ";")
			if !legalRow(name, text) {
				bad = true
				cancel() // the reader stops at its next read from the file
				break
			}
			tenths := parseTenths(text)
			s := running[name]
			if s == nil {
				s = newStats()
				running[name] = s
			}
			s.add(tenths)
		}
		free <- batch
	}
	if bad {
		return nil, errBadRow
	}
	if readErr != nil {
		return nil, readErr
	}
	return running.result(in.bytes), nil
}
