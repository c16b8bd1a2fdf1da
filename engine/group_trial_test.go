package engine_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"onebrc/engine"
	"onebrc/parse/oracle"
)

// groupTrial is a random query and its inputs, for the engine and for the oracle.
type groupTrial struct {
	query  engine.Query
	oracle oracle.GroupQuery
	inputs []oracle.GroupInput
	// times are the positions of columns of times, which are like clock.
	times []int
	clock *oracle.GroupTime
}

// pick returns one of the values.
func pick[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }

// oneIn reports true once in n calls, on average.
func oneIn(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }

// newGroupTrial returns a trial with about size bytes.
func newGroupTrial(r *rand.Rand, size int) *groupTrial {
	t := &groupTrial{}
	t.setSyntax(r)
	s := newSchema(r, t.oracle)
	t.times, t.clock = s.times, s.clock
	count := pick(r, 1, 1, 1, 2, 3, 5)
	for _, i := range r.Perm(count) { // names need not be in order
		content := s.input(r, size/count)
		switch {
		case oneIn(r, 12):
			content = pick(r, "", "\xEF\xBB\xBF")
		case oneIn(r, 12):
			content = s.headerOnly(r)
		}
		if oneIn(r, 4) {
			content = damaged(r, t.oracle, content)
		}
		t.inputs = append(t.inputs, oracle.GroupInput{Name: "input" + strconv.Itoa(i), Content: content})
	}
	t.setColumns(r, s.numeric)
	return t
}

// setSyntax chooses the bytes that divide text.
func (t *groupTrial) setSyntax(r *rand.Rand) {
	o := &t.oracle
	o.Delimiter = pick(r, []byte(",,,;\t| .")...)
	o.Quote = pick(r, []byte("\"\"\"\"'")...)
	if oneIn(r, 20) {
		o.Delimiter, o.Quote = byte(r.IntN(256)), byte(r.IntN(256))
	}
	if oneIn(r, 20) { // what a number may have
		o.Delimiter, o.Quote = pick(r, []byte(",0123789+-.")...), pick(r, []byte("\"0123789+-.,")...)
	}
	if o.Delimiter == '\n' || o.Delimiter == '\r' || o.Delimiter == 0 { // 0 is the default
		o.Delimiter = '\v'
	}
	if o.Quote == '\n' || o.Quote == '\r' || o.Quote == o.Delimiter || oneIn(r, 5) {
		o.Quote = 0
	}
	o.NoHeader = oneIn(r, 3)
	o.Null = pick(r, "", "", "NA", "0", "-", "-1.5", strings.Repeat("null", 10))
	o.Point = pick[byte](r, '.', '.', ',')
	o.Interpolate = oneIn(r, 3)
	t.query = engine.Query{
		Delimiter: o.Delimiter, Quote: o.Quote, NoQuote: o.Quote == 0, NoHeader: o.NoHeader,
		Null: o.Null, DecimalComma: o.Point == ',',
		Interpolate: o.Interpolate,
	}
}

// setColumns chooses the columns of the query among those of the inputs. It prefers
// the numeric ones for aggregates.
func (t *groupTrial) setColumns(r *rand.Rand, numeric []int) {
	first := t.oracle.Run(t.inputs...)
	columns := max(first.Columns, 1)
	numeric = slices.DeleteFunc(slices.Clone(numeric), func(n int) bool { return n > columns })
	column := func(position int) engine.Column {
		if !t.oracle.NoHeader && oneIn(r, 2) && position > 0 && position <= len(first.Header) {
			name := first.Header[position-1]
			if slices.Index(first.Header, name) == position-1 && !slices.Contains(first.Header[position:], name) {
				return engine.Column{Name: name}
			}
		}
		return engine.Column{Position: position}
	}
	if oneIn(r, 2) {
		t.query.Where, t.oracle.Where = t.condition(r, 0, columns, column)
	}
	start, named := r.IntN(columns), oneIn(r, 4)
	for i := range pick(r, 0, 1, 1, 1, 1, 2, 2, 3, 4) {
		position := 1 + r.IntN(columns)
		if r.IntN(3) > 0 { // adjacent and ascending
			position = 1 + (start+i)%columns
		}
		if named && oneIn(r, 2) {
			position = 0
		}
		t.addKey(r, position, column(position))
	}
	for range pick(r, 0, 1, 2, 4, 8, 16) {
		position := 1 + r.IntN(columns)
		f := pick(r, engine.FuncCount, engine.FuncCount, engine.FuncDistinct, engine.FuncMode, engine.FuncFirst, engine.FuncLast)
		if len(numeric) > 0 && !oneIn(r, 5) || oneIn(r, 300) {
			f = pick(r, engine.Funcs()...)
			if oneIn(r, 4) {
				f = pick[engine.Func](r, "p0", "p1", "p25", "p50.0", "p90", "p99.9", "p33.333333333333333", "p100")
			}
			if len(numeric) > 0 {
				position = pick(r, numeric...)
			}
		}
		a := engine.Aggregation{Func: f}
		if f == engine.FuncCount && oneIn(r, 3) {
			position = 0
		} else {
			c := column(position)
			a.Of = &c
		}
		if oneIn(r, 5) {
			a.As = "as " + strconv.Itoa(r.IntN(100))
		}
		t.query.Aggregates = append(t.query.Aggregates, a)
		t.oracle.Aggregates = append(t.oracle.Aggregates, oracle.GroupAggregate{Func: string(f), Column: position})
	}
	if len(t.oracle.Aggregates) == 0 {
		t.oracle.Aggregates = []oracle.GroupAggregate{{Func: "count"}}
	}
	if oneIn(r, 3) {
		t.query.Approx = pick(r, 0.003, 0.01, 0.07, 0.5)
		if t.query.Check() != nil {
			t.query.Approx = 0
		}
	}
}

