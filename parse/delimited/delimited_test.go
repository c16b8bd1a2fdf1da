package delimited_test

import (
	"bytes"
	"fmt"
	"math/big"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/parse"
	"onebrc/parse/delimited"
)

var csv = delimited.Syntax{Delimiter: ',', Quote: '"', HasQuote: true}

// syntaxes are those that the tests use.
var syntaxes = []delimited.Syntax{
	csv,
	{Delimiter: ','},
	{Delimiter: ';', Quote: '\'', HasQuote: true},
	{Delimiter: '"'},
	{Delimiter: 0, Quote: 0xff, HasQuote: true},
}

// rowEnd is the table of states in the package's documentation, byte by byte.
func rowEnd(s delimited.Syntax, b []byte, state delimited.State) (int, delimited.State) {
	for i, c := range b {
		switch quote := s.HasQuote && c == s.Quote; {
		case quote && (state == delimited.FieldStart || state == delimited.AfterQuote):
			state = delimited.Quoted
		case quote && state == delimited.Quoted:
			state = delimited.AfterQuote
		case state == delimited.Quoted:
		case c == '\n':
			return i, delimited.FieldStart
		case c == s.Delimiter:
			state = delimited.FieldStart
		default:
			state = delimited.Unquoted
		}
	}
	return -1, state
}

// texts calls f with all texts of up to n bytes from an alphabet.
func texts(alphabet string, n int, f func(text []byte)) {
	text := make([]byte, n)
	var from func(i int)
	from = func(i int) {
		f(text[:i])
		for k := 0; k < len(alphabet) && i < n; k++ {
			text[i] = alphabet[k]
			from(i + 1)
		}
	}
	from(0)
}

// checkRowEnd compares RowEnd with rowEnd, in each state, and in two parts.
func checkRowEnd(t *testing.T, s delimited.Syntax, text []byte) {
	for state := delimited.FieldStart; state <= delimited.AfterQuote; state++ {
		if !s.HasQuote && state >= delimited.Quoted {
			continue
		}
		end, after := s.RowEnd(text, state)
		wantEnd, wantAfter := rowEnd(s, text, state)
		if end != wantEnd || after != wantAfter {
			t.Fatalf("RowEnd(%q, %d) = %d, %d, want %d, %d", text, state, end, after, wantEnd, wantAfter)
		}
		for cut := range text {
			end, after := s.RowEnd(text[:cut], state)
			if end < 0 {
				if end, after = s.RowEnd(text[cut:], after); end >= 0 {
					end += cut
				}
			}
			if end != wantEnd || after != wantAfter {
				t.Fatalf("RowEnd(%q, %d) in parts of %d = %d, %d, want %d, %d",
					text, state, cut, end, after, wantEnd, wantAfter)
			}
		}
	}
}

func TestRowEndFollowsTheTable(t *testing.T) {
	texts("a,\"\n\r", 6, func(text []byte) {
		checkRowEnd(t, csv, text)
		checkRowEnd(t, delimited.Syntax{Delimiter: ','}, text)
	})
}

func TestRowEndOfLongTexts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		s := syntaxes[random.IntN(len(syntaxes))]
		checkRowEnd(t, s, randomText(random, s, random.IntN(200)))
	}
}

// randomText returns n bytes, many of which mean something.
func randomText(random *rand.Rand, s delimited.Syntax, n int) []byte {
	text := make([]byte, n)
	for i := range text {
		switch random.IntN(12) {
		case 0:
			text[i] = s.Delimiter
		case 1, 2:
			text[i] = s.Quote
		case 3:
			text[i] = '\n'
		case 4:
			text[i] = '\r'
		default:
			text[i] = byte(random.IntN(256))
		}
	}
	return text
}

// fieldsOf is Read written as regular expressions.
func fieldsOf(s delimited.Syntax, row []byte) (fields []string, why parse.Reason) {
	if len(row) > 65536 {
		return nil, "row-too-long"
	}
	byteOf := func(c byte) string { return fmt.Sprintf(`\x{%02x}`, c) }
	// Bytes are made runes of the same number, so that a regular expression sees bytes.
	runes := make([]rune, 0, len(row))
	for _, c := range row {
		runes = append(runes, rune(c))
	}
	text := strings.TrimSuffix(string(runes), "\r")
	field := `^()([^` + byteOf(s.Delimiter) + `]*)`
	if s.HasQuote {
		q := byteOf(s.Quote)
		field = `^(?:` + q + `((?:[^` + q + `]|` + q + q + `)*)` + q + `|([^` + q + byteOf(s.Delimiter) + `]*))`
	}
	expression := regexp.MustCompile(field + `(` + byteOf(s.Delimiter) + `|$)`)
	quote := string(rune(s.Quote))
	for {
		match := expression.FindStringSubmatch(text)
		if match == nil {
			return nil, "bad-quote"
		}
		content := match[2]
		if s.HasQuote {
			content += strings.ReplaceAll(match[1], quote+quote, quote)
		}
		var b []byte
		for _, r := range content {
			b = append(b, byte(r))
		}
		fields = append(fields, string(b))
		if text = text[len(match[0]):]; match[3] == "" {
			return fields, ""
		}
	}
}

