package stages

import (
	"bufio"
	"context"
	"strconv"
	"strings"

	"onebrc/engine"
)

// runChannelBuffered gives the channel room for rows.
//
// Idea: a goroutine has to wait only if the buffer is full (or empty), so that
// it works on many rows between two waits.
//
// Same: all else; the length of the channel is the only change.
//
// Why: the profile of channel-unbuffered was full of goroutines that park and
// are woken for each row.
//
// Next: the scheduler is nearly gone, and this is much faster than
// channel-unbuffered, though still slower than goroutine-per-station, which has
// no channel at all: each row takes the lock of the channel twice, to be sent
// and to be received, and two cores fight for it. runtime.lock2 is the top of
// the profile, with runtime.procyieldAsm, where a core spins until it is free.
func runChannelBuffered(ctx context.Context, path string, _ int) (*engine.Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in, err := openInput(ctx, path)
	if err != nil {
		return nil, err
	}
	defer in.Close()

	rows := make(chan string, bufferedRows)
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
			cancel() // the reader stops when it next reads from the file
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

// bufferedRows is how many rows the channel of channel-buffered holds. More
// don't help: a channel that is mostly full or mostly empty stays so.
const bufferedRows = 1024
