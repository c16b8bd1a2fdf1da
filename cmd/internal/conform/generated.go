package conform

import (
	"bytes"
	"context"
	"strings"

	"onebrc/gen"
)

// generated returns the cases that are too large for testdata. A program that only imports
// this package does not make them.
func generated() []Case {
	return []Case{
		{"large-ties", Rounding, "1,998 names with 100 rows each, whose means are ties of both signs", rowsOf("ties", 199_800)},
		{"large-minus-zero", Rounding, "200,000 rows, many of them −0.0, whose means are from −0.05 to 0 and print as 0.0", rowsOf("minus-zero", 200_000)},
		{"large-cities", Boundaries, "1,000,000 rows of 413 cities: rows lie across all borders of parts", rowsOf("default", 1_000_000)},
		{"large-one-name", Boundaries, "one name has all 500,000 rows", rowsOf("one-name", 500_000)},
		{"large-longest-rows", Boundaries, "100,000 rows of 107 bytes, the longest", repeat(strings.Repeat("n", 100)+";-12.3\n", 100_000)},
		{"sum-over-31-bits", Boundaries, "2,200,000 rows whose sum in tenths needs more than 31 bits", repeat("a;99.9\n", 2_200_000)},
		{"sum-over-32-bits", Boundaries, "4,400,000 rows whose negative sum in tenths needs more than 32 bits", repeat("a;-99.9\n", 4_400_000)},
		{"count-over-24-bits", Boundaries, "2^24 + 2 rows of one name", repeat("a;1.1\n", 1<<24+2)},
		{"large-long-names", Names, "5,000 names of 17 to 100 bytes in 100,000 rows", rowsOf("long-names", 100_000)},
		{"large-shared-prefix", Names, "64 families of 64 names that share 32 bytes or more, some their first and last 8", rowsOf("shared-prefix", 100_000)},
		{"large-no-last-lf", FileEnds, "500,000 rows, last LF missing", rowsOf("no-final-newline", 500_000)},
		{"large-page-multiple", PageSizes, "each 4,096 bytes end with a row, the last as well", rowsOf("page-multiple", 300_000)},
		{"size-2097151", PageSizes, "file of exactly 2,097,151 bytes: one less than a huge page", sized(2<<20-1, true)},
		{"size-2097152", PageSizes, "file of exactly 2,097,152 bytes: a huge page", sized(2<<20, true)},
		{"size-2097152-no-last-lf", PageSizes, "file of exactly 2,097,152 bytes, last LF missing", sized(2<<20, false)},
		{"size-2097153", PageSizes, "file of exactly 2,097,153 bytes: one more than a huge page", sized(2<<20+1, true)},
		{"size-16777216", PageSizes, "file of exactly 16,777,216 bytes", sized(16<<20, true)},
		{"size-16777216-no-last-lf", PageSizes, "file of exactly 16,777,216 bytes, last LF missing", sized(16<<20, false)},
		{"large-10000-names", ManyNames, "10,000 names of 1 to 100 bytes in 500,000 rows", rowsOf("10k", 500_000)},
		{"large-skew", ManyNames, "10,000 names: the first has a tenth of the 500,000 rows, name k a k-th of that", rowsOf("skew", 500_000)},
		{"large-crlf", Extensions, "CRLF after each of 500,000 rows", rowsOf("crlf", 500_000)},
		{"large-20000-names", Extensions, "20,000 names of 16 to 100 bytes in 200,000 rows", rowsOf("scatter", 200_000)},
		{"large-unique", Extensions, "500,000 rows, each with a name of its own", rowsOf("unique", 500_000)},
		{"large-empty-row", Malformed, "an empty row in the middle of 300,000 rows", amid("\n")},
		{"large-missing-separator", Malformed, "a row without `;` in the middle of 300,000 rows", amid("Oslo1.0\n")},
		{"large-name-too-long", Malformed, "a name of 101 bytes in the middle of 300,000 rows", amid(strings.Repeat("n", 101) + ";1.0\n")},
		{"large-bad-value", Malformed, "a value with two fraction digits in the middle of 300,000 rows", amid("Oslo;1.23\n")},
		{"large-truncated", Malformed, "300,000 rows, the last one cut after its `;`", truncated},
		{"large-many-bad-rows", Malformed, "100,000 rows, about 1,000 of them bad in many ways", dataSet(gen.Options{Rows: 100_000, Seed: 3, Corrupt: 0.01})},
	}
}

// rowsOf returns a generator of rows of a profile of package gen.
func rowsOf(name string, rows int64) func() (string, error) {
	return dataSet(gen.Options{Profile: name, Rows: rows, Seed: 1})
}

// dataSet returns a generator of the data set of o.
func dataSet(o gen.Options) func() (string, error) {
	return func() (string, error) {
		var b bytes.Buffer
		err := gen.Write(context.Background(), &b, o)
		return b.String(), err
	}
}

// repeat returns a generator of equal rows.
func repeat(row string, count int) func() (string, error) {
	return func() (string, error) { return strings.Repeat(row, count), nil }
}

// sized returns a generator of a file of size bytes, whose last row may lack its LF.
func sized(size int, lastLF bool) func() (string, error) {
	return func() (string, error) {
		rows, err := dataSet(gen.Options{Rows: int64(size / 10), Seed: 2})()
		if err != nil {
			return "", err
		}
		end := ";-12.3\n"
		if !lastLF {
			end = ";-12.3"
		}
		// The last row takes what is left, which is room for a name of 1 to 100 bytes.
		whole := strings.LastIndexByte(rows[:size-len(end)-20], '\n') + 1
		return rows[:whole] + strings.Repeat("z", size-whole-len(end)) + end, nil
	}
}

// amid returns a generator of 300,000 rows with another one in the middle.
func amid(row string) func() (string, error) {
	return func() (string, error) {
		rows, err := rowsOf("default", 300_000)()
		if err != nil {
			return "", err
		}
		middle := len(rows)/2 + strings.IndexByte(rows[len(rows)/2:], '\n') + 1
		return rows[:middle] + row + rows[middle:], nil
	}
}

func truncated() (string, error) {
	rows, err := rowsOf("default", 300_000)()
	return rows[:strings.LastIndexByte(rows, ';')+1], err
}
