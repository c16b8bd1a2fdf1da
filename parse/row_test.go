package parse_test

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/parse"
)

var (
	legalValue = regexp.MustCompile(`\A(-?)([0-9]{1,2})\.([0-9])\z`)
	legalRow   = regexp.MustCompile(`(?s)\A([^;\n]*);(-?)([0-9]{1,2})\.([0-9])\r?\z`)
)

// spelling is one way to write a value.
type spelling struct {
	text   string
	tenths int
}

// spellings returns all legal values: with 1 and 2 digits before the point, with
// and without '-'.
func spellings() []spelling {
	var all []spelling
	for _, sign := range []string{"", "-"} {
		for _, width := range []int{1, 2} {
			for n := range 100 * (1 + 9*(width-1)) {
				tenths := n
				if sign != "" {
					tenths = -n
				}
				all = append(all, spelling{fmt.Sprintf("%s%0*d.%d", sign, width, n/10, n%10), tenths})
			}
		}
	}
	return all
}

func TestTenthsReadsEveryValue(t *testing.T) {
	seen := map[int]bool{}
	for _, s := range spellings() {
		got, ok := parse.Tenths([]byte(s.text))
		require.True(t, ok, s.text)
		require.Equal(t, s.tenths, got, s.text)
		seen[got] = true
	}
	require.Len(t, seen, parse.MaxTenths-parse.MinTenths+1)
}

func TestShapesAreThoseOfAllValues(t *testing.T) {
	digit := regexp.MustCompile(`[0-9]`)
	seen := map[string]bool{}
	for _, s := range spellings() {
		seen[digit.ReplaceAllString(s.text, "0")] = true
	}
	shapes := parse.Shapes()
	require.ElementsMatch(t, slices.Collect(maps.Keys(seen)), shapes[:])
	for _, shape := range shapes {
		require.GreaterOrEqual(t, len(shape), parse.MinValueBytes)
		require.LessOrEqual(t, len(shape), parse.MaxValueBytes)
	}
}

// checkTenths compares Tenths with a regular expression.
func checkTenths(t *testing.T, value string) {
	t.Helper()
	got, ok := parse.Tenths([]byte(value))
	match := legalValue.FindStringSubmatch(value)
	if ok != (match != nil) {
		t.Fatalf("Tenths(%q) says %v", value, ok)
	}
	if want := tenthsOf(match); ok && got != want {
		t.Fatalf("Tenths(%q) = %d, want %d", value, got, want)
	}
}

// tenthsOf returns the value of the last three groups of a match: the sign, the
// digits before the point and the digit after it.
func tenthsOf(match []string) int {
	if match == nil {
		return 0
	}
	match = match[len(match)-3:]
	n, err := strconv.Atoi(match[1] + match[2])
	if err != nil {
		panic(err)
	}
	if match[0] == "-" {
		n = -n
	}
	return n
}

// TestTenthsChecksEveryByte replaces and removes each byte of each shape of a
// value, and inserts each byte at each place.
func TestTenthsChecksEveryByte(t *testing.T) {
	for _, shape := range []string{"1.2", "-1.2", "12.3", "-12.3"} {
		for at := range len(shape) {
			checkTenths(t, shape[:at]+shape[at+1:])
			for c := range 256 {
				checkTenths(t, shape[:at]+string([]byte{byte(c)})+shape[at+1:])
			}
		}
		for at := range len(shape) + 1 {
			for c := range 256 {
				checkTenths(t, shape[:at]+string([]byte{byte(c)})+shape[at:])
			}
		}
	}
}

// TestTenthsShortTexts tries all texts of up to 6 bytes from an alphabet with a
// byte of each class.
func TestTenthsShortTexts(t *testing.T) {
	const alphabet = "07-.;\r"
	texts := []string{""}
	for range 6 {
		var longer []string
		for _, text := range texts {
			checkTenths(t, text)
			for _, c := range alphabet {
				longer = append(longer, text+string(c))
			}
		}
		texts = longer
	}
}

