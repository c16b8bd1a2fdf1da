//go:build linux

package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"onebrc/engine"
	"onebrc/parse/oracle"
)

// tryPercentiles compares percentiles of names with those of sorted values.
func tryPercentiles(l *lab) error {
	content := l.content
	if len(content) > maxGroupBytes {
		content = content[:strings.LastIndexByte(content[:maxGroupBytes], '\n')+1]
	}
	o := l.options()
	for range 1 + l.r.IntN(5) {
		if p := strings.TrimPrefix(string(randomFunc(l.r, []engine.Func{engine.FuncMedian})), "p"); p != string(engine.FuncMedian) && !slices.Contains(o.Percentiles, p) {
			o.Percentiles = append(o.Percentiles, p)
		}
	}
	l.note("percentiles %s of %d bytes", o.Percentiles, len(content))
	values := map[string][]int{}
	for row := range strings.Lines(content) {
		name, text, _ := strings.Cut(strings.TrimRight(row, "\r\n"), ";")
		tenths, err := strconv.Atoi(strings.Replace(text, ".", "", 1))
		if err != nil {
			return err
		}
		values[name] = append(values[name], tenths)
	}
	in, _ := l.plainInput(content)
	if l.r.IntN(3) > 0 {
		in = l.input(content)
	} else {
		if _, err := l.littleMemory(&o, engine.Options.Check); err != nil {
			return err
		}
	}
	s, err := engine.AggregateStream(context.Background(), o, in)
	if err != nil {
		return err
	}
	names := 0
	for station, err := range s.All() {
		if err != nil {
			return err
		}
		names++
		all := values[station.Name]
		slices.Sort(all)
		for i, p := range o.Percentiles {
			part, err := strconv.ParseFloat(p, 64)
			if err != nil {
				return err
			}
			// Exact, as no p has more than three decimals and there are few values.
			rank := (int64(math.Round(part*1000))*int64(len(all)) + 99_999) / 100_000
			if want := all[max(rank, 1)-1]; len(all) == 0 || int(station.Percentile(i)) != want {
				return fmt.Errorf("p%s of %q is %d, want %d", p, station.Name, station.Percentile(i), want)
			}
		}
	}
	if names != len(values) {
		return fmt.Errorf("%d names, want %d", names, len(values))
	}
	return nil
}

// tryGroupLimited streams the groups of a table with values in little memory.
func tryGroupLimited(l *lab) error {
	t, err := l.newTable()
	if err != nil {
		return err
	}
	content := t.header + strings.Join(t.rows, "")
	if content == "" {
		return nil // how many columns there are is not known
	}
	in, name := l.plainInput(content)
	want, err := t.want([]oracle.GroupInput{{Name: name, Content: content}})
	if err != nil {
		return err
	}
	o := l.options()
	_, err = l.littleMemory(&o, func(o engine.Options) error {
		_, err := t.stream(o, engine.Bytes(inputName, []byte(content)))
		return err
	})
	if err != nil {
		return err
	}
	got, err := t.stream(o, in)
	if left := noTemporaryFiles(o); left != nil {
		return left
	}
	if err != nil {
		return fmt.Errorf("got the error %w", err)
	}
	return got.same(want)
}

// stream is run with skip for a stream of groups.
func (t *table) stream(o engine.Options, inputs ...engine.Input) (grouped, error) {
	var got grouped
	o.OnBadRow = got.reject
	s, err := engine.GroupByStream(context.Background(), t.query, o, inputs...)
	var row *engine.RowError
	switch {
	case errors.As(err, &row):
		got.failure = lineOf(row)
		return got, nil
	case err != nil:
		return got, err
	}
	defer s.Close()
	got.rows = s.Rows
	records := [][]string{s.Columns}
	for g, err := range s.All() {
		if err != nil {
			return got, err
		}
		records = append(records, t.record(g, len(s.Columns), s.Keys))
	}
	got.result = csvOf(records)
	return got, nil
}

// tryGroupApprox compares approximate results with exact ones of the oracle, and with
// those of other options.
func tryGroupApprox(l *lab) error {
	t, err := newTable(l.r, randomSize(l.r, min(oracleBytes, 4096+len(l.content))))
	if err != nil {
		return err
	}
	t.decimals, t.query.Interpolate, t.plain.Interpolate = -1, false, false
	if len(t.query.Aggregates) == 0 {
		t.plain.Aggregates = nil // finish has counted rows
	}
	t.aggregate(l.r, engine.FuncDistinct, 1+l.r.IntN(len(t.names))) // at least one can be approximate
	t.query.Approx = pick(l.r, []float64{0.003, 0.01, 0.05, engine.MaxApprox})
	l.note("error %g", t.query.Approx)
	l.noteTable(t)
	content := t.header + strings.Join(t.rows, "")
	in, name := l.namedInput(content)
	want, err := t.want([]oracle.GroupInput{{Name: name, Content: content}})
	if err != nil {
		return err
	}
	got, err := t.run(context.Background(), l.options(), true, in)
	if err != nil {
		return err
	}
	other, err := t.run(context.Background(), l.options(), true, engine.Bytes(name, []byte(content)))
	if err != nil {
		return err
	}
	if err := other.same(got); err != nil {
		return fmt.Errorf("other options: %w", err)
	}
	if got.failure != "" {
		return got.same(want)
	}
	if err := t.near(got.result, want.result); err != nil {
		return err
	}
	got.result, want.result = "", ""
	return got.same(want)
}

// maxDeviation is how many standard errors a number of different contents may be away
// from the exact one.
const maxDeviation = 6

// near returns an error unless the approximate results in a CSV text are as near to exact
// ones as query.Approx says, and all others are equal.
func (t *table) near(got, want string) error {
	records, err := csv.NewReader(strings.NewReader(got)).ReadAll()
	if err != nil {
		return err
	}
	exact, err := csv.NewReader(strings.NewReader(want)).ReadAll()
	if err != nil {
		return err
	}
	if len(records) != len(exact) {
		return fmt.Errorf("%d groups, want %d", len(records)-1, len(exact)-1)
	}
	for i := 1; i < len(records); i++ {
		for k, text := range records[i] {
			if wanted := exact[i][k]; text != wanted && !t.isNear(k-len(t.plain.By), text, wanted) {
				return fmt.Errorf("group %d has %q in column %d, %q is exact", i, text, k+1, wanted)
			}
		}
	}
	return nil
}

// isNear reports whether the result of an aggregate is near enough to the exact one.
func (t *table) isNear(aggregate int, got, want string) bool {
	if aggregate < 0 || aggregate >= len(t.query.Aggregates) {
		return false
	}
	a, errA := strconv.ParseFloat(got, 64)
	b, errB := strconv.ParseFloat(want, 64)
	if errA != nil || errB != nil {
		return false
	}
	switch f := t.query.Aggregates[aggregate].Func; {
	case f == engine.FuncDistinct:
		return math.Abs(a-b) <= maxDeviation*t.query.Approx*b+1
	case f == engine.FuncMedian || strings.HasPrefix(string(f), "p"):
		return math.Abs(a-b) <= t.query.Approx*math.Abs(b)
	}
	return false
}
