package engine

import (
	"errors"
	"fmt"
	"strconv"

	"onebrc/engine/internal/table"
	"onebrc/parse"
)

// ErrTruncated is wrapped by the error of a file that became shorter while it
// was read.
var ErrTruncated = errors.New("truncated while reading")

// ErrMemory is wrapped by the error of a run that needs more memory than
// Options.MaxMemory.
var ErrMemory = table.ErrMemory

const (
	// MaxBadRowBytes is how much of a bad row a RowError has at most.
	MaxBadRowBytes = 64 << 10
	// excerptBytes is how much of it the text of the error quotes.
	excerptBytes = 120
)

// RowError is a row outside the grammar.
type RowError struct {
	Input  string // the name of the input: a path, or what Reader or Bytes was given
	Line   int64  // counted from 1
	Offset int64  // of the row's first byte in the input, counted from 0
	Reason parse.Reason
	Row    []byte // the row without its LF, or the first MaxBadRowBytes of a longer one
	Cut    bool   // Row is not all of the row; its Reason is parse.RowTooLong then
}

// Error returns "INPUT:LINE: byte OFFSET: REASON: "ROW"", with the first 120
// bytes of the row.
func (e *RowError) Error() string {
	excerpt := e.Row[:min(len(e.Row), excerptBytes)]
	return fmt.Sprintf("%s:%d: byte %d: %s: %s", e.Input, e.Line, e.Offset, string(e.Reason), strconv.Quote(string(excerpt)))
}

// Unwrap makes errors.Is find the Reason.
func (e *RowError) Unwrap() error { return e.Reason }