// columnNames returns the names of the output columns for a header.
func (t *groupTrial) columnNames(header []string) []string {
	name := func(position int) string {
		if t.oracle.NoHeader {
			return strconv.Itoa(position)
		}
		return header[position-1]
	}
	var names []string
	for i, position := range t.oracle.By {
		if position == 0 {
			names = append(names, engine.InputColumn)
			continue
		}
		key := name(position)
		if t.oracle.Times != nil && t.oracle.Times[i] != nil {
			key = t.oracle.Times[i].Part + "(" + key + ")"
		}
		names = append(names, key)
	}
	for i, a := range t.oracle.Aggregates {
		switch {
		case i < len(t.query.Aggregates) && t.query.Aggregates[i].As != "":
			names = append(names, t.query.Aggregates[i].As)
		case a.Column == 0:
			names = append(names, a.Func)
		default:
			names = append(names, a.Func+"("+name(a.Column)+")"+t.query.ApproxLabel(engine.Func(a.Func)))
		}
	}
	return names
}

// schema says what random rows look like.
type schema struct {
	oracle  oracle.GroupQuery
	columns []func(r *rand.Rand) string // make contents
	numeric []int                       // positions of columns of numbers
	times   []int                       // positions of columns of times
	clock   *oracle.GroupTime           // what the times are like; nil means that there are none
	header  []string
	// One in these numbers: fields that are quoted without need, rows that end in CR
	// LF, rows that are outside the grammar, and rows that are very long.
	quoted, crlf, bad, long int
}

func newSchema(r *rand.Rand, o oracle.GroupQuery) *schema {
	s := &schema{
		oracle: o, quoted: pick(r, 1, 3, 20, 500, 1<<30), crlf: pick(r, 1, 2, 50, 1<<30, 1<<30),
		bad: pick(r, 5, 200, 1<<30, 1<<30, 1<<30), long: pick(r, 300, 1<<30, 1<<30, 1<<30),
		clock: randomClock(r),
	}
	columns := pick(r, 1, 2, 2, 3, 3, 4, 5, 6, 8, 12, 40)
	if oneIn(r, 30) {
		columns = 100 + r.IntN(400)
	}
	for i := range columns {
		if s.clock != nil && oneIn(r, 3) {
			s.times = append(s.times, i+1)
			s.columns = append(s.columns, times(r, s.clock))
		} else if r.IntN(5) < 3 {
			s.numeric = append(s.numeric, i+1)
			s.columns = append(s.columns, numbers(r, o))
		} else {
			s.columns = append(s.columns, texts(r, o))
		}
		s.header = append(s.header, pick(r, "", "x", "a b", "_", "\xff", "\x80")+strings.Repeat("n", r.IntN(3))+pick(r, strconv.Itoa(i), strconv.Itoa(i), ""))
	}
	return s
}

// numbers returns a maker of numbers, most of which have one form.
func numbers(r *rand.Rand, o oracle.GroupQuery) func(r *rand.Rand) string {
	width := pick(r, 1, 2, 4, 7, 8, 10, 15, 16, 18)
	decimals := pick(r, 0, 0, 1, 2, 3, width, 18)
	point := string([]byte{o.Point})
	missing, odd, negative := pick(r, 2, 10, 300, 1<<30, 1<<30), pick(r, 10, 100, 1<<30), pick(r, 2, 30, 1<<30)
	digits := func(r *rand.Rand, n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('0' + r.IntN(10))
		}
		if oneIn(r, 8) {
			return strings.Repeat(pick(r, "0", "9"), n)
		}
		return string(b)
	}
	return func(r *rand.Rand) string {
		w, d := width, min(decimals, width)
		switch {
		case oneIn(r, missing):
			return o.Null
		case oneIn(r, odd):
			w = 1 + r.IntN(18)
			d = r.IntN(w + 1)
			if oneIn(r, 3) { // often outside the grammar
				w = r.IntN(25)
				d = r.IntN(w + 1)
			}
		case oneIn(r, 2):
			w = d + r.IntN(w-d+1)
		}
		text := ""
		switch {
		case oneIn(r, negative):
			text = "-"
		case oneIn(r, odd):
			text = "+"
		}
		if oneIn(r, odd) {
			text += strings.Repeat("0", r.IntN(30))
		}
		whole := digits(r, w-d)
		if whole == "" && !oneIn(r, 1000) {
			whole = "0"
		}
		if text += whole; d > 0 {
			text += point + digits(r, d)
		}
		return text
	}
}

