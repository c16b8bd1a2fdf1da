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
	program    string   // path of 1brc
	bytes      int      // size of the largest data sets
	folder     string   // for files; removed after the case
	files      int      // number of files written to folder
	goroutines int      // number of goroutines before the first try
	cpus       []int    // CPUs that this process may use
	notes      []string // random choices of the try

	about    string       // describes the data
	content  string       // legal rows
	want     string       // line of the result of content
	damaged  string       // rows, some of which may be bad
	wantSkip string       // line of the result of the good rows of damaged
	allBad   []oracle.Bad // bad rows of damaged
}

// rowBytes is the approximate length of a row.
const rowBytes = 14

// newLab makes the data of a case. The logarithm of its size is uniform: 1 to
// 2 KB are as likely as 16 to 32 MB.
func newLab(c config, number uint64) (*lab, error) {
	l := &lab{r: rand.New(rand.NewPCG(c.seed, number)), program: c.program, bytes: c.bytes}
	var err error
	if l.cpus, err = usableCPUs(); err != nil {
		return nil, err
	}
	if l.folder, err = os.MkdirTemp("", "onebrc-soak-"); err != nil {
		return nil, err
	}
	profile := pick(l.r, gen.Profiles())
	size := randomSize(l.r, c.bytes)
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
	damage(l.r, content, ";\n\r\x00-.0:/\xff")
	l.damaged = string(content)
	l.about = fmt.Sprintf("%d bytes of the profile %s, seed %d", len(content), profile, o.Seed)
	var bad *oracle.Bad
	if l.want, bad = oracle.Aggregate(l.content); bad != nil {
		return nil, errors.Join(fmt.Errorf("%s: gen wrote a bad row at line %d: %s", l.about, bad.Line, bad.Reason), os.RemoveAll(l.folder))
	}
	l.wantSkip, l.allBad = oracle.Skip(l.damaged)
	l.goroutines = runtime.NumGoroutine()
	return l, nil
}

// randomSize returns a size of at most limit whose logarithm is uniform.
func randomSize(r *rand.Rand, limit int) int {
	size := 1 << r.IntN(bits.Len(uint(limit)))
	return min(size+r.IntN(size), limit)
}

// maxNames limits the length of a result, and so the time of a try.
const maxNames = 200_000

// cutBytes returns how many bytes to cut off the end of rows so that they have at
// most maxNames names.
func cutBytes(rows []byte) int {
	names := map[string]bool{}
	for rest := rows; len(rest) > 0; {
		row, after, _ := bytes.Cut(rest, []byte{'\n'})
		name, _, _ := bytes.Cut(row, []byte{';'})
		if names[string(name)] = true; len(names) > maxNames {
			return len(rest)
		}
		rest = after
	}
	return 0
}

// errFull ends gen.Write when there are enough rows.
var errFull = errors.New("enough")

// leastRows is enough for every profile that needs a minimum of rows.
const leastRows = 64

// generate returns the data set of o, or its first rows if it is longer than
// limit bytes. It has leastRows if the profile needs more than o.Rows.
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

// Write calls f(b).
func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// damage overwrites random bytes of rows, many of them by one of special. The rows may
// stay legal.
func damage(r *rand.Rand, rows []byte, special string) {
	if len(rows) == 0 {
		return
	}
	for range 1 + r.IntN(1<<r.IntN(6)) {
		at := r.IntN(len(rows))
		switch r.IntN(4) {
		case 0:
			rows[at] = byte(r.Uint32())
		case 1:
			rows[at] = pick(r, []byte(special))
		case 2: // a long row, often too long
			for i := range min(r.IntN(1<<r.IntN(19)), len(rows)-at) {
				rows[at+i] = 'x'
			}
		case 3: // bytes from nearby
			copy(rows[at:min(at+8, len(rows))], rows[max(at-r.IntN(30), 0):])
		}
	}
}

// run tries k once and returns what is wrong, with the notes of the try.
func (l *lab) run(k kind) error {
	l.notes = l.notes[:0]
	if err := k.try(l); err != nil {
		return fmt.Errorf("%s: %s: %s: %w", l.about, k.name, strings.Join(l.notes, ", "), err)
	}
	return nil
}

// note adds a note, which is printed if the try goes wrong.
func (l *lab) note(format string, args ...any) {
	l.notes = append(l.notes, fmt.Sprintf(format, args...))
}

// write writes a new file in the case's folder and returns its path. It panics if
// it can't, because then the machine is at fault.
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

// same compares the result of content with the oracle's.
func (l *lab) same(got string, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("got the error %w, want a result", err)
	case got != l.want:
		return difference(got, l.want)
	}
	return nil
}

// sameDamaged compares the result or the error of damaged with the oracle's.
func (l *lab) sameDamaged(got string, err error) error {
	if len(l.allBad) == 0 {
		if err == nil && got == l.wantSkip {
			return nil
		}
		return fmt.Errorf("got the error %v; %w", err, difference(got, l.wantSkip))
	}
	first := l.allBad[0]
	var row *engine.RowError
	if !errors.As(err, &row) {
		return fmt.Errorf("got the error %v and the result %s, want %s at line %d, byte %d", err, excerpt(got), first.Reason, first.Line, first.Offset)
	}
	if row.Line != first.Line || row.Offset != first.Offset || string(row.Reason) != first.Reason ||
		!strings.HasPrefix(l.damaged[row.Offset:], string(row.Row)) {
		return fmt.Errorf("%w, want %s at line %d, byte %d", err, first.Reason, first.Line, first.Offset)
	}
	return nil
}

// difference returns an error that says where two lines differ.
func difference(got, want string) error {
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	return fmt.Errorf("the result differs at byte %d: %s, want %s", at, excerpt(got[max(at-40, 0):]), excerpt(want[max(at-40, 0):]))
}

// excerpt returns the start of a text, quoted.
func excerpt(text string) string {
	if len(text) > 120 {
		return fmt.Sprintf("%.120q...", text)
	}
	return fmt.Sprintf("%q", text)
}
