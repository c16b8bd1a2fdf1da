package spark

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// TestMain makes the test program a command that prints its arguments, too.
func TestMain(m *testing.M) {
	if os.Getenv("ONEBRC_PRINT_ARGUMENTS") != "" {
		os.Stdout.WriteString(strings.Join(os.Args, "\x00"))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// write creates a file and returns its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o666))
	return path
}

// task returns what a process prints for ranges.
func task(t *testing.T, mode engine.BadRowMode) func(input string) string {
	return func(input string) string {
		ranges, err := ReadRanges(strings.NewReader(input))
		require.NoError(t, err)
		p, err := engine.AggregatePartial(t.Context(), engine.Options{Workers: 1}, mode, ranges...)
		require.NoError(t, err)
		var out bytes.Buffer
		require.NoError(t, WriteRows(&out, p, len(ranges)))
		return out.String()
	}
}

// runQuery returns what spark-sql prints for a plan.
func runQuery(t *testing.T, p *Plan, mode engine.BadRowMode) []byte {
	t.Helper()
	query, err := p.Query(taskCommand("/1brc", mode))
	require.NoError(t, err)
	return parseQuery(t, query).run(t, task(t, mode))
}

// collect returns the result of output.
func collect(p *Plan, mode engine.BadRowMode, output []byte) (*engine.Result, []*engine.RowError, error) {
	c := &Collector{plan: p, mode: mode}
	if err := c.Read(bytes.NewReader(output)); err != nil {
		return nil, nil, err
	}
	var bad []*engine.RowError
	stream, err := c.Stream(context.Background(), func(row *engine.RowError) error {
		bad = append(bad, row)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	result := &engine.Result{Rows: stream.Rows, BadRows: stream.BadRows, Bytes: stream.Bytes}
	for s, err := range stream.All() {
		if err != nil {
			return nil, nil, err
		}
		s.Name = strings.Clone(s.Name)
		result.Stations = append(result.Stations, s)
	}
	return result, bad, nil
}

// TestSameAsAggregate compares results over sizes of ranges and numbers of tasks with
// those of Aggregate.
func TestSameAsAggregate(t *testing.T) {
	names := []string{
		write(t, "1", "Oslo;1.0\nNuuk;-3.4\r\nbad\n\nOslo;99.9\n\\N;0.1\na\tb;0.2\n'\"$(x);-99.9"),
		write(t, "empty", ""),
		write(t, "2", strings.Repeat("Å;5.5\nOslo;-0.1\n", 100)+"Oslo;1.25\n"),
	}
	names = append(names, names[0]) // a file may count twice
	var inputs []engine.Input
	for _, name := range names {
		inputs = append(inputs, engine.File(name))
	}
	var wantBad []*engine.RowError
	want, err := engine.Aggregate(t.Context(), engine.Options{OnBadRow: func(row *engine.RowError) error {
		wantBad = append(wantBad, row)
		return nil
	}}, inputs...)
	require.NoError(t, err)
	require.Len(t, wantBad, 5)
	for _, size := range []int64{1, 7, 64, 101, 1 << 62} {
		for _, tasks := range []int{1, 3, 50} {
			p, err := NewPlan(names, size, tasks)
			require.NoError(t, err)
			got, bad, err := collect(p, engine.BadRowsKeep, runQuery(t, p, engine.BadRowsKeep))
			require.NoError(t, err)
			require.Equal(t, want, got)
			require.Equal(t, wantBad, bad)

			got, bad, err = collect(p, engine.BadRowsCount, runQuery(t, p, engine.BadRowsCount))
			require.NoError(t, err)
			require.Equal(t, want, got)
			require.Empty(t, bad)

			_, _, err = collect(p, engine.BadRowsFail, runQuery(t, p, engine.BadRowsFail))
			require.Equal(t, wantBad[0], err)
		}
	}
}

// TestGolden compares results of golden files with those of 1brc, for small ranges.
func TestGolden(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", "golden", "*.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		want, err := os.ReadFile(strings.TrimSuffix(name, ".txt") + ".out")
		require.NoError(t, err)
		for _, size := range []int64{37, 1009} {
			p, err := NewPlan([]string{name}, size, 5)
			require.NoError(t, err)
			got, _, err := collect(p, engine.BadRowsFail, runQuery(t, p, engine.BadRowsFail))
			require.NoError(t, err)
			require.Equal(t, string(want), got.String(), name)
		}
	}
}

// TestNamesOfFiles checks that errors call files as the user does.
func TestNamesOfFiles(t *testing.T) {
	t.Chdir(filepath.Dir(write(t, "x", "a;1.0\nbad\n")))
	p, err := NewPlan([]string{"./x", "x"}, 3, 10)
	require.NoError(t, err)
	_, bad, err := collect(p, engine.BadRowsKeep, runQuery(t, p, engine.BadRowsKeep))
	require.NoError(t, err)
	require.Len(t, bad, 2)
	require.Equal(t, []string{"./x", "x"}, []string{bad[0].Input, bad[1].Input})
	for _, f := range p.Files {
		require.True(t, filepath.IsAbs(f.Path))
	}
}

// TestPlanErrors plans for what cannot be planned for.
func TestPlanErrors(t *testing.T) {
	for name, want := range map[string]string{
		filepath.Join(t.TempDir(), "none"): "no such file",
		t.TempDir():                        "is a directory",
		os.DevNull:                         "not a regular file",
	} {
		_, err := NewPlan([]string{name}, 1, 1)
		require.ErrorContains(t, err, want)
	}
	_, err := NewPlan([]string{write(t, "x", strings.Repeat("a;1.0\n", 2e6))}, 1, 1)
	require.ErrorContains(t, err, "12000000 ranges are too many, at most 10000000 are possible: use a larger --range-size")
}

// TestWrongOutput damages a right result in each way that Spark could, and more.
func TestWrongOutput(t *testing.T) {
	p, err := NewPlan([]string{write(t, "1", "Oslo;1.0\nNuuk;-3.4\nOslo;1.2\n"), write(t, "2", "")}, 9, 3)
	require.NoError(t, err)
	output := string(runQuery(t, p, engine.BadRowsFail))
	_, _, err = collect(p, engine.BadRowsFail, []byte(output))
	require.NoError(t, err)
	lines := strings.SplitAfter(output, "\n")
	lines = lines[:len(lines)-1]
	require.Len(t, lines, 5, "two names and three tasks")
	require.Equal(t, "s\t4f736c6f\t10\t12\t22\t2\t2\t8\n", lines[0])
	check := func(damaged string) {
		t.Helper()
		require.NotEqual(t, output, damaged)
		result, _, err := collect(p, engine.BadRowsFail, []byte(damaged))
		require.ErrorContains(t, err, "the result of Spark is wrong: ", "%q gave %v", damaged, result)
	}
	for _, line := range lines {
		without := strings.Replace(output, line, "", 1)
		check(without)
		check(output + line)
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for f, field := range fields {
			for _, other := range []string{"NULL", "", "x", "-1", field + "0", "99999999999999999999"} {
				if line[0] == 's' && (f == 1 && len(other) == 20 || (f == 2 || f == 3) && (other == "-1" || other == field+"0")) {
					continue // a legal name and possible values cannot be told from the right ones
				}
				if line[0] == 'p' && (f == 2 || f == 3 || f == 5) {
					continue // not used
				}
				if other == field+"0" && field == "0" {
					continue
				}
				damaged := append([]string{}, fields...)
				damaged[f] = other
				check(without + strings.Join(damaged, "\t") + "\n")
			}
			check(without + strings.Join(append(append([]string{}, fields[:f]...), fields[f+1:]...), "\t") + "\n")
		}
		check(without + strings.TrimSuffix(line, "\n") + "\t0\n")
		check(without + strings.TrimSuffix(line, "\n"))
		if line[0] == 'p' { // a bit of a partial result
			at := len("p\t") + 2*20
			flipped := []byte(line)
			flipped[at] ^= 1
			check(without + string(flipped))
		}
	}
	check("")
	check(output + "\n")
	check(output + "26/11/27 14:00:00 WARN Something: happened\n")
	check(strings.Repeat("x", 1<<20))
}

// TestQuote runs commands with all bytes in bash, and checks that no byte of them is
// syntax for SQL or spark-sql.
func TestQuote(t *testing.T) {
	test, err := os.Executable()
	require.NoError(t, err)
	t.Setenv("ONEBRC_PRINT_ARGUMENTS", "1")
	var all []byte
	for c := 1; c < 256; c++ {
		all = append(all, byte(c))
	}
	for _, words := range [][]string{
		{string(all)}, {string(all) + "0f", "\xff0", ""}, {"$(touch x)", "`x`", "${env:HOME}", "'; DROP TABLE x; --", `\N`, "\\", "\n", "*", "/*", "--"},
	} {
		script, err := shellCommand(append([]string{test}, words...))
		require.NoError(t, err)
		require.NotRegexp(t, `[^ -~]`, script)
		literal := sqlLiteral(script)
		require.Regexp(t, `\A'([A-Za-z0-9/._ ]|\\u00[0-9a-f]{2})*'\z`, literal)
		require.Equal(t, script, unescape(t, strings.Trim(literal, "'")))
		bash, err := exec.LookPath("bash")
		if err != nil {
			t.Skip("there is no bash")
		}
		out, err := exec.Command(bash, "-c", script).Output()
		require.NoError(t, err)
		require.Equal(t, strings.Join(append([]string{test}, words...), "\x00"), string(out))
	}
	_, err = shellCommand([]string{"a\x00b"})
	require.Error(t, err)
}

// TestQueryOfPaths checks that paths are in hex.
func TestQueryOfPaths(t *testing.T) {
	name := write(t, "a'; $(x)\\N\n\t--", "a;1.0\n")
	p, err := NewPlan([]string{name}, 1<<20, 1)
	require.NoError(t, err)
	query, err := p.Query([]string{"x"})
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(query, ";"))
	require.True(t, strings.HasSuffix(query, ";\n"))
	lines := parseQuery(t, query).ranges
	require.Len(t, lines, 1)
	ranges, err := ReadRanges(strings.NewReader(lines[0] + "\n"))
	require.NoError(t, err)
	version, err := engine.StatFile(name)
	require.NoError(t, err)
	require.Equal(t, []engine.Range{{Path: name, End: 6, Version: &version}}, ranges)
}

// TestReadRanges reads lines that are no ranges.
func TestReadRanges(t *testing.T) {
	for line, want := range map[string]string{
		"":                                     "6 fields",
		"0\t61\t0\t1\t1":                       "6 fields",
		"0\t61\t0\t1\t1\t1\t1":                 "6 fields",
		"0\t6\t0\t1\t1\t1":                     "path in hex",
		"0\t\t0\t1\t1\t1":                      "path in hex",
		"x\t61\t0\t1\t1\t1":                    "field 1 ",
		"0\t61\t0\t99999999999999999999\t1\t1": "field 4 ",
		"0\t61\t0\t1\t1\t\\N":                  "field 6 ",
	} {
		_, err := ReadRanges(strings.NewReader("0\t61\t0\t1\t1\t1\n" + line + "\n"))
		require.ErrorContains(t, err, "line 2: ")
		require.ErrorContains(t, err, want)
	}
}

// failingWriter fails after some bytes.
type failingWriter int

func (w *failingWriter) Write(b []byte) (int, error) {
	if *w -= failingWriter(len(b)); *w < 0 {
		return 0, errors.New("full")
	}
	return len(b), nil
}

func TestWriteRowsFails(t *testing.T) {
	p, err := engine.AggregatePartial(t.Context(), engine.Options{}, engine.BadRowsFail, engine.Range{Path: write(t, "x", "a;1.0\n"), End: 6})
	require.NoError(t, err)
	w := failingWriter(10)
	require.EqualError(t, WriteRows(&w, p, 1), "full")
}
