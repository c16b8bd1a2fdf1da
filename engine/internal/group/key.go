package group

import (
	"bytes"
	"encoding/binary"

	"onebrc/parse/delimited"
)

// A key of one column is the content of the field. A key of several columns is the
// contents in the order of Plan.Keys, joined by the delimiter. A content with the
// delimiter, the quote or LF is quoted there, as in RFC 4180, if the syntax has a
// quote. Otherwise no content has a delimiter or LF. Equal keys thus have equal
// contents and the reverse. A content with a CR is not quoted, so that neighbouring
// fields without quotes are a key as they are in the input. A part of a time may have
// the delimiter: without quotes, LF takes its place in keys with such parts.

// keySyntax returns the syntax of keys of several columns.
func (p *Plan) keySyntax() delimited.Syntax {
	s := delimited.Syntax{Delimiter: p.Syntax.Delimiter, Quote: p.Syntax.Quote, HasQuote: p.Syntax.HasQuote}
	if len(p.Times) > 0 && !s.HasQuote {
		s.Delimiter = '\n'
	}
	return s
}

// AppendKey appends the content of Keys[i] to a key that has those before it.
func (p *Plan) AppendKey(key []byte, i int, content []byte) []byte {
	if len(p.Keys) == 1 {
		return append(key, content...)
	}
	s := p.keySyntax()
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
	s := p.keySyntax()
	if !s.HasQuote || len(key) == 0 || key[0] != s.Quote {
		if end := bytes.IndexByte(key, s.Delimiter); end >= 0 {
			return key[:end], key[end+1:]
		}
		return key, nil
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

// An ordered key of several columns has their contents, compared one by one, in the
// order of its bytes: each but the last ends in a zero, and a zero or a one in it has a
// one before it and is greater by one. The ordered key of one column is its content. With
// Plan.Values, the last content, too, ends in a zero, because values follow.

// appendOrdered appends the ordered key of key.
func (p *Plan) appendOrdered(b, key []byte) []byte {
	for i := 1; i < len(p.Keys); i++ {
		var content []byte
		content, key = p.cutKey(key)
		b = appendEscaped(b, content)
	}
	if len(p.Keys) > 1 {
		key, _ = p.cutKey(key)
	}
	if len(p.Values) > 0 && len(p.Keys) > 0 {
		return appendEscaped(b, key)
	}
	return append(b, key...)
}

// appendEscaped appends a content that others follow in an ordered key.
func appendEscaped(b, content []byte) []byte {
	if isPlain(content) {
		return append(append(b, content...), 0)
	}
	for _, c := range content {
		if c <= 1 {
			b = append(b, 1)
			c++
		}
		b = append(b, c)
	}
	return append(b, 0)
}

// isPlain reports whether no byte of content is 0 or 1.
func isPlain(content []byte) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	low := uint64(0) // a bit of tops in it is set if a byte is low; the lowest such bit is exact
	rest := content
	for ; len(rest) >= 8; rest = rest[8:] {
		x := binary.LittleEndian.Uint64(rest)
		low |= (x - 2*ones) &^ x & tops
	}
	for _, c := range rest {
		if c <= 1 {
			return false
		}
	}
	return low == 0
}

// groupBytes returns the length of the ordered key of the group at the start of key, the
// key of a record. It needs Plan.Values.
func (p *Plan) groupBytes(key []byte) int {
	end := 0
	for range p.Keys {
		end += bytes.IndexByte(key[end:], 0) + 1
	}
	return end
}

// appendContents appends the contents of an ordered key to contents. They may share
// its memory.
func (p *Plan) appendContents(contents [][]byte, key []byte) [][]byte {
	first := 1
	if len(p.Values) > 0 {
		first = 0
	}
	for i := first; i < len(p.Keys); i++ {
		end := bytes.IndexByte(key, 0)
		content := key[:end]
		key = key[end+1:]
		if bytes.IndexByte(content, 1) >= 0 {
			content = unescaped(content)
		}
		contents = append(contents, content)
	}
	if len(p.Keys) > 0 && first > 0 {
		contents = append(contents, key)
	}
	return contents
}

// unescaped returns a content as it was before appendOrdered.
func unescaped(b []byte) []byte {
	content := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c == 1 {
			i++
			c = b[i] - 1
		}
		content = append(content, c)
	}
	return content
}
