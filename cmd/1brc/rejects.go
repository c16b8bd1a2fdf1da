package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"sync"

	"onebrc/cmd/internal/cli"
	"onebrc/engine"
)

// badRows holds the flags about bad rows. It counts bad rows and writes them.
type badRows struct {
	onError cli.Choice[onError]
	path    string  // of the file to write them to, "" for none
	limit   cli.Int // the run ends at that many, 0 means never

	mu      sync.Mutex // rows may still come when a signal ends the run
	file    *outputFile
	out     *bufio.Writer // nil without a path
	count   int
	cut     int  // number of rows that are longer than what is written of them
	limited bool // the limit ended the run
}

// onError is what to do about a bad row.
type onError string

const (
	onErrorFail onError = "fail"
	onErrorSkip onError = "skip"
)

var onErrors = []onError{onErrorFail, onErrorSkip}

// check refuses flags that contradict each other or the inputs. changed reports
// whether a flag is given.
func (b *badRows) check(changed func(flag string) bool, args []string) error {
	if b.onError.Value != onErrorSkip {
		for _, flag := range []string{"rejects", "max-rejects"} {
			if changed(flag) {
				return cli.Usagef("--%s needs --on-error skip", flag)
			}
		}
	}
	if !changed("rejects") {
		return nil
	}
	for _, arg := range args {
		if strings.ContainsAny(arg, "\t\n") {
			return cli.Usagef("--rejects cannot list a FILE with a tab or a line feed in its name: %q", arg)
		}
	}
	return nil
}

// open creates the file. It waits for the reader of a FIFO until ctx ends.
func (b *badRows) open(ctx context.Context) (err error) {
	if b.path == "" {
		return nil
	}
	if b.file, err = createOutput(ctx, b.path); err != nil {
		return b.error(err)
	}
	b.out = bufio.NewWriterSize(b.file, 64<<10)
	return nil
}

// error makes err name the flag and the file.
func (b *badRows) error(err error) error {
	if err == cli.ErrInterrupted {
		return err
	}
	return fmt.Errorf("--rejects: %w", outputError(b.path, err))
}

// add counts and writes a bad row. It is engine.Options.OnBadRow.
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
			return b.error(err)
		}
	}
	if b.count == b.limit.Value {
		b.limited = true
		return fmt.Errorf("stopped at bad row %d (--max-rejects): %w", b.count, row)
	}
	return nil
}

// close ends the file of a run that ended with err, and returns err or else its
// own error. The file takes its place if the run read all rows up to its end or to
// the limit.
func (b *badRows) close(err error) error {
	switch {
	case b.file == nil:
		return err
	case err == cli.ErrInterrupted: // add may hold the lock for as long as a FIFO is full
		b.file.discard()
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	flushErr := b.out.Flush() // even if the run failed, as the file may be a FIFO
	if flushErr != nil || err != nil && !b.limited {
		b.file.discard()
	} else {
		flushErr = b.file.commit()
	}
	if err == nil && flushErr != nil {
		err = b.error(flushErr)
	}
	return err
}

// summary says how many rows were bad.
func (b *badRows) summary() string {
	text := fmt.Sprintf("bad rows: %d", b.count)
	if b.cut > 0 && b.file != nil {
		text += fmt.Sprintf(", %d of them cut to %d bytes in %s", b.cut, engine.MaxBadRowBytes, b.path)
	}
	return text
}
