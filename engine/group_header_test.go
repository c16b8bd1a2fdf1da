package engine

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/parse"
	"onebrc/parse/delimited"
)

// TestReadFirstRow tests the first row of inputs that are looked at byte by byte.
func TestReadFirstRow(t *testing.T) {
	const kib = 1 << 10
	long := strings.Repeat("x", 64*kib-2)
	quoted := `"` + strings.Repeat("\n", 10*kib) + `"`
	for _, test := range []struct {
		input string
		want  firstRow
		why   parse.Reason // "" means none
	}{
		{"", firstRow{}, ""},
		{delimited.ByteOrderMark, firstRow{size: 3}, ""},
		{"\n", firstRow{[]string{""}, 1, 1}, ""},
		{delimited.ByteOrderMark + "\r\nx", firstRow{[]string{""}, 5, 1}, ""},
		{"\xEF\xBB", firstRow{[]string{"\xEF\xBB"}, 2, 0}, ""},
		{"a,b", firstRow{[]string{"a", "b"}, 3, 0}, ""},
		{"a,b\r", firstRow{[]string{"a", "b"}, 4, 0}, ""},
		{"a,b\n", firstRow{[]string{"a", "b"}, 4, 1}, ""},
		{delimited.ByteOrderMark + "a,\"b\n\"\"c\"\r\n1,2\n", firstRow{[]string{"a", "b\n\"c"}, 14, 2}, ""},
		{"a," + quoted + "\n" + strings.Repeat("1,2\n", kib), firstRow{[]string{"a", quoted[1 : len(quoted)-1]}, 10*kib + 5, 10*kib + 1}, ""},
		{delimited.ByteOrderMark + long + ",y\n1,2\n", firstRow{[]string{long, "y"}, 64*kib + 4, 1}, ""},
		{long + ",y", firstRow{[]string{long, "y"}, 64 * kib, 0}, ""},
		{delimited.ByteOrderMark + long + ",yz\n1,2\n", firstRow{}, parse.RowTooLong},
		{long + ",yz", firstRow{}, parse.RowTooLong},
		{strings.Repeat(long, 3), firstRow{}, parse.RowTooLong},
		{"a\"b\nc\n", firstRow{}, delimited.BadQuote},
		{"\"a\nc\n", firstRow{}, delimited.BadQuote},
	} {
		peeked := 0
		first, err := readFirstRow("in", Query{}.syntax(), func(n int) ([]byte, error) {
			require.Greater(t, n, peeked)
			peeked = n
			return []byte(test.input[:min(n+n%7, len(test.input))]), nil
		})
		require.Equal(t, test.want, first)
		if test.why == "" {
			require.NoError(t, err)
			continue
		}
		var bad *RowError
		require.ErrorAs(t, err, &bad)
		offset := len(test.input) - len(strings.TrimPrefix(test.input, delimited.ByteOrderMark))
		require.Equal(t, &RowError{Input: "in", Line: 1, Offset: int64(offset), Reason: test.why, Row: bad.Row, Cut: test.why == parse.RowTooLong}, bad)
		require.True(t, strings.HasPrefix(test.input[offset:], string(bad.Row)))
		require.LessOrEqual(t, len(bad.Row), MaxBadRowBytes)
	}
	failed := errors.New("failed")
	_, err := readFirstRow("in", Query{}.syntax(), func(int) ([]byte, error) { return nil, failed })
	require.Equal(t, failed, err)
}

// TestSyntaxOfQuery tests that quotes can be switched off.
func TestSyntaxOfQuery(t *testing.T) {
	require.Equal(t, delimited.Syntax{Delimiter: ',', Quote: '"', HasQuote: true}, Query{}.syntax())
	require.Equal(t, delimited.Syntax{Delimiter: '"'}, Query{Delimiter: '"', NoQuote: true}.syntax())
	require.Equal(t, delimited.Syntax{Delimiter: ';', Quote: '\'', HasQuote: true}, Query{Delimiter: ';', Quote: '\''}.syntax())
}
