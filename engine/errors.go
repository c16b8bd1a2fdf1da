package engine

import (
	"fmt"
	"strconv"

	"onebrc/engine/internal/decompress"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/run"
	"onebrc/engine/internal/source"
	"onebrc/parse"
)

// Errors that Aggregate wraps, for [errors.Is].
var (
	// ErrTruncated means that a file became shorter while it was read.
	ErrTruncated = source.ErrTruncated
	// ErrCompressed means that a compressed input is truncated or damaged. The error
	// has the offset of the compressed byte where that was found.
	ErrCompressed = decompress.ErrData
	// ErrMemory means that the run needs more memory than Options.MaxMemory, which
	// says when that is an error.
	ErrMemory = memory.ErrMemory
)

// OptionError is the error of an option with a wrong value, which Aggregate and
// Options.Check wrap. Option is the name of the field of Options, and Problem says
// what is wrong and what would be right, such as "must be 0 or more, got -1".
type OptionError = run.OptionError

// The reasons of a [RowError], for [errors.Is].
var (
	ErrEmptyRow         error = parse.EmptyRow
	ErrRowTooLong       error = parse.RowTooLong
	ErrMissingSeparator error = parse.MissingSeparator
	ErrEmptyName        error = parse.EmptyName
	ErrNameTooLong      error = parse.NameTooLong
	ErrBadValue         error = parse.BadValue
)

const (
	// MaxBadRowBytes is the largest number of bytes of a bad row in a RowError.
	MaxBadRowBytes = source.MaxBadRowBytes
	// excerptBytes is how many bytes of the row RowError.Error quotes.
	excerptBytes = 120
)

// RowError is a row outside the grammar.
type RowError struct {
	Input  string // the name of the input: a path, or the name given to Reader or Bytes
	Line   int64  // counted from 1
	Offset int64  // of its first byte in the input, counted from 0, after decompression
	Reason parse.Reason
	Row    []byte // the row without its LF, or the first MaxBadRowBytes of a longer one
	Cut    bool   // Row is only the start of the row; Reason is then parse.RowTooLong
	// Unchecked is the format, such as "gzip", of compressed data whose checksum was not
	// verified when the row was found in it: the data may be damaged. It is "" if there
	// is no such doubt.
	Unchecked string
}

// Error returns "INPUT:LINE: byte OFFSET: REASON: "ROW"", where ROW is the first 120
// bytes of the row, quoted. It says if the row may come from damaged data.
func (e *RowError) Error() string {
	excerpt := e.Row[:min(len(e.Row), excerptBytes)]
	text := fmt.Sprintf("%s:%d: byte %d: %s: %s", e.Input, e.Line, e.Offset, string(e.Reason), strconv.Quote(string(excerpt)))
	if e.Unchecked != "" {
		text += " (in " + e.Unchecked + " data whose checksum is not verified yet)"
	}
	return text
}

// Unwrap returns the Reason, so that [errors.Is] finds ErrBadValue and the others.
func (e *RowError) Unwrap() error { return e.Reason }
