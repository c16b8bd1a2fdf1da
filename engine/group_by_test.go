package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/parse/delimited"
)

// column returns the column with a name.
func column(name string) *engine.Column { return &engine.Column{Name: name} }

// textOf returns a result as lines of text.
func textOf(g *engine.Groups) string {
	var b strings.Builder
	fmt.Fprintln(&b, strings.Join(g.Columns, ","))
	for group := range g.All() {
		for i := range g.Columns {
			if i > 0 {
				b.WriteByte(',')
			}
			if i < g.Keys {
				b.Write(group.AppendKey(nil, i))
			} else {
				b.WriteString(group.Cell(i - g.Keys).String())
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// byCity computes every function of a column with decimals by a column of the key.
var byCity = engine.Query{
	By: []engine.Column{{Name: "city"}},
	Aggregates: []engine.Aggregation{
		{Func: engine.FuncCount}, {Func: engine.FuncCount, Of: column("temp")}, {Func: engine.FuncSum, Of: column("temp")},
		{Func: engine.FuncMin, Of: column("temp")}, {Func: engine.FuncMax, Of: column("temp"), As: "warmest"},
		{Func: engine.FuncMean, Of: column("temp")}, {Func: engine.FuncVar, Of: column("temp")}, {Func: engine.FuncStddev, Of: column("temp")},
	},
}

const cities = "\xef\xbb\xbfcity,day,temp\r\nOslo,1,-3.5\r\n\"Oslo\",2,\"4\"\r\n\"a, \"\"b\"\"\nc\",3,0.25\r\nOslo,4,"

const citiesByCity = `city,count,count(temp),sum(temp),min(temp),warmest,mean(temp),var(temp),stddev(temp)
Oslo,3,2,0.50,-3.50,4.00,0.25,28.125,5.303300858899107
a, "b"
c,1,1,0.25,0.25,0.25,0.25,,
`

func TestGroupBy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cities.csv")
	require.NoError(t, os.WriteFile(path, []byte(cities), 0o600))
	for name, in := range map[string]func() engine.Input{
		"bytes":    func() engine.Input { return engine.Bytes("cities", []byte(cities)) },
		"file":     func() engine.Input { return engine.File(path) },
		"fs":       func() engine.Input { return engine.FS(os.DirFS(filepath.Dir(path)), "cities.csv") },
		"reader":   func() engine.Input { return engine.Reader("cities", strings.NewReader(cities)) },
		"one byte": func() engine.Input { return engine.Reader("cities", iotest.OneByteReader(strings.NewReader(cities))) },
	} {
		g, err := engine.GroupBy(t.Context(), byCity, engine.Options{Workers: 2}, in())
		require.NoError(t, err, name)
		require.Equal(t, citiesByCity, textOf(g), name)
		require.EqualValues(t, 4, g.Rows, name)
		require.EqualValues(t, len(cities), g.Bytes, name)

		g, err = engine.GroupBy(t.Context(), byCity, engine.Options{Workers: 2, Measure: true}, engine.Bytes("empty", nil), in(), in(), engine.Bytes("header", []byte("city,day,temp")))
		require.NoError(t, err, name)
		require.Contains(t, textOf(g), "\nOslo,6,4,1.00,-3.50,4.00,0.25,", name)
		require.NotNil(t, g.Measurement, name)
	}
}

// TestGroupByMark reads inputs of which the first row has an LF in quotes after a byte
// order mark, or is as long as a row can be.
func TestGroupByMark(t *testing.T) {
	for _, first := range []string{"\"a\nb\"", strings.Repeat("a", 65_535), strings.Repeat("a", 65_536)} {
		for _, rest := range []string{"", "\n", "\n" + strings.Repeat("b\n", 50_000)} {
			text := "\xef\xbb\xbf" + first + rest
			path := filepath.Join(t.TempDir(), "first.csv")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			want := strings.Trim(first, `"`) + ",1\n"
			if len(rest) > 1 {
				want += "b,50000\n"
			}
			for name, inputs := range map[string][]engine.Input{
				"bytes":    {engine.Bytes("in", []byte(text))},
				"file":     {engine.File(path)},
				"reader":   {engine.Reader("in", strings.NewReader(text))},
				"one byte": {engine.Reader("in", iotest.OneByteReader(strings.NewReader(text)))},
				// All inputs are read in order if one can be read only once.
				"file in order":  {engine.File(path), engine.Reader("empty", strings.NewReader(""))},
				"bytes in order": {engine.Bytes("in", []byte(text)), engine.Reader("empty", strings.NewReader(""))},
			} {
				q := engine.Query{NoHeader: true, By: []engine.Column{{Position: 1}}}
				g, err := engine.GroupBy(t.Context(), q, engine.Options{Workers: 2, ChunkBytes: engine.MinChunkBytes}, inputs...)
				require.NoError(t, err, "%s: %.20q, %d bytes", name, first, len(text))
				require.True(t, textOf(g) == "1,count\n"+want, "%s: %.20q, %d bytes", name, first, len(text))
			}
		}
	}
}

// TestGroupByWithoutRows checks the results of inputs that have no rows.
func TestGroupByWithoutRows(t *testing.T) {
	count := engine.Query{NoHeader: true}
	byFirst := engine.Query{NoHeader: true, By: []engine.Column{{Position: 1}}}
	for _, inputs := range [][]engine.Input{nil, {engine.Bytes("", nil)}, {engine.Reader("", strings.NewReader("\xef\xbb\xbf")), engine.Bytes("", nil)}} {
		g, err := engine.GroupBy(t.Context(), count, engine.Options{}, inputs...)
		require.NoError(t, err)
		require.Equal(t, "count\n0\n", textOf(g))
		g, err = engine.GroupBy(t.Context(), byFirst, engine.Options{}, inputs...)
		require.NoError(t, err)
		require.Equal(t, "1,count\n", textOf(g))
		_, err = engine.GroupBy(t.Context(), engine.Query{}, engine.Options{}, inputs...)
		require.ErrorIs(t, err, engine.ErrNoHeader)
	}
	g, err := engine.GroupBy(t.Context(), byCity, engine.Options{}, engine.Bytes("", []byte("city,temp")))
	require.NoError(t, err)
	require.Zero(t, g.Len())
}

// TestGroupByErrors checks the errors of inputs and queries.
func TestGroupByErrors(t *testing.T) {
	in := func(text string) engine.Input { return engine.Bytes("in", []byte(text)) }
	tests := []struct {
		inputs []engine.Input
		want   string
	}{
		{[]engine.Input{in("town,temp\n")}, `no column "city"; the header has: town, temp`},
		{[]engine.Input{in("city,temp\na,1\nb\n")}, `in:3: byte 14: field-count: "b"`},
		{[]engine.Input{in("city,temp\n\"a\nb\",1\nb,x\n")}, `in:4: byte 18: bad-value: "b,x"`},
		{[]engine.Input{in("city,temp\n\"a\"b,1\n")}, `in:2: byte 10: bad-quote: "\"a\"b,1"`},
		{[]engine.Input{in("city,temp\n\"a,1\n")}, `in:2: byte 10: bad-quote: "\"a,1\n"`},
		{[]engine.Input{in("city,\"temp\n")}, `in:1: byte 0: bad-quote: "city,\"temp\n"`},
		{[]engine.Input{in("city,temp\n"), engine.Bytes("b", []byte("city,day\n"))}, `b: the header differs from that of in: column 2 is "day", not "temp"`},
		{[]engine.Input{in("city,temp\n"), engine.Bytes("b", []byte("\xef\xbb\xbf\"city\n"))}, `b:1: byte 3: bad-quote: "\"city\n"`},
		{[]engine.Input{engine.File("missing")}, "missing: no such file or directory"},
	}
	for _, test := range tests {
		g, err := engine.GroupBy(t.Context(), byCity, engine.Options{}, test.inputs...)
		require.EqualError(t, err, test.want)
		require.Nil(t, g)
	}
}

// TestGroupByStuckReader checks that GroupBy returns from a Read of the header that
// blocks.
func TestGroupByStuckReader(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	stuck := make(chan struct{})
	defer close(stuck)
	_, err := engine.GroupBy(ctx, byCity, engine.Options{}, engine.Reader("stuck", readFunc(func([]byte) (int, error) {
		cancel()
		<-stuck
		return 0, nil
	})))
	require.ErrorIs(t, err, context.Canceled)
	require.PanicsWithValue(t, "no", func() {
		_, _ = engine.GroupBy(t.Context(), byCity, engine.Options{}, engine.Reader("", readFunc(func([]byte) (int, error) { panic("no") })))
	})
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(b []byte) (int, error) { return f(b) }

// TestGroupByMisread checks inputs whose chunks are first cut in quotes: the result is
// that of one chunk, and bad rows are told once.
func TestGroupByMisread(t *testing.T) {
	var b strings.Builder
	b.WriteString("city,temp\n")
	for i := range 60_000 {
		fmt.Fprintf(&b, "x,%d\n", i%7)
	}
	for i := range 20_000 {
		if i%3000 == 5 {
			fmt.Fprintf(&b, "x,1,%d\n", i)
		}
		fmt.Fprintf(&b, "\"y\nx,%d\nx\",%d\n", i, i%5)
	}
	legal := strings.ReplaceAll(b.String(), "x,1,", "x,1")
	for damage, text := range map[string]string{"none": legal, "fields": b.String(), "a quote": b.String() + "x\",1\n" + b.String()[10:]} {
		var want string
		var wantBad []string
		for _, chunk := range []int{1 << 30, engine.MinChunkBytes, 70_000} {
			var bad []string
			o := engine.Options{Workers: 3, ChunkBytes: chunk, OnBadRow: func(e *engine.RowError) error {
				bad = append(bad, e.Error())
				return nil
			}}
			inputs := []engine.Input{engine.Bytes("in", []byte(text))}
			if want == "" {
				inputs = []engine.Input{engine.Reader("in", strings.NewReader(text))}
			}
			g, err := engine.GroupBy(t.Context(), byCity, o, inputs...)
			require.NoError(t, err)
			if want == "" {
				want, wantBad = textOf(g), bad
			}
			require.Equal(t, want, textOf(g), "%s, chunks of %d", damage, chunk)
			require.Equal(t, wantBad, bad, "%s, chunks of %d", damage, chunk)
			require.EqualValues(t, len(bad), g.BadRows)
		}
	}
}

// TestProgressOption checks that Options.Progress counts up to the size of the inputs.
func TestProgressOption(t *testing.T) {
	text := "city,temp\n" + strings.Repeat("x,1\n", 50_000)
	for _, workers := range []int{1, 3} {
		var counts []int64
		o := engine.Options{Workers: workers, ChunkBytes: engine.MinChunkBytes, Progress: func(n int64) { counts = append(counts, n) }}
		g, err := engine.GroupBy(t.Context(), byCity, o, engine.Bytes("a", []byte(text)), engine.Reader("b", strings.NewReader(text)))
		require.NoError(t, err)
		require.Greater(t, len(counts), 20)
		require.IsIncreasing(t, counts)
		require.Equal(t, g.Bytes, counts[len(counts)-1])
	}
}

// TestGroupByManyColumns reads rows with more fields than the passes take.
func TestGroupByManyColumns(t *testing.T) {
	const columns = 5000
	row := strings.Repeat("1,", columns-1)
	text := row + "a\n" + row + "b\n" + row[2:] + "\"a\"\n" + row + "\"a\"\n"
	q := engine.Query{NoHeader: true, By: []engine.Column{{Position: columns}}, Aggregates: []engine.Aggregation{
		{Func: engine.FuncSum, Of: &engine.Column{Position: 1}},
	}}
	_, err := engine.GroupBy(t.Context(), q, engine.Options{}, engine.Bytes("in", []byte(text)))
	require.ErrorIs(t, err, delimited.FieldCount)
	o := engine.Options{OnBadRow: func(*engine.RowError) error { return nil }}
	g, err := engine.GroupBy(t.Context(), q, o, engine.Bytes("in", []byte(text)))
	require.NoError(t, err)
	require.Equal(t, "5000,sum(1)\na,2\nb,1\n", textOf(g))
	require.EqualValues(t, 1, g.BadRows)
}

// TestGroupByTruncated truncates a file between two rows, and inside one, before its
// chunk is read: the zeros in the rest of a mapping are not contents.
func TestGroupByTruncated(t *testing.T) {
	text := "city,temp\n" + strings.Repeat("x,1\n", 20)
	for _, access := range engine.Accesses() {
		for left := range len(text) {
			path := filepath.Join(t.TempDir(), "in")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			ctx := &errContext{Context: t.Context(), do: sync.OnceFunc(func() {
				require.NoError(t, os.Truncate(path, int64(left)))
			})}
			q := engine.Query{By: []engine.Column{{Position: 1}, {Position: 2}}}
			_, err := engine.GroupBy(ctx, q, engine.Options{Access: access}, engine.File(path))
			if access == engine.AccessMap || err != nil { // others may have read the file before
				require.ErrorIs(t, err, engine.ErrTruncated, "%s, %d bytes", access, left)
			}
		}
	}
}

// errContext is a context that calls do when a worker asks whether it has ended, which
// is when an input is open and before its next rows are read.
type errContext struct {
	context.Context
	do func()
}

func (c *errContext) Err() error {
	c.do()
	return c.Context.Err()
}