// checkRow compares Read with fieldsOf.
func checkRow(t *testing.T, r *delimited.Row, s delimited.Syntax, row []byte) {
	want, wantWhy := fieldsOf(s, row)
	for _, columns := range []int{0, max(1, len(want)), len(want) + 1} {
		why, wantWhy := r.Read(s, row, columns), wantWhy
		if wantWhy == "" && columns > len(want) {
			wantWhy = "field-count"
		}
		if why != wantWhy {
			t.Fatalf("Read(%.200q, %d): %q, want %q", row, columns, why, wantWhy)
		}
		if why != "" {
			require.Empty(t, r.Fields)
			continue
		}
		require.Len(t, r.Fields, len(want), "%.200q", row)
		for i := range want {
			require.Equal(t, want[i], string(r.Fields[i]), "%.200q", row)
		}
	}
}

func TestRowOfShortTexts(t *testing.T) {
	var row delimited.Row
	texts("a,\"\n\r", 5, func(text []byte) { checkRow(t, &row, csv, text) })
	texts("a,\"\r", 5, func(text []byte) { checkRow(t, &row, delimited.Syntax{Delimiter: ','}, text) })
}

func TestRowOfLongTexts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var row delimited.Row
	for range 2000 {
		s := syntaxes[random.IntN(len(syntaxes))]
		checkRow(t, &row, s, randomText(random, s, random.IntN(30)))
		var fields [][]byte
		var text []byte
		for i := range 1 + random.IntN(8) {
			if i > 0 {
				text = append(text, s.Delimiter)
			}
			field := randomText(random, s, random.IntN(30))
			if !s.HasQuote {
				field = bytes.ReplaceAll(field, []byte{s.Delimiter}, nil)
				field = bytes.ReplaceAll(field, []byte{'\r'}, nil)
			}
			fields = append(fields, field)
			text = s.AppendField(text, field)
		}
		require.Empty(t, row.Read(s, text, len(fields)), "%q", text)
		require.Equal(t, len(fields), len(row.Fields))
		for i := range fields {
			require.Equal(t, string(fields[i]), string(row.Fields[i]), "%q", text)
		}
	}
}

func TestRowReasons(t *testing.T) {
	long := func(n int) string { return strings.Repeat("n", n) }
	for _, c := range []struct {
		row     string
		columns int
		why     parse.Reason
	}{
		{row: "", columns: 1},
		{row: "\r", columns: 1},
		{row: ",", columns: 2},
		{row: `"",""` + "\r", columns: 2},
		{row: long(65536), columns: 1},
		{row: long(65535) + "\r", columns: 1},
		{row: "", columns: 2, why: delimited.FieldCount},
		{row: "a,b", columns: 1, why: delimited.FieldCount},
		{row: `"a`, columns: 1, why: delimited.BadQuote},
		{row: `"a"b`, columns: 1, why: delimited.BadQuote},
		{row: `a"b"`, columns: 1, why: delimited.BadQuote},
		{row: `"a" ,b`, columns: 2, why: delimited.BadQuote},
		{row: ` "a",b`, columns: 2, why: delimited.BadQuote},
		{row: "\"a\"\r\r", columns: 1, why: delimited.BadQuote},
		{row: long(65537), columns: 1, why: parse.RowTooLong},
		{row: long(65536) + "\r", columns: 1, why: parse.RowTooLong},
		// A row with several reasons gets the first one.
		{row: `"` + long(65536), columns: 2, why: parse.RowTooLong},
		{row: `a"`, columns: 2, why: delimited.BadQuote},
	} {
		var row delimited.Row
		require.Equal(t, c.why, row.Read(csv, []byte(c.row), c.columns), "%.100q", c.row)
		checkRow(t, &row, csv, []byte(c.row))
	}
}

func TestReasonTextsAreStable(t *testing.T) {
	require.Equal(t, "bad-quote", string(delimited.BadQuote))
	require.Equal(t, "field-count", string(delimited.FieldCount))
}

func TestReadDoesNotAllocate(t *testing.T) {
	var row delimited.Row
	text := []byte(`a,"b","c""d",,"e,f"` + "\r")
	require.Empty(t, row.Read(csv, text, 5))
	require.Zero(t, testing.AllocsPerRun(100, func() { row.Read(csv, text, 5) }))
}

