//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing/iotest"

	"onebrc/engine"
	"onebrc/gen"
	"onebrc/parse/oracle"
)

// grouped is what a group-by finds.
type grouped struct {
	result  string   // in CSV, unless the run failed
	rows    int64    // of all groups
	rejects []string // a line for each bad row, also if the run then failed
	failure string   // a line for the row that ended the run, or which headers differ
}

// differs is in the error of an input whose header is another one. The names of both
// inputs are around it, then what differs.
const differs = ": the header differs from that of "

// cutDiffers returns an error that says that headers differ, without what differs.
func cutDiffers(text string) (cut string, ok bool) {
	name, rest, ok := strings.Cut(text, differs)
	first, _, _ := strings.Cut(rest, ": ")
	return name + differs + first, ok
}

// maxGroupBytes is the size of the largest tables.
const maxGroupBytes = 8_000_000

// oracleBytes is the size of the largest tables that the oracle groups. It computes
// with fractions of any size, which takes long.
const oracleBytes = 64 << 10

// newTable returns a table of at most about as many bytes as the case's data has. Most
// are small, because most mistakes are at borders of chunks, of which these have many.
func (l *lab) newTable() (*table, error) {
	limit := min(oracleBytes, 4096+len(l.content))
	if l.r.IntN(4) == 0 {
		limit = min(maxGroupBytes, 4096+len(l.content))
	}
	t, err := newTable(l.r, randomSize(l.r, limit))
	if err == nil {
		l.noteTable(t)
	}
	return t, err
}

func (l *lab) noteTable(t *table) { l.note("%s, grouped by %q", t.about, t.flags()) }

// want returns what a group-by of the inputs finds. That is what the oracle says, or,
// of long inputs, what the portable kernel finds with one worker and one chunk.
func (t *table) want(inputs []oracle.GroupInput) (grouped, error) {
	size := 0
	for _, in := range inputs {
		size += len(in.Content)
	}
	if size <= oracleBytes {
		return t.ofOracle(t.plain.Run(inputs...)), nil
	}
	var all []engine.Input
	for _, in := range inputs {
		all = append(all, engine.Bytes(in.Name, []byte(in.Content)))
	}
	o := engine.Options{Workers: 1, ChunkBytes: 1 << 30, Kernel: "generic"}
	return t.run(context.Background(), o, true, all...)
}

func (t *table) ofOracle(found oracle.Grouped) grouped {
	want := grouped{rows: found.Rows}
	line := func(bad oracle.Bad) string {
		return rejectLine(bad.Name, bad.Line, bad.Offset, bad.Reason, bad.Row)
	}
	for _, bad := range found.Bad {
		want.rejects = append(want.rejects, line(bad))
	}
	switch {
	case found.Fatal != nil:
		want.failure = line(*found.Fatal)
		return want
	case found.Differs != [2]string{}:
		want.failure = found.Differs[1] + differs + found.Differs[0]
		return want
	}
	records := [][]string{t.outputNames()}
	for _, g := range found.Groups {
		record := slices.Clone(g.Key)
		for _, cell := range g.Cells {
			switch {
			case cell.Missing:
				record = append(record, t.query.Null)
			case t.decimals >= 0:
				record = append(record, cell.Rounded(t.decimals))
			default:
				record = append(record, cell.Text)
			}
		}
		records = append(records, record)
	}
	want.result = csvOf(records)
	return want
}

// csvOf returns records as the program prints them.
func csvOf(records [][]string) string {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, record := range records {
		if len(record) == 1 && record[0] == "" {
			w.Flush()
			b.WriteString("\"\"\n")
			continue
		}
		_ = w.Write(record) // a buffer cannot fail
	}
	w.Flush()
	return b.String()
}

// reject is for Options.OnBadRow.
func (g *grouped) reject(row *engine.RowError) error {
	g.rejects = append(g.rejects, lineOf(row))
	return nil
}

// lineOf returns the line of a bad row.
func lineOf(row *engine.RowError) string {
	return rejectLine(row.Input, row.Line, row.Offset, string(row.Reason), string(row.Row))
}

// run groups with the engine. If skip is set, it leaves out bad rows. The error is none
// that is about rows.
func (t *table) run(ctx context.Context, o engine.Options, skip bool, inputs ...engine.Input) (grouped, error) {
	var got grouped
	if skip {
		o.OnBadRow = got.reject
	}
	groups, err := engine.GroupBy(ctx, t.query, o, inputs...)
	var row *engine.RowError
	switch {
	case errors.As(err, &row):
		got.failure = lineOf(row)
		err = nil
	case err == nil:
		got.rows = groups.Rows
		got.result = csvOf(t.recordsOf(groups))
		if groups.BadRows != int64(len(got.rejects)) {
			err = fmt.Errorf("%d bad rows are counted, but %d are listed", groups.BadRows, len(got.rejects))
		}
	case groups != nil && (groups.Len() > 0 || groups.Measurement == nil):
		err = fmt.Errorf("a result together with the error %w", err)
	default:
		if failure, ok := cutDiffers(err.Error()); ok {
			got.failure, err = failure, nil
		}
	}
	return got, err
}

func (t *table) recordsOf(groups *engine.Groups) [][]string {
	records := [][]string{groups.Columns}
	for g := range groups.All() {
		records = append(records, t.record(g, len(groups.Columns), groups.Keys))
	}
	return records
}

