package group_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/group"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/run"
	"onebrc/engine/internal/source"
	"onebrc/parse"
	"onebrc/parse/delimited"
)

// csvPlan counts rows by the first column and sums the second one of columns.
func csvPlan(k *fields.Kernel, columns int) *group.Plan {
	return group.NewPlan(group.Plan{
		Kernel: k, Syntax: fields.NewSyntax(',', '"', true, columns), Point: '.', Keys: []int{0},
		Numbers: []group.Number{{Field: columns - 1, Min: true, Max: true, Sum: true}},
	})
}

// reading is a Reader with its table and its bad rows.
type reading struct {
	*group.Reader
	plan  *group.Plan
	table *group.Table
	bad   badRows
}

func newReading(t testing.TB, p *group.Plan, header *group.Header) *reading {
	table, err := group.NewTable(p, memory.NewBudget(memory.NoLimit))
	require.NoError(t, err)
	t.Cleanup(table.Free)
	r := &reading{plan: p, table: table}
	r.Reader = group.NewReader(p, table, &r.bad, header)
	return r
}

// chunk reads the bytes of input from begin to end as a chunk, in one window.
func (r *reading) chunk(input []byte, c source.Chunk) error {
	r.Begin(&c)
	w := source.Window{Bytes: input, At: int(c.Offset), Size: int(c.Size)}
	for at := 0; at < w.Size; {
		n, err := r.Tile(&w, at, c.Offset+int64(at), true, c.Final)
		if err != nil {
			return err
		}
		if n <= 0 {
			return fmt.Errorf("read %d bytes at %d", n, at)
		}
		at += n
	}
	return nil
}

// TestChunks cuts an input in two after each LF. A cut between rows changes nothing,
// and a cut inside a row is noticed by the reader of the first part.
func TestChunks(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, k := range fields.All() {
		p := csvPlan(k, 4)
		m := inputMaker{Rand: random, columns: 4, crlf: 1, quotes: 30, bad: 30, digits: 5,
			s: delimited.Syntax{Delimiter: ',', Quote: '"', HasQuote: true}}
		input := m.rows(5000)
		want := readPlainly(t, p, input, false)
		starts := map[int]bool{}
		for at := 0; at < len(input); {
			end, _ := m.s.RowEnd(input[at:], delimited.FieldStart)
			if end < 0 {
				break
			}
			at += end + 1
			starts[at] = true
		}
		misread := 0
		for at := range input {
			if at == 0 || input[at-1] != '\n' {
				continue
			}
			r := newReading(t, p, nil)
			err := r.chunk(input, source.Chunk{Size: int64(at)})
			if !starts[at] {
				require.ErrorIs(t, err, source.ErrMisread)
				misread++
				continue
			}
			require.NoError(t, err)
			rows, lines := r.Counts()
			require.Equal(t, bytes.Count(input[:at], []byte{'\n'}), int(lines))
			first := r.bad
			r.bad = nil
			require.NoError(t, r.chunk(input, source.Chunk{Offset: int64(at), Size: int64(len(input) - at), Final: true}))
			more, _ := r.Counts()
			require.Equal(t, want.rows, int(rows+more))
			require.Equal(t, len(want.bad), len(first)+len(r.bad))
			require.Equal(t, want.dump(), dump(p, r.table))
			r.table.Free()
		}
		require.Positive(t, misread)
	}
}

