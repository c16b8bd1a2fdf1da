package spark

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"onebrc/engine"
)

// Collector takes the rows that the query of a plan returns, in any order.
type Collector struct {
	plan     *Plan
	mode     engine.BadRowMode
	stations []engine.Station
	partials []*engine.Partial
	ranges   int64 // of all partials
}

// wrong returns the error of a result that does not add up.
func wrong(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return &Error{"the result of Spark is wrong: " + strings.TrimPrefix(text, "engine: ")}
}

// Read adds the lines that spark-sql prints to r.
func (c *Collector) Read(r io.Reader) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if line = append(line, part...); err == bufio.ErrBufferFull {
			continue
		}
		if len(line) > 0 {
			row, isWhole := bytes.CutSuffix(line, []byte("\n"))
			if !isWhole && err == io.EOF {
				return wrong("it ends in the middle of a row: %.200q", line)
			}
			if err := c.add(row); err != nil {
				return wrong("%v: %.200q", err, line)
			}
			line = line[:0]
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// add adds a row.
func (c *Collector) add(row []byte) error {
	const keyFields, fieldCount = 2, 8
	fields := bytes.Split(row, []byte("\t"))
	if len(fields) != fieldCount {
		return fmt.Errorf("a row must have %d fields, not %d", fieldCount, len(fields))
	}
	var numbers [fieldCount - keyFields]int64
	for i, field := range fields[keyFields:] {
		n, err := strconv.ParseInt(string(field), 10, 64)
		if err != nil {
			return fmt.Errorf("field %d must be an integer", keyFields+i+1)
		}
		numbers[i] = n
	}
	if rows, values := numbers[4], numbers[5]; rows < 1 || values != 4*rows {
		return errors.New("values are missing")
	}
	key := make([]byte, hex.DecodedLen(len(fields[1])))
	if _, err := hex.Decode(key, fields[1]); err != nil {
		return err
	}
	switch string(fields[0]) {
	case kindStation:
		c.stations = append(c.stations, engine.Station{
			Name: string(key), Min: engine.Tenths(numbers[0]), Max: engine.Tenths(numbers[1]),
			Sum: engine.Tenths(numbers[2]), Count: numbers[3],
		})
		return nil
	case kindPartial:
		if numbers[4] != 1 {
			return fmt.Errorf("a partial result came %d times", numbers[4])
		}
		p := &engine.Partial{}
		if err := p.UnmarshalBinary(key); err != nil {
			return err
		}
		c.partials = append(c.partials, p)
		c.ranges += numbers[2]
		return nil
	}
	return errors.New("unknown kind of row")
}

// merge returns the result. Partial.Stream checks what merge does not.
func (c *Collector) merge() (*engine.Partial, error) {
	if c.ranges != c.plan.Ranges {
		return nil, wrong("it has %d ranges instead of %d", c.ranges, c.plan.Ranges)
	}
	names, err := engine.NewPartial(c.mode, c.stations)
	if err != nil {
		return nil, wrong("%v", err)
	}
	c.stations = nil
	merged, err := engine.MergePartials(func(yield func(*engine.Partial, error) bool) {
		for _, p := range append(c.partials, names) {
			if !yield(p, nil) {
				return
			}
		}
	})
	if err != nil {
		return nil, wrong("%v", err)
	}
	return merged, nil
}

// Stream returns the result of all files as [engine.Partial.Stream] does. It first calls
// onBadRow for the bad rows that it has, in the order of the input, and returns an error
// of onBadRow.
func (c *Collector) Stream(ctx context.Context, onBadRow func(*engine.RowError) error) (*engine.Stream, error) {
	p, err := c.merge()
	if err != nil {
		return nil, err
	}
	stream, err := p.Stream(ctx)
	var bad *engine.RowError
	switch {
	case errors.As(err, &bad):
		bad.Input = c.plan.name(bad.Input)
		return nil, bad
	case err != nil:
		return nil, wrong("%v", err)
	case stream.Bytes != c.plan.Bytes:
		return nil, wrong("it has %d bytes instead of %d", stream.Bytes, c.plan.Bytes)
	}
	for row := range p.BadRows() {
		row.Input = c.plan.name(row.Input)
		if err := onBadRow(row); err != nil {
			return nil, err
		}
	}
	return stream, nil
}
