package stages

import (
	"bufio"
	"context"
	"strconv"
	"strings"

	"onebrc/engine"
)

// runNaive is the program that one would write first.
//
// Idea: read the file line by line, keep every value of every station, and compute
// the statistics at the end. The other stages are checked against this one:
// nothing in it is clever, and it is exact.
//
// Next: nothing stands out. Three parts of the profile are large: the number
// (strconv.ParseFloat), the lookup in the map (runtime.mapassign_faststr, which the
// compiler uses for both halves of the append) and the string for each line
// (runtime.slicebytetostring). The search for ';' (strings.Cut), the scanner and
// slices that grow (runtime.growslice) are smaller parts. The statistics at the end
// hardly show. Apart from the garbage collector, only one core works.
func runNaive(ctx context.Context, path string, _ int) (*engine.Result, error) {
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

	var stations []engine.Station
	for name, v := range values {
		stations = append(stations, statistics(name, v))
	}
	return engine.NewResult(stations, in.bytes), nil
}
