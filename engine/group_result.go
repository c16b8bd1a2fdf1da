package engine

import (
	"iter"
	"math/big"
	"slices"
)

// Groups is the result of GroupBy: a table of groups, one row for each. Its output
// columns are those of the key, then the aggregates.
type Groups struct {
	// Columns are the names of the output columns. A column of the key has its name
	// in the header, or its position, such as "2", if the query has NoHeader.
	Columns []string
	// Keys is the number of columns of the key.
	Keys int
	// Rows is the number of rows of all groups, BadRows the number of calls of
	// OnBadRow, and Bytes the size of the inputs with headers, row ends and bad
	// rows.
	Rows, BadRows, Bytes int64
	// DroppedRows is the number of rows for which Query.Where is false.
	DroppedRows int64
	// Measurement says where the time of the run went. It is nil unless
	// Options.Measure is set.
	Measurement *Measurement

	outputs []output
	numbers []numberWords
	present int // the first of the words in a record that count present values
	// folded are the outputs whose kind has values. places has, for each of them, the first
	// of its words in a record: the count of folding, or low, and high if it is
	// interpolated, of two words each, the lower one first. Of a text, which is in names,
	// texts has the number, from 0, and textCount how many there are.
	folded, places, texts []int
	textCount             int

	// Group i has the words stride*i to stride*(i+1) of records, and as many ends as
	// it has contents in its key and texts, which follow each other in names. Of an input,
	// only its rank is there.
	stride  int
	records []uint64
	names   []byte
	ends    []int
	inputs  *inputNames
	wide    map[wideIndex]*wideStatistics // of what does not fit in a record
	order   []int                         // the groups in the present order
}

// numberWords says where the statistics of a column of numbers are in a record. 0
// means that the record does not have them: word 0 counts rows.
type numberWords struct {
	scale    int // numbers are integers divided by 10^scale
	count    int
	min, max int // one word each
	sum      int // two words, the lower one first
	squares  int // two words, the lower one first
}

// wideIndex is a column of numbers in a group.
type wideIndex struct{ group, number int }

// wideStatistics are those that do not fit in a record, or nil.
type wideStatistics struct{ min, max, sum, squares *big.Int }

// Len returns the number of groups.
func (g *Groups) Len() int { return len(g.order) }

// All returns the groups in their present order, which is at first that of the keys,
// compared byte by byte and column by column.
func (g *Groups) All() iter.Seq[Group] { return g.at(g.order) }

// at returns the groups with the given indexes in records.
func (g *Groups) at(indexes []int) iter.Seq[Group] {
	return func(yield func(Group) bool) {
		for _, i := range indexes {
			if !yield(Group{g, i}) {
				return
			}
		}
	}
}

// Group is a group of a result. It stays valid when the groups are sorted.
type Group struct {
	groups *Groups
	index  int // in records
}

// Key returns the content of column i of the key, unquoted.
func (g Group) Key(i int) string { return string(g.key(i)) }

// AppendKey appends Key(i) to b.
func (g Group) AppendKey(b []byte, i int) []byte { return append(b, g.key(i)...) }

func (g Group) key(i int) []byte { return g.groups.inputs.content(i, g.name(i)) }

// name returns a content of the key, or, after these, a text. Of an input, it is the rank.
func (g Group) name(i int) []byte {
	end := g.index*g.groups.nameCount() + i
	begin := 0
	if end > 0 {
		begin = g.groups.ends[end-1]
	}
	return g.groups.names[begin:g.groups.ends[end]]
}

// Cell returns the result of aggregate i, which is in the output column Keys+i.
func (g Group) Cell(i int) Cell { return Cell{g, i} }

// statistics are those of a column of numbers in a group.
type statistics struct {
	count                  int64 // of values, without missing ones
	min, max, sum, squares integer
}

// newGroups returns a result without groups. scales has the scale of each of the
// numbers.
func newGroups(s *selection, scales []int) *Groups {
	g := &Groups{Columns: s.columns, Keys: len(s.keys), outputs: s.outputs, inputs: s.inputs, stride: 1, wide: map[wideIndex]*wideStatistics{}}
	take := func(wanted bool, words int) int {
		if !wanted {
			return 0
		}
		g.stride += words
		return g.stride - words
	}
	for i, n := range s.numbers {
		g.numbers = append(g.numbers, numberWords{
			scale: scales[i], count: take(true, 1),
			min: take(n.Min, 1), max: take(n.Max, 1), sum: take(n.Sum, 2), squares: take(n.Squares, 2),
		})
	}
	g.present = take(true, len(s.present))
	g.places, g.texts = make([]int, len(s.outputs)), make([]int, len(s.outputs))
	for i, o := range s.outputs {
		k := o.function.kind()
		if k.hasValues() {
			g.folded = append(g.folded, i)
		}
		switch {
		case k == percentile && o.interpolate:
			g.places[i] = take(true, 4)
		case k == percentile:
			g.places[i] = take(true, 2)
		case k.isText():
			g.texts[i] = g.textCount
			g.textCount++
			g.places[i] = take(true, 1)
		case k.hasValues():
			g.places[i] = take(true, 1)
		}
	}
	return g
}

