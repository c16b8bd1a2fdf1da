package engine

import (
	"bytes"

	"onebrc/parse"
	"onebrc/parse/delimited"
)

const (
	// firstRowBytes is how many bytes of an input are always enough for its first
	// row: a byte order mark, the longest row, and its LF.
	firstRowBytes = len(delimited.ByteOrderMark) + delimited.MaxRowBytes + 1
	// peekBytes is how many bytes of an input are looked at first.
	peekBytes = 4 << 10
)

// syntax returns which bytes divide rows.
func (q Query) syntax() delimited.Syntax {
	s := delimited.Syntax{Delimiter: q.delimiter(), HasQuote: !q.NoQuote}
	if s.HasQuote {
		s.Quote = q.quote()
	}
	return s
}

// firstRow is the first row of an input.
type firstRow struct {
	fields []string // none if the input has no rows
	size   int      // bytes up to the second row, with a byte order mark
	lines  int      // LFs in them
}

// readFirstRow reads the first row of the named input. peek returns at least n bytes
// from the start of the input, or all of them if there are fewer.
//
// The error is a *[RowError] if the row is outside the grammar, whatever
// Options.OnBadRow does: how many columns the input has is then unknown.
func readFirstRow(input string, s delimited.Syntax, peek func(n int) ([]byte, error)) (firstRow, error) {
	for n := peekBytes; ; n = min(2*n, firstRowBytes) {
		b, err := peek(n)
		if err != nil {
			return firstRow{}, err
		}
		bom := 0
		if bytes.HasPrefix(b, []byte(delimited.ByteOrderMark)) {
			bom = len(delimited.ByteOrderMark)
		}
		row := b[bom:]
		size := len(b)
		if lf, _ := s.RowEnd(row, delimited.FieldStart); lf >= 0 {
			row, size = row[:lf], bom+lf+1
		} else if len(b) >= n && n < firstRowBytes {
			continue
		}
		if size == bom {
			return firstRow{size: size}, nil
		}
		var fields delimited.Row
		if why := fields.Read(s, row, 0); why != "" {
			kept := row[:min(len(row), MaxBadRowBytes)]
			return firstRow{}, &RowError{
				Input: input, Line: 1, Offset: int64(bom), Reason: why, Row: bytes.Clone(kept),
				Cut: why == parse.RowTooLong,
			}
		}
		first := firstRow{size: size, lines: bytes.Count(b[:size], []byte{'\n'})}
		for _, content := range fields.Fields {
			first.fields = append(first.fields, string(content))
		}
		return first, nil
	}
}
