package stages

import (
	"bufio"
	"context"
	"strconv"
	"strings"

	"onebrc/engine"
)

// runBatches sends rows in slices.
//
// Idea: one send for a thousand rows. A second channel returns the slices to the
// reader, so there are never more than a few of them.
//
// Same: how a line is read, how a row is processed, and the map of all values.
//
// Why: the profile of channel-buffered had a lock and an unlock on each side of
// the channel for each row. A batch pays for them once per thousand rows.
//
// Next: the channel is gone from the profile, and two cores finally work. The
// processor is the slower of the two goroutines, so its work is what counts: the
// number, the map, and the slices of values. The slices are copied when they grow
// (runtime.growslice), and in the end they are nearly all of the memory.
func runBatches(ctx context.Context, path string, _ int) (*engine.Result, error) {
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

	values := map[string][]float64{}
	bad := false
	for batch := range batches {
		for _, row := range batch {
			name, text, _ := strings.Cut(row, ";")
			value, err := strconv.ParseFloat(text, 64)
			if err != nil || !legalRow(name, text) {
				bad = true
				cancel() // the reader stops at its next read from the file
				break
			}
			values[name] = append(values[name], value)
		}
		free <- batch
	}
	if bad {
		return nil, errBadRow
	}
	if readErr != nil {
		return nil, readErr
	}
	return engine.NewResult(statisticsInParallel(values), in.bytes), nil
}
