package group

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/fields"
)

// keyOf returns the key of contents.
func keyOf(p *Plan, contents ...string) []byte {
	var key []byte
	for i, c := range contents {
		key = p.AppendKey(key, i, []byte(c))
	}
	return key
}

func TestKeyForm(t *testing.T) {
	quoted := fields.NewSyntax(',', '"', true, 5)
	plain := fields.NewSyntax('\t', 0, false, 5)
	for _, c := range []struct {
		syntax   *fields.Syntax
		contents []string
		key      string
	}{
		{quoted, []string{`a,"b`}, `a,"b`},
		{quoted, []string{""}, ""},
		{quoted, []string{"a", "b", "c"}, "a,b,c"},
		{quoted, []string{"", "", ""}, ",,"},
		{quoted, []string{`a,b`, `"`, "c\nd", "\r", " e"}, "\"a,b\",\"\"\"\",\"c\nd\",\r, e"},
		{plain, []string{`"a,b"`, "c\rd", ""}, "\"a,b\"\tc\rd\t"},
	} {
		p := &Plan{Syntax: c.syntax, Keys: make([]int, len(c.contents))}
		require.Equal(t, c.key, string(keyOf(p, c.contents...)))
	}
}

// TestSplitKey splits the keys of all triples of all contents of up to 3 bytes from
// a small alphabet.
func TestSplitKey(t *testing.T) {
	for _, hasQuote := range []bool{false, true} {
		alphabet := "a\r\""
		if hasQuote {
			alphabet += ",\n"
		}
		all, from := []string{""}, 0
		for range 3 {
			to := len(all)
			for _, s := range all[from:to] {
				for _, c := range alphabet {
					all = append(all, s+string(c))
				}
			}
			from = to
		}
		for columns := range 4 {
			p := &Plan{Syntax: fields.NewSyntax(',', '"', hasQuote, 5), Keys: make([]int, columns)}
			for i, c := range all {
				contents := []string{c, all[(i*7+3)%len(all)], all[(i*31+columns)%len(all)]}[:columns]
				var got []string
				for _, b := range p.SplitKey(keyOf(p, contents...)) {
					got = append(got, string(b))
				}
				if !slices.Equal(contents, got) {
					t.Fatalf("%q became %q", contents, got)
				}
			}
		}
	}
}
