package oracle

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var legalRow = regexp.MustCompile(`(?s-m)\A([^;\n]{1,100});(-?)([0-9]{1,2})\.([0-9])\r?\z`)

// latin1 turns each byte of s into a character, because regular expressions count
// characters.
func latin1(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

// TestSplit compares split with a regular expression.
func TestSplit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	legal := 0
	for range 200_000 {
		row := []byte(strings.Repeat("n", 1+r.IntN(3)) + strings.Repeat("m", 97*r.IntN(2)) +
			[]string{";1.2", ";-3.4", ";56.7", ";-89.0", ";-12.3\r"}[r.IntN(5)])
		for range r.IntN(3) {
			row[r.IntN(len(row))] = ";-.0123456789\r\x00\xffn"[r.IntN(17)]
		}
		row = row[:len(row)-r.IntN(2)*r.IntN(3)]
		name, tenths, ok := split(string(row))
		match := legalRow.FindStringSubmatch(latin1(string(row)))
		require.Equal(t, match != nil, ok, "%q", row)
		if !ok {
			continue
		}
		legal++
		require.Equal(t, match[1], latin1(name), "%q", row)
		var want int64
		_, err := fmt.Sscan(strings.TrimLeft(match[3]+match[4], "0")+" ", &want)
		if err != nil {
			want = 0
		}
		if match[2] == "-" {
			want = -want
		}
		require.Equal(t, want, tenths, "%q", row)
	}
	require.Greater(t, legal, 20_000)
}
