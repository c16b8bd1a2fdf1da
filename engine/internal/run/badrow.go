package run

import "onebrc/parse"

// BadRow is a row outside the grammar. The engine's RowError has the same fields.
type BadRow struct {
	Input  string
	Line   int64 // counted from 1
	Offset int64 // of its first byte in the input
	Reason parse.Reason
	Row    []byte // without its LF; the first MaxBadRowBytes of a longer row
	Cut    bool   // Row is only the start of the row
	// Unchecked is the format of compressed data whose checksum was not verified when it
	// had the row, or "".
	Unchecked string
}

// Error implements error.
func (b *BadRow) Error() string { return b.Reason.Error() }