func TestRow(t *testing.T) {
	name := func(n int) string { return strings.Repeat("n", n) }
	for _, c := range []struct {
		row, name string
		tenths    int
		why       parse.Reason
	}{
		{row: "a;1.0", name: "a", tenths: 10},
		{row: "a;1.0\r", name: "a", tenths: 10},
		{row: "a\r;-0.0", name: "a\r"},
		{row: "\x00;05.3", name: "\x00", tenths: 53},
		{row: "\r;-99.9\r", name: "\r", tenths: -999},
		{row: name(100) + ";99.9", name: name(100), tenths: 999},
		{row: name(100) + ";-99.9\r", name: name(100), tenths: -999},

		{row: "", why: parse.EmptyRow},
		{row: "\r", why: parse.MissingSeparator},
		{row: name(parse.MaxRowBytes), why: parse.MissingSeparator},
		{row: name(parse.MaxRowBytes + 1), why: parse.RowTooLong},
		{row: ";", why: parse.EmptyName},
		{row: ";1.0", why: parse.EmptyName},
		{row: name(101) + ";1.0", why: parse.NameTooLong},
		{row: name(100) + ";", why: parse.BadValue},
		{row: "a;1.0\r\r", why: parse.BadValue},
		{row: "a;\r1.0", why: parse.BadValue},
		{row: "a;b;1.0", why: parse.BadValue},
		{row: "a;;1.0", why: parse.BadValue},
		{row: "a;1.0;", why: parse.BadValue},
		{row: "a;\r", why: parse.BadValue},

		// A row with several reasons gets the one that is declared first.
		{row: ";" + name(parse.MaxRowBytes), why: parse.RowTooLong},
		{row: name(101) + ";" + name(parse.MaxRowBytes), why: parse.RowTooLong},
		{row: ";x", why: parse.EmptyName},
		{row: ";" + name(200), why: parse.EmptyName},
		{row: name(101) + ";x", why: parse.NameTooLong},
		{row: "a;" + name(parse.MaxRowBytes-2), why: parse.BadValue},
		{row: "a;" + name(parse.MaxRowBytes-1), why: parse.RowTooLong},
	} {
		got, tenths, why := parse.Row([]byte(c.row))
		require.Equal(t, c.why, why, "%.120q", c.row)
		require.Equal(t, c.name, string(got), "%.120q", c.row)
		require.Equal(t, c.tenths, tenths, "%.120q", c.row)
		checkRow(t, []byte(c.row))
	}
}

// checkRow compares Row with a regular expression and with the reasons written
// out a second time.
func checkRow(t *testing.T, row []byte) {
	t.Helper()
	name, tenths, why := parse.Row(row)
	match := legalRow.FindStringSubmatch(string(row))
	separator := strings.IndexByte(string(row), ';')
	want := parse.Reason("")
	switch {
	case len(row) == 0:
		want = "empty-row"
	case len(row) > 1024:
		want = "row-too-long"
	case separator < 0:
		want = "missing-separator"
	case separator == 0:
		want = "empty-name"
	case separator > 100:
		want = "name-too-long"
	case match == nil:
		want = "bad-value"
	}
	if why != want {
		t.Fatalf("Row(%q): %q, want %q", row, why, want)
	}
	if want == "" && (string(name) != match[1] || tenths != tenthsOf(match)) {
		t.Fatalf("Row(%q) = %q, %d", row, name, tenths)
	}
	if want != "" && (name != nil || tenths != 0) {
		t.Fatalf("Row(%q) = %q, %d with %q", row, name, tenths, why)
	}
}

func TestRowChecksEveryByte(t *testing.T) {
	for _, value := range []string{"1.2", "-1.2", "12.3", "-12.3"} {
		for _, end := range []string{"", "\r"} {
			row := "ab;" + value + end
			for at := range len(row) {
				for c := range 256 {
					if c == '\n' { // a row has none
						continue
					}
					changed := []byte(row)
					changed[at] = byte(c)
					checkRow(t, changed)
				}
			}
		}
	}
}

func TestRowLengths(t *testing.T) {
	for n := range 1100 {
		name := strings.Repeat("n", n)
		for _, tail := range []string{"", ";", ";1.0", ";-99.9\r", ";1.0x", ";1;1.0"} {
			checkRow(t, []byte(name+tail))
		}
	}
}

func TestReasonTextsAreStable(t *testing.T) {
	want := []string{"empty-row", "row-too-long", "missing-separator", "empty-name", "name-too-long", "bad-value"}
	for i, r := range []parse.Reason{
		parse.EmptyRow, parse.RowTooLong, parse.MissingSeparator, parse.EmptyName, parse.NameTooLong, parse.BadValue,
	} {
		require.Equal(t, want[i], string(r))
		require.EqualError(t, r, "parse: "+want[i])
		for k := range want {
			require.Equal(t, k == i, errors.Is(fmt.Errorf("line 7: %w", r), parse.Reason(want[k])))
		}
	}
}

func TestValidName(t *testing.T) {
	for n := range 131 {
		name := []byte(strings.Repeat("n", n))
		require.Equal(t, n >= 1 && n <= 100, parse.ValidName(name), n)
		for at := range name {
			name[at] = ';'
			require.False(t, parse.ValidName(name), "%q", name)
			name[at] = 'n'
		}
	}
	for c := range 256 {
		if c != '\n' {
			require.Equal(t, c != ';', parse.ValidName([]byte{byte(c)}), c)
		}
	}
}

func FuzzRow(f *testing.F) {
	for _, row := range []string{
		"", "a;1.0", "a;-1.0\r", "\x00;99.9", "a;b;1.0", ";", "a;05.3", "\xff\xfe;-99.9", "a;1.0\r\r",
		strings.Repeat("n", 100) + ";1.0", strings.Repeat("n", 101) + ";1.0", strings.Repeat("n", 1025),
	} {
		f.Add([]byte(row))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		for row := range strings.SplitSeq(string(input), "\n") {
			checkRow(t, []byte(row))
			if _, value, found := strings.Cut(row, ";"); found {
				checkTenths(t, value)
			}
		}
	})
}