// record returns the columns of a group, of which some are keys.
func (t *table) record(g engine.Group, columns, keys int) []string {
	record := make([]string, columns)
	for i := range record {
		cell := i - keys
		switch {
		case cell < 0:
			record[i] = g.Key(i)
		case g.Cell(cell).Missing():
			record[i] = t.query.Null
		case t.decimals >= 0:
			record[i] = string(g.Cell(cell).AppendDecimals(nil, t.decimals))
		default:
			record[i] = g.Cell(cell).String()
		}
	}
	return record
}

// stopped returns what a run finds that ends at the first bad row.
func (g grouped) stopped() grouped {
	switch {
	case len(g.rejects) > 0:
		return grouped{failure: g.rejects[0]}
	case g.failure != "":
		return grouped{failure: g.failure}
	}
	return g
}

// same compares what a run finds.
func (g grouped) same(want grouped) error {
	got, wanted := strings.Join(g.rejects, ""), strings.Join(want.rejects, "")
	switch {
	case g.failure != want.failure:
		return fmt.Errorf("the run ended with %s, want %s", excerpt(g.failure), excerpt(want.failure))
	case got != wanted:
		return fmt.Errorf("bad rows: %w", difference(got, wanted))
	case want.failure != "":
		return nil
	case g.result != want.result:
		return difference(g.result, want.result)
	case g.rows != want.rows:
		return fmt.Errorf("%d rows, want %d", g.rows, want.rows)
	}
	return nil
}

// tryGroup groups a table and compares the result, and the bad rows or the first one.
func tryGroup(l *lab) error {
	t, err := l.newTable()
	if err != nil {
		return err
	}
	var inputs []engine.Input
	var contents []oracle.GroupInput
	for _, content := range t.contents(l.r, l.r.IntN(2) == 0) {
		in, name := l.namedInput(content)
		inputs, contents = append(inputs, in), append(contents, oracle.GroupInput{Name: name, Content: content})
	}
	want, err := t.want(contents)
	if err != nil {
		return err
	}
	skip := l.r.IntN(4) > 0
	l.note("bad rows are skipped: %t", skip)
	if !skip {
		want = want.stopped()
	}
	got, err := t.run(context.Background(), l.options(), skip, inputs...)
	if err != nil {
		return fmt.Errorf("got the error %w", err)
	}
	return got.same(want)
}

// plantedLog returns a log with bad rows, and gen's list of these. name is that of the
// input.
func (l *lab) plantedLog(name string) (t *table, planted string, err error) {
	var list bytes.Buffer
	t, err = newLog(l.r, gen.Options{
		Rows: int64(randomSize(l.r, min(200_000, 100+len(l.content)/logRowBytes))), Seed: l.r.Uint64(),
		Profile: pick(l.r, gen.LogProfiles()),
		Corrupt: l.r.Float64() / float64(1+l.r.IntN(1000)), CorruptList: &list, CorruptName: name,
	})
	if err == nil {
		l.noteTable(t)
	}
	return t, list.String(), err
}

// tryGroupPlanted compares the bad rows that the engine finds with gen's list of those
// that it planted.
func tryGroupPlanted(l *lab) error {
	t, planted, err := l.plantedLog(inputName)
	if err != nil {
		return err
	}
	content := t.header + strings.Join(t.rows, "")
	want, err := t.want([]oracle.GroupInput{{Name: inputName, Content: content}})
	if err != nil {
		return err
	}
	if wanted := strings.Join(want.rejects, ""); wanted != planted {
		return fmt.Errorf("bad rows of the reference are not gen's: %w", difference(wanted, planted))
	}
	got, err := t.run(context.Background(), l.options(), true, engine.Reader(inputName, randomReads(l.r, content)))
	if err != nil {
		return fmt.Errorf("got the error %w", err)
	}
	return got.same(want)
}

// tryGroupStopped does something during a run that may end it. The run has a result, or
// the error of that.
func tryGroupStopped(l *lab) error {
	t, err := l.newTable()
	if err != nil {
		return err
	}
	content := t.header + strings.Join(t.rows, "")
	ctx, o := context.Background(), l.options()
	step := l.r.IntN(1 << l.r.IntN(8))
	var in engine.Input
	var allowed error
	broken := errors.New("broken")
	name := inputName
	switch l.r.IntN(4) {
	case 0:
		left := l.r.Int64N(int64(len(content)) + 1)
		l.note("truncated to %d of %d bytes at step %d", left, len(content), step)
		name = l.write(content)
		in, allowed = engine.File(name), engine.ErrTruncated
		ctx = newStepContext(ctx, step, sync.OnceFunc(func() { _ = os.Truncate(name, left) }))
	case 1:
		l.note("cancelled at step %d", step)
		in, name = l.namedInput(content)
		cancelled, cancel := context.WithCancel(ctx)
		defer cancel()
		ctx, allowed = newStepContext(cancelled, step, cancel), context.Canceled
	case 2:
		o.MaxMemory = 1 + l.r.Int64N(1<<(20+l.r.IntN(11)))
		l.note("at most %d bytes of memory", o.MaxMemory)
		in, name = l.namedInput(content)
		allowed = engine.ErrMemory
	case 3:
		at := l.r.IntN(len(content) + 1)
		l.note("the reader fails at byte %d of %d", at, len(content))
		in = engine.Reader(inputName, io.MultiReader(randomReads(l.r, content[:at]), iotest.ErrReader(broken)))
		if _, err := t.run(ctx, o, true, in); !errors.Is(err, broken) {
			return fmt.Errorf("got the error %w, want the reader's error", err)
		}
		return nil
	}
	want, err := t.want([]oracle.GroupInput{{Name: name, Content: content}})
	if err != nil {
		return err
	}
	got, err := t.run(ctx, o, true, in)
	if errors.Is(err, allowed) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("got the error %w", err)
	}
	return got.same(want)
}
