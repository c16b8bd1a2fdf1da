package delimited

import (
	"bytes"
	"errors"
	"fmt"

	"onebrc/parse"
)

// ByteOrderMark is U+FEFF in UTF-8. Readers of inputs skip it before the first row.
const ByteOrderMark = "\xef\xbb\xbf"

// MaxRowBytes is the length of the longest row that is read, without its LF. It
// bounds how much of a row a reader has to keep.
const MaxRowBytes = 64 << 10

// The reasons why a row is outside the grammar, besides parse.RowTooLong, which comes
// before them, and parse.BadValue, which comes after them.
const (
	BadQuote   parse.Reason = "bad-quote"   // a quote that is not where the grammar allows it
	FieldCount parse.Reason = "field-count" // more or fewer fields than the other rows
	// BadTime comes after parse.BadValue. No row that Row.Read reads has it: it is for
	// programs that read times in rows.
	BadTime parse.Reason = "bad-time"
)

// Syntax says which bytes divide text.
type Syntax struct {
	Delimiter byte
	Quote     byte // if HasQuote
	HasQuote  bool
}

// Check returns an error if a row cannot be divided unambiguously.
func (s Syntax) Check() error {
	switch {
	case s.Delimiter == '\n' || s.Delimiter == '\r':
		return fmt.Errorf("delimited: the delimiter must not be %q", s.Delimiter)
	case !s.HasQuote:
		return nil
	case s.Quote == '\n' || s.Quote == '\r':
		return fmt.Errorf("delimited: the quote must not be %q", s.Quote)
	case s.Quote == s.Delimiter:
		return errors.New("delimited: the quote and the delimiter must differ")
	}
	return nil
}

// State is where RowEnd is in a row.
type State uint8

// The states of RowEnd. The zero State is the start of a row.
const (
	FieldStart State = iota // before the first byte of a field
	Unquoted                // in an unquoted field, or after a closing quote and other bytes
	Quoted                  // in a quoted field
	AfterQuote              // after a quote in a quoted field: it closes the field or is doubled
)

// RowEnd looks for the LF that ends a row. b are bytes of the row, and of what
// follows it, from state on. RowEnd returns the index of the LF, or -1 and the state
// after b if the row goes on after b.
func (s Syntax) RowEnd(b []byte, state State) (lf int, after State) {
	if !s.HasQuote {
		if lf = bytes.IndexByte(b, '\n'); lf < 0 {
			return -1, s.afterUnquoted(b, state)
		}
		return lf, FieldStart
	}
	lf = -1 // of the next LF, or len(b); it is only looked for again when it was passed
	for at := 0; at < len(b); {
		switch state {
		case Quoted:
			quote := bytes.IndexByte(b[at:], s.Quote)
			if quote < 0 {
				return -1, Quoted
			}
			at, state = at+quote+1, AfterQuote
			continue
		case AfterQuote:
			if b[at] == s.Quote {
				at, state = at+1, Quoted
				continue
			}
			state = Unquoted // the next byte may still be a delimiter or LF
		}
		if lf < at {
			if lf = bytes.IndexByte(b[at:], '\n'); lf < 0 {
				lf = len(b)
			} else {
				lf += at
			}
		}
		quote := bytes.IndexByte(b[at:lf], s.Quote)
		switch {
		case quote >= 0:
			if state = s.afterUnquoted(b[at:at+quote], state); state == FieldStart {
				state = Quoted
			}
			at += quote + 1
		case lf < len(b):
			return lf, FieldStart
		default:
			return -1, s.afterUnquoted(b[at:], state)
		}
	}
	return -1, state
}

// afterUnquoted returns the state after b, which has neither quotes nor LFs, from the
// state FieldStart or Unquoted on.
func (s Syntax) afterUnquoted(b []byte, state State) State {
	switch {
	case len(b) == 0:
		return state
	case b[len(b)-1] == s.Delimiter:
		return FieldStart
	}
	return Unquoted
}

// Row holds the fields of one row. Its memory is used again for the next row.
type Row struct {
	// Fields has the contents of the fields. They are parts of the row that was
	// read or of memory of Row.
	Fields [][]byte

	unquoted []byte // contents with doubled quotes
}

// Read reads one row, which is given without its LF. It must have the given number of
// fields; 0 means any number. If the row is outside the grammar, Read returns the
// first reason, and r.Fields is empty.
func (r *Row) Read(s Syntax, row []byte, columns int) parse.Reason {
	r.Fields, r.unquoted = r.Fields[:0], r.unquoted[:0]
	if len(row) > MaxRowBytes {
		return parse.RowTooLong
	}
	rest, more := bytes.TrimSuffix(row, []byte{'\r'}), true
	for more {
		var content []byte
		var ok bool
		if s.HasQuote && len(rest) > 0 && rest[0] == s.Quote {
			content, rest, more, ok = r.quoted(s, rest[1:])
		} else {
			content, rest, more = bytes.Cut(rest, []byte{s.Delimiter})
			ok = !s.HasQuote || bytes.IndexByte(content, s.Quote) < 0
		}
		if !ok {
			r.Fields = r.Fields[:0]
			return BadQuote
		}
		r.Fields = append(r.Fields, content)
	}
	if columns > 0 && len(r.Fields) != columns {
		r.Fields = r.Fields[:0]
		return FieldCount
	}
	return ""
}

// quoted reads a field whose opening quote is the byte before b. more means that
// another field follows in rest. ok is false if the quote is not closed, or if
// neither a delimiter nor the end of the row follows it.
func (r *Row) quoted(s Syntax, b []byte) (content, rest []byte, more, ok bool) {
	start := len(r.unquoted)
	for {
		quote := bytes.IndexByte(b, s.Quote)
		if quote < 0 {
			return nil, nil, false, false
		}
		part := b[:quote]
		b = b[quote+1:]
		if len(b) > 0 && b[0] == s.Quote { // doubled
			r.unquoted = append(append(r.unquoted, part...), s.Quote)
			b = b[1:]
			continue
		}
		if content = part; len(r.unquoted) > start {
			r.unquoted = append(r.unquoted, part...)
			content = r.unquoted[start:]
		}
		switch {
		case len(b) == 0:
			return content, nil, false, true
		case b[0] == s.Delimiter:
			return content, b[1:], true, true
		}
		return nil, nil, false, false
	}
}

// AppendField appends content to b as one field, as RFC 4180 has it: it is quoted if
// it has a delimiter, quote, CR or LF. Without quotes, content is appended as it is.
func (s Syntax) AppendField(b, content []byte) []byte {
	if s.HasQuote && bytes.IndexByte(content, '\r') >= 0 {
		return s.appendQuoted(b, content)
	}
	return s.AppendKey(b, content)
}

// AppendKey is AppendField for a field in a key of several fields. A CR needs no
// quotes there, because a key does not end a row. A row's unquoted fields thus are a
// key just as they are.
func (s Syntax) AppendKey(b, content []byte) []byte {
	if !s.HasQuote || bytes.IndexByte(content, s.Delimiter) < 0 &&
		bytes.IndexByte(content, s.Quote) < 0 && bytes.IndexByte(content, '\n') < 0 {
		return append(b, content...)
	}
	return s.appendQuoted(b, content)
}

// appendQuoted appends content in quotes.
func (s Syntax) appendQuoted(b, content []byte) []byte {
	b = append(b, s.Quote)
	for {
		quote := bytes.IndexByte(content, s.Quote)
		if quote < 0 {
			return append(append(b, content...), s.Quote)
		}
		b = append(append(b, content[:quote+1]...), s.Quote)
		content = content[quote+1:]
	}
}
