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

// TestTies compares the ways of rounding: they differ only for means that are ties.
func TestTies(t *testing.T) {
	all := []Ties{TiesUp, TiesDouble, TiesDoubleSum}
	means := func(input string) (texts []string) {
		for _, ties := range all {
			output, bad := SkipTies(input, ties)
			require.Empty(t, bad)
			texts = append(texts, strings.Split(output, "/")[1])
		}
		return texts
	}
	rows := func(count int, value string) string { return strings.Repeat("a;"+value+"\n", count) }
	for _, test := range []struct{ input, want string }{
		{rows(1, "-0.0"), "0.0 0.0 0.0"},
		{"a;-0.1\na;0.0\n", "0.0 0.0 0.0"},
		{"a;-0.2\na;-0.1\n", "-0.1 -0.1 -0.2"}, // -0.30000000000000004 / 2
		{"a;1.2\na;1.3\n", "1.3 1.3 1.3"},
		{rows(3, "0.1") + rows(3, "0.0"), "0.1 0.0 0.1"}, // 0.30000000000000004 / 6 is above 0.05
		{rows(10062, "25.4") + rows(10062, "25.5"), "25.5 25.5 25.4"},
	} {
		require.Equal(t, strings.Fields(test.want), means(test.input), "%.50q", test.input)
	}

	r := rand.New(rand.NewPCG(1, 2))
	ties, differ := 0, map[Ties]int{}
	for range 50_000 {
		var input strings.Builder
		sum, count := int64(0), int64(1+r.IntN(40))
		for range count {
			v := r.Int64N(1999) - 999
			sum += v
			fmt.Fprintf(&input, "a;%s\n", tenths(v))
		}
		isTie := (2*sum)%(2*count) != 0 && (2*sum)%count == 0
		got := means(input.String())
		if isTie {
			ties++
		}
		for i, ties := range all[1:] {
			if got[0] != got[i+1] {
				require.True(t, isTie, "%s: %q", ties, got)
				differ[ties]++
			}
		}
	}
	require.Greater(t, ties, 1000)
	require.Greater(t, differ[TiesDouble], ties/50)
	require.Less(t, differ[TiesDouble], ties/5)
	require.Greater(t, differ[TiesDoubleSum], differ[TiesDouble])
}
