//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"onebrc/engine"
	"onebrc/gen"
	"onebrc/parse/oracle"
)

// manyNames is a data set with too many names for little memory, and its result.
type manyNames struct {
	content, want string
	names         int
}

const (
	// maxManyRows is the largest number of rows of a manyNames.
	maxManyRows = 300_000
	// manyRowBytes is about the length of a row of its profiles.
	manyRowBytes = 22
)

// newManyNames makes rows that take at most as much space as the largest data sets.
func (l *lab) newManyNames() (*manyNames, error) {
	o := gen.Options{
		Rows: int64(min(maxManyRows, l.bytes/manyRowBytes)), Seed: l.r.Uint64(),
		Profile: pick(l.r, []string{"unique", "uniform", "zipf", "10k", "long-names"}),
	}
	o.Rows -= o.Rows * int64(l.r.IntN(8)) / 10
	switch o.Profile {
	case "uniform", "zipf":
		o.Names = 1 << (14 + l.r.Int64N(7))
	}
	l.note("%d rows of the profile %s with %d names, seed %d", o.Rows, o.Profile, o.Names, o.Seed)
	content, err := generate(o, l.bytes)
	if err != nil {
		return nil, err
	}
	m := &manyNames{content: string(content)}
	var bad *oracle.Bad
	if m.want, bad = oracle.Aggregate(m.content); bad != nil {
		return nil, fmt.Errorf("gen wrote a bad row at line %d: %s", bad.Line, bad.Reason)
	}
	m.names = strings.Count(m.want, "=")
	return m, nil
}

// littleMemory sets a random number of a few workers, a folder for temporary files, and
// a limit of the memory from just enough for a run to start. failed returns the error of
// a run that is allowed one byte. enough reports that such a run must not fail for want
// of memory.
func (l *lab) littleMemory(o *engine.Options, failed func(o engine.Options) error) (enough bool, err error) {
	o.Workers = 1 + l.r.IntN(4)
	o.CPUs = nil
	o.TempDir = filepath.Join(l.folder, "temp")
	if err := os.MkdirAll(o.TempDir, 0o777); err != nil {
		return false, err
	}
	o.MaxMemory = 1
	text := fmt.Sprint(failed(*o))
	_, least, found := strings.Cut(text, "need at least ")
	if _, err := fmt.Sscan(least, &o.MaxMemory); err != nil || !found {
		return false, fmt.Errorf("no least memory in the error %s: %w", text, err)
	}
	more := l.r.Int64N(1 << (18 + l.r.IntN(8)))
	o.MaxMemory += more
	l.note("%d workers, at most %d bytes of memory, %d more than least", o.Workers, o.MaxMemory, more)
	return more >= int64(o.Workers)*enoughBytes, nil
}

// enoughBytes is how much more than the least memory a worker needs for any of the data
// sets here.
const enoughBytes = 0

// noTemporaryFiles returns an error if a run has left files in the folder of o.
func noTemporaryFiles(o engine.Options) error {
	entries, err := os.ReadDir(o.TempDir)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%d temporary files are left, such as %s", len(entries), entries[0].Name())
	}
	return err
}

// tryManyNames aggregates many names in little memory.
func tryManyNames(l *lab) error {
	m, err := l.newManyNames()
	if err != nil {
		return err
	}
	o := l.options()
	enough, err := l.littleMemory(&o, engine.Options.Check)
	if err != nil {
		return err
	}
	in, _ := l.plainInput(m.content)
	streamed := l.r.IntN(4) > 0
	l.note("streamed: %t", streamed)
	var got string
	if streamed {
		got, err = streamText(o, in)
	} else {
		got, err = text(engine.Aggregate(context.Background(), o, in))
	}
	if left := noTemporaryFiles(o); left != nil {
		return left
	}
	switch {
	case errors.Is(err, engine.ErrMemory) && !(enough && streamed): // a result has to fit, too
		l.note("too little memory")
		return nil
	case err != nil:
		return fmt.Errorf("got the error %w, want a result", err)
	case got != m.want:
		return difference(got, m.want)
	}
	return nil
}

// streamText returns the line of a stream.
func streamText(o engine.Options, in engine.Input) (string, error) {
	s, err := engine.AggregateStream(context.Background(), o, in)
	if err != nil {
		return "", err
	}
	defer s.Close()
	var b strings.Builder
	_, err = s.WriteTo(&b)
	return b.String(), err
}