// texts returns a maker of texts, of which there are few or many.
func texts(r *rand.Rand, o oracle.GroupQuery) func(r *rand.Rand) string {
	special := pick(r, 1, 5, 100, 1<<30)
	longest := pick(r, 0, 1, 5, 12, 30, 70, 300)
	text := func(r *rand.Rand) string {
		b := make([]byte, r.IntN(longest+1))
		for i := range b {
			if b[i] = byte('a' + r.IntN(4)); oneIn(r, special) {
				b[i] = pick(r, o.Delimiter, o.Quote, '\n', '\r', 0, 0xFF, byte(r.IntN(256)))
			}
		}
		if o.Quote == 0 {
			b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte{o.Delimiter}, []byte{'!'}), []byte{'\n'}, []byte{'!'})
		}
		return string(b)
	}
	vocabulary := make([]string, pick(r, 1, 3, 50, 2000))
	for i := range vocabulary {
		vocabulary[i] = text(r)
	}
	fresh := pick(r, 2, 1000, 1<<30)
	return func(r *rand.Rand) string {
		if oneIn(r, fresh) {
			return text(r)
		}
		return pick(r, vocabulary...)
	}
}

// input returns an input of about size bytes.
func (s *schema) input(r *rand.Rand, size int) string {
	var b strings.Builder
	b.WriteString(s.headerOnly(r))
	if s.oracle.NoHeader {
		b.Reset()
		if oneIn(r, 4) {
			b.WriteString("\xEF\xBB\xBF")
		}
	}
	for b.Len() < size {
		b.WriteString(s.row(r))
	}
	if oneIn(r, 2) {
		return strings.TrimSuffix(b.String(), "\n")
	}
	return b.String()
}

// headerOnly returns an input that has only a header, or a row of the same form.
func (s *schema) headerOnly(r *rand.Rand) string {
	text := s.join(r, s.header) + "\n"
	switch r.IntN(6) {
	case 0:
		return "\xEF\xBB\xBF" + text
	case 1:
		return "\xEF\xBB\xBF" + strings.TrimSuffix(text, "\n") + "\r\n"
	}
	return text
}

// row returns a row with its end.
func (s *schema) row(r *rand.Rand) string {
	contents := make([]string, len(s.columns))
	for i, content := range s.columns {
		contents[i] = content(r)
	}
	if oneIn(r, s.bad) {
		switch quote := string([]byte{s.oracle.Quote}); r.IntN(6) {
		case 0:
			contents = contents[1:]
		case 1:
			contents = append(contents, "")
		case 2:
			return s.join(r, contents) + quote + "\n"
		case 3:
			return quote + s.join(r, contents) + pick(r, "", quote) + "\n"
		case 4:
			contents[r.IntN(len(contents))] = pick(r, "1e5", "x", " 1", "1 ", "--1", "+", "1.", ".1", "1_0", "1\r", "1\x00")
		case 5:
			return pick(r, "\n", "\r\n", "\r\r\n", quote+"\n")
		}
	}
	if oneIn(r, s.long) {
		length := pick(r, 4095, 4096, 8191, 8192, 8193, 20_000, 65_535, 65_536, 65_537, 140_000)
		filler := pick(r, "l", "l", string([]byte{s.oracle.Delimiter}), "l\n", "l\r")
		if i := r.IntN(max(len(contents), 1)); i < len(contents) {
			contents[i] = strings.Repeat(filler, length/len(filler))
		}
	}
	end := "\n"
	if oneIn(r, s.crlf) {
		end = "\r\n"
	}
	return s.join(r, contents) + end
}

// join returns contents as a row without its end.
func (s *schema) join(r *rand.Rand, contents []string) string {
	quote, delimiter := string([]byte{s.oracle.Quote}), string([]byte{s.oracle.Delimiter})
	fields := make([]string, len(contents))
	for i, content := range contents {
		if s.oracle.Quote != 0 && (oneIn(r, s.quoted) || strings.ContainsAny(content, "\n\r") ||
			strings.Contains(content, quote) || strings.Contains(content, delimiter)) {
			content = quote + strings.ReplaceAll(content, quote, quote+quote) + quote
		}
		fields[i] = content
	}
	return strings.Join(fields, delimiter)
}

// damaged returns content with some bytes changed, removed or added, or without its
// end.
func damaged(r *rand.Rand, o oracle.GroupQuery, content string) string {
	b := []byte(content)
	if oneIn(r, 3) {
		b = b[:r.IntN(len(b)+1)]
	}
	for range r.IntN(5) {
		if len(b) == 0 {
			break
		}
		c := pick(r, o.Delimiter, o.Quote, o.Quote, '\n', '\r', '0', '-', o.Point, byte(r.IntN(256)))
		switch at := r.IntN(len(b)); r.IntN(4) {
		case 0:
			b = slices.Insert(b, at, c)
		case 1:
			b = slices.Delete(b, at, at+1)
		default:
			b[at] = c
		}
	}
	return string(b)
}
