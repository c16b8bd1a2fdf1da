// Package oracle is the reference of the tests: it aggregates rows in the
// plainest way, with code that it shares with nothing else, and reads the pairs of
// input and expected output in the folder testdata.
package oracle

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// Pair is a legal input and its output, from testdata/golden.
type Pair struct {
	Name, Path    string
	Input, Output string
}

// Bad is an input with a bad row and where that is, from testdata/bad.
type Bad struct {
	Name, Path   string
	Input        string
	Row          string // from the oracles only
	Line, Offset int64
	Reason       string
}

// testdata is the path of a folder of the module's testdata.
func testdata(folder string) string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "testdata", folder)
}

// Golden returns all legal pairs.
func Golden(t testing.TB) []Pair {
	var pairs []Pair
	each(t, testdata("golden"), ".out", func(name, path, input, output string) {
		pairs = append(pairs, Pair{name, path, input, output})
	})
	return pairs
}

// BadInputs returns all inputs with a bad row.
func BadInputs(t testing.TB) []Bad {
	var all []Bad
	each(t, testdata("bad"), ".err", func(name, path, input, expected string) {
		b := Bad{Name: name, Path: path, Input: input}
		_, err := fmt.Sscan(expected, &b.Line, &b.Offset, &b.Reason)
		require.NoError(t, err, name)
		all = append(all, b)
	})
	return all
}

func each(t testing.TB, folder, suffix string, do func(name, path, input, expected string)) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	require.NoError(t, err)
	require.Greater(t, len(paths), 100, "pairs in %s", folder)
	for _, path := range paths {
		name := strings.TrimSuffix(path, ".txt")
		input, err := os.ReadFile(path)
		require.NoError(t, err)
		expected, err := os.ReadFile(name + suffix)
		require.NoError(t, err)
		do(filepath.Base(name), path, string(input), string(expected))
	}
}

// Aggregate aggregates input the plain way. If a row is bad, it returns where.
func Aggregate(input string) (output string, bad *Bad) {
	output, all := aggregate(input, 1)
	if len(all) > 0 {
		return "", &all[0]
	}
	return output, nil
}

// Skip aggregates the good rows of input the plain way, and returns where
// the bad ones are.
func Skip(input string) (output string, bad []Bad) { return aggregate(input, math.MaxInt) }

// aggregate reads input up to its end or the bad row that makes limit of them.
func aggregate(input string, limit int) (output string, bad []Bad) {
	type stats struct{ min, max, sum, count int64 }
	all := map[string]*stats{}
	offset := int64(0)
	for line := int64(1); input != "" && len(bad) < limit; line++ {
		row, rest, _ := strings.Cut(input, "\n")
		at := offset
		offset, input = offset+int64(len(row))+1, rest
		name, v, legal := split(row)
		if !legal {
			bad = append(bad, Bad{Row: row, Line: line, Offset: at, Reason: reason(row)})
			continue
		}
		s := all[name]
		if s == nil {
			s = &stats{min: v, max: v}
			all[name] = s
		}
		s.min, s.max = min(s.min, v), max(s.max, v)
		s.sum += v
		s.count++
	}
	var names []string
	for name := range all {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { return less(names[i], names[j]) })
	var parts []string
	for _, name := range names {
		s := all[name]
		// floor of (2 sum + count) / (2 count), with a numerator above zero
		shift := int64(1000)
		mean := (2*s.sum+s.count+shift*2*s.count)/(2*s.count) - shift
		parts = append(parts, fmt.Sprintf("%s=%s/%s/%s", name, tenths(s.min), tenths(mean), tenths(s.max)))
	}
	return "{" + strings.Join(parts, ", ") + "}\n", bad
}

// split takes a row without its LF apart, the value in tenths.
func split(row string) (name string, tenths int64, legal bool) {
	name, value, found := strings.Cut(row, ";")
	value = strings.TrimSuffix(value, "\r")
	digits := strings.TrimPrefix(value, "-")
	n := len(digits)
	if !found || name == "" || len(name) > 100 || n != 3 && n != 4 || digits[n-2] != '.' {
		return "", 0, false
	}
	for _, digit := range []byte(digits[:n-2] + digits[n-1:]) {
		if digit < '0' || digit > '9' {
			return "", 0, false
		}
		tenths = 10*tenths + int64(digit-'0')
	}
	if digits != value {
		tenths = -tenths
	}
	return name, tenths, true
}

func reason(row string) string {
	name, _, found := strings.Cut(row, ";")
	switch {
	case row == "":
		return "empty-row"
	case len(row) > 1024:
		return "row-too-long"
	case !found:
		return "missing-separator"
	case name == "":
		return "empty-name"
	case len(name) > 100:
		return "name-too-long"
	}
	return "bad-value"
}

func tenths(v int64) string {
	sign := ""
	if v < 0 {
		sign, v = "-", -v
	}
	return fmt.Sprintf("%s%d.%d", sign, v/10, v%10)
}

// less compares UTF-16 code units where both names are UTF-8.
func less(a, b string) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			if a[i] < 0x80 && b[i] < 0x80 { // the same in each order, and cheap
				return a[i] < b[i]
			}
			break
		}
	}
	if utf8.ValidString(a) && utf8.ValidString(b) {
		x, y := utf16.Encode([]rune(a)), utf16.Encode([]rune(b))
		for i := range min(len(x), len(y)) {
			if x[i] != y[i] {
				return x[i] < y[i]
			}
		}
		return len(x) < len(y)
	}
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return weight(a[i]) < weight(b[i])
		}
	}
	return len(a) < len(b)
}

// weight puts the lead bytes F0 to F4 before EE and EF.
func weight(c byte) byte {
	switch {
	case c >= 0xF0 && c <= 0xF4:
		return c - 2
	case c == 0xEE || c == 0xEF:
		return c + 5
	}
	return c
}
