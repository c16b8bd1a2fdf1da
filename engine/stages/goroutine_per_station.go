package stages

import (
	"bufio"
	"context"
	"strconv"
	"strings"

	"onebrc/engine"
)

// runGoroutinePerStation computes the statistics of the stations in parallel.
//
// Idea: stations are independent of each other, so each gets a goroutine that
// computes its statistics (statisticsInParallel).
//
// Same: reading, and the map of all values.
//
// Why: the loop over independent stations at the end of naive is easy to make
// parallel. It takes hardly any of the time, so this gains little.
//
// Next: the profile is that of naive. The statistics were a few percent of it, so
// all cores are busy only for a moment at the end. The loop that was easy to make
// parallel is not the loop that takes the time.
func runGoroutinePerStation(ctx context.Context, path string, _ int) (*engine.Result, error) {
	in, err := openInput(ctx, path)
	if err != nil {
		return nil, err
	}
	defer in.Close()

	values := map[string][]float64{}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), ";")
		value, err := strconv.ParseFloat(text, 64)
		if err != nil || !legalRow(name, text) {
			return nil, errBadRow
		}
		values[name] = append(values[name], value)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return engine.NewResult(statisticsInParallel(values), in.bytes), nil
}
