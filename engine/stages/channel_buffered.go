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
// Idea: a goroutine waits only if the buffer is full or empty, so it handles many
// rows between two waits.
//
// Same: everything else; the capacity of the channel is the only change.
//
// Why: the profile of channel-unbuffered was full of goroutines that are parked
// and woken for each row. Now the scheduler is nearly gone from the profile, and
// the stage is much faster. It is still slower than goroutine-per-station, which
// has no channel at all.
//
// Next: each row takes the lock of the channel twice, once to be sent and once to
// be received, and two cores contend for it. runtime.lock2 is at the top of the
// profile, with runtime.procyieldAsm, in which a core spins until the lock is free.
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

// bufferedRows is the capacity of the channel of channel-buffered. A larger one
// does not help: a channel that is mostly full or mostly empty stays so.
const bufferedRows = 1024
