// Package oracle is the reference that tests compare with. It aggregates rows in
// the plainest way and shares no code with what it checks. It also reads the pairs
// of input and expected output in the folder testdata.
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

// Pair is a legal input and its expected output, from testdata/golden.
type Pair struct {
	Name, Path    string
	Input, Output string
}

// Bad is a bad row. BadInputs reads it from testdata/bad and sets all fields
// except Row. Aggregate and Skip set Row, Line, Offset and Reason.
type Bad struct {
	Name, Path   string
	Input        string // has this bad row
	Row          string // without its LF
	Line, Offset int64  // lines count from 1, bytes from 0
	Reason       string // the word of a parse.Reason
}

// testdata returns the path of a folder in the module's testdata.
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

// BadInputs returns all inputs with a bad row; of several, the first counts.
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

// each calls do for each input in folder, with the content of the file that has
// suffix in the place of ".txt".
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

// Aggregate returns the challenge's output for input, or its first bad row.
func Aggregate(input string) (output string, bad *Bad) {
	output, all := aggregate(input, 1)
	if len(all) > 0 {
		return "", &all[0]
	}
	return output, nil
}

// Skip returns the challenge's output for the good rows of input, and all bad
// rows.
func Skip(input string) (output string, bad []Bad) { return aggregate(input, math.MaxInt) }

// aggregate reads input until its end or until it has found limit bad rows.
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
		// The mean is floor((2 sum + count) / (2 count)): ties go up. The shift makes
		// the numerator positive, so that / is floor.
		shift := int64(1000)
		mean := (2*s.sum+s.count+shift*2*s.count)/(2*s.count) - shift
		parts = append(parts, fmt.Sprintf("%s=%s/%s/%s", name, tenths(s.min), tenths(mean), tenths(s.max)))
	}
	return "{" + strings.Join(parts, ", ") + "}\n", bad
}

// split returns the name and the value, in tenths, of a row without its LF.
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

// reason returns the reason of a bad row.
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

// tenths formats a value.
func tenths(v int64) string {
	sign := ""
	if v < 0 {
		sign, v = "-", -v
	}
	return fmt.Sprintf("%s%d.%d", sign, v/10, v%10)
}

// less orders two names of UTF-8 by their UTF-16 code units, as Java does, and
// other names by their bytes with the weights of weight.
func less(a, b string) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			if a[i] < 0x80 && b[i] < 0x80 { // both orders agree; this is fast
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

// weight orders the lead bytes F0 to F4 before EE and EF. This gives names of
// UTF-8 the order of their UTF-16 code units.
func weight(c byte) byte {
	switch {
	case c >= 0xF0 && c <= 0xF4:
		return c - 2
	case c == 0xEE || c == 0xEF:
		return c + 5
	}
	return c
}
