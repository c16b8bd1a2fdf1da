package spark

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"onebrc/engine"
)

// The kinds of rows.
const (
	kindStation = "s"
	kindPartial = "p"
)

// ReadRanges returns the ranges in the lines of r.
func ReadRanges(r io.Reader) ([]engine.Range, error) {
	var ranges []engine.Range
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		parsed, err := parseRange(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w: %q", len(ranges)+1, err, lines.Text())
		}
		ranges = append(ranges, parsed)
	}
	return ranges, lines.Err()
}

// parseRange parses a line.
func parseRange(line string) (r engine.Range, err error) {
	fields := strings.Split(line, "\t")
	if len(fields) != 6 {
		return r, fmt.Errorf("a range has 6 fields separated by tabs, got %d", len(fields))
	}
	path, err := hex.DecodeString(fields[1])
	if err != nil || len(path) == 0 {
		return r, fmt.Errorf("field 2 must be a path in hex")
	}
	var numbers [6]int64
	for i, field := range fields {
		if i == 1 {
			continue
		}
		if numbers[i], err = strconv.ParseInt(field, 10, 64); err != nil {
			return r, fmt.Errorf("field %d must be an integer", i+1)
		}
	}
	version := &engine.FileVersion{Size: numbers[4], ModTime: numbers[5]}
	return engine.Range{File: int(numbers[0]), Path: string(path), Begin: numbers[2], End: numbers[3], Version: version}, nil
}

// WriteRows writes the rows of the partial result of so many ranges.
func WriteRows(w io.Writer, p *engine.Partial, ranges int) error {
	out := bufio.NewWriterSize(w, 64<<10)
	for s := range p.All() {
		row := append(out.AvailableBuffer(), kindStation+"\t"...)
		row = hex.AppendEncode(row, []byte(s.Name))
		for _, n := range []int64{int64(s.Min), int64(s.Max), int64(s.Sum), s.Count} {
			row = strconv.AppendInt(append(row, '\t'), n, 10)
		}
		if _, err := out.Write(append(row, '\n')); err != nil {
			return err
		}
	}
	io.WriteString(out, kindPartial+"\t") // Flush returns the error
	if _, err := p.WithoutNames().WriteTo(hex.NewEncoder(out)); err != nil {
		return err
	}
	fmt.Fprintf(out, "\t0\t0\t%d\t0\n", ranges)
	return out.Flush()
}
