//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"onebrc/engine"
	"onebrc/gen"
	"onebrc/parse/oracle"
)

// rejectLine returns the line for a bad row in the file of --rejects and in gen's
// list of planted rows.
func rejectLine(input string, line, offset int64, reason, row string) string {
	return fmt.Sprintf("%s\t%d\t%d\t%s\t%s\n", input, line, offset, reason, row[:min(len(row), engine.MaxBadRowBytes)])
}

// oracleRejects returns the lines for all bad rows.
func oracleRejects(input string, bad []oracle.Bad) string {
	var b strings.Builder
	for _, row := range bad {
		b.WriteString(rejectLine(input, row.Line, row.Offset, row.Reason, row.Row))
	}
	return b.String()
}

// skip aggregates the good rows of an input and returns their result and the
// lines for the bad rows.
func (l *lab) skip(in engine.Input) (got, rejects string, err error) {
	var b strings.Builder
	o := l.options()
	o.OnBadRow = func(row *engine.RowError) error {
		b.WriteString(rejectLine(inputName, row.Line, row.Offset, string(row.Reason), string(row.Row)))
		return nil
	}
	got, err = text(engine.Aggregate(context.Background(), o, in))
	return got, b.String(), err
}

// sameSkip compares the result of the good rows and the lines for the bad rows
// with the oracle's.
func (l *lab) sameSkip(got, rejects, want, wantRejects string, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("got the error %w, want a result", err)
	case rejects != wantRejects:
		return fmt.Errorf("bad rows: %w", difference(rejects, wantRejects))
	case got != want:
		return difference(got, want)
	}
	return nil
}

// trySkip skips the bad rows of damaged.
func trySkip(l *lab) error {
	got, rejects, err := l.skip(l.input(l.damaged))
	return l.sameSkip(got, rejects, l.wantSkip, oracleRejects(inputName, l.allBad), err)
}

// tryPlanted compares the bad rows that the engine finds with gen's list of those
// that it planted.
func tryPlanted(l *lab) error {
	var list bytes.Buffer
	o := gen.Options{
		Rows: l.r.Int64N(min(int64(len(l.content)/rowBytes), 300_000) + 1), Seed: l.r.Uint64(), Profile: pick(l.r, gen.Profiles()),
		Corrupt: l.r.Float64() / float64(1+l.r.IntN(1000)), CorruptList: &list, CorruptName: inputName,
	}
	content, err := generate(o, math.MaxInt)
	if err != nil { // the profile can't have bad rows
		o.Profile = gen.DefaultProfile
		content, err = generate(o, math.MaxInt)
	}
	l.note("%d rows of the profile %s, seed %d, rate %g", o.Rows, o.Profile, o.Seed, o.Corrupt)
	if err != nil {
		return err
	}
	want, bad := oracle.Skip(string(content))
	planted := list.String()
	if oracle := oracleRejects(inputName, bad); oracle != planted {
		return fmt.Errorf("the oracle's bad rows are not gen's: %w", difference(oracle, planted))
	}
	got, rejects, err := l.skip(engine.Reader(inputName, randomReads(l.r, string(content))))
	return l.sameSkip(got, rejects, want, planted, err)
}

// tryRejects runs the program with --rejects.
func tryRejects(l *lab) error {
	in, out := l.write(l.damaged), filepath.Join(l.folder, "rejects")
	got := finish(l.command("", "--on-error", "skip", "--rejects", out, in), nil)
	if got.code != 0 || !strings.HasPrefix(got.stderr, fmt.Sprintf("1brc: bad rows: %d", len(l.allBad))) {
		return errors.New(got.String())
	}
	rejects, err := os.ReadFile(out)
	return l.sameSkip(got.stdout, string(rejects), l.wantSkip, oracleRejects(in, l.allBad), err)
}
