package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"sync"

	"onebrc/cmd/internal/cli"
	"onebrc/engine"
)

// badRows is what the flags say about bad rows, and takes them.
type badRows struct {
	onError onError
	path    string // of the file that they are written to, "" for none
	limit   int    // the run ends at that many, 0 means never

	mu    sync.Mutex // a signal ends the run while rows still come
	file  *os.File   // nil without a path
	out   *bufio.Writer
	count int
	cut   int // of these, rows that are longer than what is written of them
}

// onError is the flag --on-error.
type onError string

const (
	onErrorFail onError = "fail"
	onErrorSkip onError = "skip"
)

// String returns the choice.
func (o *onError) String() string { return string(*o) }

// Type names the value in help.
func (o *onError) Type() string { return "fail|skip" }

// Set parses text.
func (o *onError) Set(text string) error {
	switch choice := onError(text); choice {
	case onErrorFail, onErrorSkip:
		*o = choice
		return nil
	}
	return fmt.Errorf("want %s or %s", onErrorFail, onErrorSkip)
}

// check refuses flags that don't go together with each other or with the files
// of a run. changed reports whether a flag is given.
func (b *badRows) check(changed func(flag string) bool, args []string) error {
	if b.onError != onErrorSkip {
		for _, flag := range []string{"rejects", "max-rejects"} {
			if changed(flag) {
				return cli.Usagef("--%s needs --on-error skip", flag)
			}
		}
	}
	if changed("max-rejects") && b.limit < 1 {
		return cli.Usagef("--max-rejects %d: at least 1 is needed", b.limit)
	}
	if !changed("rejects") {
		return nil
	}
	if b.path == "" {
		return cli.Usagef("--rejects needs the name of a file")
	}
	for _, arg := range args {
		if strings.ContainsAny(arg, "\t\n") {
			return cli.Usagef("--rejects can't name a FILE with a tab or a line feed: %q", arg)
		}
	}
	return nil
}

// open makes the file.
func (b *badRows) open() (err error) {
	if b.path == "" {
		return nil
	}
	// Not os.Create: this program must not be a reader of its own pipe.
	if b.file, err = os.OpenFile(b.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666); err != nil {
		return rejectsError(err)
	}
	b.out = bufio.NewWriterSize(b.file, 64<<10)
	return nil
}

func rejectsError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("--rejects: %w", err)
}

// add takes a bad row. It is engine.Options.OnBadRow.
func (b *badRows) add(row *engine.RowError) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count++
	if row.Cut {
		b.cut++
	}
	if b.out != nil {
		fmt.Fprintf(b.out, "%s\t%d\t%d\t%s\t", row.Input, row.Line, row.Offset, string(row.Reason))
		b.out.Write(row.Row)
		if err := b.out.WriteByte('\n'); err != nil { // of any of the three
			return rejectsError(err)
		}
	}
	if b.count == b.limit {
		return fmt.Errorf("stopped at bad row %d (--max-rejects): %w", b.count, row)
	}
	return nil
}

// close writes what is still to be written.
func (b *badRows) close() error {
	if b.file == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.out.Flush()
	if closeErr := b.file.Close(); err == nil {
		err = closeErr
	}
	return rejectsError(err)
}

// summary says how many rows were bad.
func (b *badRows) summary() string {
	text := fmt.Sprintf("bad rows: %d", b.count)
	if b.cut > 0 && b.file != nil {
		text += fmt.Sprintf(", %d of them cut to %d bytes in %s", b.cut, engine.MaxBadRowBytes, b.path)
	}
	return text
}
