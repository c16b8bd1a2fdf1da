package group_test

import (
	"bytes"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/group"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/source"
	"onebrc/parse"
	"onebrc/parse/delimited"
)

// stat is what a model knows of one column in one group.
type stat struct {
	count         int
	sum, min, max big.Rat
}

// rat returns coefficient divided by 10 to the power of decimals.
func rat(coefficient *big.Int, decimals int) *big.Rat {
	return new(big.Rat).SetFrac(coefficient, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
}

func (s *stat) add(value *big.Rat) {
	if s.count == 0 || value.Cmp(&s.min) < 0 {
		s.min.Set(value)
	}
	if s.count == 0 || value.Cmp(&s.max) > 0 {
		s.max.Set(value)
	}
	s.sum.Add(&s.sum, value)
	s.count++
}

// text returns the lines of a group.
func text(key string, rows int, present []int, numbers []stat) string {
	line := fmt.Sprintf("%q rows %d present %v", key, rows, present)
	for i := range numbers {
		s := &numbers[i]
		line += fmt.Sprintf(" | %d %s %s %s", s.count, s.sum.RatString(), s.min.RatString(), s.max.RatString())
	}
	return line
}

// join returns the groups of a table as text, in an order of their own.
func join(scales []int, groups []string) string {
	slices.Sort(groups)
	return fmt.Sprint("decimals ", scales, "\n", strings.Join(groups, "\n"))
}

// dump returns what t holds.
func dump(p *group.Plan, t *group.Table) string {
	var groups []string
	for g := range t.Groups() {
		present := make([]int, len(p.Present))
		for i := range present {
			present[i] = int(g.Present(i))
		}
		numbers := make([]stat, len(p.Numbers))
		for i := range numbers {
			if s := g.Number(i); s.Count > 0 {
				numbers[i].count = int(s.Count)
				numbers[i].sum.Set(rat(s.Sum.Big(), s.Scale))
				numbers[i].min.Set(rat(s.Min.Big(), s.Scale))
				numbers[i].max.Set(rat(s.Max.Big(), s.Scale))
			}
		}
		groups = append(groups, text(string(g.Key), int(g.Rows), present, numbers))
	}
	scales := make([]int, len(p.Numbers))
	for i := range scales {
		scales[i] = t.Scale(i)
	}
	return join(scales, groups)
}

// badRows is a sink that keeps bad rows as text.
type badRows []string

func (b *badRows) BadRow(row []byte, why parse.Reason, lines, offset int64) error {
	if len(row) > source.MaxBadRowBytes {
		row = row[:source.MaxBadRowBytes]
	}
	*b = append(*b, fmt.Sprintf("line %d byte %d %s %d bytes %.100q", lines, offset, string(why), len(row), row))
	return nil
}

// plain reads rows with package delimited only, and counts in a map.
type plain struct {
	plan   *group.Plan
	groups map[string]*plainGroup
	scales []int
	bad    badRows
	rows   int
}

type plainGroup struct {
	rows    int
	present []int
	numbers []stat
}

// at returns the group of a key.
func (m *plain) at(key []byte) *plainGroup {
	g := m.groups[string(key)]
	if g == nil {
		g = &plainGroup{present: make([]int, len(m.plan.Present)), numbers: make([]stat, len(m.plan.Numbers))}
		m.groups[string(key)] = g
	}
	return g
}

// readPlainly reads input.
func readPlainly(t testing.TB, p *group.Plan, input []byte, header bool) *plain {
	m := &plain{plan: p, groups: map[string]*plainGroup{}, scales: make([]int, len(p.Numbers))}
	if len(p.Keys) == 0 {
		m.at(nil) // exists without rows, too
	}
	s := delimited.Syntax{Delimiter: p.Syntax.Delimiter, Quote: p.Syntax.Quote, HasQuote: p.Syntax.HasQuote}
	lines, offset := 0, len(input)-len(bytes.TrimPrefix(input, []byte(mark)))
	var row delimited.Row
	for offset < len(input) {
		line := input[offset:]
		if end, _ := s.RowEnd(line, delimited.FieldStart); end >= 0 {
			line = line[:end]
		}
		if header {
			header = false
		} else {
			m.rows++
			if why := m.add(&row, s, line); why != "" {
				require.NoError(t, m.bad.BadRow(line, why, int64(lines), int64(offset)))
			}
		}
		lines += bytes.Count(line, []byte{'\n'}) + 1
		offset += len(line) + 1
	}
	return m
}

// add adds one row, or returns what is wrong with it.
func (m *plain) add(row *delimited.Row, s delimited.Syntax, line []byte) parse.Reason {
	p := m.plan
	if why := row.Read(s, line, p.Syntax.Columns); why != "" {
		return why
	}
	values, missing := make([]*big.Rat, len(p.Numbers)), []byte(p.Null)
	scales := slices.Clone(m.scales)
	for i, n := range p.Numbers {
		content := row.Fields[n.Field]
		if string(content) == string(missing) {
			continue
		}
		coefficient, decimals, ok := delimited.Number(content, p.Point)
		if !ok {
			return parse.BadValue
		}
		values[i] = rat(big.NewInt(coefficient), decimals)
		scales[i] = max(scales[i], decimals)
	}
	m.scales = scales
	var key []byte
	for i, k := range p.Keys {
		key = p.AppendKey(key, i, row.Fields[k])
	}
	g := m.at(key)
	g.rows++
	for i, value := range values {
		if value != nil {
			g.numbers[i].add(value)
		}
	}
	for i, f := range p.Present {
		if string(row.Fields[f]) != string(missing) {
			g.present[i]++
		}
	}
	return ""
}

// dump returns what m holds, as the function dump does.
func (m *plain) dump() string {
	var groups []string
	for key, g := range m.groups {
		groups = append(groups, text(key, g.rows, g.present, g.numbers))
	}
	return join(m.scales, groups)
}

// mark is the UTF-8 byte order mark.
const mark = "\xef\xbb\xbf"

// drive reads input, which is one chunk, in windows of windowBytes bytes. A window in
// which no row ends grows.
func drive(t testing.TB, p *group.Plan, header *group.Header, input []byte, windowBytes int) (text string, bad badRows, rows int) {
	table, err := group.NewTable(p, memory.NewBudget(memory.NoLimit))
	require.NoError(t, err)
	defer table.Free()
	r := group.NewReader(p, table, &bad, header)
	c := source.Chunk{Size: int64(len(input)), Final: true}
	r.Begin(&c)
	for offset, size := 0, windowBytes; offset < len(input); {
		end := min(offset+size, len(input))
		n := 0
		w := source.Window{Bytes: input[offset:end], Size: end - offset}
		if end-offset > 2 { // some room that may be read
			w = source.Window{Bytes: input[:min(len(input), end+64)], At: offset, Size: end - offset}
		}
		for n < end-offset {
			k, err := r.Tile(&w, n, int64(offset+n), end == len(input), end == len(input))
			require.NoError(t, err)
			if n += k; k == 0 {
				break
			}
		}
		require.False(t, n == 0 && end == len(input), "nothing is read at %d", offset)
		require.False(t, n == 0 && size > 3*delimited.MaxRowBytes, "nothing is read at %d", offset)
		if offset, size = offset+n, max(windowBytes, 2*size); n > 0 {
			size = windowBytes
		}
	}
	n, lines := r.Counts()
	wantLines := bytes.Count(input, []byte{'\n'})
	if body := bytes.TrimPrefix(input, []byte(mark)); len(body) > 0 && body[len(body)-1] != '\n' {
		wantLines++
	}
	require.Equal(t, wantLines, int(lines))
	return dump(p, table), bad, int(n)
}

// inputMaker makes random inputs.
type inputMaker struct {
	*rand.Rand
	s       delimited.Syntax
	columns int
	crlf    int // 0 none, 1 some, 2 all
	quotes  int // of 100 fields
	bad     int // of 1000 rows
	long    int // of 1000 rows
	decimal int // largest number of decimals
	digits  int // largest number of digits
	missing int // of 100 numbers
}

func (m *inputMaker) number() string {
	if m.IntN(100) < m.missing {
		return ""
	}
	text := []string{"", "", "-", "+"}[m.IntN(4)]
	for range 1 + m.IntN(m.digits) {
		text += string(rune('0' + m.IntN(10)))
	}
	if d := m.IntN(m.decimal + 1); d > 0 {
		text += "."
		for range d {
			text += string(rune('0' + m.IntN(10)))
		}
	}
	return text
}

func (m *inputMaker) field(column int) string {
	text := m.number()
	if column%2 == 0 {
		text = fmt.Sprintf("key %d%s", m.IntN(30), strings.Repeat("x", max(0, m.IntN(100)-70)))
		if m.IntN(30) == 0 {
			text = "a\rb"
		}
		if m.IntN(50) == 0 {
			text = ""
		}
	}
	if !m.s.HasQuote || m.IntN(100) >= m.quotes {
		return text
	}
	if column%2 == 0 {
		text += []string{"", string(m.s.Delimiter), "\n", `"`, `""`, "\r\n", "\r"}[m.IntN(7)]
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

func (m *inputMaker) rows(bytes int) []byte {
	var b []byte
	for len(b) < bytes {
		for i := range m.columns {
			if i > 0 {
				b = append(b, m.s.Delimiter)
			}
			b = append(b, m.field(i)...)
		}
		if m.IntN(1000) < m.bad {
			b = append(b, []string{`"`, "x", ",", "\r", `"x"`, ",\"", "\xff"}[m.IntN(7)]...)
		}
		if m.IntN(1000) < m.long {
			b = append(b, strings.Repeat([]string{"y", "\"\n", "\n", ",", `""`}[m.IntN(5)], m.IntN(90_000))...)
		}
		if m.crlf == 2 || m.crlf == 1 && m.IntN(2) == 0 {
			b = append(b, '\r')
		}
		b = append(b, '\n')
	}
	if m.IntN(2) == 0 {
		b = b[:len(b)-1]
	}
	return b
}

func TestReaderEqualsPlainReading(t *testing.T) {
	keys := [][]int{{0}, {2}, {0, 1}, {1, 2}, {2, 0}, {0, 0}, {0, 1, 2, 3}, {3}, {2, 3}, {}}
	for _, k := range fields.All() {
		t.Run(k.Name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			rounds := 400
			if testing.Short() {
				rounds = 60
			}
			for round := range rounds {
				m := inputMaker{Rand: random, columns: 1 + random.IntN(5), crlf: random.IntN(3),
					quotes: []int{0, 5, 50}[random.IntN(3)], bad: []int{0, 1, 100}[random.IntN(3)],
					decimal: []int{0, 0, 2, 3, 12}[random.IntN(5)], digits: []int{4, 7, 15, 20}[random.IntN(4)],
					missing: []int{0, 0, 1, 50}[random.IntN(4)],
					s:       delimited.Syntax{Delimiter: ',', Quote: '"', HasQuote: random.IntN(5) > 0}}
				if round%10 == 0 {
					m.long = 3
				}
				p := group.Plan{Kernel: k, Null: []byte([]string{"", "", "7", "key 1"}[random.IntN(4)]), Point: '.',
					Syntax: fields.NewSyntax(',', '"', m.s.HasQuote, m.columns)}
				for _, key := range keys[random.IntN(len(keys))] {
					p.Keys = append(p.Keys, key%m.columns)
				}
				for f := 1; f < m.columns; f += 2 {
					p.Numbers = append(p.Numbers, group.Number{Field: f, Min: true, Max: true, Sum: true, Squares: m.IntN(2) == 0})
				}
				if random.IntN(2) == 0 {
					p.Present = append(p.Present, 0, m.columns-1)
				}
				input := m.rows(1 + random.IntN(30_000))
				if random.IntN(5) == 0 {
					input = append([]byte(mark), input...)
				}
				plan := group.NewPlan(p)
				want := readPlainly(t, plan, input, false)
				for _, window := range []int{1 + random.IntN(200), 1 + random.IntN(20_000), len(input)} {
					if m.long > 0 {
						window = max(window, 1000)
					}
					got, bad, rows := drive(t, plan, nil, input, window)
					require.Equal(t, want.bad, bad, "%+v windows of %d: %.300q", m, window, input)
					require.Equal(t, want.dump(), got, "%+v %+v windows of %d: %.300q", m, p, window, input)
					require.Equal(t, want.rows, rows)
				}
			}
		})
	}
}
