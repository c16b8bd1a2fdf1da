// Package oracle is the reference that tests and 1brc conform compare with. It
// aggregates rows in the plainest way and shares no code with what it checks. It also
// reads the pairs of input and expected output in the folder testdata.
package oracle

import (
	"fmt"
	"math"
	"sort"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Bad is a bad row. BadInputs reads it from testdata/bad and sets all fields
// except Row. Aggregate and Skip set Row, Line, Offset and Reason.
type Bad struct {
	Name, Path   string
	Input        string // has this bad row
	Row          string // without its LF
	Line, Offset int64  // lines count from 1, bytes from 0
	Reason       string // the word of a parse.Reason
}

// Ties is how means are rounded to tenths. All round to the nearest one, and ties up.
type Ties string

// The kinds of Ties.
const (
	// TiesUp computes exactly.
	TiesUp Ties = "up"
	// TiesDouble computes in doubles, as the baseline of the challenge does: the sum is
	// rounded to tenths, and then divided by the count.
	TiesDouble Ties = "double"
	// TiesDoubleSum is that of the first baseline: it does not round the sum.
	TiesDoubleSum Ties = "double-sum"
)

// mean returns the mean in tenths of values whose sum in tenths is sum. running is
// their sum in doubles. The conversions forbid fused operations.
func (t Ties) mean(sum, count int64, running float64) int64 {
	if t == TiesUp {
		// The mean is floor((2 sum + count) / (2 count)): ties go up. The shift makes
		// the numerator positive, so that / is floor.
		shift := int64(1000)
		return (2*sum+count+shift*2*count)/(2*count) - shift
	}
	if t == TiesDouble {
		running = round(float64(running*10)) / 10
	}
	return int64(round(float64(running / float64(count) * 10)))
}

// round is Java's Math.round: ties go up. The difference is exact where it matters.
func round(v float64) float64 {
	down := math.Floor(v)
	if v-down >= 0.5 {
		return down + 1
	}
	return down
}

// Aggregate returns the challenge's output for input, or its first bad row.
func Aggregate(input string) (output string, bad *Bad) {
	output, all := aggregate(input, TiesUp, 1)
	if len(all) > 0 {
		return "", &all[0]
	}
	return output, nil
}

// Skip returns the challenge's output for the good rows of input, and all bad
// rows.
func Skip(input string) (output string, bad []Bad) { return SkipTies(input, TiesUp) }

// SkipTies is Skip with means that are rounded in another way.
func SkipTies(input string, ties Ties) (output string, bad []Bad) {
	return aggregate(input, ties, math.MaxInt)
}

// aggregate reads input until its end or until it has found limit bad rows.
func aggregate(input string, ties Ties, limit int) (output string, bad []Bad) {
	type stats struct {
		min, max, sum, count int64
		running              float64 // sum in doubles
	}
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
		s.running += float64(v) / 10
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
		mean := ties.mean(s.sum, s.count, s.running)
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