// TestChunksInsideLongRow cuts a row that is too long into chunks.
func TestChunksInsideLongRow(t *testing.T) {
	for _, k := range fields.All() {
		p := csvPlan(k, 2)
		long := "a," + strings.Repeat("\"\n\"", 50_000)
		input := []byte("a,1\n" + long + "\nb,2\n")
		r := newReading(t, p, nil)
		cut := int64(4 + 100_000)
		require.NoError(t, r.chunk(input, source.Chunk{Size: cut, Cut: true}))
		rows, lines := r.Counts()
		require.Equal(t, int64(2), rows)
		require.Equal(t, int64(bytes.Count(input[:cut], []byte{'\n'})), lines)
		require.Equal(t, badRows{fmt.Sprintf("line 1 byte 4 row-too-long 65536 bytes %.100q", long)}, r.bad)

		r.bad = nil
		end := int64(4 + len(long) + 1)
		require.NoError(t, r.chunk(input, source.Chunk{Offset: cut, Size: end - cut, Inside: true}))
		rows, lines = r.Counts()
		require.Zero(t, rows)
		require.Equal(t, int64(bytes.Count(input[cut:end], []byte{'\n'})), lines)

		require.NoError(t, r.chunk(input, source.Chunk{Offset: end, Size: 4, Final: true}))
		require.Empty(t, r.bad)
		require.Equal(t, 2, r.table.Len())
	}
}

// TestShortInputs reads all inputs of up to 5 bytes from a small alphabet, as one
// column and as two.
func TestShortInputs(t *testing.T) {
	longest := 5
	if testing.Short() {
		longest = 4
	}
	inputs := []string{""}
	for from := 0; len(inputs[from]) < longest; from++ {
		for _, c := range "1,\"\n\r" {
			inputs = append(inputs, inputs[from]+string(c))
		}
	}
	for _, k := range fields.All() {
		for columns := 1; columns <= 2; columns++ {
			p := csvPlan(k, columns)
			for _, input := range inputs[1:] {
				r := newReading(t, p, nil)
				want := readPlainly(t, p, []byte(input), false)
				require.NoError(t, r.chunk([]byte(input), source.Chunk{Size: int64(len(input)), Final: true}), "%q", input)
				rows, _ := r.Counts()
				require.Equal(t, want.rows, int(rows), "%q", input)
				require.Equal(t, want.bad, r.bad, "%q", input)
				require.Equal(t, want.dump(), dump(p, r.table), "%q", input)
				r.table.Free()
			}
		}
	}
}

func TestHeader(t *testing.T) {
	p := csvPlan(fields.All()[0], 2)
	header := &group.Header{Fields: []string{"a", "b\nc"}, Input: "first.csv"}
	rows := "x,1\ny,2\n"
	for _, start := range []string{"a,\"b\nc\"\n", "\"a\",\"b\nc\"\r\n", mark + "a,\"b\nc\"\n"} {
		input := []byte(start + rows)
		want := readPlainly(t, p, input, true)
		require.Empty(t, want.bad)
		for window := 1; window <= len(input); window++ {
			got, bad, count := drive(t, p, header, input, window)
			require.Equal(t, want.dump(), got)
			require.Empty(t, bad)
			require.Equal(t, 2, count)
		}
	}
	for _, empty := range []string{mark, "a,\"b\nc\"", mark + "a,\"b\nc\"\n"} {
		_, bad, count := drive(t, p, header, []byte(empty), len(empty))
		require.Empty(t, bad)
		require.Zero(t, count)
	}
}

func TestWrongHeader(t *testing.T) {
	p := csvPlan(fields.All()[0], 2)
	header := &group.Header{Fields: []string{"a", "b"}, Input: "first.csv"}
	read := func(input string) error {
		return newReading(t, p, header).chunk([]byte(input), source.Chunk{Size: int64(len(input)), Final: true})
	}
	for start, want := range map[string]string{
		"a,c\n":  `the header differs from that of first.csv: column 2 is "c", not "b"`,
		"b,a":    `the header differs from that of first.csv: column 1 is "b", not "a"`,
		"a\n":    `the header differs from that of first.csv: it has 1 columns, not 2`,
		"a,b,\n": `the header differs from that of first.csv: it has 3 columns, not 2`,
	} {
		err := read(start)
		require.EqualError(t, err, want)
		var wrong *group.HeaderError
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, header, wrong.Want)
	}
	long := strings.Repeat("a", 70_000)
	for _, c := range []struct {
		input, row string
		offset     int64
		why        parse.Reason
	}{
		{input: "a,\"b\"c\nx,1\n", row: `a,"b"c`, why: delimited.BadQuote},
		{input: mark + "a,\"b\nx,1\n", row: "a,\"b\nx,1\n", offset: 3, why: delimited.BadQuote},
		{input: long + "\n", row: long[:source.MaxBadRowBytes], why: parse.RowTooLong},
		{input: long, row: long[:source.MaxBadRowBytes], why: parse.RowTooLong},
	} {
		var bad *run.BadRow
		require.ErrorAs(t, read(c.input), &bad)
		require.Equal(t, run.BadRow{Line: 1, Offset: c.offset, Reason: c.why, Row: []byte(c.row), Cut: len(c.input) > 60_000}, *bad)
	}
}

