package oracle

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// longestGroupRow is the length of the longest row that is not too long.
const longestGroupRow = 64 << 10

// GroupQuery is a group-by of delimited text. Columns are positions that count from 1.
type GroupQuery struct {
	By         []int           // 0 is for the name of the input
	Times      []*GroupTime    // of By; nil, or a nil one, means that the content is the key
	Where      *GroupCondition // rows for which it is false do not count; nil means none
	Aggregates []GroupAggregate
	Delimiter  byte
	Quote      byte // 0: none
	NoHeader   bool
	Null       string
	Point      byte
	// Interpolate is for percentiles: linearly between the values at two ranks.
	Interpolate bool
}

// GroupAggregate is a function, such as "mean", and its column. Column 0 is for the
// number of rows.
type GroupAggregate struct {
	Func   string
	Column int
}

// GroupInput is an input with the name that errors call it by.
type GroupInput struct{ Name, Content string }

// Grouped is what a group-by finds. If Fatal or Differs is set, it says why there is no
// result, and the rest is what was found until then.
type Grouped struct {
	// Fatal is the first row of an input if it is malformed: how many columns there
	// are is then unknown.
	Fatal *Bad
	// Differs are the names of two inputs whose headers differ.
	Differs [2]string

	Header  []string // contents of the first row of the first input that has rows; nil if none has
	Bad     []Bad    // other bad rows, in order; Name is that of the input
	Groups  []Group  // in the order of their keys
	Rows    int64    // of all groups
	Dropped int64    // rows for which Where is false
	Columns int
}

// Group is a group of rows.
type Group struct {
	Key   []string
	Cells []GroupCell
}

// Run groups the rows of inputs and leaves out bad ones.
func (q GroupQuery) Run(inputs ...GroupInput) Grouped {
	var g Grouped
	var first string // the input of g.Header
	table := newGroupTable(q)
	for _, in := range inputs {
		text := groupText{query: q, rest: in.Content, line: 1}
		if rest, found := strings.CutPrefix(in.Content, "\xEF\xBB\xBF"); found {
			text.rest, text.offset = rest, 3
		}
		for number := 0; text.rest != ""; number++ {
			bad := Bad{Name: in.Name, Line: text.line, Offset: text.offset}
			bad.Row = text.next()
			fields, reason := q.fields(bad.Row)
			bad.Reason = reason
			switch isHeader := number == 0 && !q.NoHeader; {
			case reason != "" && (isHeader || g.Header == nil):
				g.Fatal = &bad
				return g
			case g.Header == nil:
				g.Header, g.Columns, first = fields, len(fields), in.Name
			case isHeader && !slices.Equal(fields, g.Header):
				g.Differs = [2]string{first, in.Name}
				return g
			}
			if number == 0 && !q.NoHeader {
				continue
			}
			if reason == "" && len(fields) != g.Columns {
				bad.Reason = "field-count"
			}
			if bad.Reason == "" && q.Where != nil && !q.holds(*q.Where, fields) {
				g.Dropped++
				continue
			}
			if bad.Reason == "" {
				bad.Reason = table.add(in.Name, fields)
			}
			if bad.Reason != "" {
				g.Bad = append(g.Bad, bad)
				continue
			}
			g.Rows++
		}
	}
	g.Groups = table.groups()
	return g
}

// groupText is the part of an input that is not read yet. It does not begin inside a
// row.
type groupText struct {
	query        GroupQuery
	rest         string
	line, offset int64
}

// next returns the next row without its LF. It reads byte by byte.
func (t *groupText) next() string {
	const (
		begin  = iota // of a field
		plain         // a field without quotes, or what follows its quotes
		quoted        // between quotes
		closed        // after a quote between quotes
	)
	state := begin
	end := 0
	for ; end < len(t.rest); end++ {
		c := t.rest[end]
		isQuote := t.query.Quote != 0 && c == t.query.Quote
		if state == quoted {
			if isQuote {
				state = closed
			}
			continue
		}
		if c == '\n' {
			break
		}
		switch {
		case isQuote && (state == begin || state == closed):
			state = quoted
		case c == t.query.Delimiter:
			state = begin
		default:
			state = plain
		}
	}
	row := t.rest[:end]
	size := min(end+1, len(t.rest))
	t.line += int64(strings.Count(t.rest[:size], "\n"))
	t.offset += int64(size)
	t.rest = t.rest[size:]
	return row
}

