package main

import (
	"bytes"
	"io"
	"iter"
	"unicode"
	"unicode/utf8"

	"onebrc/engine"
)

// writeSeparated writes rows as RFC 4180 has them, with LF at the end of a row.
func (r *groupResult) writeSeparated(w io.Writer, delimiter byte) error {
	s := separated{delimiter: delimiter}
	for _, name := range r.stream.Columns {
		s.field(append(s.begin(), name...), true)
	}
	s.endRow()
	if _, err := w.Write(s.text); err != nil {
		return err
	}
	return r.writeGroups(w, func(b []byte, groups iter.Seq[engine.Group]) ([]byte, error) {
		s := separated{text: b, delimiter: delimiter}
		for g := range groups {
			for i := range r.stream.Columns {
				switch c := i - r.stream.Keys; {
				case c < 0:
					s.field(g.AppendKey(s.begin(), i), true)
				case g.Cell(c).Missing():
					s.field(append(s.begin(), r.null...), true)
				default:
					s.field(r.appendNumber(s.begin(), g.Cell(c)), r.texts[i])
				}
			}
			s.endRow()
		}
		return s.text, nil
	})
}

// separated is text of fields with delimiters between them. It has the bytes that package
// encoding/csv would write, but makes no string of a field.
type separated struct {
	text      []byte
	delimiter byte
	fields    int // of the present row
	at        int // where the present field begins
}

// begin begins a field and returns the text, to which the caller appends the content.
func (s *separated) begin() []byte {
	if s.fields > 0 {
		s.text = append(s.text, s.delimiter)
	}
	s.fields, s.at = s.fields+1, len(s.text)
	return s.text
}

// field ends a field: text is what begin returned and the content. mayQuote means that
// quotes may be needed, which a number never needs.
func (s *separated) field(text []byte, mayQuote bool) {
	s.text = text
	if mayQuote && needsQuotes(text[s.at:], s.delimiter) {
		s.quote()
	}
}

// quote puts quotes around the present field.
func (s *separated) quote() {
	end := len(s.text)
	s.text = append(s.text, '"')
	for _, c := range s.text[s.at:end] {
		if c == '"' {
			s.text = append(s.text, '"')
		}
		s.text = append(s.text, c)
	}
	s.text = append(s.text, '"')
	s.text = s.text[:s.at+copy(s.text[s.at:], s.text[end:])]
}

// endRow ends a row. An empty line, which many programs ignore, has two quotes.
func (s *separated) endRow() {
	if s.fields == 1 && len(s.text) == s.at {
		s.text = append(s.text, `""`...)
	}
	s.text, s.fields = append(s.text, '\n'), 0
}

// needsQuotes reports whether package encoding/csv quotes content.
func needsQuotes(content []byte, delimiter byte) bool {
	for _, c := range content {
		if c == '\n' || c == '\r' || c == '"' || c == delimiter {
			return true
		}
	}
	if len(content) == 0 {
		return false
	}
	if c := content[0]; c > ' ' && c != '\\' && c < utf8.RuneSelf {
		return false
	}
	first, _ := utf8.DecodeRune(content)
	return unicode.IsSpace(first) || bytes.Equal(content, []byte(`\.`))
}
