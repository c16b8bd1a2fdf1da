package stages

import (
	"bufio"
	"context"
	"strconv"
	"strings"

	"onebrc/engine"
)

// runChannelUnbuffered reads in one goroutine and processes rows in another.
//
// Idea: reading the file and processing its rows are different work, so two cores
// do them at the same time.
//
// Same: how a line is read, how a row is processed, the map of all values, and a
// goroutine for the statistics of each station.
//
// Why: the profile of goroutine-per-station has the scanner and the parser one
// after the other in one goroutine. Yet this stage is much slower. An unbuffered
// send is a meeting: one goroutine is parked until the other arrives, and the
// scheduler has to wake it.
//
// Next: about half of the profile is these meetings (runtime.chansend,
// runtime.chanrecv and runtime.mcall, the entry to the scheduler, with the locks
// below them). They cost more than the work that they distribute.
func runChannelUnbuffered(ctx context.Context, path string, _ int) (*engine.Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in, err := openInput(ctx, path)
	if err != nil {
		return nil, err
	}
	defer in.Close()

	rows := make(chan string)
	var readErr error // written before rows is closed
	go func() {
		defer close(rows)
		lines := bufio.NewScanner(in)
		for lines.Scan() {
			rows <- lines.Text()
		}
		readErr = lines.Err()
	}()

	values := map[string][]float64{}
	for row := range rows {
		name, text, _ := strings.Cut(row, ";")
		value, err := strconv.ParseFloat(text, 64)
		if err != nil || !legalRow(name, text) {
			cancel() // the reader stops at its next read from the file
			for range rows {
			}
			return nil, errBadRow
		}
		values[name] = append(values[name], value)
	}
	if readErr != nil {
		return nil, readErr
	}
	return engine.NewResult(statisticsInParallel(values), in.bytes), nil
}
