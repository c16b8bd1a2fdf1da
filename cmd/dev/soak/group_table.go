//go:build linux

package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"onebrc/engine"
	"onebrc/gen"
	"onebrc/parse/delimited"
	"onebrc/parse/oracle"
)

// table is delimited text and a query of it.
type table struct {
	about    string
	query    engine.Query
	plain    oracle.GroupQuery // the same query
	decimals int               // to round inexact results to, or -1
	names    []string          // of the columns
	header   string            // row of names with its LF, or "" if the query has none
	rows     []string          // with their LF, except perhaps the last one

	zone       string // the name of query.Zone
	conditions string // query.Where as a flag, or ""
}

// column is what the fields of a column are made of.
type column struct {
	words    []string // any of them, or a number if there are none
	digits   int      // of a number, at most
	decimals int      // of these, after the point, at most
	signs    string
	clock    *clock  // not nil: times
	missing  float64 // probability of the null text
}

// newTable returns rows of a random schema, about size bytes of them, or of a log.
func newTable(r *rand.Rand, size int) (*table, error) {
	if r.IntN(4) > 0 {
		return newSchema(r).fill(r, size), nil
	}
	return newLog(r, gen.Options{
		Rows: int64(size / logRowBytes), Seed: r.Uint64(), Profile: pick(r, gen.LogProfiles()),
	})
}

// logRowBytes is the approximate length of a row of a log.
const logRowBytes = 41

// newLog returns a log and a query that aggregates all numbers that gen may make bad.
func newLog(r *rand.Rand, o gen.Options) (*table, error) {
	var content bytes.Buffer
	if err := gen.Write(context.Background(), &content, o); err != nil {
		return nil, err
	}
	t := &table{
		about: fmt.Sprintf("%d rows of the profile %s, seed %d, rate %g", o.Rows, o.Profile, o.Seed, o.Corrupt),
		plain: oracle.GroupQuery{Delimiter: ',', Quote: '"', Point: '.'},
	}
	syntax := delimited.Syntax{Delimiter: ',', Quote: '"', HasQuote: true}
	header, rest, _ := bytes.Cut(content.Bytes(), []byte{'\n'})
	t.names, t.header = strings.Split(string(header), ","), string(header)+"\n"
	for len(rest) > 0 {
		lf, _ := syntax.RowEnd(rest, delimited.FieldStart)
		if lf < 0 {
			lf = len(rest) - 1
		}
		t.rows = append(t.rows, string(rest[:lf+1]))
		rest = rest[lf+1:]
	}
	t.begin(r)
	for range r.IntN(3) {
		t.groupBy(r, pick(r, []int{1, 2, 2, 2, 4}))
	}
	for range 1 + r.IntN(4) {
		for column := 3; column <= 4; column++ {
			t.aggregate(r, randomFunc(r, numberFuncs), column) // planted rows have bad values there
		}
	}
	t.finish(r)
	return t, nil
}

// numberFuncs are the functions that need numbers.
var numberFuncs = slices.DeleteFunc(engine.Funcs(), func(f engine.Func) bool {
	return f == engine.FuncCount || f == engine.FuncDistinct || f.IsText()
})

// schema is a random kind of table.
type schema struct {
	table
	syntax   delimited.Syntax
	columns  []column
	quoting  float64 // probability of quotes that are not needed
	lineEnds []string
}

