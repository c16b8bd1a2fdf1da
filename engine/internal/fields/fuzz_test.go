package fields_test

import (
	"bytes"
	"testing"

	"onebrc/engine/internal/fields"
)

// FuzzIndex compares index of every kernel with the reference.
func FuzzIndex(f *testing.F) {
	f.Add([]byte("Hamburg,12.05,7\nOslo,-3.4,18\nParis,5"), byte(','), byte('"'), true, uint16(3))
	f.Add([]byte("\"a\n,\"\"b\",c\r\n\"d\",\"\"\r\n"), byte(','), byte('"'), true, uint16(2))
	f.Add(bytes.Repeat([]byte("1;'2\n';3\n"), 40), byte(';'), byte('\''), true, uint16(3))
	f.Add(bytes.Repeat([]byte("\n"), 200), byte(0), byte(1), false, uint16(1))
	f.Fuzz(func(t *testing.T, data []byte, delimiter, quote byte, hasQuote bool, columns uint16) {
		special := func(c byte) bool { return c == '\n' || c == '\r' }
		if len(data) == 0 || len(data) > fields.TileBytes || special(delimiter) || hasQuote && (special(quote) || quote == delimiter) {
			t.Skip()
		}
		s := fields.NewSyntax(delimiter, quote, hasQuote, 1+int(columns)%fields.MaxColumns)
		for _, k := range fields.All() {
			newLab(t, k).checkIndex(data, s)
		}
	})
}

// FuzzNumbers compares the passes over numbers of every kernel with big.Int.
func FuzzNumbers(f *testing.F) {
	f.Add([]byte("1 -2 +3 12345678 -1234567"), uint8(0))
	f.Add([]byte("1.5 -0.25 +99.99 00.1"), uint8(4))
	f.Add([]byte("1234567890123456 -12345678901234.5"), uint8(17))
	f.Fuzz(func(t *testing.T, data []byte, pass uint8) {
		if len(data) > 1000 {
			t.Skip()
		}
		passes := numbersPasses()
		n := passes[int(pass)%len(passes)]
		var texts []string
		for _, text := range bytes.Split(data, []byte(" ")) {
			texts = append(texts, string(text))
		}
		for _, k := range fields.All() {
			l := newLab(t, k)
			l.checkNumbers(n, texts...)
			l.checkMixed(n, texts)
		}
	})
}
