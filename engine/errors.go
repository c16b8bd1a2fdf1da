package engine

import (
	"errors"
	"fmt"
	"strconv"

	"onebrc/parse"
)

// ErrTruncated is wrapped by the error of a file that became shorter while it
// was read.
var ErrTruncated = errors.New("truncated while reading")

// excerptBytes is how much of a bad row its error quotes.
const excerptBytes = 120

// RowError is a row outside the grammar: the first one of its input.
type RowError struct {
	Input  string // the name of the input: a path, or what Reader or Bytes was given
	Line   int64  // counted from 1
	Offset int64  // of the row's first byte in the input, counted from 0
	Reason parse.Reason
	Row    []byte // the row without its LF, at most the first 120 bytes of it
}

// Error returns "INPUT:LINE: byte OFFSET: REASON: "ROW"".
func (e *RowError) Error() string {
	return fmt.Sprintf("%s:%d: byte %d: %s: %s", e.Input, e.Line, e.Offset, string(e.Reason), strconv.Quote(string(e.Row)))
}

// Unwrap makes errors.Is find the Reason.
func (e *RowError) Unwrap() error { return e.Reason }
