package group

import (
	"bytes"

	"onebrc/parse/delimited"
)

// A key of one column is the content of the field. A key of several columns is the
// contents in the order of Plan.Keys, joined by the delimiter. A content with the
// delimiter, the quote or LF is quoted there, as in RFC 4180, if the syntax has a
// quote. Otherwise no content has a delimiter or LF. Equal keys thus have equal
// contents and the reverse. A content with a CR is not quoted, so that neighbouring
// fields without quotes are a key as they are in the input.

// AppendKey appends the content of Keys[i] to a key that has those before it.
func (p *Plan) AppendKey(key []byte, i int, content []byte) []byte {
	if len(p.Keys) == 1 {
		return append(key, content...)
	}
	s := delimited.Syntax{Delimiter: p.Syntax.Delimiter, Quote: p.Syntax.Quote, HasQuote: p.Syntax.HasQuote}
	if i > 0 {
		key = append(key, s.Delimiter)
	}
	return s.AppendKey(key, content)
}

// SplitKey returns the contents that key has of Keys. They may share its memory.
func (p *Plan) SplitKey(key []byte) [][]byte {
	switch len(p.Keys) {
	case 0:
		return nil
	case 1:
		return [][]byte{key}
	}
	contents := make([][]byte, 0, len(p.Keys))
	for len(contents) < len(p.Keys) {
		content, rest := p.cutKey(key)
		contents = append(contents, content)
		key = rest
	}
	return contents
}

// cutKey returns the first content of a key of several columns, and the key after
// the delimiter.
func (p *Plan) cutKey(key []byte) (content, rest []byte) {
	s := p.Syntax
	if !s.HasQuote || len(key) == 0 || key[0] != s.Quote {
		content, rest, _ = bytes.Cut(key, []byte{s.Delimiter})
		return content, rest
	}
	for i := 1; i < len(key); i++ {
		if key[i] != s.Quote {
			content = append(content, key[i])
			continue
		}
		if i++; i == len(key) || key[i] != s.Quote {
			return content, key[min(i+1, len(key)):]
		}
		content = append(content, s.Quote)
	}
	return content, nil // not reached: AppendKey closes quotes
}