func newSchema(r *rand.Rand) *schema {
	s := new(schema)
	s.syntax = delimited.Syntax{Delimiter: pick(r, []byte(",,,;\t| x\xff\x01.-")), Quote: '"', HasQuote: true}
	switch r.IntN(6) {
	case 0:
		s.syntax = delimited.Syntax{Delimiter: pick(r, []byte(",;\tx"))}
	case 1:
		s.syntax.Quote = pick(r, []byte("'$\x02\xfe7+"))
	}
	s.query.Delimiter, s.query.Quote, s.query.NoQuote = s.syntax.Delimiter, s.syntax.Quote, !s.syntax.HasQuote
	s.query.NoHeader = r.IntN(4) == 0
	s.query.DecimalComma = s.syntax.Delimiter != ',' && r.IntN(4) == 0
	s.query.Null = s.content(pick(r, []string{"", "", "NA", "0", "-", "a,\"b"}))
	s.plain = oracle.GroupQuery{
		Delimiter: s.syntax.Delimiter, Quote: s.syntax.Quote, NoHeader: s.query.NoHeader, Null: s.query.Null, Point: '.',
	}
	if s.query.DecimalComma {
		s.plain.Point = ','
	}
	s.quoting = pick(r, []float64{0, 0, 0.01, 0.5, 1})
	s.lineEnds = pick(r, [][]string{{"\n"}, {"\n"}, {"\r\n"}, {"\n", "\r\n"}})
	var text, numbers, times []int
	for i := range 1 + r.IntN(1+r.IntN(20)) {
		s.names = append(s.names, s.content(fmt.Sprintf(pick(r, []string{"c%d", "c%d", "%d", "size, c%d", "the \"%d\"", "é\n%d", " %d ", "f(%d)"}), i+1)))
		c := column{missing: pick(r, []float64{0, 0, 0.01, 0.3, 1})}
		switch r.IntN(8) {
		case 0, 1:
			c.words = s.words(r)
			text = append(text, i+1)
		case 2:
			c.clock = newClock(r)
			times = append(times, i+1)
		default:
			c.digits = pick(r, []int{1, 2, 4, 7, 8, 15, 16, 17, 18, 1 + r.IntN(18)})
			c.decimals = pick(r, []int{0, 0, 1, 2, r.IntN(18)})
			c.signs = pick(r, []string{"", "", "-", "+-"})
			numbers = append(numbers, i+1)
		}
		s.columns = append(s.columns, c)
	}
	s.begin(r)
	for range r.IntN(4) {
		if len(times) > 0 && r.IntN(3) == 0 {
			position := pick(r, times)
			s.groupByTime(r, position, s.columns[position-1].clock.unit)
			continue
		}
		from := text
		if len(text) == 0 || r.IntN(4) == 0 {
			from = numbers
		}
		if len(from) > 0 {
			s.groupBy(r, pick(r, from))
		}
	}
	for range r.IntN(9) {
		f, column := randomFunc(r, engine.Funcs()), r.IntN(1+len(s.names))
		switch {
		case f == engine.FuncDistinct || f.IsText():
			column = max(column, 1)
		case f != engine.FuncCount:
			if len(numbers) == 0 {
				continue
			}
			column = pick(r, numbers)
		}
		s.aggregate(r, f, column)
	}
	if r.IntN(4) == 0 {
		s.where(r, func(position int) string { return s.columns[position-1].field(r, s.query) })
	}
	s.finish(r)
	return s
}

// content returns text without what a field cannot hold if there are no quotes.
func (s *schema) content(text string) string {
	if s.syntax.HasQuote {
		return text
	}
	return strings.Map(func(c rune) rune {
		if c == '\n' || c == '\r' || c == rune(s.syntax.Delimiter) {
			return '_'
		}
		return c
	}, text)
}

// words returns random contents of fields.
func (s *schema) words(r *rand.Rand) []string {
	words := make([]string, 1+r.IntN(1<<r.IntN(13)))
	longest := pick(r, []int{1, 4, 12, 40, 70, 300})
	alphabet := pick(r, []string{"abcdefgh", "0123456789", "ab,\n\r\"" + string([]byte{s.syntax.Delimiter, s.syntax.Quote})})
	for i := range words {
		word := make([]byte, r.IntN(longest+1))
		for j := range word {
			word[j] = alphabet[r.IntN(len(alphabet))]
		}
		words[i] = s.content(string(word))
	}
	return words
}

