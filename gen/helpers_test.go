package gen

import (
	"bytes"
	"context"
	"crypto/sha256"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// borderRows is several blocks and a part of one.
const borderRows = 9*blockRows + 1234

// long skips a test in short mode, which is for the race detector.
func long(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: many rows, and shorter tests use the same workers")
	}
}

// generate returns the bytes of o.
func generate(t testing.TB, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Write(context.Background(), &b, o))
	return b.Bytes()
}

// hashFile returns the SHA-256 of a file.
func hashFile(t testing.TB, path string) [sha256.Size]byte {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return sha256.Sum256(data)
}

// entriesOf returns all names in a folder.
func entriesOf(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// splitRow checks a row, given without its LF, and returns its name and value. It is
// independent of the code that makes rows. complaint is "" for a good row.
func splitRow(row string) (name string, tenths int, complaint string) {
	name, value, found := strings.Cut(row, ";")
	switch {
	case !found:
		return "", 0, "no ';'"
	case len(name) < 1 || len(name) > 100:
		return "", 0, "name length"
	case !utf8.ValidString(name):
		return "", 0, "not UTF-8"
	case strings.ContainsAny(name, "\x00\r\n;"):
		return "", 0, "forbidden byte in name"
	case value == "-0.0":
		return "", 0, "negative zero"
	}
	magnitude, negative := strings.CutPrefix(value, "-")
	whole, fraction, found := strings.Cut(magnitude, ".")
	if !found || len(fraction) != 1 || len(whole) < 1 || len(whole) > 2 {
		return "", 0, "value form"
	}
	if len(whole) == 2 && whole[0] == '0' {
		return "", 0, "leading zero"
	}
	for _, c := range []byte(whole + fraction) {
		if c < '0' || c > '9' {
			return "", 0, "value digit"
		}
		tenths = tenths*10 + int(c-'0')
	}
	if negative {
		tenths = -tenths
	}
	return name, tenths, ""
}

func TestSplitRow(t *testing.T) {
	for _, row := range []string{
		"", "a", "a;", ";1.0", "a;1", "a;1.", "a;.1", "a;1.00", "a;100.0", "a;-0.0", "a;05.3", "a;+1.0",
		"a;1.x", "a;--1.0", "a;1.0 ", "a;b;1.0", "a\r;1.0", "a\x00;1.0", "\xff;1.0", strings.Repeat("a", 101) + ";1.0",
	} {
		_, _, complaint := splitRow(row)
		require.NotEmpty(t, complaint, "row %q", row)
	}
	name, tenths, complaint := splitRow("St. John's;-12.3")
	require.Equal(t, []any{"St. John's", -123, ""}, []any{name, tenths, complaint})
}

// challengeProfiles returns the profiles with rows "name;value".
func challengeProfiles() []profile {
	return slices.DeleteFunc(slices.Clone(registry), func(p profile) bool { return p.header != "" })
}

// allProfiles returns the names of all profiles.
func allProfiles() []string { return append(Profiles(), LogProfiles()...) }

// splitLines returns the rows of text without their LF.
func splitLines(text []byte) []string {
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}