// fields returns the contents of the fields of a row, or why it has none. Package
// encoding/csv divides the row. It gets only characters that mean nothing to it but
// its own delimiter and quote, because it changes line ends, and because its delimiter
// cannot be every byte.
func (q GroupQuery) fields(row string) (contents []string, reason string) {
	if len(row) > longestGroupRow {
		return nil, "row-too-long"
	}
	row = strings.TrimSuffix(row, "\r")
	if row == "" {
		return []string{""}, "" // encoding/csv skips empty lines
	}
	const private = '\uE000'
	var encoded strings.Builder
	for i := range len(row) {
		switch c := row[i]; {
		case c == q.Delimiter:
			encoded.WriteByte(',')
		case c == q.Quote && q.Quote != 0:
			encoded.WriteByte('"')
		default:
			encoded.WriteRune(private + rune(c))
		}
	}
	reader := csv.NewReader(strings.NewReader(encoded.String()))
	record, err := reader.Read()
	if errors.Is(err, csv.ErrBareQuote) || errors.Is(err, csv.ErrQuote) {
		return nil, "bad-quote"
	}
	if err != nil {
		panic(fmt.Sprintf("oracle: encoding/csv: %v in %q", err, row))
	}
	if _, err := reader.Read(); err != io.EOF {
		panic(fmt.Sprintf("oracle: encoding/csv reads more than one record: %q", row))
	}
	for _, field := range record {
		var content []byte
		for _, r := range field {
			switch r {
			case ',':
				content = append(content, q.Delimiter)
			case '"':
				content = append(content, q.Quote)
			default:
				content = append(content, byte(r-private))
			}
		}
		contents = append(contents, string(content))
	}
	return contents, ""
}

// A program that only imports this package need not compile them.
var (
	pointNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\A[+-]?([0-9]+)(?:\.([0-9]+))?\z`) })
	commaNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\A[+-]?([0-9]+)(?:,([0-9]+))?\z`) })
)

// number reads a number and the digits after its point.
func (q GroupQuery) number(content string) (value *big.Rat, decimals int, ok bool) {
	grammar := pointNumber()
	if q.Point == ',' {
		grammar = commaNumber()
	}
	parts := grammar.FindStringSubmatch(content)
	if parts == nil || len(parts[2]) > 18 || len(strings.TrimLeft(parts[1]+parts[2], "0")) > 18 {
		return nil, 0, false
	}
	value, ok = new(big.Rat).SetString(strings.Replace(content, ",", ".", 1))
	if !ok {
		panic(fmt.Sprintf("oracle: math/big refuses %q", content))
	}
	return value, len(parts[2]), true
}

// groupTable has the rows of each group.
type groupTable struct {
	query    GroupQuery
	decimals map[int]int // of each aggregated column: most digits after the point
	rows     map[string]*groupRows
}

// groupRows are the rows of one group.
type groupRows struct {
	key    []string
	count  int64
	values map[int][]*big.Rat // of each aggregated column, without missing ones
	filled map[int]int64      // of each counted column, without missing ones
	// contents are those of each column of a function of texts, without missing ones.
	contents map[int][]string
}

func newGroupTable(q GroupQuery) *groupTable {
	t := &groupTable{query: q, decimals: map[int]int{}, rows: map[string]*groupRows{}}
	if len(q.By) == 0 {
		t.of(nil)
	}
	return t
}

// of returns the rows of the group with a key.
func (t *groupTable) of(key []string) *groupRows {
	name := fmt.Sprintf("%q", key) // differs if any content does
	if t.rows[name] == nil {
		t.rows[name] = &groupRows{key: key, values: map[int][]*big.Rat{}, filled: map[int]int64{}, contents: map[int][]string{}}
	}
	return t.rows[name]
}

// add adds a row of an input, or returns why it does not.
func (t *groupTable) add(input string, fields []string) (reason string) {
	contents := map[int]string{}
	values, filled, decimals := map[int]*big.Rat{}, map[int]bool{}, map[int]int{}
	for _, a := range t.query.Aggregates {
		if a.Column == 0 || fields[a.Column-1] == t.query.Null {
			continue
		}
		filled[a.Column] = true
		if isText(a.Func) {
			contents[a.Column] = fields[a.Column-1]
		}
		if a.Func == "count" || isText(a.Func) {
			continue
		}
		var ok bool
		if values[a.Column], decimals[a.Column], ok = t.query.number(fields[a.Column-1]); !ok {
			return "bad-value"
		}
	}
	var key []string
	for i, column := range t.query.By {
		if column == 0 {
			key = append(key, input)
			continue
		}
		content, ok := fields[column-1], true
		if t.query.Times != nil && t.query.Times[i] != nil {
			content, ok = t.query.Times[i].key(t.query, content)
		}
		if !ok {
			return "bad-time"
		}
		key = append(key, content)
	}
	g := t.of(key)
	g.count++
	for column := range filled {
		g.filled[column]++
	}
	for column, content := range contents {
		g.contents[column] = append(g.contents[column], content)
	}
	for column, value := range values {
		g.values[column] = append(g.values[column], value)
		t.decimals[column] = max(t.decimals[column], decimals[column])
	}
	return ""
}

// groups returns the groups in the order of their keys.
func (t *groupTable) groups() []Group {
	var all []Group
	for _, rows := range t.rows {
		g := Group{Key: rows.key}
		for _, a := range t.query.Aggregates {
			g.Cells = append(g.Cells, rows.cell(t.query, a, t.decimals[a.Column]))
		}
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b Group) int { return slices.Compare(a.Key, b.Key) })
	return all
}