// fill adds rows of about size bytes and returns the table.
func (s *schema) fill(r *rand.Rand, size int) *table {
	t := &s.table
	var row []byte
	appendRow := func(field func(i int) string) {
		row = row[:0]
		for i := range s.columns {
			if i > 0 {
				row = append(row, s.syntax.Delimiter)
			}
			row = s.appendField(row, r, field(i))
		}
		row = append(row, pick(r, s.lineEnds)...)
	}
	if !s.query.NoHeader {
		appendRow(func(i int) string { return s.names[i] })
		t.header = string(row)
	}
	for left := size; left > 0; left -= len(row) {
		appendRow(func(i int) string { return s.columns[i].field(r, s.query) })
		t.rows = append(t.rows, string(row))
	}
	t.about = fmt.Sprintf("%d rows of a random schema", len(t.rows))
	return t
}

func (s *schema) appendField(b []byte, r *rand.Rand, content string) []byte {
	if !s.syntax.HasQuote || r.Float64() >= s.quoting {
		return s.syntax.AppendField(b, []byte(content))
	}
	quote := string([]byte{s.syntax.Quote})
	return append(b, quote+strings.ReplaceAll(content, quote, quote+quote)+quote...)
}

// field returns the content of a field.
func (c column) field(r *rand.Rand, q engine.Query) string {
	switch {
	case r.Float64() < c.missing:
		return q.Null
	case len(c.words) > 0:
		return pick(r, c.words)
	case c.clock != nil:
		return c.clock.text(r)
	}
	digits := 1 + r.IntN(c.digits)
	number := make([]byte, 0, 32)
	if c.signs != "" && r.IntN(2) == 0 {
		number = append(number, c.signs[r.IntN(len(c.signs))])
	}
	if r.IntN(64) == 0 {
		number = append(number, "0000000000000000"[:r.IntN(17)]...)
	}
	decimals := r.IntN(1 + min(c.decimals, digits-1))
	for left := digits; left > 0; left-- {
		if left == decimals {
			point := byte('.')
			if q.DecimalComma {
				point = ','
			}
			number = append(number, point)
		}
		number = append(number, '0'+byte(r.IntN(10)))
	}
	return string(number)
}

// begin begins a random query.
func (t *table) begin(r *rand.Rand) {
	t.setZone(r)
	t.query.Interpolate = r.IntN(4) == 0
	t.plain.Interpolate = t.query.Interpolate
	if r.IntN(6) == 0 {
		t.groupByInput()
	}
}

// groupBy adds the column at a position to the key.
func (t *table) groupBy(r *rand.Rand, position int) {
	t.query.By = append(t.query.By, *t.column(r, position))
	t.plain.By, t.plain.Times = append(t.plain.By, position), append(t.plain.Times, nil)
}

// aggregate adds a function of the column at a position, or of rows if that is 0.
func (t *table) aggregate(r *rand.Rand, f engine.Func, position int) {
	a := engine.Aggregation{Func: f}
	if position > 0 {
		a.Of = t.column(r, position)
	}
	if r.IntN(4) == 0 {
		a.As = fmt.Sprintf("result %d", len(t.query.Aggregates))
	}
	t.query.Aggregates = append(t.query.Aggregates, a)
	t.plain.Aggregates = append(t.plain.Aggregates, oracle.GroupAggregate{Func: string(f), Column: position})
}

// column names the column at a position in one of the ways that it has.
func (t *table) column(r *rand.Rand, position int) *engine.Column {
	if t.query.NoHeader || r.IntN(2) == 0 {
		return &engine.Column{Position: position}
	}
	return &engine.Column{Name: t.names[position-1]}
}

// finish completes the query.
func (t *table) finish(r *rand.Rand) {
	t.decimals = max(-1, r.IntN(40)-20)
	if len(t.query.Aggregates) == 0 {
		t.plain.Aggregates = []oracle.GroupAggregate{{Func: "count"}}
	}
}

