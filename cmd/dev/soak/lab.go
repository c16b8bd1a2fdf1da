//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"onebrc/engine"
	"onebrc/gen"
	"onebrc/parse/oracle"
)

// lab is one case: its data, its random numbers and its folder.
type lab struct {
	r          *rand.Rand
	program    string // the path of 1brc
	folder     string // for files, removed when the case is over
	files      int    // written there
	goroutines int    // before the first try
	cpus       []int  // that this process may use
	notes      []string

	about   string
	content string // legal rows
	want    string // the line of their result
	damaged string // rows of which some may be bad
	// The line of the result of the good ones, and the others.
	wantSkip string
	allBad   []oracle.Bad
}

// rowBytes is about how long a row is.
const rowBytes = 14

// newLab makes the data of a case. As many data sets have 1 to 2 KB as have 16
// to 32 MB.
func newLab(c config, number uint64) (*lab, error) {
	l := &lab{r: rand.New(rand.NewPCG(c.seed, number)), program: c.program}
	var err error
	if l.cpus, err = usableCPUs(); err != nil {
		return nil, err
	}
	if l.folder, err = os.MkdirTemp("", "onebrc-soak-"); err != nil {
		return nil, err
	}
	profile := pick(l.r, gen.Profiles())
	size := 1 << l.r.IntN(bits.Len(uint(c.bytes)))
	size = min(size+l.r.IntN(size), c.bytes)
	o := gen.Options{Rows: int64(size / rowBytes), Seed: l.r.Uint64(), Profile: profile}
	content, err := generate(o, c.bytes)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(l.folder))
	}
	if l.r.IntN(4) == 0 {
		content = bytes.TrimSuffix(content, []byte{'\n'})
	}
	content = content[:len(content)-cutBytes(content)]
	l.content = string(content)
	damage(l.r, content)
	l.damaged = string(content)
	l.about = fmt.Sprintf("%d bytes of the profile %s, seed %d", len(content), profile, o.Seed)
	var bad *oracle.Bad
	if l.want, bad = oracle.Aggregate(l.content); bad != nil {
		return nil, errors.Join(fmt.Errorf("%s: a bad row at line %d: %s", l.about, bad.Line, bad.Reason), os.RemoveAll(l.folder))
	}
	l.wantSkip, l.allBad = oracle.Skip(l.damaged)
	l.goroutines = runtime.NumGoroutine()
	return l, nil
}

// maxNames bounds how long a result is, and with it what a try takes.
const maxNames = 200_000

// cutBytes returns how many bytes of rows are too many, as they have too many
// names.
func cutBytes(rows []byte) int {
	names := map[string]bool{}
	for rest := rows; len(rest) > 0; {
		row, behind, _ := bytes.Cut(rest, []byte{'\n'})
		name, _, _ := bytes.Cut(row, []byte{';'})
		if names[string(name)] = true; len(names) > maxNames {
			return len(rest)
		}
		rest = behind
	}
	return 0
}

// errFull says that there are enough rows.
var errFull = errors.New("enough")

// A profile may need leastRows, if it has any.
const leastRows = 64

// generate returns the data set of o, or its first rows if it is longer than
// limit bytes.
func generate(o gen.Options, limit int) ([]byte, error) {
	var b []byte
	err := gen.Write(context.Background(), writerFunc(func(rows []byte) (int, error) {
		b = append(b, rows...)
		if len(b) > limit {
			return 0, errFull
		}
		return len(rows), nil
	}), o)
	switch {
	case errors.Is(err, errFull):
		return b[:bytes.LastIndexByte(b[:limit], '\n')+1], nil
	case err != nil && 0 < o.Rows && o.Rows < leastRows:
		o.Rows = leastRows
		return generate(o, limit)
	}
	return b, err
}

type writerFunc func([]byte) (int, error)

// Write calls f.
func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// damage overwrites some bytes of rows, which may stay legal.
func damage(r *rand.Rand, rows []byte) {
	if len(rows) == 0 {
		return
	}
	for range 1 + r.IntN(1<<r.IntN(6)) {
		at := r.IntN(len(rows))
		switch r.IntN(4) {
		case 0:
			rows[at] = byte(r.Uint32())
		case 1:
			rows[at] = pick(r, []byte(";\n\r\x00-.0:/\xff"))
		case 2: // a row that is long, or much too long
			for i := range min(r.IntN(1<<r.IntN(19)), len(rows)-at) {
				rows[at+i] = 'x'
			}
		case 3: // what was nearby
			copy(rows[at:min(at+8, len(rows))], rows[max(at-r.IntN(30), 0):])
		}
	}
}

// run tries a kind once and returns what is wrong, with the notes of the try.
func (l *lab) run(k kind) error {
	l.notes = l.notes[:0]
	if err := k.try(l); err != nil {
		return fmt.Errorf("%s: %s: %s: %w", l.about, k.name, strings.Join(l.notes, ", "), err)
	}
	return nil
}

// note adds to what is told of a try that goes wrong.
func (l *lab) note(format string, args ...any) {
	l.notes = append(l.notes, fmt.Sprintf(format, args...))
}

// write makes a file of the case's folder and returns its path. That it can't be
// made is a panic: the machine is at fault then.
func (l *lab) write(content string) string {
	l.files++
	path := filepath.Join(l.folder, fmt.Sprintf("rows-%d.txt", l.files))
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		panic(err)
	}
	return path
}

// clean removes the files of a try.
func (l *lab) clean() error {
	entries, err := os.ReadDir(l.folder)
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(l.folder, entry.Name())))
	}
	return err
}

// same compares a result with the oracle's.
func (l *lab) same(got string, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("the error %w, want a result", err)
	case got != l.want:
		return difference(got, l.want)
	}
	return nil
}

// sameDamaged compares a result or an error with what the oracle says of the
// damaged rows.
func (l *lab) sameDamaged(got string, err error) error {
	if len(l.allBad) == 0 {
		if err == nil && got == l.wantSkip {
			return nil
		}
		return fmt.Errorf("the error %v; %w", err, difference(got, l.wantSkip))
	}
	first := l.allBad[0]
	var row *engine.RowError
	if !errors.As(err, &row) {
		return fmt.Errorf("the error %v, result %s, want %s at line %d, byte %d", err, excerpt(got), first.Reason, first.Line, first.Offset)
	}
	if row.Line != first.Line || row.Offset != first.Offset || string(row.Reason) != first.Reason ||
		!strings.HasPrefix(l.damaged[row.Offset:], string(row.Row)) {
		return fmt.Errorf("%w, want %s at line %d, byte %d", err, first.Reason, first.Line, first.Offset)
	}
	return nil
}

// difference tells where two lines differ.
func difference(got, want string) error {
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	return fmt.Errorf("the result differs at byte %d: %s, want %s", at, excerpt(got[max(at-40, 0):]), excerpt(want[max(at-40, 0):]))
}

// excerpt is the start of a text, quoted.
func excerpt(text string) string {
	if len(text) > 120 {
		return fmt.Sprintf("%.120q...", text)
	}
	return fmt.Sprintf("%q", text)
}
