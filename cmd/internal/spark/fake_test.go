package spark

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakeSpark does what Spark does with a query of this package, except for its failures:
// it deals ranges out to tasks, runs a process for each, and groups the rows.
type fakeSpark struct {
	script string
	tasks  int
	ranges []string // lines of ranges
}

var (
	literalPattern = regexp.MustCompile(`USING '([^']*)'`)
	tasksPattern   = regexp.MustCompile(`REPARTITION\((\d+)\)`)
	stepPattern    = regexp.MustCompile(`i \* (\d+)L AS lo`)
	filePattern    = regexp.MustCompile(`(?m)^  \((\d+), (\d+)L, '([0-9a-f]*)', (\d+)L, (-?\d+)L\)`)
	escapePattern  = regexp.MustCompile(`\\u([0-9a-f]{4})`)
)

// parseQuery parses a query.
func parseQuery(t *testing.T, query string) fakeSpark {
	literal := literalPattern.FindStringSubmatch(query)
	require.NotNil(t, literal, query)
	f := fakeSpark{script: unescape(t, literal[1])}
	number := func(text string) int64 {
		n, err := strconv.ParseInt(text, 10, 64)
		require.NoError(t, err)
		return n
	}
	f.tasks = int(number(tasksPattern.FindStringSubmatch(query)[1]))
	step := number(stepPattern.FindStringSubmatch(query)[1])
	for _, file := range filePattern.FindAllStringSubmatch(query, -1) {
		size := number(file[4])
		for i := range number(file[2]) {
			lo := i * step
			f.ranges = append(f.ranges, fmt.Sprintf("%s\t%s\t%d\t%d\t%s\t%s", file[1], file[3], lo, lo+min(step, size-lo), file[4], file[5]))
		}
	}
	return f
}

// unescape returns the text of a literal of Spark SQL.
func unescape(t *testing.T, literal string) string {
	return escapePattern.ReplaceAllStringFunc(literal, func(escape string) string {
		n, err := strconv.ParseUint(escape[2:], 16, 16)
		require.NoError(t, err)
		return string(rune(n))
	})
}

// run runs the tasks and returns what spark-sql prints. task runs one, with the lines of
// its ranges.
func (f fakeSpark) run(t *testing.T, task func(input string) string) []byte {
	type group struct{ a, b, c, d, rows int64 }
	groups := map[string]*group{}
	var keys []string
	for i := range f.tasks {
		var input strings.Builder
		for j := i; j < len(f.ranges); j += f.tasks {
			input.WriteString(f.ranges[j] + "\n")
		}
		for line := range strings.Lines(task(input.String())) {
			var row [6]string
			require.Equal(t, 6, copy(row[:], strings.Split(strings.TrimSuffix(line, "\n"), "\t")), line)
			var n [4]int64
			for i := range n {
				var err error
				n[i], err = strconv.ParseInt(row[2+i], 10, 64)
				require.NoError(t, err, line)
			}
			key := row[0] + "\t" + row[1]
			g := groups[key]
			if g == nil {
				g = &group{a: n[0], b: n[1]}
				groups[key] = g
				keys = append(keys, key)
			}
			g.a, g.b, g.c, g.d, g.rows = min(g.a, n[0]), max(g.b, n[1]), g.c+n[2], g.d+n[3], g.rows+1
		}
	}
	var out bytes.Buffer
	for _, key := range keys {
		g := groups[key]
		fmt.Fprintf(&out, "%s\t%d\t%d\t%d\t%d\t%d\t%d\n", key, g.a, g.b, g.c, g.d, g.rows, 4*g.rows)
	}
	return out.Bytes()
}
