package stages

import (
	"bufio"
	"context"
	"math"
	"strconv"
	"strings"

	"onebrc/engine"
)

// runRunning keeps statistics instead of values.
//
// Idea: the result needs only the minimum, maximum, sum and count of the values so
// far. Each row updates them with a few operations.
//
// Same: reader, batches, processor, and strconv.ParseFloat.
//
// Why: the profile of batches had slices of values that grow, and they are most of
// what it allocates. Statistics have a fixed size, so memory no longer grows with
// the rows.
//
// Next: in the processor, the number (strconv.ParseFloat and math.Round) and the
// lookup are left. The reader, with a string for each row, now does as much work.
// As the heap is small, the garbage collector runs more often than before, each
// time with little to do.
func runRunning(ctx context.Context, path string, _ int) (*engine.Result, error) {
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

	running := map[string]*floatStats{}
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
			tenths := math.Round(value * 10)
			s := running[name]
			if s == nil {
				s = &floatStats{min: math.Inf(1), max: math.Inf(-1)}
				running[name] = s
			}
			s.min = min(s.min, tenths)
			s.max = max(s.max, tenths)
			s.sum += tenths
			s.count++
		}
		free <- batch
	}
	if bad {
		return nil, errBadRow
	}
	if readErr != nil {
		return nil, readErr
	}
	var stations []engine.Station
	for name, s := range running {
		stations = append(stations, engine.Station{
			Name: name, Min: engine.Tenths(s.min), Max: engine.Tenths(s.max), Sum: engine.Tenths(s.sum), Count: s.count,
		})
	}
	return engine.NewResult(stations, in.bytes), nil
}

// floatStats are the statistics of one station so far. The floats hold whole
// numbers of tenths, which are exact below 2^53: enough for 9e12 rows.
type floatStats struct {
	min, max, sum float64
	count         int64
}