// outputNames returns the names of the columns of the result.
func (t *table) outputNames() (names []string) {
	name := func(position int) string {
		switch {
		case position == 0:
			return engine.InputColumn
		case t.query.NoHeader:
			return strconv.Itoa(position)
		}
		return t.names[position-1]
	}
	for i, position := range t.plain.By {
		text := name(position)
		if time := t.plain.Times[i]; time != nil {
			text = time.Part + "(" + text + ")"
		}
		names = append(names, text)
	}
	for i, a := range t.plain.Aggregates {
		text := a.Func
		if a.Column > 0 {
			text += "(" + name(a.Column) + ")"
		}
		if i < len(t.query.Aggregates) {
			text = cmp.Or(t.query.Aggregates[i].As, text)
		}
		names = append(names, text)
	}
	return names
}

// flags returns the query as flags of the program.
func (t *table) flags() []string {
	flags := []string{"--delimiter=" + string([]byte{cmp.Or(t.query.Delimiter, ',')}), "--null=" + t.query.Null}
	quote := string([]byte{cmp.Or(t.query.Quote, '"')})
	if t.query.NoQuote {
		quote = "none"
	}
	flags = append(flags, "--quote="+quote, fmt.Sprintf("--no-header=%t", t.query.NoHeader),
		fmt.Sprintf("--decimal-comma=%t", t.query.DecimalComma))
	if t.decimals >= 0 {
		flags = append(flags, fmt.Sprintf("--decimals=%d", t.decimals))
	}
	flags = append(flags, "--tz="+cmp.Or(t.zone, "UTC"), fmt.Sprintf("--interpolate=%t", t.query.Interpolate))
	if t.conditions != "" {
		flags = append(flags, "--where="+t.conditions)
	}
	for _, c := range t.query.By {
		switch {
		case c.Input:
			flags = append(flags, "--filename")
		case c.Part != "" && c.Unit != "":
			flags = append(flags, fmt.Sprintf("--by=%s(%s, %s)", c.Part, flagName(c), c.Unit))
		case c.Part != "":
			flags = append(flags, fmt.Sprintf("--by=%s(%s)", c.Part, flagName(c)))
		default:
			flags = append(flags, "--by="+flagName(c))
		}
	}
	for _, a := range t.query.Aggregates {
		text := string(a.Func)
		if a.Of != nil {
			text += "(" + flagName(*a.Of) + ")"
		}
		if a.As != "" {
			text += " as " + a.As
		}
		flags = append(flags, "--agg="+text)
	}
	return flags
}

// flagName returns a column as it is in a flag.
func flagName(c engine.Column) string {
	if c.Position > 0 {
		return strconv.Itoa(c.Position)
	}
	return quoted(c.Name)
}

// contents divides the rows among a random number of inputs. If damaged is set, some
// of their bytes change, but not the header or the first row, which the query is for.
// The headers of inputs after the first may change too.
func (t *table) contents(r *rand.Rand, damaged bool) []string {
	var all []string
	for rest := t.rows; len(all) == 0 || len(rest) > 0; {
		part := rest[:min(len(rest), r.IntN(3*len(rest)+1))]
		rest = rest[len(part):]
		content := pick(r, []string{"", "", "", "\xef\xbb\xbf"}) + t.header
		first := len(content)
		if t.header == "" && len(part) > 0 {
			first += len(part[0])
		}
		content += strings.Join(part, "")
		if r.IntN(4) == 0 {
			content = strings.TrimSuffix(content, "\n")
		}
		if damaged && t.header != "" && len(all) > 0 && r.IntN(8) == 0 {
			first = 0
		}
		if damaged && first < len(content) {
			changed := []byte(content)
			damage(r, changed[first:], "\n\r\"x0.-"+string([]byte{t.plain.Delimiter, t.plain.Delimiter, t.plain.Quote, t.plain.Quote}))
			content = string(changed)
		}
		all = append(all, content)
		if r.IntN(8) == 0 {
			all = append(all, "")
		}
	}
	return all
}