// nameCount returns how many ends a group has in names.
func (g *Groups) nameCount() int { return g.Keys + g.textCount }

// groupBytes returns the memory of a group without its names and wide statistics. It
// includes what SortBy needs for a while.
func (g *Groups) groupBytes() int64 {
	const word = 8
	return word * int64(g.stride+g.nameCount()+1+sortWords)
}

// grow makes room for more groups and the bytes of their names.
func (g *Groups) grow(groups, nameBytes int) {
	g.records = slices.Grow(g.records, groups*g.stride)
	g.ends = slices.Grow(g.ends, groups*g.nameCount())
	g.order = slices.Grow(g.order, groups)
	g.names = slices.Grow(g.names, nameBytes)
}

// add adds a group. It copies key and texts. results has those of the outputs whose kind
// has values.
func (g *Groups) add(key [][]byte, rows int64, numbers []statistics, present []int64, results []folding) {
	group := len(g.order)
	g.order = append(g.order, group)
	for _, content := range key {
		g.names = append(g.names, content...)
		g.ends = append(g.ends, len(g.names))
	}
	g.records = slices.Grow(g.records, g.stride)[:(group+1)*g.stride]
	record := g.records[group*g.stride:]
	clear(record)
	record[0] = uint64(rows)
	g.Rows += rows
	for i, n := range g.numbers {
		wide := new(wideStatistics)
		record[n.count] = uint64(numbers[i].count)
		putShort(record, n.min, numbers[i].min, &wide.min)
		putShort(record, n.max, numbers[i].max, &wide.max)
		putLong(record, n.sum, numbers[i].sum, &wide.sum)
		putLong(record, n.squares, numbers[i].squares, &wide.squares)
		if *wide != (wideStatistics{}) {
			g.wide[wideIndex{group, i}] = wide
		}
	}
	for i, count := range present {
		record[g.present+i] = uint64(count)
	}
	for _, i := range g.folded {
		g.putFolding(record[g.places[i]:], g.outputs[i], &results[i])
	}
}

// putFolding puts the result of an output into its words of a record, and its text into
// names.
func (g *Groups) putFolding(record []uint64, o output, r *folding) {
	if o.function.kind() != percentile {
		record[0] = uint64(r.count)
		if o.function.kind().isText() {
			g.names = append(g.names, r.text...)
			g.ends = append(g.ends, len(g.names))
		}
		return
	}
	record[0], record[1] = r.low.low, r.low.high // a number of 36 digits fits
	if o.interpolate {
		record[2], record[3] = r.high.low, r.high.high
	}
}

// copyOf adds the group with an index in from, which has the same columns.
func (g *Groups) copyOf(from *Groups, index int) {
	to := len(g.order)
	g.order = append(g.order, to)
	of := Group{from, index}
	for i := range g.nameCount() {
		g.names = append(g.names, of.name(i)...)
		g.ends = append(g.ends, len(g.names))
	}
	g.records = append(g.records, of.record()...)
	g.Rows += int64(of.record()[0])
	for i := range g.numbers {
		if wide := from.wide[wideIndex{index, i}]; wide != nil {
			g.wide[wideIndex{to, i}] = wide
		}
	}
}

// reset removes all groups.
func (g *Groups) reset() {
	g.records, g.names, g.ends, g.order = g.records[:0], g.names[:0], g.ends[:0], g.order[:0]
	g.Rows = 0
	if len(g.wide) > 0 {
		clear(g.wide)
	}
}

// putShort puts v in one word of a record, or in wide if it does not fit.
func putShort(record []uint64, at int, v integer, wide **big.Int) {
	if at == 0 {
		return
	}
	if v.big != nil || v != integerOf(int64(v.low)) {
		*wide = v.toBig()
		return
	}
	record[at] = v.low
}

// putLong puts v in two words of a record, or in wide if it does not fit.
func putLong(record []uint64, at int, v integer, wide **big.Int) {
	if at == 0 {
		return
	}
	if v.big != nil {
		*wide = v.big
		return
	}
	record[at], record[at+1] = v.low, v.high
}

// record returns the words of a group.
func (g Group) record() []uint64 { return g.groups.records[g.index*g.groups.stride:][:g.groups.stride] }

// wide returns the statistics of a column of numbers that do not fit in the record.
func (g Group) wide(number int) wideStatistics {
	if w := g.groups.wide[wideIndex{g.index, number}]; w != nil {
		return *w
	}
	return wideStatistics{}
}