// TestManyColumns reads rows of more columns than the passes can.
func TestManyColumns(t *testing.T) {
	const columns = fields.MaxColumns + 1
	p := csvPlan(fields.All()[0], columns)
	row := "key" + strings.Repeat(",", columns-1)
	input := []byte(row + "1\n" + row + "2\n" + row + "3,\n")
	want := readPlainly(t, p, input, false)
	require.Len(t, want.bad, 1)
	got, bad, rows := drive(t, p, nil, input, len(input))
	require.Equal(t, want.dump(), got)
	require.Equal(t, want.bad, bad)
	require.Equal(t, 3, rows)
}

// TestBadRowsOfOtherColumns checks that a bad row does not count in the decimals of
// the columns in which it is legal.
func TestBadRowsOfOtherColumns(t *testing.T) {
	for _, k := range fields.All() {
		p := group.NewPlan(group.Plan{
			Kernel: k, Syntax: fields.NewSyntax(',', '"', true, 3), Point: '.', Keys: []int{0},
			Numbers: []group.Number{{Field: 1, Sum: true}, {Field: 2, Sum: true}},
		})
		r := newReading(t, p, nil)
		input := []byte("a,1,2\na,1.2345,x\na,3.5,4\n")
		require.NoError(t, r.chunk(input, source.Chunk{Size: int64(len(input)), Final: true}))
		require.Len(t, r.bad, 1)
		require.Equal(t, 1, r.table.Scale(0))
	}
}

// errSink refuses bad rows.
type errSink struct{ error }

func (s errSink) BadRow([]byte, parse.Reason, int64, int64) error { return s.error }

func TestErrorOfSink(t *testing.T) {
	refused := errors.New("refused")
	p := csvPlan(fields.All()[0], 2)
	for _, bad := range []string{"a,x\n", "a,\"", "a,\"b\"c\n", strings.Repeat("long", 20_000)} {
		table, err := group.NewTable(p, memory.NewBudget(memory.NoLimit))
		require.NoError(t, err)
		r := reading{Reader: group.NewReader(p, table, errSink{refused}, nil)}
		input := []byte("a,1\n" + bad)
		require.Equal(t, refused, r.chunk(input, source.Chunk{Size: int64(len(input)), Final: true}))
		table.Free()
	}
}

// TestTileDoesNotAllocate reads rows of all kinds but bad ones.
func TestTileDoesNotAllocate(t *testing.T) {
	for _, keys := range [][]int{{0}, {0, 1}, {2, 0}, {}} {
		p := group.NewPlan(group.Plan{
			Kernel: fields.All()[0], Syntax: fields.NewSyntax(',', '"', true, 4), Point: '.', Keys: keys,
			Numbers: []group.Number{{Field: 1, Sum: true}, {Field: 3, Min: true}}, Present: []int{2},
		})
		input := []byte(strings.Repeat("a,1,x,2\n\"a\",\"7\",y,3.25\r\n\"b\"\"b\",,\"a,\n\",-123456789012345678\n", 1000))
		r := newReading(t, p, nil)
		read := func() {
			if err := r.chunk(input, source.Chunk{Size: int64(len(input)), Final: true}); err != nil {
				t.Error(err)
			}
		}
		require.LessOrEqual(t, testing.AllocsPerRun(10, read), 2.0, "%v: the chunk and the window", keys)
		require.Empty(t, r.bad)
	}
}