func TestAppendKey(t *testing.T) {
	for content, want := range map[string]string{
		"": "", "a": "a", "a\rb\r": "a\rb\r", "a,b": `"a,b"`, `"`: `""""`, "a\nb": "\"a\nb\"", ";": ";",
	} {
		require.Equal(t, want, string(csv.AppendKey(nil, []byte(content))))
	}
	require.Equal(t, "a\"\n", string(delimited.Syntax{Delimiter: ','}.AppendKey(nil, []byte("a\"\n"))))
	require.Equal(t, "\"\r\"", string(csv.AppendField(nil, []byte{'\r'})))
	require.Equal(t, "\r", string(delimited.Syntax{Delimiter: ','}.AppendField(nil, []byte{'\r'})))
}

func TestCheck(t *testing.T) {
	for _, s := range syntaxes {
		require.NoError(t, s.Check())
	}
	for s, want := range map[delimited.Syntax]string{
		{Delimiter: '\n'}: `delimited: the delimiter must not be '\n'`,
		{Delimiter: '\r'}: `delimited: the delimiter must not be '\r'`,
		{Delimiter: ',', Quote: '\n', HasQuote: true}: `delimited: the quote must not be '\n'`,
		{Delimiter: ',', Quote: '\r', HasQuote: true}: `delimited: the quote must not be '\r'`,
		{Delimiter: ',', Quote: ',', HasQuote: true}:  `delimited: the quote and the delimiter must differ`,
	} {
		require.EqualError(t, s.Check(), want)
	}
	require.NoError(t, delimited.Syntax{Delimiter: ',', Quote: ','}.Check(), "the quote is not used")
}

var number = regexp.MustCompile(`\A[+-]?([0-9]+)(?:[.]([0-9]+))?\z`)

// checkNumber compares Number with a regular expression and big.Rat.
func checkNumber(t *testing.T, text []byte) {
	coefficient, decimals, ok := delimited.Number(text, '.')
	match := number.FindSubmatch(text)
	want := match != nil && len(match[2]) <= 18 && len(bytes.TrimLeft(bytes.Join(match[1:], nil), "0")) <= 18
	if ok != want {
		t.Fatalf("Number(%q) says %v", text, ok)
	}
	if !ok {
		require.Zero(t, coefficient)
		require.Zero(t, decimals)
		return
	}
	require.Equal(t, len(match[2]), decimals, "%q", text)
	value, isNumber := new(big.Rat).SetString(string(text))
	require.True(t, isNumber, "%q", text)
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	value.Mul(value, new(big.Rat).SetInt(scale))
	require.Equal(t, value.RatString(), fmt.Sprint(coefficient), "%q", text)
}

func TestNumberOfShortTexts(t *testing.T) {
	texts("09+-. e", 6, func(text []byte) { checkNumber(t, text) })
}

func TestNumberDigits(t *testing.T) {
	for _, sign := range []string{"", "+", "-"} {
		for before := range 24 {
			for after := range 24 {
				for _, digits := range []string{"0", "9"} {
					whole, fraction := strings.Repeat(digits, before), strings.Repeat("9", after)
					checkNumber(t, []byte(sign+whole))
					checkNumber(t, []byte(sign+whole+"."+fraction))
					checkNumber(t, []byte(sign+whole+"."+fraction+strings.Repeat("0", after)))
				}
			}
		}
	}
}

func TestNumberOtherPoint(t *testing.T) {
	coefficient, decimals, ok := delimited.Number([]byte("-1,25"), ',')
	require.True(t, ok)
	require.Equal(t, int64(-125), coefficient)
	require.Equal(t, 2, decimals)
	_, _, ok = delimited.Number([]byte("-1.25"), ',')
	require.False(t, ok)
}

func FuzzRow(f *testing.F) {
	for _, text := range []string{"a,b\n", "\"a\"\"b\",\"c\nd\"\r\n", "\"a\"b,\"\n\n", "a\"b\n", "1.5,-0,+00\n"} {
		f.Add([]byte(text), byte(','), byte('"'), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, delimiter, quote byte, hasQuote bool) {
		s := delimited.Syntax{Delimiter: delimiter, Quote: quote, HasQuote: hasQuote}
		if s.Check() != nil || len(text) > 1000 {
			return
		}
		checkRowEnd(t, s, text)
		var row delimited.Row
		for len(text) > 0 {
			end, _ := s.RowEnd(text, delimited.FieldStart)
			if end < 0 {
				checkRow(t, &row, s, text)
				return
			}
			checkRow(t, &row, s, text[:end])
			for _, field := range row.Fields {
				checkNumber(t, field)
			}
			text = text[end+1:]
		}
	})
}
